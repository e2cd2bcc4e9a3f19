/* SPDX-License-Identifier: MIT */
/*
 * The caller's side of a thaw: makes the namespaces with a pseudo-init in them (init.h), receives its
 * messages, writes the pidfile, and in the foreground stays until the root task ends.
 */
#ifndef CRIU_NS_THAW_H
#define CRIU_NS_THAW_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "cli/criu_log.h"
#include "look/facts.h"
#include "plan/plan.h"
#include "util/err.h"

/*
 * Carry out the plan, showing what criu says in log. 0 with *ret filled if criu ran, whatever its status; an error if criu-ns itself failed:
 * then nothing of the thaw is left.
 */
int thaw_run(const struct cli *cli, const struct plan *p, const struct facts *f,
	     const struct criu_binary *criu, struct criu_log *log, struct verdict *ret,
	     struct err *e);

#endif
