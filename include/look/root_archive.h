/* SPDX-License-Identifier: MIT */
/*
 * The content of a tmpfs that is mounted on /, which criu does not save: an archive in the images
 * directory, written and read by tar(1), as criu does with other tmpfs mounts.
 */
#ifndef CRIU_NS_ROOT_ARCHIVE_H
#define CRIU_NS_ROOT_ARCHIVE_H

#include "util/err.h"

/* Is there one in the directory dirfd? 0, or a negative errno. */
int root_archive_check(int dirfd);

/*
 * Keep what is below the directory root_fd, in that file system only. The archive is complete when
 * this returns, because criu may end the tree from then on.
 */
int root_archive_keep(int dirfd, int root_fd, struct err *e);

/* Unpack the content into the directory root_fd. */
int root_archive_extract(int dirfd, int root_fd, struct err *e);

/* Remove one that an older freeze left, because there is no such root any more. */
void root_archive_remove(int dirfd);

#endif
