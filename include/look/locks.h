/* SPDX-License-Identifier: MIT */
/*
 * Locked mounts: what a user namespace was given and may not take off (mount_namespaces(7),
 * "Restrictions on mount namespaces"). Nothing shows these locks, and nothing sets them but the
 * kernel, on mounts that come from a more privileged mount namespace. So they are read by trying on
 * a copy; a thaw makes them again (thaw/relock.h).
 */
#ifndef CRIU_NS_LOCKS_H
#define CRIU_NS_LOCKS_H

#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

/*
 * Fill in the locks of the mounts in t, the table of the mount namespace ns_fd, which is left as it
 * is. proc is a procfs that shows our pid. What cannot be looked at is taken to be locked: it is
 * behind a mount that is, or in a file system that would ask a server.
 */
int locks_read(int proc, int ns_fd, struct mounts *t, struct err *e);

#endif
