/* SPDX-License-Identifier: MIT */
/* What the pseudo-init prepares in its new namespaces, before criu comes. */
#ifndef CRIU_NS_INIT_NAMESPACES_H
#define CRIU_NS_INIT_NAMESPACES_H

#include "look/facts.h"
#include "util/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* All mounts are slaves of the caller's from then on, and /proc shows the new pid namespace. */
int init_make_mounts(const struct facts *f, struct err *e);

/* A tmpfs that is mounted nowhere, for criu's pidfile; its descriptor in *ret. */
int init_make_scratch(int *ret, struct err *e);

/*
 * Move the cursor from which the kernel gives pids, so that criu and its helpers get those that the
 * images do not need. False where /proc/sys is read-only: there clone3(set_tid) still moves criu.
 */
bool init_move_cursor(pid_t next);

/* Open the terminal at path, and make it that of our session. Gives the descriptor. */
int init_open_tty(const char *path, struct err *e);

#endif
