/* SPDX-License-Identifier: MIT */
/*
 * A process has the controlling terminal that its parent had when it was made. criu makes all
 * processes before the leader of a session gets its terminal (ctl_tty_open() in criu/tty.c), so that
 * only the leader has one after a thaw: its children could not open /dev/tty, and a shell among
 * them had no job control. So here the leader takes its terminal (util/inject.h) when it is about to
 * make the first of these children. For that the terminal has to be there: if criu would make it
 * only later, because the tree has its other side, too, that is opened here, and given to criu.
 */
#ifndef CRIU_NS_HAND_DOWN_H
#define CRIU_NS_HAND_DOWN_H

#include "plan/plan.h"
#include "thaw/pty.h"
#include "util/err.h"

#include <unistd.h>

struct handed;

struct hand_down {
	int pause; /* util/pause.h: whoever opens the image of such a child waits; -1: nobody */
	struct handed *v; /* for each session of the plan */
	size_t n;
};

#define HAND_DOWN_NONE ((struct hand_down){ .pause = -1 })

/* In the mount namespace of the tree, before criu starts: open the terminals, and have it wait. */
int hand_down_make(const struct plan *p, const struct facts *f, const struct pty *ptys,
		   struct hand_down *ret, struct err *e);

/* The path of the terminal of that session of the plan. */
const char *hand_down_terminal(const struct hand_down *h, size_t session);

/* In a child that becomes criu: give it the other sides. */
int hand_down_to_criu(const struct hand_down *h, const struct plan *p, struct strv *args,
		      struct err *e);

/* A process waits there. Every one gets its answer, also that of another thaw of the same images. */
void hand_down_next(struct hand_down *h);

/* The tree is there, and does not run yet. Tells on stderr which terminals were not handed down. */
void hand_down_end(struct hand_down *h);

#endif
