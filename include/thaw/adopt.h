/* SPDX-License-Identifier: MIT */
/*
 * The root task has a child that is neither in its session nor leads its own: mostly a daemon that
 * it has adopted (PR_SET_CHILD_SUBREAPER). criu has such a child made by a process of that session,
 * which then ends, so that the child goes to the next process above it that adopts orphans
 * (prepare_pstree_ids() in criu/pstree.c). criu makes the root task one only later
 * (restore_child_subreaper() in criu/pie/restorer.c). So here the root task becomes one before: it
 * makes the system call itself (util/inject.h), while the child is about to be made.
 */
#ifndef CRIU_NS_ADOPT_H
#define CRIU_NS_ADOPT_H

#include "thaw/init.h"

struct adopt {
	int pause; /* util/pause.h: whoever opens the image of that child waits there; -1: nobody */
	bool done;
	struct err err; /* why it was not done */
};

#define ADOPT_NONE ((struct adopt){ .pause = -1 })

/* Before criu starts. */
void adopt_begin(const struct init_args *a, struct adopt *ret);

/*
 * A process waits there. Every one gets its answer, also that of another thaw of the same images.
 */
void adopt_next(const struct init_args *a, struct adopt *adopt);

/*
 * The tree is there, and does not run yet: a root task that was none before is none again. Tells on
 * stderr if the root task has not got the child.
 */
void adopt_end(const struct init_args *a, struct adopt *adopt);

#endif
