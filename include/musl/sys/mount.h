/* SPDX-License-Identifier: MIT */
/*
 * What musl 1.2 lacks of glibc's <sys/mount.h>: the calls of Linux 5.2 and 5.12 that work on mounts
 * by descriptor.
 */
#ifndef CRIU_NS_MUSL_MOUNT_H
#define CRIU_NS_MUSL_MOUNT_H

#include_next <sys/mount.h>

#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int open_tree_of_kernel(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path, flags);
}

static inline int move_mount_of_kernel(int from, const char *from_path, int to, const char *to_path,
				       unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int fsopen_of_kernel(const char *fstype, unsigned flags)
{
	return (int)syscall(SYS_fsopen, fstype, flags);
}

static inline int fspick_of_kernel(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_fspick, dirfd, path, flags);
}

static inline int fsconfig_of_kernel(int fd, unsigned cmd, const char *key, const void *value,
				     int aux)
{
	return (int)syscall(SYS_fsconfig, fd, cmd, key, value, aux);
}

static inline int fsmount_of_kernel(int fd, unsigned flags, unsigned attributes)
{
	return (int)syscall(SYS_fsmount, fd, flags, attributes);
}

static inline int mount_setattr_of_kernel(int dirfd, const char *path, unsigned flags,
					  struct mount_attr *attr, size_t size)
{
	return (int)syscall(SYS_mount_setattr, dirfd, path, flags, attr, size);
}

#define open_tree     open_tree_of_kernel
#define move_mount    move_mount_of_kernel
#define fsopen        fsopen_of_kernel
#define fspick        fspick_of_kernel
#define fsconfig      fsconfig_of_kernel
#define fsmount       fsmount_of_kernel
#define mount_setattr mount_setattr_of_kernel

#endif
