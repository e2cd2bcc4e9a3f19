/* SPDX-License-Identifier: MIT */
/*
 * A target with a view of its own: which of its mounts are whose, what a thaw has to know of them
 * (the recipe), and whether what came back is what was frozen. Pure.
 */
#ifndef CRIU_NS_VIEW_H
#define CRIU_NS_VIEW_H

#include "cli/cli.h"
#include "look/images.h"
#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

/* What the keys of our own start with; the rest is a number. */
extern const char view_key_prefix[];

/*
 * Sort the target's mounts into recipe *ret (mounts only), in the order of the target's table:
 * - on /: a folder of a mount of the caller's (host), or a tmpfs of its own (kept);
 * - superblocks that the caller has: host;
 * - the procfs of the frame, the mount namespace in which criu will run: proc;
 * - superblocks that neither has: own, criu saves and makes them;
 * - what was named by hand: given; automatic, where the user said mnt[].
 * nested are the mounts of the other mount namespaces of the tree, which criu takes into account.
 * An error, with the mount, the reason and a way out, for what criu could not thaw again. The
 * caller frees *ret.
 */
int view_sort(const struct cli *cli, const struct mounts *caller, const struct mounts *frame,
	      const struct mounts *target, const struct mounts *nested, struct recipe *ret,
	      struct err *e);

/*
 * In which order criu must be given `mnt[AT]:KEY` so that it finds the right one: it takes the last
 * of those that *start* with `mnt[AT]` and a colon, and a mountpoint may have `]:` in its name.
 * Fills order[] with the numbers of the mounts that have a key of ours, and gives how many; -EINVAL
 * with the mount if no order does.
 */
int view_order(const struct recipe *r, size_t *order, struct err *e);

/*
 * The mounts that share a mountpoint share a key, for criu knows no better. For each mount, in a fresh
 * array that the caller frees: is it the one whose source the key stands for? The one that is seen, or
 * else the first.
 */
bool *view_counting(const struct recipe *r);

/*
 * Can criu make the peers and slaves among the mounts of the tree again? It copies a peer group from
 * the widest of its mounts, which has to hold the directories of all others
 * (restore_one_sharing_group() in criu/mount-v2.c); only slaves of a master outside need none.
 */
int view_check_groups(const struct recipe *r, const struct mounts *nested, struct err *e);

/* Why a mount is treated as it is, for a person. */
const char *view_why(const struct recipe_mount *m);

/* Does the recipe tell of these images? The mount that does not fit is named. */
int view_fit(const struct recipe *r, const struct images *i, struct err *e);

enum view_fault {
	FAULT_MISSING, /* the mount is not there */
	FAULT_TYPE,    /* another type of file system */
	FAULT_OWNER,   /* another superblock: the host's where it was its own, or the reverse */
	FAULT_ROOT,    /* another folder */
	FAULT_FLAGS,   /* ro, nosuid... */
	FAULT_PEERS,   /* propagation */
	FAULT_EXTRA,   /* it was not there before */
};

struct view_wrong {
	enum view_fault fault;
	const struct recipe_mount *want; /* NULL for FAULT_EXTRA */
	const struct mount *got;         /* NULL for FAULT_MISSING */
};

/*
 * Compare what came back with what was frozen: the recipe with the thawed table. The caller's table
 * tells whose a superblock is; frame is that of the mount namespace that criu runs in, which has
 * the same mounts and perhaps another procfs. Gives how many are wrong and, in a fresh array that
 * the caller frees, which; each mount is named once per fault.
 */
size_t view_check(const struct recipe *r, const struct mounts *caller, const struct mounts *frame,
		  const struct mounts *thawed, struct view_wrong **ret);

/*
 * What view_check() is to compare a nested mount namespace with: its table in the images, as mounts
 * whose source is criu's to say; root is the recipe of the root task's. The caller frees *ret.
 */
void view_of_nested(const struct recipe *root, const struct mounts *nested, struct recipe *ret);

/* One line on a fault: "/usr is writable and was read-only"; the caller frees it. */
char *view_wrong_text(const struct view_wrong *w);

#endif
