/* SPDX-License-Identifier: MIT */
/*
 * A thaw that is started ahead: when the images have been read, and while criu-ns looks at what the
 * host has of what they name, the namespaces are made, and the pseudo-init in them has started
 * criu, which gets its options late (cli/late.h). Where they turn out to be needed otherwise, or
 * not at all, they are ended, and with them everything that is in them; nothing has been made elsewhere.
 */
#ifndef CRIU_NS_THAW_AHEAD_H
#define CRIU_NS_THAW_AHEAD_H

#include "cli/late.h"
#include "plan/plan.h"
#include "thaw/init.h"
#include "thaw/thaw.h"

struct thaw_ahead {
	struct init_child init; /* its pid is 0: there is none, or it has been taken */
	int pidfile, criu_tmp;  /* of init_open_files() */
	struct late late;
	struct plan plan; /* what was known of it */
};

#define THAW_AHEAD_NONE                                                                            \
	((struct thaw_ahead){ .init = { .pidfd = -1, .socket = -1 },                               \
			      .pidfile = -1,                                                       \
			      .criu_tmp = -1,                                                      \
			      .late = LATE_NONE })

/*
 * Start one, for a->plan as plan_thaw_ahead() has filled it in, which is also the plan of the work.
 * If that fails, there is none.
 */
void thaw_ahead_start(struct thaw_ahead *a, const struct thaw_work *w,
		      const struct late_line *line);

/* What criu is to be told, and how: by RPC, too, or with its options alone (NULL). */
struct thaw_order {
	const struct plan *plan;
	const struct criu_log *log;
	struct criu_talk *talk;
};

/* Does it fit the plan? */
bool thaw_ahead_fits(const struct thaw_ahead *a, const struct thaw_order *o);

/* The caller has taken its init and the descriptors, and they are no longer ended with it. */
void thaw_ahead_taken(struct thaw_ahead *a);

/*
 * Tell criu what to do. scratch is the pseudo-init's descriptor of the directory for criu's
 * pidfile; init is the socket to the pseudo-init, which has nothing to say before criu ends.
 */
void thaw_ahead_go(struct thaw_ahead *a, const struct thaw_order *o, int scratch, int init);

/* End it, if it has not been taken. */
void thaw_ahead_end(struct thaw_ahead *a);

#endif
