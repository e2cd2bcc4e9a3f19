/* SPDX-License-Identifier: MIT */
/*
 * Gives tasks back what criu forgets of them (look/attributes.h) and of their sockets
 * (look/groups.h), while nothing of the tree runs yet.
 */
#ifndef CRIU_NS_PUT_BACK_H
#define CRIU_NS_PUT_BACK_H

#include "look/recipe.h"

/*
 * For each task of the recipe; proc is the pseudo-init's procfs. Nothing but these attributes of
 * these tasks is set, and their sockets join nothing but these groups. What cannot be set is told
 * on stderr, once for each kind of attribute, and stays as a thaw gives it.
 */
void put_back(const struct recipe *r, int proc);

#endif
