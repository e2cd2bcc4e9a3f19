/* SPDX-License-Identifier: MIT */
/* A pty in the place of a terminal that the tree had: the tree gets its slave side. */
#ifndef CRIU_NS_PTY_H
#define CRIU_NS_PTY_H

#include "util/err.h"

struct pty {
	/* non-blocking, because nobody shares it; -1: given away, or the tree's side is closed */
	int master;
	char slave[64]; /* path of the other side */
};

/*
 * Make one, with the size and modes of the terminal on stdin, if there is one. devpts: of which;
 * -1: of the caller's.
 */
int pty_make(int devpts, struct pty *ret, struct err *e);

#endif
