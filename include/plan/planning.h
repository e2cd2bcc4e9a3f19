/* SPDX-License-Identifier: MIT */
/* What the two directions' decisions (plan_freeze.c, plan_thaw.c) share. Pure, as they are. */
#ifndef CRIU_NS_PLANNING_H
#define CRIU_NS_PLANNING_H

#include "plan/plan.h"

/* Add a step. Takes ownership of what. */
void plan_step(struct plan *p, char *what, const char *why);

/*
 * Add a refusal to those that are told at once: a function that refuses gave r < 0 and filled *e. Gives r,
 * so that who cannot decide more after that stops, and who can goes on.
 */
int plan_refuse(struct plan *p, int r, const struct err *e);

/* What plan_freeze() and plan_thaw() return. After a refusal nothing is left of the plan but the refusals. */
int plan_verdict(struct plan *p);

/* Start from the user's words. */
void plan_copy_args(const struct cli *cli, struct plan *p);

/* Put an option in at *at, with its value unless that is NULL; *at moves behind it. */
void plan_option(struct plan *p, size_t *at, const char *name, const char *value);

/* `--external mnt[]:m` or `:s`, unless it was given by hand. */
void plan_external(const struct cli *cli, struct plan *p, size_t *at, char letter, const char *why);

/* Can the images or work directory (name) be used, and written to? */
int plan_check_dir(const struct dir *d, const char *name, bool write, struct err *e);

#endif
