/* SPDX-License-Identifier: MIT */
/* getdents64(2): from musl 1.2.4 on it has no name with 64, because its types have no other size. */
#ifndef CRIU_NS_MUSL_DIRENT_H
#define CRIU_NS_MUSL_DIRENT_H

#include_next <dirent.h>

#ifndef getdents64
#define getdents64 getdents
#define dirent64   dirent
#endif

#endif
