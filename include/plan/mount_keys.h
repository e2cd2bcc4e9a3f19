/* SPDX-License-Identifier: MIT */
/*
 * The keys of mounts that criu must not save: --external mnt[AT]:KEY at the freeze, mnt[KEY]:PATH
 * at the thaw. Pure.
 */
#ifndef CRIU_NS_MOUNT_KEYS_H
#define CRIU_NS_MOUNT_KEYS_H

#include "look/recipe.h"
#include "util/err.h"

/* The prefix of our own keys; the rest is a number. */
extern const char mount_key_prefix[];

/* Does this mount get a key of ours? */
bool mount_is_keyed(const struct recipe_mount *m);

/*
 * The order in which criu must be given `mnt[AT]:KEY` so that it finds the right one, because it
 * takes the last of those that *start* with `mnt[AT]` and a colon, and the name of a mountpoint may
 * contain `]:`. Fills order[] with the indices of the mounts that have a key of ours, and gives how
 * many there are; -EINVAL, with the mount, if there is no such order.
 */
int mount_keys_order(const struct recipe *r, size_t *order, struct err *e);

/*
 * criu knows mounts only by mountpoint, and takes one key for all that are on the same one; which
 * of them gets which key is put right in its images (freeze/rekey.h). For each mount, in a fresh
 * array that the caller frees: is criu told its key? That is one on each mountpoint where all have
 * keys of ours.
 */
bool *mount_keys_named(const struct recipe *r);

/*
 * Is there a mount with a key that criu cannot be told, because another one there must not have
 * one?
 */
bool mount_keys_need_search(const struct recipe *r);

/*
 * In the recipes of formats 1 and 2, mounts that share a mountpoint share a key. For each mount, in
 * a fresh array that the caller frees: is it the one whose source the key names? That is the one
 * that is seen, or else the first.
 */
bool *mount_keys_counting(const struct recipe *r);

#endif
