/* SPDX-License-Identifier: MIT */
/* Locks mounts again for the user namespace that they were locked for (look/locks.h). */
#ifndef CRIU_NS_RELOCK_H
#define CRIU_NS_RELOCK_H

#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

/*
 * Lock the mounts of the mount namespace ns_fd as the recipe says. now is their table; its locks
 * are filled in with those that there were before. For this, mounts are unmounted, and come back by
 * propagation from our own mount namespace, where `place` is a private mount that this may use; so
 * nothing may be open on them yet, and nothing may run there. The root stays as it is. After a
 * failure the mounts there are unusable.
 */
int relock_mounts(int proc, const struct recipe *r, struct mounts *now, int ns_fd,
		  const char *place, struct err *e);

/*
 * Give a mount from which criu will make the root those flags that are to be locked on the root:
 * they are locked in the copy that the user namespace gets, and in all clones of that. 0 or a
 * negative errno.
 */
int relock_prepare(int fd, const struct recipe_mount *m);

#endif
