/* SPDX-License-Identifier: MIT */
/*
 * For the root of a mount namespace below the target that is a directory of a tmpfs of which
 * nothing else is mounted (bubblewrap: /newroot). criu saves a file system only if it is mounted as
 * a whole (validate_mounts() in criu/mount.c). So it is shown a mount table in which this directory
 * is the root of the file system. It comes back as a tmpfs with just that content.
 */
#ifndef CRIU_NS_WHOLE_ROOT_H
#define CRIU_NS_WHOLE_ROOT_H

#include "look/facts.h"
#include "plan/plan.h"
#include "util/err.h"

/*
 * In criu's mount namespace, which is a copy that nobody else is in: mount such a table over
 * /proc/PID/mountinfo of the process whose table criu will read.
 */
int whole_root_show(const struct plan *p, const struct facts *f, struct err *e);

/* The text of such a table, from that of /proc/PID/mountinfo. Pure; the caller frees it. */
char *whole_root_table(const char *text);

#endif
