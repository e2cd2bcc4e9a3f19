/* SPDX-License-Identifier: MIT */
/*
 * Decides at the thaw which ptys the tree gets in the place of the terminals that it had from
 * outside. Pure.
 */
#ifndef CRIU_NS_PLAN_TERMINALS_H
#define CRIU_NS_PLAN_TERMINALS_H

#include "plan/plan.h"

/* job: the thaw is one with --shell-job. The options go in at *at. */
void plan_terminals(const struct cli *cli, const struct facts *f, bool job, struct plan *p,
		    size_t *at);

#endif
