// SPDX-License-Identifier: MIT
#include "thaw/mount_fd.h"

#include "look/mounts.h"
#include "util/util.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

#ifndef MOVE_MOUNT_SET_GROUP
#define MOVE_MOUNT_SET_GROUP 0x00000100
#endif

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif

int mount_fd_open(const char *at)
{
	return open_tree(AT_FDCWD, at, OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
}

int mount_fd_clone(int fd)
{
	return open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
}

static bool look_at(int fd, struct statx *ret)
{
	return fd >= 0 && statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, ret) == 0;
}

static bool same_file(const struct statx *a, const struct statx *b)
{
	return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major &&
	       a->stx_dev_minor == b->stx_dev_minor;
}

bool mount_fd_is_on(int fd, const char *at)
{
	_cleanup_close_ int there = mount_fd_open(at);
	struct statx one, other;

	return look_at(fd, &one) && look_at(there, &other) && same_file(&one, &other) &&
	       other.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

int mount_fd_put_on(int fd, int on)
{
	return move_mount(fd, "", on, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int mount_fd_join_group(int fd, int from)
{
	return move_mount(from, "", fd, "",
			  MOVE_MOUNT_SET_GROUP | MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static uint64_t attributes(unsigned long flags)
{
	static const struct {
		unsigned long flag;
		uint64_t attribute;
	} known[] = {
		{ MS_RDONLY, MOUNT_ATTR_RDONLY },
		{ MS_NOSUID, MOUNT_ATTR_NOSUID },
		{ MS_NODEV, MOUNT_ATTR_NODEV },
		{ MS_NOEXEC, MOUNT_ATTR_NOEXEC },
		{ MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
	};
	uint64_t result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (flags & known[i].flag)
			result |= known[i].attribute;
	return result;
}

/*
 * These are not bits, but three values (mount_setattr(2)): all bits are cleared, and one value is
 * set.
 */
static uint64_t atime_attributes(unsigned long flags)
{
	uint64_t kind = flags & MS_NOATIME    ? MOUNT_ATTR_NOATIME
			: flags & MS_RELATIME ? MOUNT_ATTR_RELATIME
					      : MOUNT_ATTR_STRICTATIME;

	return kind | (flags & MS_NODIRATIME ? MOUNT_ATTR_NODIRATIME : 0);
}

struct mount_attr mount_fd_flags(unsigned long flags)
{
	return (struct mount_attr){
		.attr_set = attributes(flags) | atime_attributes(flags),
		.attr_clr = attributes(~0UL) | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME,
	};
}
