/* SPDX-License-Identifier: MIT */
/*
 * What criu says, where the user has named no log file (-o), or wants to hear less than it takes to
 * know why criu failed (-v0, -v1): criu writes to a file of ours that has no name, which is shown
 * as it grows, and read when criu has failed.
 *
 * It is a file and not a pipe because criu must be able to write when nobody reads: a criu that
 * dies of SIGPIPE, or waits, leaves the tree stopped. It is criu's log and not its stderr, so that
 * stdin, stdout and stderr of criu, of the programs that it starts and of --inherit-fd fd[2] are
 * the caller's.
 */
#ifndef CRIU_NS_CRIU_LOG_H
#define CRIU_NS_CRIU_LOG_H

#include "cli/cli.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

struct criu_log {
	int fd;      /* what criu writes to; -1: to where the user has said */
	int changes; /* can be read when criu has written; -1: criu_log_follow() */
	int out; /* where it is shown, -1: nowhere; not ours, unless it is the user's log file */
	bool is_file;
	unsigned level; /* the user's -v */
	size_t at;      /* the place for criu's options in its command line (struct cli) */
	int64_t shown;  /* so many bytes of it have been shown */
	/* it is followed from then on (ms of CLOCK_MONOTONIC); 0: it is already, or never */
	long long from;
};

#define CRIU_LOG_NONE ((struct criu_log){ .fd = -1, .changes = -1, .out = -1 })

/*
 * Prepare it; where that is not possible, criu writes to where it would without us. workdir is the
 * open work directory. Fails only if the user's log file is needed and cannot be made.
 */
int criu_log_open(const struct cli *cli, int workdir, struct criu_log *ret, struct err *e);
void criu_log_close(struct criu_log *l);

/*
 * Insert the options by which criu writes to it into criu's command line. The slot stands for the
 * path that leads to it from there (strv_replace()). Nothing, if criu writes elsewhere.
 */
extern const char criu_log_slot[];
void criu_log_add_options(const struct criu_log *l, struct strv *args);

/*
 * It is followed, with ->changes, only if criu is still at work after some time, because the kernel
 * takes up to 15 ms to close that on a busy machine, as long as a freeze takes: so many ms are left
 * for poll(2) until then, -1: for ever. The second one begins it, if it is time.
 */
int criu_log_patience(const struct criu_log *l);
void criu_log_follow(struct criu_log *l);

/* Show what is new, unless whoever reads it is not ready; at the end, wait for that. */
void criu_log_show(struct criu_log *l, bool at_end);

/* All of it, in fresh memory; NULL: criu wrote elsewhere, or nothing. */
char *criu_log_text(const struct criu_log *l);

/* What has the user seen of it? Messages of that level (-v), and below. */
static inline unsigned criu_log_seen(const struct criu_log *l)
{
	return l->fd < 0 || l->is_file ? 0 : l->level;
}

/*
 * Is it a line that criu does not print with this -v? Below 3, criu's own messages are errors and
 * warnings, and other lines are those of programs that it starts. Pure.
 */
bool criu_log_hides(unsigned level, const char *line, size_t n);

#endif
