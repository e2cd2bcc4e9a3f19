/* SPDX-License-Identifier: MIT */
/* What the pseudo-init prepares in its new namespaces before criu starts. */
#ifndef CRIU_NS_INIT_NAMESPACES_H
#define CRIU_NS_INIT_NAMESPACES_H

#include "look/facts.h"
#include "util/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* Make all mounts slaves of the caller's, and mount a /proc that shows the new pid namespace. */
int init_make_mounts(const struct facts *f, struct err *e);

/* Make a tmpfs that is mounted nowhere, for criu's pidfile; gives its descriptor in *ret. */
int init_make_scratch(int *ret, struct err *e);

/*
 * Set the last pid that the kernel has given (ns_last_pid), so that criu and its helpers get pids
 * that the images do not need. False where /proc/sys is read-only; clone3(set_tid) still chooses
 * criu's own pid.
 */
bool init_move_cursor(pid_t next);

/* Open the terminal at path, and make it the terminal of our session. Gives the descriptor. */
int init_open_tty(const char *path, struct err *e);

#endif
