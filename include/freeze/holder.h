/* SPDX-License-Identifier: MIT */
/*
 * The holder: a child of the frame's init, so that this init does not end, and the kernel not kill
 * criu with it, when criu has killed the tree.
 *
 * It waits for criu, not for criu-ns: a criu-ns that is killed does not take the freeze with it. An
 * init that ends with the target whatever other children it has (a shell, tini) is stopped by the
 * holder meanwhile: by ptrace, which the kernel undoes when the holder ends, however it ends.
 */
#ifndef CRIU_NS_HOLDER_H
#define CRIU_NS_HOLDER_H

#include "look/facts.h"
#include "util/err.h"

#include <stdbool.h>

struct holder {
	int life; /* readable once it holds, at the end of file when it has ended; -1: none */
	bool holds;
};

#define HOLDER_NONE                                                                                \
	{                                                                                          \
		-1, false                                                                          \
	}

/*
 * Start one; our children must come into the frame's pid namespace (setns(2)). It ends when the
 * process behind the pidfd criu does. stop_init: the init is stopped when this returns.
 */
int holder_start(const struct facts *f, bool stop_init, int criu, struct holder *ret,
		 struct err *e);

/* life is readable: true when a holder that held has ended, and another one is needed. */
bool holder_is_lost(struct holder *h);

void holder_close(struct holder *h);

#endif
