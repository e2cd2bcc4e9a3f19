/* SPDX-License-Identifier: MIT */
/*
 * Decides at the freeze, for a target with a view of its own, whether each mount is the host's, the
 * target's or another kind, and what a thaw has to know about it: the mounts of the recipe. Pure.
 */
#ifndef CRIU_NS_MOUNT_SORT_H
#define CRIU_NS_MOUNT_SORT_H

#include "cli/cli.h"
#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

/* The tables from which it is decided. */
struct mount_tables {
	const struct mounts *caller;
	const struct mounts *frame;  /* of the mount namespace in which criu will run */
	const struct mounts *target; /* of the root task */
	const struct mounts *nested; /* of the other mount namespaces of the tree, all in one */
};

/*
 * Sort the target's mounts into recipe *ret (mounts only), in the order of the target's table:
 * - on /: a directory of a mount of the caller's (host), or a tmpfs of its own (kept);
 * - superblocks that the caller has: host;
 * - the procfs of the frame: proc;
 * - superblocks that neither has: own, criu saves the mounts and makes them;
 * - what was named by hand: given; what criu finds itself, because the user said mnt[]: auto.
 * criu takes the nested ones into account, too. A mount that criu could not thaw again is an error,
 * with the mount, the reason and a way out. The caller frees *ret.
 */
int mount_sort(const struct cli *cli, const struct mount_tables *tables, struct recipe *ret,
	       struct err *e);

/*
 * The same for the mounts of another mount namespace of the tree, view, which is one of those in
 * nested: adds a view to the recipe, of which *r has the root task's mounts. What is the host's in
 * there gets a key, too; and criu makes its root as any other mount.
 */
int mount_sort_view(const struct cli *cli, const struct mount_tables *tables,
		    const struct mounts *view, struct recipe *r, struct err *e);

/* Is this directory of a devpts a terminal? Gives its index, or -1. */
long mount_pty_index(const char *fstype, const char *root);

/* Why a mount is treated as it is, for a person. */
const char *mount_why(const struct recipe_mount *m);

/*
 * criu 4.2 neither saves nor makes a mount of this type, and does not say so (tracefs_parse() in
 * criu/filesystems.c). If it is the host's, the thaw mounts it (thaw/verify.c).
 */
bool mount_omitted_by_criu(const char *fstype);

#endif
