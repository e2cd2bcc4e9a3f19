/* SPDX-License-Identifier: MIT */
/*
 * The pseudo-init: pid 1 of the pid namespace that a thaw makes. It prepares the namespaces, starts
 * criu, says how that went, and then only reaps, without privileges and without descriptors, until
 * nothing is left in the namespace.
 */
#ifndef CRIU_NS_INIT_H
#define CRIU_NS_INIT_H

#include "cli/criu.h"
#include "look/facts.h"
#include "plan/plan.h"
#include "util/err.h"

#include <signal.h>

/* What pseudo-init says to criu-ns through their socket, one packet each. */
enum init_event {
	INIT_FAILED, /* it could not do its part: err */
	INIT_READY,  /* -S only: the namespaces are there, criu may come */
	INIT_CRIU,   /* criu has ended without a running tree, or the --exec-cmd command has: status
		      */
	INIT_CRIU_STARTS, /* its pidfd comes along; it waits for a byte as the answer */
	INIT_RUNNING, /* the tree runs; a pidfd of the root task comes along. A byte is the answer */
	INIT_SETTLED, /* the answer has come: from now on the tree does without criu-ns */
	INIT_ENDED,   /* the root task has ended: status */
};

struct init_message {
	enum init_event event;
	int status; /* a wait status */
	struct err err;
};

struct init_args {
	const struct plan *plan;
	const struct facts *facts;
	const struct criu_binary *criu;
	const char *tty; /* TTY_RELAY only: path of the slave side of the pty */
	int root;        /* the kept root, made again (thaw/staging.h); -1 */
	int socket;      /* SOCK_SEQPACKET, ours; criu-ns has the other end */
	int pidfile;     /* what criu-ns will name as its pidfile (pidfile.h); -1 */
	int criu_tmp;    /* criu_tmp_watch(); -1 */
	sigset_t mask;   /* the caller's, for criu */
};

/* The pseudo-init's life, in a child with new pid and mount namespaces. */
_Noreturn void init_main(const struct init_args *args);

#endif
