/* SPDX-License-Identifier: MIT */
/*
 * What stays after a detached thaw for a terminal of the tree's: a small process, criu-ns-tty, that
 * has the master side of the pty. On the caller's terminal, if there is one, it shows what the tree
 * writes, and passes on what is typed while the terminal belongs to the caller's process group. It
 * never changes the modes of that terminal, so none are left behind, however it ends.
 */
#ifndef CRIU_NS_BEHIND_H
#define CRIU_NS_BEHIND_H

#include "thaw/pty.h"
#include "util/err.h"

#include <stdbool.h>

struct behind_args {
	int terminal;  /* the caller's, as a descriptor; -1: nobody sees what the tree writes */
	bool keyboard; /* what is typed there is for the tree */
	bool hold;     /* the tree may close its side of the pty, and open it again by its name */
	int until;     /* pidfd of a process; when that ends, so does the tree */
};

/* Start it. It takes the master, which is closed here, and with hold also the other side. */
int behind_start(struct pty *pty, const struct behind_args *args, struct err *e);

#endif
