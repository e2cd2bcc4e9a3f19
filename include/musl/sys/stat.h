/* SPDX-License-Identifier: MIT */
/*
 * statx(2), which musl lacks before 1.2.5. From then on it has one whose struct ends before stx_mnt_id,
 * so what musl has is out of the way under another name, and the kernel's struct is taken.
 */
#ifndef CRIU_NS_MUSL_STAT_H
#define CRIU_NS_MUSL_STAT_H

#define statx           statx_of_musl
#define statx_timestamp statx_timestamp_of_musl
#include_next <sys/stat.h>
#undef statx
#undef statx_timestamp

#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *ret)
{
	return (int)syscall(SYS_statx, dirfd, path, flags, mask, ret);
}

#ifndef AT_STATX_DONT_SYNC
#define AT_STATX_DONT_SYNC 0x4000
#endif

#endif
