/* SPDX-License-Identifier: MIT */
/*
 * Which mounts have to be locked again, and how each comes to its locks. Pure; relock.c does it.
 *
 * The kernel locks a mount that arrives by propagation in a mount namespace of another user
 * namespace, unless it is the top of the tree that arrives (attach_recursive_mnt() and
 * lock_mnt_tree() in fs/namespace.c of the kernel). So a mount that is to be locked is unmounted,
 * and comes back on top of another mount, the cover. It comes from a clone of its parent in our
 * mount namespace, whose slave the parent is made for that time. When the clone is unmounted, the
 * cover goes away, there and here, and what is mounted on it takes its place, locked
 * (propagate_umount() in fs/pnode.c). A mount of which only flags are to be locked comes without a
 * cover.
 */
#ifndef CRIU_NS_RELOCK_DECIDE_H
#define CRIU_NS_RELOCK_DECIDE_H

#include "look/mounts.h"
#include "look/recipe.h"

#include <stdbool.h>
#include <stddef.h>

/* How a mount comes back. */
enum relock_how {
	RELOCK_PLAIN,  /* moved to its place again */
	RELOCK_LOCKED, /* under a cover: it cannot be unmounted */
	RELOCK_FLAGS,  /* without one: only flags are locked */
	RELOCK_HOWS
};

/* A mount of the root task's mount namespace. */
struct relock_piece {
	const struct mount *m;
	struct relock_piece *parent; /* NULL: the root */
	unsigned locks;              /* the locks that it is to have */
	enum relock_how how;
	bool along;  /* it comes with its parent */
	bool hidden; /* by a mount that is not on the same mountpoint */
	size_t children;
	int body;                 /* the mount, detached */
	int cover;                /* its cover, until it has arrived */
	int keeper;               /* a clone that is in its peer groups, as criu made them */
	int clones[RELOCK_HOWS];  /* what its children come from, */
	bool needed[RELOCK_HOWS]; /* as long as they have not */
	bool off, unbindable;
	int now; /* the mount, in its place; -1 while it is off, or where it is hidden */
};

struct relock_pieces {
	struct relock_piece *v; /* in the order of the table */
	size_t n;
};

/*
 * Decide: one piece for each mount of now, in which the locks are filled in (locks_read()). Returns
 * whether any of them has to come back locked. The caller keeps now, and frees *ret with
 * relock_pieces_free() in either case.
 */
bool relock_decide(const struct recipe *r, const struct mounts *now, struct relock_pieces *ret);
void relock_pieces_free(struct relock_pieces *p);

/* Does it lie on the root of its parent? */
bool relock_is_stacked(const struct relock_piece *p);

/*
 * The first mount of the recipe that has lost a lock, according to a table in which locks_read()
 * has filled in the locks; *ret has the lost ones. NULL if there is none.
 */
const struct recipe_mount *relock_lost(const struct recipe *r, const struct mounts *now,
				       unsigned *ret);

#endif
