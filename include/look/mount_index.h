/* SPDX-License-Identifier: MIT */
/*
 * A mount table in several orders, so that no question about one mount needs a walk through all of
 * them: there may be 100,000 (fs.mount-max). Each order is made when it is first needed, and kept
 * in the table; code that changes a table after that has to drop them. This is for mounts.c, which
 * answers the questions.
 */
#ifndef CRIU_NS_MOUNT_INDEX_H
#define CRIU_NS_MOUNT_INDEX_H

#include "look/mounts.h"
#include "util/sorted.h"

enum mount_order {
	BY_ID,
	BY_PARENT, /* and mountpoint */
	BY_AT,
	BY_SPOT, /* mountpoint, superblock, root */
	BY_DEV,
	BY_ROOT, /* superblock and root */
	BY_SHARED,
	BY_MASTER,
	MOUNT_ORDERS
};

/* The mounts that are equal to like in the fields of that order, in the order of the table. */
struct sorted_run mount_index_find(const struct mounts *t, enum mount_order order,
				   const struct mount *like);

/* Is there a mount on the one with that id? Mostly there is none, which is found out fast. */
bool mount_index_has_on(const struct mounts *t, int id);

/*
 * For each mount of the table: does its mountpoint lead to it? find is the function that finds that
 * out; it is called once.
 */
const bool *mount_index_visible(const struct mounts *t,
				void (*find)(const struct mounts *t, bool *ret));

void mount_index_drop(struct mounts *t);

#endif
