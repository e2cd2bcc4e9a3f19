/* SPDX-License-Identifier: MIT */
/* statx(2), which musl has from 1.2.5 on. */
#ifndef CRIU_NS_MUSL_STAT_H
#define CRIU_NS_MUSL_STAT_H

#include_next <sys/stat.h>

#ifndef STATX_BASIC_STATS
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *ret)
{
	return (int)syscall(SYS_statx, dirfd, path, flags, mask, ret);
}
#endif

#ifndef AT_STATX_DONT_SYNC
#define AT_STATX_DONT_SYNC 0x4000
#endif

#endif
