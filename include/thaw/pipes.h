/* SPDX-License-Identifier: MIT */
/*
 * The pipes that connect the tree with the caller's stdio (plan/plan_pipes.h): the caller's own, or
 * new ones, which are relayed for as long as criu-ns runs in the foreground.
 */
#ifndef CRIU_NS_PIPES_H
#define CRIU_NS_PIPES_H

#include "plan/plan.h"
#include "thaw/flow.h"
#include "util/err.h"

#include <poll.h>

struct pipe_relay {
	const struct plan_pipe *plan;
	/* the end that criu is given: of a new pipe, until the tree runs; or the caller's own */
	int tree;
	/* the other end of a new pipe; -1: it is the caller's, or nothing more will pass */
	int ours;
	int callers; /* what it is connected with */
	struct flow flow;
};

/* kept: the pipes that are made for criu, by an end of each, until the tree has them. */
struct pipes {
	struct pipe_relay v[3];
	size_t n;
	int *kept;
	size_t n_kept;
	bool runs;
};

/*
 * Before anything starts: with what was in them. On a terminal, what the tree writes to a pipe goes
 * through `tty`, if that is not NULL: the tree's own terminal, which is relayed to the caller's in
 * raw mode. After a failure, too, the caller calls pipes_close().
 */
int pipes_make(const struct plan *p, const char *tty, struct pipes *ret, struct err *e);

/*
 * The tree runs, and its ends are its alone: whoever is at the other side of the caller's stdio
 * finds out when it closes them. With keep_stdio, criu-ns still needs its own.
 */
void pipes_start(struct pipes *p, bool keep_stdio);

/* What to poll for now, and moving what can be moved then, without waiting. */
enum { PIPES_POLLFDS = 6 };
void pipes_wants(const struct pipes *p, struct pollfd v[PIPES_POLLFDS]);
void pipes_move(struct pipes *p, const struct pollfd v[PIPES_POLLFDS]);

/* Pass on the rest of what the tree has written. signals: as in relay_close(). */
void pipes_close(struct pipes *p, int signals);

#endif
