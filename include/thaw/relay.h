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

/* What has been read from one side, but not yet written to the other. */
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
 * Connect the two sides, when the tree runs: the caller's terminal is in raw mode until relay_close(). Before
 * that it is unchanged, and Ctrl-C ends criu-ns; what has been typed until then is read now.
 */
void relay_start(struct relay *r);

/*
 * What to poll for now, and moving what can be moved then. These never wait for either side: for one that
 * accepts nothing, nothing more is read from the other.
 */
enum { RELAY_POLLFDS = 3 };
void relay_wants(const struct relay *r, struct pollfd p[RELAY_POLLFDS]);
void relay_move(struct relay *r, const struct pollfd p[RELAY_POLLFDS]);

/* The caller's terminal has a new size (SIGWINCH). */
void relay_resize(const struct relay *r);

/*
 * Detached: start a small process that stays, and shows on the caller's terminal what the tree writes. It
 * reads nothing from there, because the terminal's input is the shell's, and has no other descriptors.
 */
int relay_leave_behind(struct relay *r, struct err *e);

/*
 * Pass on the rest of the output, and restore the terminal. If the terminal accepts nothing, wait for it until
 * there is something to read from `signals`; do not wait if that is -1.
 */
void relay_close(struct relay *r, int signals);

#endif
