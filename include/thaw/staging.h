/* SPDX-License-Identifier: MIT */
/*
 * The staging area: where a thaw lays out, in the private mount namespace that criu runs in, what criu is
 * to mount for the target: whole mounts of the host's, and the root (struct facts, staging).
 */
#ifndef CRIU_NS_STAGING_H
#define CRIU_NS_STAGING_H

#include "look/facts.h"
#include "plan/plan.h"
#include "util/err.h"

/*
 * The root that was a tmpfs, made again with what it held: a mount that is attached nowhere. Gives
 * its descriptor in *ret; -1, and success, when the plan has no such root.
 */
int staging_make_root(const struct plan *p, const struct facts *f, int *ret, struct err *e);

/*
 * Lay out the staging area in the mount namespace that we are in; root is what staging_make_root() gave. Does
 * nothing when the plan has no mounts.
 */
int staging_build(const struct plan *p, const struct facts *f, int root, struct err *e);

/* Take it away again. */
void staging_remove(const struct plan *p, const struct facts *f);

#endif
