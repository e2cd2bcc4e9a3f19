/* SPDX-License-Identifier: MIT */
/* Locks mounts again for the user namespace that they were locked for (look/locks.h). */
#ifndef CRIU_NS_RELOCK_H
#define CRIU_NS_RELOCK_H

#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

/*
 * Lock the mounts of the mount namespace ns_fd as the recipe tells. now is their table, and gets its
 * locks filled in as they were before. Mounts are taken off for that, and come back by propagation
 * from our own mount namespace, where `place` is a private mount on which we may work: so nothing
 * may be open on them yet, and nothing run there. The root stays as it is. After a failure the mounts
 * there are of no use any more.
 */
int relock_mounts(int proc, const struct recipe *r, struct mounts *now, int ns_fd,
		  const char *place, struct err *e);

/*
 * Give a mount, before criu makes the root of it, the flags that are to be locked on that: the copy
 * that the user namespace gets, and all clones of that, have them locked. 0 or a negative errno.
 */
int relock_prepare(int fd, const struct recipe_mount *m);

/*
 * The first mount of the recipe that has lost a lock, as the table tells in which locks_read() has
 * filled them in; *ret has what it has lost. NULL when there is none.
 */
const struct recipe_mount *relock_lost(const struct recipe *r, const struct mounts *now,
				       unsigned *ret);

#endif
