/* SPDX-License-Identifier: MIT */
/*
 * A criu that is started ahead: as soon as it is known where it has to run, while criu-ns still
 * looks at the tree. It gets its options late (cli/late.h), and knows nothing of the target before.
 *
 * Where criu turns out to be needed otherwise, or not at all, it is ended.
 */
#ifndef CRIU_NS_AHEAD_H
#define CRIU_NS_AHEAD_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "cli/criu_log.h"
#include "cli/late.h"
#include "freeze/enter.h"
#include "look/facts.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <sys/types.h>

struct ahead {
	pid_t criu; /* our child; 0: there is none */
	int criu_fd;
	struct late late;
	struct plan plan;       /* what was known of it */
	struct recheck recheck; /* by a message, if that plan has a recheck; else RECHECK_NONE */
	struct handed handed;
};

#define AHEAD_NONE ((struct ahead){ .criu_fd = -1, .late = LATE_NONE, .recheck = RECHECK_NONE })

/* How one is started. */
struct ahead_way {
	const struct facts *facts;
	const struct criu_binary *criu;
	const struct criu_log *log; /* where it writes */
	struct late_line line;
	int socket; /* a descriptor that it keeps under its number; -1: none */
};

/*
 * Start one, for a->plan as plan_freeze_ahead() has filled it in. If that fails, there is none. The
 * caller frees the words.
 */
void ahead_start(struct ahead *a, const struct ahead_way *way);

/*
 * Does it fit the plan, whose command line for criu is args, which is changed? Then *ret_text is
 * what ahead_go() has to write, in fresh memory.
 */
bool ahead_fits(const struct ahead *a, const struct plan *p, struct strv *args, char **ret_text);

/*
 * From here on it is a criu like any other; the caller has taken its pid, its pidfd and how it
 * asks.
 */
void ahead_go(struct ahead *a, const char *text);

/* End it, if it has not been taken. */
void ahead_end(struct ahead *a);

#endif
