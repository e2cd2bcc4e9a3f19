/* SPDX-License-Identifier: MIT */
/* What each kind of finding (look/finding.h) means for a freeze, in a table by kind. Pure. */
#ifndef CRIU_NS_PLAN_FINDINGS_H
#define CRIU_NS_PLAN_FINDINGS_H

#include "plan/plan.h"

/*
 * Answer all findings: options are put into the command line at *at, which moves behind them; files go into
 * the recipe; steps, notes and refusals are added to *p. The mounts have been planned before.
 */
void plan_findings(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at);

#endif
