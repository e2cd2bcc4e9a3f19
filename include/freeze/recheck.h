/* SPDX-License-Identifier: MIT */
/*
 * A word from criu in the middle of a freeze: all tasks are frozen and saved, and none is gone.
 *
 * What criu runs then (--action-script) is this program, which asks criu-ns and waits for the
 * answer; when that is no, criu lets the tree go on as before.
 */
#ifndef CRIU_NS_RECHECK_H
#define CRIU_NS_RECHECK_H

#include "look/facts.h"
#include "plan/plan.h"
#include "util/err.h"
#include "util/util.h"

#include <stdbool.h>

struct recheck {
	int ask[2], answer[2]; /* pipes; -1: none */
	int exe;               /* this program; opened before any namespace is joined */
};

#define RECHECK_NONE ((struct recheck){ .ask = { -1, -1 }, .answer = { -1, -1 }, .exe = -1 })

int recheck_make(struct recheck *h, struct err *e);

/* In the child that becomes criu: fill the slot in args. Nothing to do for RECHECK_NONE. */
int recheck_hand(const struct recheck *h, struct strv *args, struct err *e);

/* Close the ends that criu has by now; all of them. */
void recheck_close_inner(struct recheck *h);
void recheck_close(struct recheck *h);

/*
 * ask[0] is readable: see whether the target's mounts are still those that were looked at, keep its
 * root beside the images when the plan says so, and answer. What stands against it is in *e.
 */
void recheck_answer(const struct recheck *h, const struct plan *p, const struct facts *f,
		    struct err *e);

/* Is this process what criu started, and its exit status then. */
bool recheck_is_stub(int argc);
int recheck_stub(void);

#endif
