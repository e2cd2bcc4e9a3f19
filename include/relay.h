/* SPDX-License-Identifier: MIT */
/*
 * A pty for a shell job: the tree gets the slave side as the terminal of its own session, and the
 * caller's terminal is connected to the master side for as long as criu-ns runs.
 */
#ifndef CRIU_NS_RELAY_H
#define CRIU_NS_RELAY_H

#include "err.h"

#include <stdbool.h>
#include <termios.h>

struct relay {
	int master;           /* -1: no relay */
	char slave[64];       /* path of the other side */
	struct termios saved; /* of the caller's terminal */
	bool raw;             /* the caller's terminal is in raw mode */
	bool input_open;      /* there may be more from the caller's terminal */
};

/* Make the pty, with the size and modes of the terminal on stdin. */
int relay_open(struct relay *r, struct err *e);

/*
 * Connect, when the tree runs: the caller's terminal goes to raw mode, until relay_close(). Before,
 * it is as it was, and Ctrl-C ends criu-ns; what was typed by then is read now.
 */
void relay_start(struct relay *r);

/* Move what is there: from stdin to the tree, and from the tree to stdout. */
void relay_input(struct relay *r);
void relay_output(struct relay *r);

/* The caller's terminal has a new size (SIGWINCH). */
void relay_resize(const struct relay *r);

/*
 * Detached: a small process stays behind that shows on the caller's terminal what the tree writes,
 * and reads nothing from it, for the terminal's input is the shell's. It holds that terminal only.
 */
int relay_leave_behind(struct relay *r, struct err *e);

/* Pass on what is still there, and give the terminal back. */
void relay_close(struct relay *r);

#endif
