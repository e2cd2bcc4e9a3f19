/* SPDX-License-Identifier: MIT */
/* Words for people: the plan before, and what went wrong after. */
#ifndef CRIU_NS_EXPLAIN_H
#define CRIU_NS_EXPLAIN_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "look/facts.h"
#include "plan/plan.h"

#include <stdio.h>
#include <time.h>

/* The plan's notes, a line each, with start in front. */
void explain_notes(FILE *out, const struct plan *p, const char *start);

/*
 * --dry-run: each step with its reason, and criu's final command line, where a placeholder like
 * /proc/self/fd/<images> stands for each descriptor that only a run has.
 */
void explain_plan(FILE *out, const struct plan *p, const struct criu_binary *criu);

/*
 * The error lines of a criu log that matter: at most max of them, in order, without time stamps
 * and source positions, without those that are known to be harmless or say only that it failed.
 * Pure; adds to *ret.
 */
void explain_errors(const char *log, size_t max, struct strv *ret);

/* What to do about an error line of criu's, in a sentence; NULL when we know nothing. */
const char *explain_remedy(const char *line);

/*
 * Show what matters of a log, with what to do about it; with these capabilities (caps.h), where one
 * that is missing may be the reason.
 */
void explain_log(FILE *out, const char *log, uint64_t caps);

/*
 * criu has ended with a status other than 0: show the lines that matter, where the log is, and
 * what was being done. `since` is when criu-ns started: an older log is not this run's.
 */
void explain_failure(FILE *out, const struct cli *cli, const struct facts *f, int status,
		     const struct timespec *since);

#endif
