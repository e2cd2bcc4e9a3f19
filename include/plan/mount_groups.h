/* SPDX-License-Identifier: MIT */
/* Peer groups (mount_namespaces(7)) that criu can freeze, but not make again. Pure. */
#ifndef CRIU_NS_MOUNT_GROUPS_H
#define CRIU_NS_MOUNT_GROUPS_H

#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

/*
 * Can criu make the peers and slaves among the mounts of the tree again? It copies a peer group
 * from the widest of its mounts, whose directory has to contain those of all others
 * (restore_one_sharing_group() in criu/mount-v2.c); only slaves of a master outside of the tree do
 * not need that. In the views of the recipe, slaves for which criu cannot do it are set apart, if
 * the thaw can: the images have them as private (thaw/verify.h).
 */
int mount_groups_check(struct recipe *r, const struct mounts *nested, struct err *e);

#endif
