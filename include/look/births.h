/* SPDX-License-Identifier: MIT */
/*
 * A process is born in the session of its parent, and can only leave it for one of its own. So criu
 * has to make each process in the right session at the right moment. prepare_pstree_ids() in
 * criu/pstree.c plans that, but only at the thaw. It can do without the leader of a session only
 * for children of the root task, and gives up otherwise ("Can't find a session leader", "Can't
 * figure out which sid"). This module makes the same plan at the freeze, so that such a tree can be
 * refused. Pure.
 */
#ifndef CRIU_NS_BIRTHS_H
#define CRIU_NS_BIRTHS_H

#include <stddef.h>
#include <sys/types.h>

struct birth {
	pid_t pid, parent;    /* as the reader sees them */
	pid_t inner, session; /* as the process itself does */
};

/*
 * In the order of tree_list(): the root task first, and each behind its parent and those below its
 * elder siblings. Gives the first that criu cannot make, -1 if there is none. Those whose parent is
 * not found do not count.
 */
ssize_t births_impossible(const struct birth *v, size_t n);

#endif
