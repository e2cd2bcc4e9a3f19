/* SPDX-License-Identifier: MIT */
/* Waiting for criu in a freeze, and for everything that can happen meanwhile. */
#ifndef CRIU_NS_WATCH_H
#define CRIU_NS_WATCH_H

#include "cli/criu_log.h"
#include "freeze/gate.h"
#include "freeze/holder.h"
#include "freeze/outcome.h"
#include "freeze/recheck.h"
#include "look/facts.h"
#include "look/mappings_look.h"
#include "plan/plan.h"
#include "util/err.h"

#include <sys/types.h>

/*
 * What a long freeze is told to a person by: show() from time to time, hide() before anything else
 * is said.
 */
struct progress {
	void (*show)(struct progress *p);
	void (*hide)(struct progress *p);
};

struct watch {
	const struct plan *plan;
	const struct facts *facts;
	const struct outcome_mark *before;
	struct recheck *recheck;
	struct gate *gate;
	struct mappings_look *mappings; /* begun by one of these two, or before; carried on here */
	pid_t criu;                     /* our child, and leader of a session */
	int criu_fd;                    /* its pidfd */
	struct criu_log *log;           /* shown as it grows */
	struct progress *progress;      /* or NULL */
	int signals;                    /* signalfd for the signals that ask criu-ns to stop */
	struct holder *holder;          /* replaced when it is lost */
	bool signalled;                 /* one of those signals has come; false at first */
	bool restarted;                 /* restart_polls() has been called; false at first */
};

/*
 * Wait until criu has ended. Then nothing that it had started is left, and nobody is traced. Gives
 * its wait status in *ret_status, or an error if criu-ns knows better why the freeze failed.
 */
int watch_criu(struct watch *w, int *ret_status, struct err *e);

#endif
