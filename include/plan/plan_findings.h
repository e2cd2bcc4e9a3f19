/* SPDX-License-Identifier: MIT */
/* The answers of a freeze to findings (look/finding.h), in a table by kind. Pure. */
#ifndef CRIU_NS_PLAN_FINDINGS_H
#define CRIU_NS_PLAN_FINDINGS_H

#include "plan/plan.h"

/*
 * Answer all findings: options are inserted into the command line at *at, which moves behind them;
 * files go into the recipe; steps, notes and refusals are added to *p. The mounts must have been
 * planned before.
 */
void plan_findings(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at);

/*
 * What has been found while the tree was being frozen with that plan, of kinds that there can only
 * be a note about: add that to *p.
 */
void plan_late_findings(const struct cli *cli, const struct facts *f, const struct findings *late,
			struct plan *p);

#endif
