/* SPDX-License-Identifier: MIT */
/* What musl 1.2 lacks of glibc's <unistd.h>. */
#ifndef CRIU_NS_MUSL_UNISTD_H
#define CRIU_NS_MUSL_UNISTD_H

#include_next <unistd.h>

#include <sys/syscall.h>

static inline int close_range_of_kernel(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static inline int execveat_of_kernel(int dirfd, const char *path, char *const argv[],
				     char *const envp[], int flags)
{
	return (int)syscall(SYS_execveat, dirfd, path, argv, envp, flags);
}

#define close_range close_range_of_kernel
#define execveat    execveat_of_kernel

#endif
