/* SPDX-License-Identifier: MIT */
/*
 * A second look, at the mounts and namespaces among others, in the middle of a freeze, when all
 * tasks are frozen and saved, and none is ended.
 *
 * criu then asks with a message (freeze/notify.h). Where that is not possible, criu runs this
 * program once more (--action-script), as a stub that asks criu-ns and waits for the answer. If
 * that is no, or if criu-ns has ended, criu lets the tree run on as before.
 */
#ifndef CRIU_NS_RECHECK_H
#define CRIU_NS_RECHECK_H

#include "freeze/notify.h"
#include "freeze/record.h"
#include "freeze/sessions.h"
#include "look/facts.h"
#include "look/mappings_look.h"
#include "plan/plan.h"
#include "util/err.h"
#include "util/util.h"

#include <stdbool.h>

struct recheck {
	bool by_message; /* notify is used, and the next three are not */
	struct notify notify;
	int ask[2], answer[2]; /* pipes; -1: none */
	int exe;               /* this program, opened before any namespace is joined */
	bool looked, good;     /* whether it has been looked again, and everything was as before */
	const struct sessions *sessions; /* to be recorded in the images; NULL: nothing */
	struct record *record;           /* where it is kept that the recipe is written */
	struct mappings_look *mappings;  /* begun when all tasks are stopped */
};

#define RECHECK_NONE                                                                               \
	((struct recheck){                                                                         \
		.notify = NOTIFY_NONE, .ask = { -1, -1 }, .answer = { -1, -1 }, .exe = -1 })

int recheck_make(struct recheck *h, bool by_message, struct err *e);

/* The ends that another one has, which has none then. */
void recheck_take(struct recheck *h, struct recheck *from);

/*
 * In the child that becomes criu: fill the slot in args, or see notify_hand(). Does nothing for
 * RECHECK_NONE.
 */
int recheck_hand(const struct recheck *h, const struct plan *p, const struct facts *f,
		 bool to_own_log, struct strv *args, struct err *e);

/* Close the ends that criu has by now; close all ends. */
void recheck_close_inner(struct recheck *h);
void recheck_close(struct recheck *h);

/* What to poll for reading; -1: criu will not ask any more. */
int recheck_fd(const struct recheck *h);

/*
 * That can be read. When all tasks are stopped: check the namespaces (gate.h), and that the
 * target's mounts are still those that were looked at; and write the recipe. If criu tells when
 * that is, it need not wait for it. If it asks: do what the plan wants to be done at this moment
 * (check that criu has saved those mounts, keep the target's root beside the images, record its
 * sessions), and answer. If the answer is no, *e has the reason.
 */
void recheck_answer(struct recheck *h, const struct plan *p, const struct facts *f, struct err *e);

/* Is this process the stub that criu started? What it does then: returns its exit status. */
bool recheck_is_stub(int argc);
int recheck_stub(void);

#endif
