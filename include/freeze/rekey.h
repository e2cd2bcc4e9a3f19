/* SPDX-License-Identifier: MIT */
/*
 * Gives each mount in criu's images the key that it has in the recipe, when all tasks are frozen
 * and none is ended. criu itself can only be told one key for all mounts on a mountpoint, and none
 * in the mount namespaces that the root task is not in.
 */
#ifndef CRIU_NS_REKEY_H
#define CRIU_NS_REKEY_H

#include "look/recipe.h"
#include "util/err.h"

/*
 * Change the images in dirfd; the mount ids in them must be those that the recipe was made from,
 * which the caller has to check afterwards.
 */
int rekey_images(int dirfd, const struct recipe *r, struct err *e);

#endif
