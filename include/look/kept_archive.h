/* SPDX-License-Identifier: MIT */
/*
 * The content of a mount that criu does not save: a tmpfs that is mounted on /, or a directory of one
 * that is mounted nowhere as a whole. An archive for each in the images directory, written and read
 * by tar(1), as criu does with other tmpfs mounts.
 */
#ifndef CRIU_NS_KEPT_ARCHIVE_H
#define CRIU_NS_KEPT_ARCHIVE_H

#include "look/recipe.h"
#include "util/err.h"

/* Is that of a mount with is=kept in the directory dirfd? 0, or a negative errno. */
int kept_archive_check(int dirfd, const struct recipe_mount *m);

/*
 * Keep what is below the directory dir, in that file system only. The archive is complete when this
 * returns, because criu may end the tree from then on.
 */
int kept_archive_make(int dirfd, const struct recipe_mount *m, int dir, struct err *e);

/* Unpack the content into the directory dir. */
int kept_archive_extract(int dirfd, const struct recipe_mount *m, int dir, struct err *e);

/* Remove those that an older freeze left: all that are not of a mount of this recipe. */
void kept_archive_remove_others(int dirfd, const struct recipe *r);

#endif
