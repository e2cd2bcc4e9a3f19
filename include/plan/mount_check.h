/* SPDX-License-Identifier: MIT */
/*
 * The recipe's mounts against the images, before a thaw; and against the mounts that came back,
 * before the tree runs. Pure.
 */
#ifndef CRIU_NS_MOUNT_CHECK_H
#define CRIU_NS_MOUNT_CHECK_H

#include "look/images.h"
#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

/* Does the recipe tell of these images? The mount that does not fit is named. */
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
 * Compare what came back with what was frozen: the recipe with the thawed table. The caller's table
 * tells whose a superblock is; frame is that of the mount namespace that criu runs in, which has
 * the same mounts and perhaps another procfs. Gives how many are wrong and, in a fresh array that
 * the caller frees, which; each mount is named once per fault.
 */
size_t mount_check(const struct recipe *r, const struct mounts *caller, const struct mounts *frame,
		   const struct mounts *thawed, struct faulty_mount **ret);

/*
 * What mount_check() is to compare a nested mount namespace with: its table in the images, as mounts
 * whose source is criu's to say; root is the recipe of the root task's. The caller frees *ret.
 */
void mount_expect_nested(const struct recipe *root, const struct mounts *nested,
			 struct recipe *ret);

/* One line on a fault: "/usr is writable and was read-only"; the caller frees it. */
char *mount_fault_text(const struct faulty_mount *w);

#endif
