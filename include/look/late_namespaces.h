/* SPDX-License-Identifier: MIT */
/*
 * Namespaces that a task of the tree, or its next children, have gone into since tree_look(). The
 * answer stays true only if the tree is frozen by now.
 */
#ifndef CRIU_NS_LATE_NAMESPACES_H
#define CRIU_NS_LATE_NAMESPACES_H

#include "look/facts.h"

#include <stdbool.h>

/*
 * pids: the tree as it is now (tree_list()). *ret_pid: the process that has, or one of whose threads
 * has, gone there.
 */
bool late_namespaces_find(const struct facts *f, const pid_t *pids, size_t n, pid_t *ret_pid,
			  struct nested_ns *ret);

#endif
