/* SPDX-License-Identifier: MIT */
#ifndef CRIU_NS_MUSL_FCNTL_H
#define CRIU_NS_MUSL_FCNTL_H

#include_next <fcntl.h>

/* After open(O_CLOEXEC), musl sets that once more, because Linux 2.6.22 did not know it. */
#define open(...) openat(AT_FDCWD, __VA_ARGS__)

#endif
