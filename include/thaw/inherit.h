/* SPDX-License-Identifier: MIT */
/*
 * Attributes that a process inherits from its parent, and that criu neither saves nor sets: without
 * this, a thawed tree would have those of whoever thawed it.
 */
#ifndef CRIU_NS_INHERIT_H
#define CRIU_NS_INHERIT_H

#include "look/attributes.h"

/*
 * Give this process, and so all that it starts from now on, the kernel's defaults and a new session
 * keyring, and of what the tree had, what tree says. An attribute that cannot be set stays as it
 * is; if that is the keyring, or one of the tree's, stderr says so.
 */
void inherit_defaults(const struct tree_attributes *tree);

#endif
