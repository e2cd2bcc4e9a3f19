/* SPDX-License-Identifier: MIT */
/*
 * The answers of a thaw to what the host lacks or has in the way (look/thaw_finding.h), in a table
 * by kind. Pure.
 */
#ifndef CRIU_NS_PLAN_THAW_FINDINGS_H
#define CRIU_NS_PLAN_THAW_FINDINGS_H

#include "plan/plan.h"

/*
 * Answer all findings of f->thaw_findings: refusals and steps are added to *p; options are inserted
 * into the command line at *at, which moves behind them.
 */
void plan_thaw_findings(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at);

#endif
