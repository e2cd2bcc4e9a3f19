/* SPDX-License-Identifier: MIT */
/*
 * The pseudo-init: pid 1 of the pid namespace that a thaw makes. It prepares the namespaces, starts
 * criu, reports the result, and then only reaps, without privileges and without descriptors, until
 * nothing is left in the namespace.
 */
#ifndef CRIU_NS_INIT_H
#define CRIU_NS_INIT_H

#include "cli/criu.h"
#include "cli/criu_log.h"
#include "cli/late.h"
#include "look/facts.h"
#include "plan/plan.h"
#include "thaw/images_view.h"
#include "thaw/pipes.h"
#include "thaw/pty.h"
#include "thaw/staging.h"
#include "util/err.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>

/* What the pseudo-init tells criu-ns through their socket, one packet each. */
enum init_event {
	INIT_FAILED, /* it could not do its part: err */
	/*
	 * -S, or criu is told late: the namespaces are ready for criu; status: the descriptor of
	 * the directory for criu's pidfile. In the latter case with a pidfd of criu, if criu-ns may
	 * have to clean up after it
	 */
	INIT_READY,
	/* status: criu has ended without a running tree, or the --exec-cmd command has */
	INIT_CRIU,
	INIT_CRIU_STARTS, /* with its pidfd; it waits for a byte as the answer */
	INIT_UNCOVERED,   /* the caller's /proc is no longer on top of the new one */
	INIT_RUNNING,     /* the tree runs; with a pidfd of the root task. The answer is a byte */
	INIT_SETTLED,     /* the answer has arrived: from now on the tree does not need criu-ns */
	INIT_ENDED,       /* status: the root task has ended */
	/*
	 * not by the pseudo-init: another criu-ns is in its pid namespace, and freezes the tree;
	 * status: enum freeze_news, with its pidfd
	 */
	INIT_FREEZER,
};

/* What criu-ns tells the pseudo-init when criu, in its place, is about to make the root task. */
struct init_uncover {
	char criu_tmp[NAME_MAX + 1]; /* criu_tmp_take(): to be removed if the thaw fails */
};

struct init_message {
	enum init_event event;
	int status; /* a wait status */
	struct err err;
};

struct init_args {
	const struct cli *cli;
	const struct plan *plan;
	const struct facts *facts;
	const struct criu_binary *criu;
	const struct criu_log *log;
	const struct pty *ptys; /* as many as the plan says */
	int devpts;             /* which they are of (own_devpts.h); -1: the caller's */
	const struct pipes *pipes;
	struct staging_kept kept;
	int socket;   /* SOCK_SEQPACKET, ours; criu-ns has the other end */
	int pidfile;  /* the file that criu-ns will name as its pidfile (pidfile.h), or -1 */
	int criu_tmp; /* of criu_tmp_watch() */
	bool ends_with_caller; /* and everything in its pid namespace with it */
	bool takes_place;      /* criu takes the place of criu-ns (sibling.h), as the plan has it */
	struct images_view images; /* for criu, if they are not the directory that the user named */
	sigset_t mask;             /* the caller's, for criu */
	/*
	 * Criu is started before it is known what it has to do (thaw/ahead.h), and nothing else is
	 * done before init_go(); NULL: it gets its command line
	 */
	struct late *late;
	const struct late_line *line; /* and which one it gets then */
};

/* The pseudo-init, as criu-ns has it. */
struct init_child {
	pid_t pid;
	int pidfd;
	int socket; /* the other end of its socket */
};

/*
 * What it gets, whatever the plan is, made in the caller's namespaces: args->pidfile and
 * args->criu_tmp.
 */
void init_open_files(struct init_args *args);

/* Start it, in a new pid and a new mount namespace. Sets args->socket. */
int init_start(struct init_args *args, struct init_child *ret, struct err *e);

/*
 * With criu told late: the plan with which it was started is to be carried out, with what could not
 * be made before (staging_make_kept()). If the pseudo-init has ended, that is found out when it is
 * listened to.
 */
void init_go(int socket, const struct staging_kept *kept);

#endif
