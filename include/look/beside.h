/* SPDX-License-Identifier: MIT */
/*
 * What criu-ns keeps beside criu's images: the recipe (recipe.h), and what a tmpfs root held, which
 * criu does not save.
 */
#ifndef CRIU_NS_BESIDE_H
#define CRIU_NS_BESIDE_H

#include "look/recipe.h"
#include "util/err.h"

/* Read the recipe in the folder dirfd. 1 when there is one, 0 when not. */
int beside_read(int dirfd, struct recipe *ret, struct err *e);

/*
 * Put the recipe there, in the place of an older one, whose text goes to *ret_old (NULL if there
 * was none; the caller frees it). r NULL: only take the older one away. All at once (rename(2)).
 */
int beside_write(int dirfd, const struct recipe *r, char **ret_old, struct err *e);

/* Put back what was there: nothing has come of the freeze. */
void beside_undo(int dirfd, const char *old);

/* There is no such root any more: take what an older freeze kept away. */
void beside_forget_root(int dirfd);

/* Is the content of a root kept in the folder dirfd? 0, or a negative errno. */
int beside_has_root(int dirfd);

/*
 * Keep what is below the folder root_fd, one file system only; it is there, whole, when this
 * returns, for criu may end the tree from then on. Runs tar.
 */
int beside_keep_root(int dirfd, int root_fd, struct err *e);

/* Put it into the folder root_fd. Runs tar. */
int beside_bring_root(int dirfd, int root_fd, struct err *e);

#endif
