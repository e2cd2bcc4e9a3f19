/* SPDX-License-Identifier: MIT */
/*
 * The terminals of a thawed tree: a pty for each that it had from outside. The plan says what
 * becomes of the first one's other side; nobody sees the others.
 */
#ifndef CRIU_NS_TERMINALS_H
#define CRIU_NS_TERMINALS_H

#include "plan/plan.h"
#include "thaw/own_devpts.h"
#include "thaw/pty.h"
#include "thaw/relay.h"
#include "util/err.h"

#include <unistd.h>

struct terminals {
	enum plan_tty use; /* of the first one */
	bool keyboard;     /* what is typed is for it */
	bool hold;         /* the tree's sides are not to be hung up */
	int held;          /* that of the first one, while it is relayed; else -1 */
	/* which they are of, until the tree runs; or none: they are of the caller's */
	struct own_devpts own;
	struct pty *v;
	size_t n;
	int console; /* TTY_SOCKET: connected; else -1 */
	struct relay relay;
};

#define TERMINALS_NONE                                                                             \
	((struct terminals){ .held = -1,                                                           \
			     .console = -1,                                                        \
			     .own = OWN_DEVPTS_NONE,                                               \
			     .relay = { .master = -1, .screen = STDOUT_FILENO } })

/* Before anything starts. After a failure, too, the caller calls terminals_close(). */
int terminals_make(const struct plan *p, const struct facts *f, const struct cli *cli,
		   struct terminals *ret, struct err *e);

/* The tree runs: from now on it is served, until the process of that pidfd ends. */
int terminals_serve(struct terminals *t, int until, struct err *e);

/* signals: as in relay_close(). */
void terminals_close(struct terminals *t, int signals);

#endif
