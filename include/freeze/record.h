/* SPDX-License-Identifier: MIT */
/*
 * The recipe is written beside the images before criu can end the tree, so that a freeze can be
 * thawed even if criu-ns is killed during it: before criu begins, or where criu asks before it ends
 * the tree (recheck.h), while it works.
 */
#ifndef CRIU_NS_RECORD_H
#define CRIU_NS_RECORD_H

#include "look/facts.h"
#include "plan/plan.h"
#include "util/err.h"

#include <stdbool.h>

struct record {
	bool done;
	char *old; /* the text of one that was there before; NULL: there was none */
};

/* At most once, and only if the plan is one of a dump. */
int record_write(struct record *c, const struct plan *p, const struct facts *f, struct err *e);

/* The tree runs on: let there be what was there before. */
void record_undo(const struct record *c, const struct facts *f);

#endif
