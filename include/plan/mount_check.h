/* SPDX-License-Identifier: MIT */
/*
 * Compares the recipe's mounts with the images, before a thaw, and with the mounts that came back,
 * before the tree runs. Pure.
 */
#ifndef CRIU_NS_MOUNT_CHECK_H
#define CRIU_NS_MOUNT_CHECK_H

#include "look/images.h"
#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

/* Does the recipe belong to these images? The error names the mount that does not fit. */
int mount_check_images(const struct recipe *r, const struct images *i, struct err *e);

enum mount_fault {
	FAULT_MISSING, /* the mount is not there */
	FAULT_TYPE,    /* another type of file system */
	FAULT_OWNER,   /* another superblock: the host's where it was its own, or the reverse */
	FAULT_ROOT,    /* another directory */
	FAULT_FLAGS,   /* ro, nosuid... */
	FAULT_PEERS,   /* propagation */
	FAULT_EXTRA,   /* it was not there before */
};

struct faulty_mount {
	enum mount_fault fault;
	const struct recipe_mount *want; /* NULL for FAULT_EXTRA */
	const struct mount *got;         /* NULL for FAULT_MISSING */
};

/*
 * Compare what was frozen, in the recipe, with what came back, the thawed table. The caller's table
 * tells whose a superblock is; frame is the table of the mount namespace that criu runs in, which
 * has the same mounts, and perhaps another procfs. Gives the number of faults and, in a fresh array
 * that the caller frees, the faults; a mount may have several.
 */
size_t mount_check(const struct recipe *r, const struct mounts *caller, const struct mounts *frame,
		   const struct mounts *thawed, struct faulty_mount **ret);

/*
 * Drop the faults that are none: mounts that the host has made since the thaw began, which go to
 * all slaves and peers of its mounts. frame is as above, now the same table read after the thawed
 * one. Gives how many faults are left.
 */
size_t mount_drop_arrived(const struct mounts *frame, const struct mounts *now,
			  struct faulty_mount *v, size_t n);

/*
 * The recipe with which mount_check() has to compare a nested mount namespace: its table in the
 * images, as mounts whose source criu decides; root is the recipe for the root task's mounts. The
 * caller frees *ret.
 */
void mount_expect_nested(const struct recipe *root, const struct mounts *nested,
			 struct recipe *ret);

/* One line about a fault: "/usr has the flags -, but had ro"; the caller frees it. */
char *mount_fault_text(const struct faulty_mount *w);

#endif
