/* SPDX-License-Identifier: MIT */
/* What the pseudo-init does about the mounts of the root task, before that runs. */
#ifndef CRIU_NS_INIT_MOUNTS_H
#define CRIU_NS_INIT_MOUNTS_H

#include "look/mounts.h"
#include "thaw/init.h"
#include "util/err.h"

#include <sys/types.h>

/*
 * The root task, before criu has said so; 0 when there is none. An init has another number here than
 * in the images: it is the only one in this namespace that is pid 1 in one below.
 */
pid_t init_find_root(const struct facts *f, int proc);

/* Compare its mounts, and those of all nested mount namespaces, with what the plan wants (verify.h). */
int init_verify_mounts(const struct init_args *a, const struct mounts *frame, struct err *e);

/* Where the root task waits when it has its mounts and nothing is open on them; -1: nowhere (pause.h). */
int init_open_lock_pause(const struct facts *f);

/*
 * Somebody waits there. If that is the root task, lock its mounts as they were (relock.h), and let it
 * fail when that is not possible: *e tells why. Others, also of other thaws of the same images, go on.
 */
void init_lock_mounts(const struct init_args *a, const struct mounts *frame, int pause,
		      struct err *e);

#endif
