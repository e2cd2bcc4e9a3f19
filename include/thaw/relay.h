/* SPDX-License-Identifier: MIT */
/*
 * In the foreground: the caller's stdio and the master side of a pty are connected for as long as
 * criu-ns runs. What is typed is passed on only where it is typed on a terminal.
 */
#ifndef CRIU_NS_RELAY_H
#define CRIU_NS_RELAY_H

#include "thaw/flow.h"

#include <poll.h>
#include <stdbool.h>
#include <termios.h>

struct relay {
	int master;           /* -1: no relay, or the tree's side is closed */
	int screen;           /* where output goes */
	struct termios saved; /* of the caller's terminal */
	bool has_keyboard;    /* stdin is a terminal, and what is typed there is for the tree */
	bool raw;             /* the caller's terminal is in raw mode */
	bool input_open;      /* the tree runs, and may be typed to */
	struct flow input, output;
};

/* Connect stdio with a master, which the relay owns from now on; output is passed on at once. */
void relay_open(struct relay *r, int master, bool keyboard);

/*
 * The tree runs: what is typed is for it. The caller's terminal is in raw mode from now on until
 * relay_close(). Before that it is unchanged, and Ctrl-C ends criu-ns; what has been typed until
 * then is read now.
 */
void relay_start(struct relay *r);

/*
 * What to poll for now, and moving what can be moved then. These never wait for either side: for
 * one that accepts nothing, nothing more is read from the other.
 */
enum { RELAY_POLLFDS = 3 };
void relay_wants(const struct relay *r, struct pollfd p[RELAY_POLLFDS]);
void relay_move(struct relay *r, const struct pollfd p[RELAY_POLLFDS]);

/* The caller's terminal has a new size (SIGWINCH). */
void relay_resize(const struct relay *r);

/*
 * Pass on the rest of the output, and restore the terminal. If the terminal accepts nothing, wait
 * for it until there is something to read from `signals`; do not wait if that is -1.
 */
void relay_close(struct relay *r, int signals);

#endif
