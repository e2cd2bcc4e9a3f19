// SPDX-License-Identifier: MIT
#include "thaw/mount_fd.h"

#include <fcntl.h>
#include <sys/mount.h>

#ifndef MOVE_MOUNT_SET_GROUP
#define MOVE_MOUNT_SET_GROUP 0x00000100
#endif

int mount_fd_open(const char *at)
{
	return open_tree(AT_FDCWD, at, OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
}

int mount_fd_clone(int fd)
{
	return open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
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
