/* SPDX-License-Identifier: MIT */
/*
 * renameat2(2), which musl 1.2.5 lacks, and Debian's 1.2.5 does not. Ours has a name of its own, lest it collide
 * with that of the library.
 */
#ifndef CRIU_NS_MUSL_STDIO_H
#define CRIU_NS_MUSL_STDIO_H

#include_next <stdio.h>

#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE  2
#endif

static inline int renameat2_of_kernel(int from_dir, const char *from, int to_dir, const char *to,
				      unsigned flags)
{
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

#define renameat2 renameat2_of_kernel

#endif
