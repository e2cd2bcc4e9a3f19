/* SPDX-License-Identifier: MIT */
/*
 * The names by which criu is told of mounts that are not its own to save: --external mnt[AT]:KEY at
 * the freeze, mnt[KEY]:PATH at the thaw. Pure.
 */
#ifndef CRIU_NS_MOUNT_KEYS_H
#define CRIU_NS_MOUNT_KEYS_H

#include "look/recipe.h"
#include "util/err.h"

/* What the keys of our own start with; the rest is a number. */
extern const char mount_key_prefix[];

/* Does this mount get a key of ours? */
bool mount_is_keyed(const struct recipe_mount *m);

/*
 * In which order criu must be given `mnt[AT]:KEY` so that it finds the right one: it takes the last
 * of those that *start* with `mnt[AT]` and a colon, and a mountpoint may have `]:` in its name.
 * Fills order[] with the numbers of the mounts that have a key of ours, and gives how many; -EINVAL
 * with the mount if no order does.
 */
int mount_keys_order(const struct recipe *r, size_t *order, struct err *e);

/*
 * The mounts that share a mountpoint share a key, because criu identifies mounts only by mountpoint.
 * For each mount, in a fresh array that the caller frees: is it the one whose source the key stands
 * for? The one that is seen, or else the first.
 */
bool *mount_keys_counting(const struct recipe *r);

#endif
