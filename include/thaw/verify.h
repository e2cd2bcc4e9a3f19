/* SPDX-License-Identifier: MIT */
/*
 * The end of a thaw with mounts of its own: criu is held just before it lets the tree run, until
 * what came back has been compared with what was frozen.
 */
#ifndef CRIU_NS_VERIFY_H
#define CRIU_NS_VERIFY_H

#include "look/facts.h"
#include "look/mounts.h"
#include "plan/plan.h"
#include "util/err.h"

#include <sys/types.h>

struct verify {
	const struct plan *plan; /* what is wanted, and whether what is wrong is only to be said */
	const struct facts *facts;
	int proc;  /* a procfs, */
	pid_t pid; /* and a thawed process, as it is numbered there */
	const struct mounts
		*frame; /* the table of our mount namespace, as it was without the staging area */
};

/* Put right what can be, before the mounts are locked, and say nothing of the rest. */
int verify_repair(const struct verify *v, struct err *e);

/*
 * Compare the mounts of the process with what the plan wants, and those of the tree's other mount
 * namespaces with what is in the images. Puts right what can be; with
 * plan.tolerate what is wrong then is said on stderr, without it that is the error.
 */
int verify_mounts(const struct verify *v, struct err *e);

#endif
