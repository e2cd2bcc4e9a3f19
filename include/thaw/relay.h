/* SPDX-License-Identifier: MIT */
/*
 * A pty for a shell job: the tree gets the slave side as the terminal of its own session, and the
 * caller's terminal is connected to the master side for as long as criu-ns runs.
 */
#ifndef CRIU_NS_RELAY_H
#define CRIU_NS_RELAY_H

#include "util/err.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/* What has been read from one side, and the other has not taken yet. */
struct flow {
	char bytes[4096];
	size_t start, n;
	bool ended; /* nothing more will come */
};

struct relay {
	int master;           /* -1: no relay, or the tree's side is closed */
	int screen;           /* where output goes */
	char slave[64];       /* path of the other side */
	struct termios saved; /* of the caller's terminal */
	bool raw;             /* the caller's terminal is in raw mode */
	bool input_open;      /* the tree runs, and may be typed to */
	struct flow input, output;
};

/* Make the pty, with the size and modes of the terminal on stdin. */
int relay_open(struct relay *r, struct err *e);

/*
 * Connect, when the tree runs: the caller's terminal goes to raw mode, until relay_close(). Before,
 * it is as it was, and Ctrl-C ends criu-ns; what was typed by then is read now.
 */
void relay_start(struct relay *r);

/*
 * What to wait for now, and moving what can be moved then. Neither side is ever waited for here: one
 * that takes nothing gets nothing more, and nothing more is read for it.
 */
enum { RELAY_POLLFDS = 3 };
void relay_wants(const struct relay *r, struct pollfd p[RELAY_POLLFDS]);
void relay_move(struct relay *r, const struct pollfd p[RELAY_POLLFDS]);

/* The caller's terminal has a new size (SIGWINCH). */
void relay_resize(const struct relay *r);

/*
 * Detached: a small process stays behind that shows on the caller's terminal what the tree writes,
 * and reads nothing from it, for the terminal's input is the shell's. It holds that terminal only.
 */
int relay_leave_behind(struct relay *r, struct err *e);

/*
 * Pass on what is still there, and give the terminal back. A terminal that takes nothing is waited
 * for until there is something to read from `signals`; not at all when that is -1.
 */
void relay_close(struct relay *r, int signals);

#endif
