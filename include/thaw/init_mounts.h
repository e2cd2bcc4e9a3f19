/* SPDX-License-Identifier: MIT */
/* What the pseudo-init does about the mounts of the root task before that runs. */
#ifndef CRIU_NS_INIT_MOUNTS_H
#define CRIU_NS_INIT_MOUNTS_H

#include "look/mounts.h"
#include "thaw/init.h"
#include "util/err.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * The pid of the root task before criu has reported it; 0 if there is none. An init has another pid
 * here than in the images: it is the only process of this pid namespace that is pid 1 in one below.
 */
pid_t init_find_root(const struct facts *f, int proc);

/*
 * Compare its mounts, and those of all nested mount namespaces, with what the plan wants
 * (verify.h). ahead is what init_verify_ahead() has given, if anything.
 */
int init_verify_mounts(const struct init_args *a, const struct mounts *frame,
		       const struct mounts *ahead, struct err *e);

/*
 * Have whoever polls pause (pause.h) told when the root task has its mounts, if they can be compared
 * then. init_verify_ahead() is to be called when that has happened in the process pid: false if it
 * is not the root task; *ret stays empty unless the mounts are as they should be.
 */
void init_ask_for_mounts(const struct init_args *a, int pause);
bool init_verify_ahead(const struct init_args *a, const struct mounts *frame, pid_t pid,
		       struct mounts *ret);

/*
 * Make the root task wait when it has its mounts, and nothing is open on them. A descriptor, or -1
 * (pause.h).
 */
int init_open_lock_pause(const struct facts *f);

/*
 * A process waits there. If it is the root task, lock its mounts as they were (relock.h); if that
 * is not possible, returns an error, and lets it fail, or wait on if criu has taken the place of
 * criu-ns. Other processes, also of other thaws of the same images, go on.
 */
int init_lock_mounts(const struct init_args *a, const struct mounts *frame, int pause,
		     struct err *e);

#endif
