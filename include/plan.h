/* SPDX-License-Identifier: MIT */
/*
 * Decisions, and nothing else: command line and facts in, what to do and why out. No system call,
 * no errno, no environment, no globals (tests/unit/plan.c, tests/unit/purity).
 */
#ifndef CRIU_NS_PLAN_H
#define CRIU_NS_PLAN_H

#include "cli.h"
#include "err.h"
#include "facts.h"

enum plan_kind {
	PLAN_FREEZE,     /* run criu in the frame of the target */
	PLAN_THAW,       /* run criu under a pseudo-init in new namespaces */
	PLAN_THAW_PLAIN, /* the images hold their own init: criu makes its pid namespace itself */
};

/* The mount namespace that criu runs in. */
enum plan_mounts {
	MOUNTS_CALLER,
	MOUNTS_TARGET, /* the target's: it holds nothing but what the caller's does, and a procfs */
	MOUNTS_FRAME,  /* that of the init of the frame; the target has a view of its own */
};

enum plan_tty {
	TTY_NONE,  /* criu and the tree have the caller's stdio, whatever it is */
	TTY_RELAY, /* a new pty in a session of its own, relayed to the caller's terminal */
};

struct plan_step {
	char *what, *why;
};

/*
 * Words of the final command line that only the run can fill in, compared as whole words:
 * descriptors get their numbers when they are opened.
 */
extern const char plan_slot_images[], plan_slot_work[], plan_slot_pidfile[];

/* What a pseudo-init calls itself, and is known by (comm). */
extern const char plan_init_comm[];

struct plan {
	enum plan_kind kind;

	/* freeze */
	bool enter_pid; /* join the frame's pid namespace, and hold it until criu is done */
	bool stop_init; /* keep the frame's init from running meanwhile */
	enum plan_mounts mounts;
	pid_t tree; /* the target's pid as criu will see it */

	/* thaw */
	enum plan_tty tty;
	pid_t criu_pid; /* where criu sits in the new pid namespace */
	bool sibling;   /* -S: the root task becomes a child of our caller */
	bool wait_exec; /* --exec-cmd: the command takes criu's place, then the tree runs */
	bool detach;
	size_t exec_at; /* where the --exec-cmd command starts in args */

	struct strv args; /* criu's command line; words may be slots */

	struct plan_step *steps; /* in the order in which they happen */
	size_t n_steps;
};

/*
 * Decide. A refusal comes back as an error that names the object in the way; nothing has been
 * touched then. The caller frees *ret with plan_free() after success.
 */
int plan_freeze(const struct cli *cli, const struct facts *f, struct plan *ret, struct err *e);
int plan_thaw(const struct cli *cli, const struct facts *f, struct plan *ret, struct err *e);
void plan_free(struct plan *p);

#endif
