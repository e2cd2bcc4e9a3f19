/* SPDX-License-Identifier: MIT */
/*
 * The caller's side of a thaw: makes the namespaces with a pseudo-init in them (init.h), receives
 * its messages, writes the pidfile, and in the foreground stays until the root task ends.
 */
#ifndef CRIU_NS_THAW_H
#define CRIU_NS_THAW_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "cli/criu_log.h"
#include "look/facts.h"
#include "plan/news.h"
#include "plan/plan.h"
#include "util/err.h"

#include <stdbool.h>
#include <sys/signalfd.h>

/* What `run` does besides: then the tree does not outlive criu-ns. */
struct thaw_guard {
	/*
	 * A signal has come, also SIGURG; root is the root task, and root_fd its pidfd (0 and -1
	 * until it runs). Returns whether nothing else is to be done about it.
	 */
	bool (*signal)(struct thaw_guard *g, const struct signalfd_siginfo *info, pid_t root,
		       int root_fd);
	int fd; /* when it can be read, ready() is called; -1: none */
	void (*ready)(struct thaw_guard *g, int root_fd);
	/* Process pid, in the tree's pid namespace, freezes the tree. Takes over its pidfd. */
	void (*freezer)(struct thaw_guard *g, pid_t pid, int pidfd, enum freeze_news news);
	int undone; /* by this signal a thaw is undone with EXIT_FROZEN; 0: by none */
};

struct thaw_ahead;

/* What is carried out, and with what. */
struct thaw_work {
	const struct cli *cli;
	const struct plan *plan;
	const struct facts *facts;
	const struct criu_binary *criu;
	struct criu_log *log;     /* what criu says is shown there */
	struct thaw_guard *guard; /* or NULL */
	struct thaw_ahead *ahead; /* what was started ahead (thaw/ahead.h), or NULL */
};

/*
 * Carry out the plan. 0 with *ret filled if criu ran, whatever its status; an error if criu-ns
 * itself failed: then nothing of the thaw is left.
 */
int thaw_run(const struct thaw_work *w, struct verdict *ret, struct err *e);

#endif
