/* SPDX-License-Identifier: MIT */
/*
 * Locked mounts: what a user namespace was given and may not take off (mount_namespaces(7),
 * "Restrictions on mount namespaces"). Nothing shows these locks, and nothing sets them but the
 * kernel, on mounts that come from a more privileged mount namespace. So they are read by trying on
 * a copy, and made again by letting the mounts come from ours (src/locks.c).
 */
#ifndef CRIU_NS_LOCKS_H
#define CRIU_NS_LOCKS_H

#include "err.h"
#include "mounts.h"
#include "recipe.h"

/*
 * Fill in the locks of the mounts in t, the table of the mount namespace ns_fd, which is left as it
 * is. proc is a procfs that shows our pid. What cannot be looked at is taken to be locked: it is
 * behind a mount that is, or in a file system that would ask a server.
 */
int locks_read(int proc, int ns_fd, struct mounts *t, struct err *e);

/*
 * Lock the mounts of the mount namespace ns_fd as the recipe tells. now is their table, and gets its
 * locks filled in as they were before. Mounts are taken off for that, and come back by propagation
 * from our own mount namespace, where `place` is a private mount on which we may work: so nothing
 * may be open on them yet, and nothing run there. The root stays as it is. After a failure the mounts
 * there are of no use any more.
 */
int locks_restore(int proc, const struct recipe *r, struct mounts *now, int ns_fd,
		  const char *place, struct err *e);

/*
 * Give a mount, before criu makes the root of it, the flags that are to be locked on that: the copy
 * that the user namespace gets, and all clones of that, have them locked. 0 or a negative errno.
 */
int locks_prepare(int fd, const struct recipe_mount *m);

/*
 * The first mount of the recipe that has lost a lock, as the table tells in which locks_read() has
 * filled them in; *ret has what it has lost. NULL when there is none.
 */
const struct recipe_mount *locks_lost(const struct recipe *r, const struct mounts *now,
				      unsigned *ret);

#endif
