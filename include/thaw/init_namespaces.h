/* SPDX-License-Identifier: MIT */
/* What the pseudo-init prepares in its new namespaces before criu starts. */
#ifndef CRIU_NS_INIT_NAMESPACES_H
#define CRIU_NS_INIT_NAMESPACES_H

#include "look/facts.h"
#include "util/err.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Make all mounts slaves of the caller's, and mount a /proc that shows the new pid namespace. Gives
 * a copy of the caller's /proc, mounted nowhere, unless ret_callers_proc is NULL.
 */
int init_make_mounts(const struct facts *f, int *ret_callers_proc, struct err *e);

/* Mount that copy over the new /proc, and take it away again (sibling.h). */
int init_cover_proc(int callers_proc, struct err *e);
int init_uncover_proc(struct err *e);

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
