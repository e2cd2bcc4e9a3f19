/* SPDX-License-Identifier: MIT */
/*
 * How criu asks criu-ns in the middle of a freeze without starting a program. criu gets its orders
 * by RPC, as `criu OPTIONS swrk N`, with a request that says "dump", "notify me" and what cannot be
 * an option there. It then sends a message at each point at which it runs action scripts, and waits
 * for the answer (run_scripts() in criu/action-scripts.c). If the answer is no, or if nobody is
 * left who could give one, the freeze fails, and the tree runs on.
 */
#ifndef CRIU_NS_NOTIFY_H
#define CRIU_NS_NOTIFY_H

#include "look/facts.h"
#include "plan/plan.h"
#include "util/err.h"
#include "util/util.h"

#include <stdbool.h>

struct notify {
	int channel[2]; /* what comes through it is the other end of criu's socket; -1: none */
	int socket;     /* that; -1: it has not come yet, or criu has closed its end */
};

#define NOTIFY_NONE ((struct notify){ .channel = { -1, -1 }, .socket = -1 })

int notify_make(struct notify *y, struct err *e);

/*
 * In the process that becomes criu: make the socket, and of the command line of a dump one of a
 * `swrk`. to_own_log: criu writes to the file of criu_log.h, which gets warnings at least.
 */
int notify_hand(const struct notify *y, const struct plan *p, const struct facts *f,
		bool to_own_log, struct strv *args, struct err *e);

/* Close the end that criu has had; close all. */
void notify_close_inner(struct notify *y);
void notify_close(struct notify *y);

/* What to poll for reading; -1: there is nothing more to come. */
int notify_fd(const struct notify *y);

/* What criu tells. All other messages are dealt with. */
enum notify_news {
	NOTIFY_NOTHING,
	NOTIFY_STOPPED, /* all tasks are, and criu goes on */
	NOTIFY_SAVED,   /* all is, and nothing is ended yet: criu waits for notify_answer() */
};

/* That can be read. */
enum notify_news notify_take(struct notify *y);
void notify_answer(const struct notify *y, bool yes);

#endif
