/* SPDX-License-Identifier: MIT */
/*
 * Gives each mount in criu's images the key that it has in the recipe, when all tasks are frozen
 * and none is ended. criu itself can only be told one key for all mounts on a mountpoint, and none
 * in the mount namespaces that the root task is not in.
 */
#ifndef CRIU_NS_REKEY_H
#define CRIU_NS_REKEY_H

#include "look/images.h"
#include "look/recipe.h"
#include "util/err.h"

/*
 * The mount ids in the images in dirfd, of which i is known, must be those that the recipe was made
 * from. *ret_changed is set to true if i is not true any more, and else left as it is.
 */
int rekey_images(int dirfd, const struct images *i, const struct recipe *r, bool *ret_changed,
		 struct err *e);

#endif
