/* SPDX-License-Identifier: MIT */
/* renameat2(2), which musl 1.2 lacks. */
#ifndef CRIU_NS_MUSL_STDIO_H
#define CRIU_NS_MUSL_STDIO_H

#include_next <stdio.h>

#include <sys/syscall.h>
#include <unistd.h>

enum { RENAME_NOREPLACE = 1, RENAME_EXCHANGE = 2 };

static inline int renameat2(int from_dir, const char *from, int to_dir, const char *to,
			    unsigned flags)
{
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

#endif
