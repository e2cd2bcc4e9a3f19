/* SPDX-License-Identifier: MIT */
/*
 * Decides at the thaw what takes the other ends of the tree's pipes that were outside of it. Pure.
 */
#ifndef CRIU_NS_PLAN_PIPES_H
#define CRIU_NS_PLAN_PIPES_H

#include "plan/plan.h"

/*
 * After plan_terminals(), because what is typed is for a terminal of the tree's first. The options
 * go in at *at.
 */
void plan_pipes(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at);

#endif
