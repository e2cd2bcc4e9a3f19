/* SPDX-License-Identifier: MIT */
/*
 * A thaw as criu-ns sees it: makes the namespaces with a pseudo-init in them (init.h), hears from it
 * how it goes, writes the pidfile, and in the foreground stays until the root task ends.
 */
#ifndef CRIU_NS_THAW_H
#define CRIU_NS_THAW_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "look/facts.h"
#include "plan/plan.h"
#include "util/err.h"

/*
 * Carry the plan out. 0 with *ret filled when criu ran, whatever it said; an error when criu-ns
 * failed itself: then nothing of the thaw is left.
 */
int thaw_run(const struct cli *cli, const struct plan *p, const struct facts *f,
	     const struct criu_binary *criu, struct verdict *ret, struct err *e);

#endif
