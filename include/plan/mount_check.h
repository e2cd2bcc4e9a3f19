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
	/* of FAULT_EXTRA: another one that was on the same mountpoint; NULL: there was none */
	const struct recipe_mount *want;
	const struct mount *got; /* NULL for FAULT_MISSING */
};

/* The tables of a comparison. */
struct mount_views {
	const struct mounts *caller; /* tells whose a superblock is */
	/* of the mount namespace that criu runs in: the same mounts, and perhaps another procfs */
	const struct mounts *frame;
	const struct mounts *thawed;
	/*
	 * frame, read again after thawed: what the host has mounted since the thaw began, and what
	 * has arrived from there in all slaves and peers, is no fault. NULL: that is not known, and
	 * each of these mounts is a FAULT_EXTRA.
	 */
	const struct mounts *now;
};

/*
 * Compare what was frozen, in the recipe, with what came back, the thawed table. Of the mounts that
 * are hidden by others on the same mountpoint only the number is compared, and none of them has to
 * be there. Gives the number of faults and, in a fresh array that the caller frees, the faults; a
 * mount may have several.
 */
size_t mount_check(const struct recipe *r, const struct mount_views *views,
		   struct faulty_mount **ret);

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
