/* SPDX-License-Identifier: MIT */
/*
 * The target and all below it: what they hold that is not in their mount namespace, and who lives
 * in other namespaces. Read only, through the caller's procfs.
 */
#ifndef CRIU_NS_TREE_H
#define CRIU_NS_TREE_H

#include "look/facts.h"

/* Fill in outside, pipes, nested and nested_view. A tree that changes meanwhile is criu's to judge. */
void tree_look(struct facts *f);

#endif
