/* SPDX-License-Identifier: MIT */
/*
 * Namespaces that only a part of the tree is in: criu calls them nested. Read only, through the
 * caller's procfs.
 */
#ifndef CRIU_NS_NESTED_H
#define CRIU_NS_NESTED_H

#include "look/facts.h"

/*
 * Fill in nested and nested_view. pids are the target and all below it, parents first, as criu
 * walks them. A task that ends meanwhile has no namespaces.
 */
void nested_look(struct facts *f, const pid_t *pids, size_t n);

#endif
