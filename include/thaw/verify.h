/* SPDX-License-Identifier: MIT */
/*
 * The end of a thaw with mounts of its own: criu waits just before it lets the tree run, until the
 * mounts that came back have been compared with those that were frozen.
 */
#ifndef CRIU_NS_VERIFY_H
#define CRIU_NS_VERIFY_H

#include "look/facts.h"
#include "look/mounts.h"
#include "plan/plan.h"
#include "util/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct verify {
	/* which mounts are wanted, and whether a wrong one is only a warning */
	const struct plan *plan;
	const struct facts *facts;
	int proc;  /* a procfs, */
	pid_t pid; /* and the pid of a thawed process in it */
	/* the table of our mount namespace, as it was without the staging area */
	const struct mounts *frame;
	/* what verify_ahead() has given; NULL, or an empty one: it has not been called, or to no avail */
	const struct mounts *ahead;
};

/*
 * Is it the table of a task in its final mount namespace? Those in which criu starts tasks have a
 * copy of the staging area.
 */
bool verify_is_final(const struct facts *f, const struct mounts *table);

/*
 * The same as verify_mounts() for a root task that has its mounts, but goes on meanwhile. Gives its
 * table if that is as it should be, for which verify_mounts() then has only to find the same again;
 * else false, and all is left to that. Not for several mount namespaces, or mounts to be locked.
 */
bool verify_ahead(const struct verify *v, struct mounts *ret);

/* Repair what can be repaired before the mounts are locked, and do not report the rest. */
int verify_repair(const struct verify *v, struct err *e);

/*
 * Compare the mounts of the process with what the plan wants, and those of the tree's other mount
 * namespaces with the images. Repairs what can be repaired; the rest is an error or, with
 * plan.tolerate, a warning on stderr.
 */
int verify_mounts(const struct verify *v, struct err *e);

#endif
