/* SPDX-License-Identifier: MIT */
/* A freeze: joins the frame, becomes criu, and sees what has come of it. */
#ifndef CRIU_NS_FREEZE_H
#define CRIU_NS_FREEZE_H

#include "cli/criu.h"
#include "look/facts.h"
#include "plan/plan.h"
#include "util/err.h"

/*
 * Carry the plan out. 0 with *ret filled when criu ran, whatever it said; an error when criu-ns
 * failed itself: then the target runs as before.
 */
int freeze_run(const struct plan *p, const struct facts *f, const struct criu_binary *criu,
	       struct verdict *ret, struct err *e);

#endif
