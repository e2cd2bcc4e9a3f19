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

/* What criu does not save, made again: mounts that are attached nowhere; -1: the plan has none. */
struct staging_kept {
	int root;
	int tmpfs; /* another one, of which directories were mounted */
};
#define STAGING_KEPT_NONE ((struct staging_kept){ .root = -1, .tmpfs = -1 })

/* With their content. The caller closes them, also if it fails. */
int staging_make_kept(const struct plan *p, const struct facts *f, struct staging_kept *ret,
		      struct err *e);
void staging_close_kept(struct staging_kept *k);

/* Build the staging area in our mount namespace. Does nothing if the plan has no mounts. */
int staging_build(const struct plan *p, const struct facts *f, const struct pty *ptys,
		  const struct staging_kept *kept, struct err *e);

/* Remove it again. */
void staging_remove(const struct plan *p, const struct facts *f);

#endif
