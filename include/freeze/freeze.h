/* SPDX-License-Identifier: MIT */
/* A freeze: joins the frame, becomes criu, and finds out what the result is. */
#ifndef CRIU_NS_FREEZE_H
#define CRIU_NS_FREEZE_H

#include "cli/criu.h"
#include "cli/criu_log.h"
#include "look/facts.h"
#include "plan/plan.h"
#include "util/err.h"

struct ahead;
struct progress;

/* What is carried out, and with what. */
struct freeze_work {
	const struct plan *plan;
	const struct facts *facts;
	const struct criu_binary *criu;
	struct ahead *ahead;       /* a criu that may have been started already (ahead.h) */
	struct criu_log *log;      /* what criu says is shown there */
	struct findings *late;     /* gets what is found while it goes on (watch.h) */
	struct progress *progress; /* that it goes on is shown there; NULL: nobody wants to know */
};

/*
 * Carry out the plan. 0 with *ret filled if criu ran, whatever its status; an error if criu-ns
 * itself failed: then the target runs as before.
 */
int freeze_run(const struct freeze_work *work, struct verdict *ret, struct err *e);

#endif
