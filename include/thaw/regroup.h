/* SPDX-License-Identifier: MIT */
/*
 * A mount of the root task's that was a peer of the host's becomes one again only by leaving the
 * peer group that criu has made for it. Peers and slaves of that group in other mount namespaces of
 * the tree have to follow it, or the slaves would no longer have a master.
 */
#ifndef CRIU_NS_REGROUP_H
#define CRIU_NS_REGROUP_H

#include "look/mounts.h"

/* A peer group that criu made, and the mount of the host's whose peer group it stands for. */
struct regroup {
	unsigned made;
	int tree; /* descriptor of open_tree(2) */
};

/*
 * In the mount namespace of the process, whose table `before` was read while the groups were
 * criu's: make the peers peers of the host's mount, and the slaves its slaves. A mount that covers
 * one of them is moved away for a moment, which is possible because nothing in there runs yet. What
 * cannot be repaired stays as it is; the comparison of the tables will find it.
 */
void regroup(int proc, pid_t pid, const struct mounts *before, const struct regroup *groups,
	     size_t n);

#endif
