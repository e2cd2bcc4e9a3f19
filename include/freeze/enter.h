/* SPDX-License-Identifier: MIT */
/*
 * The process that becomes criu, in a freeze: it joins the frame, makes sure that this is the frame
 * of the plan, takes with it what criu needs, and executes criu.
 */
#ifndef CRIU_NS_ENTER_H
#define CRIU_NS_ENTER_H

#include "cli/criu.h"
#include "cli/criu_log.h"
#include "freeze/recheck.h"
#include "look/facts.h"
#include "plan/plan.h"
#include "util/err.h"
#include "util/util.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* The numbers that descriptors of ours have in criu; -1: it has none. */
struct handed {
	int images, work; /* where criu runs in other mounts than the caller's */
	int log;
};

#define HANDED_NONE ((struct handed){ -1, -1, -1 })

/* What the child that becomes criu has to know. */
struct entry {
	const struct plan *plan; /* started ahead (ahead.h): what is known of it */
	const struct facts *facts;
	const struct criu_binary *criu;
	const struct criu_log *log;
	struct strv args;
	pid_t self; /* criu-ns, which stays in the caller's namespaces */
	int cwd;
	bool waits; /* for a byte, before it executes criu, */
	int go;     /* that comes there; end of file: criu-ns is gone */
	struct recheck recheck;
	/* what else is done before criu is executed, in its namespaces; NULL: nothing */
	int (*prepare)(void *arg, struct strv *args, struct err *e);
	void *prepare_arg;
	struct handed handed; /* filled in by the child: seen by who has vfork()ed it */
	int errors;    /* write end, close-on-exec: a struct err, or end of file when criu runs */
	sigset_t mask; /* the caller's */
};

/*
 * Have our next children made in the frame's pid namespace, if the plan wants criu there; and again
 * in our own. Both give false with errno.
 */
bool enter_pid_ns(const struct plan *p, const struct facts *f);
bool enter_leave_pid_ns(const struct plan *p, const struct facts *f);

/* In the child, which is in the frame's pid namespace already. */
_Noreturn void enter_become_criu(struct entry *n);

/* Put the paths of what criu was handed in the place of their slots. */
void enter_fill_slots(const struct handed *h, struct strv *args);

/* In the parent: 0 when criu runs, else the error of the child, which has ended. */
int enter_await(pid_t criu, int errors, struct err *e);

#endif
