/* SPDX-License-Identifier: MIT */
/*
 * The staging area: a directory in the private mount namespace that criu runs in (struct facts,
 * staging), where a thaw puts what criu is to mount for the target: whole mounts of the host's, and
 * the root.
 */
#ifndef CRIU_NS_STAGING_H
#define CRIU_NS_STAGING_H

#include "look/facts.h"
#include "plan/plan.h"
#include "thaw/pty.h"
#include "util/err.h"

/*
 * Make a tmpfs root again, with its content, as a mount that is attached nowhere. Gives its
 * descriptor in *ret; -1, and success, if the plan has no such root.
 */
int staging_make_root(const struct plan *p, const struct facts *f, int *ret, struct err *e);

/*
 * Build the staging area in our mount namespace; root is the descriptor from staging_make_root().
 * Does nothing if the plan has no mounts.
 */
int staging_build(const struct plan *p, const struct facts *f, const struct pty *ptys, int root,
		  struct err *e);

/* Remove it again. */
void staging_remove(const struct plan *p, const struct facts *f);

#endif
