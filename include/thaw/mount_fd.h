/* SPDX-License-Identifier: MIT */
/*
 * Operations on one mount, by descriptor, for regroup.c, relock.c, staging.c and verify.c. Each
 * gives a descriptor or 0, or -1 with errno.
 */
#ifndef CRIU_NS_MOUNT_FD_H
#define CRIU_NS_MOUNT_FD_H

#include <stdbool.h>
#include <sys/mount.h>

/* The mount that the path leads to, itself: the last link is not followed. */
int mount_fd_open(const char *at);

/* A copy of what fd is open on, without what is mounted on it, attached nowhere. */
int mount_fd_clone(int fd);

/* Is the path the mountpoint of a mount that shows just what fd is open on? */
bool mount_fd_is_on(int fd, const char *at);

/* Attach, or move, the mount fd to the place that `on` is open on. */
int mount_fd_put_on(int fd, int on);

/*
 * Into the peer group, and below the master, of another mount (MOVE_MOUNT_SET_GROUP, Linux 5.15).
 */
int mount_fd_join_group(int fd, int from);

/* For mount_setattr(2): just these of the flags that are distinguished (look/mounts.h). */
struct mount_attr mount_fd_flags(unsigned long flags);

#endif
