/* SPDX-License-Identifier: MIT */
/* Texts for people: the plan before a run, and what failed after it. */
#ifndef CRIU_NS_EXPLAIN_H
#define CRIU_NS_EXPLAIN_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "cli/criu_log.h"
#include "look/facts.h"
#include "plan/plan.h"

#include <stdio.h>
#include <time.h>

/* Print a word, quoted for a shell where that is needed. */
void explain_word(FILE *out, const char *word);

/* Print the plan's notes, one on a line, each after the text start. */
void explain_notes(FILE *out, const struct plan *p, const char *start);

/*
 * --dry-run: each step with its reason, and criu's final command line, where a placeholder like
 * /proc/self/fd/<images> stands for each descriptor that only a run has.
 */
void explain_plan(FILE *out, const struct plan *p, const struct criu_binary *criu);

/*
 * The error lines of a criu log that matter: at most max of them, in order, without time stamps and
 * source positions. Lines that are known to be harmless, or say only that criu failed, are left
 * out. Pure; adds to *ret.
 */
void explain_errors(const char *log, size_t max, struct strv *ret);

/*
 * Show the lines of a log that matter, and what to do. seen: the user has seen it with this -v; 0:
 * nothing of it. caps are the caller's (caps.h): where a missing capability may be the reason, that
 * is shown, too.
 */
void explain_log(FILE *out, const char *log, unsigned seen, uint64_t caps);

/*
 * What criu has written, which the caller frees; NULL: it is not to be had. said is what it has
 * written if it was not to the user's log file. `since` is when it was started, because an older
 * log is not this run's.
 */
char *explain_read_log(const struct cli *cli, const struct facts *f, const struct criu_log *said,
		       const struct timespec *since);

/*
 * criu has ended with a status other than 0: show the lines of its log (explain_read_log()) that
 * matter, where the log is, and what was being done.
 */
void explain_failure(FILE *out, const struct cli *cli, const struct facts *f,
		     const struct criu_log *said, int status, const struct timespec *since);

#endif
