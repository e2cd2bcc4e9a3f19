/* SPDX-License-Identifier: MIT */
/*
 * The holder: a child of the frame's init that keeps this init from ending when criu has killed the
 * tree, because the kernel would kill criu with it.
 *
 * It waits for criu, not for criu-ns, so that a freeze survives a criu-ns that is killed. An init
 * that ends with the target, whatever other children it has (a shell, tini), is stopped by the
 * holder until then, with ptrace, because the kernel undoes that when the holder ends, however it
 * ends.
 */
#ifndef CRIU_NS_HOLDER_H
#define CRIU_NS_HOLDER_H

#include "look/facts.h"
#include "util/err.h"

#include <stdbool.h>

struct holder {
	int life; /* readable when it has started; at end of file when it has ended; -1: none */
	bool holds;
};

#define HOLDER_NONE                                                                                \
	{                                                                                          \
		-1, false                                                                          \
	}

/*
 * Start a holder; our children must already be made in the frame's pid namespace (setns(2)). It
 * ends when the process of the pidfd criu ends. stop_init: the init is stopped when this returns.
 */
int holder_start(const struct facts *f, bool stop_init, int criu, struct holder *ret,
		 struct err *e);

/* life is readable: returns true if the holder has ended, so that another one is needed. */
bool holder_is_lost(struct holder *h);

void holder_close(struct holder *h);

#endif
