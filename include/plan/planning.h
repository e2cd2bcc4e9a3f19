/* SPDX-License-Identifier: MIT */
/* What the decisions of a freeze and of a thaw (plan_freeze.c, plan_thaw.c) share. Pure. */
#ifndef CRIU_NS_PLANNING_H
#define CRIU_NS_PLANNING_H

#include "plan/plan.h"

/* Add a step. Takes ownership of what. */
void plan_step(struct plan *p, char *what, const char *why);

/*
 * Add a refusal, with which a function returned r < 0 and filled *e, to those that are reported
 * together. Returns r, so that a caller can stop if nothing more can be decided after it, or go on.
 */
int plan_refuse(struct plan *p, int r, const struct err *e);

/* criu is to be shown a file or socket in the images otherwise; before they are sorted. */
void plan_edit_add(struct plan *p, struct plan_edit x);

/*
 * What plan_freeze() and plan_thaw() return. After a refusal, nothing but the refusals and notes is
 * left of the plan.
 */
int plan_verdict(struct plan *p);

/* Start with the user's command line. */
void plan_copy_args(const struct cli *cli, struct plan *p);

/* Insert an option at *at, with its value unless that is NULL; *at moves behind it. */
void plan_option(struct plan *p, size_t *at, const char *name, const char *value);

/*
 * Insert an option of criu's (name without "--") because of what the tree holds, with the step that
 * gives the reason; not if the user has given it or its --no-NAME, nor with --as-given. Returns
 * whether it was inserted.
 */
bool plan_auto(const struct cli *cli, struct plan *p, size_t *at, const char *name,
	       const char *value, const char *why);

/* Is this option (name without "--") on criu's command line, by the user's will or ours? */
bool plan_has(const struct cli *cli, const struct plan *p, const char *name);

/* `--external mnt[]:m` or `:s`, unless it was given by hand. */
void plan_external(const struct cli *cli, struct plan *p, size_t *at, char letter, const char *why);

/* Can criu ask by a message (->notify), and what has to be known for that? */
void plan_notify(const struct cli *cli, struct plan *p);

/*
 * The part of a thaw that images and recipe decide, with what the recipe names on the host: mounts,
 * files from outside of them, and what criu forgets. It does not change when the rest is looked at.
 */
void plan_thaw_recipe(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at);

/* Can the images or work directory (name) be used, and written to? */
int plan_check_dir(const struct dir *d, const char *name, bool write, struct err *e);

/* Can criu write to the log file? If not, it says so only on stderr, and does nothing. */
int plan_check_log(const struct cli *cli, const struct facts *f, struct err *e);

#endif
