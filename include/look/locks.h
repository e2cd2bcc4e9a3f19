/* SPDX-License-Identifier: MIT */
/*
 * Locked mounts: mounts that a user namespace was given, and may not unmount or change
 * (mount_namespaces(7), "Restrictions on mount namespaces"). Only the kernel sets these locks, on
 * mounts that come from a more privileged mount namespace, and nothing shows them. So they are
 * found by trying on a copy; a thaw makes them again (thaw/relock.h).
 */
#ifndef CRIU_NS_LOCKS_H
#define CRIU_NS_LOCKS_H

#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

/*
 * Fill in the locks of the mounts in t, the table of the mount namespace ns_fd, which is not
 * changed. proc is a procfs that shows our pid. A mount that cannot be tried counts as locked: it
 * is hidden by one that is locked, or is in a file system that would ask a server.
 */
int locks_read(int proc, int ns_fd, struct mounts *t, struct err *e);

#endif
