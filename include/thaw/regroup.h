/* SPDX-License-Identifier: MIT */
/*
 * A mount of the root task's that was a peer of the host's is one again only when it leaves the peer
 * group that criu has made for it. What other mount namespaces of the tree had in that group, peers
 * and slaves, has to follow it; else the slaves would have no master any more.
 */
#ifndef CRIU_NS_REGROUP_H
#define CRIU_NS_REGROUP_H

#include "look/mounts.h"

/* A peer group that criu made, and the tree of the host's mount whose group it stands for. */
struct regroup {
	unsigned made;
	int tree; /* descriptor of open_tree(2) */
};

/*
 * In the mount namespace of the process, whose table before was read while the groups were criu's:
 * make the peers peers of the host's mount, and the slaves its slaves. Also where another mount
 * covers them: nothing in there runs yet, so that this can be moved out of the way for a moment.
 * What cannot be done is left, for who compares the tables to find.
 */
void regroup(int proc, pid_t pid, const struct mounts *before, const struct regroup *groups,
	     size_t n);

#endif
