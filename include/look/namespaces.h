/* SPDX-License-Identifier: MIT */
/*
 * The namespaces that one task is in. Criu saves the mount and network namespaces of all processes
 * of a tree, and of all other kinds only those of the root task (generate_ns_id() in
 * criu/namespaces.c).
 */
#ifndef CRIU_NS_NAMESPACES_H
#define CRIU_NS_NAMESPACES_H

#include "util/used.h"
#include "util/util.h"

#include <stdbool.h>
#include <sys/types.h>

enum { NAMESPACES_KINDS = 8 };

/* Their names in /proc/PID/ns. */
extern const char *const namespaces_kinds[NAMESPACES_KINDS];

/*
 * 0: it has ended, or the kernel does not have that kind, or the task cannot be in another one than
 * its process.
 */
struct namespaces {
	ino_t v[NAMESPACES_KINDS];
};

/* kind: one of those names. */
ino_t namespaces_get(const struct namespaces *n, const char *kind);

/*
 * A task's "ns", from where the way to each of them is short; -1 if it has ended. dir: in procfs,
 * where the task's directory is. It is closed later.
 */
int namespaces_open(int dir, pid_t tid, struct used *used);

/* ns: that directory. shares_fs: a thread that has its root in common with its process. */
struct namespaces namespaces_read(int ns, bool is_thread, bool shares_fs);

/*
 * Is a task that is in one of them in another one of the kind i? False if one of the two is not
 * known.
 */
static inline bool namespaces_differ(const struct namespaces *a, const struct namespaces *b,
				     size_t i)
{
	return a->v[i] && b->v[i] && a->v[i] != b->v[i];
}

/*
 * Are the next children of a task born in another namespace of that kind ("pid" or "time") than its
 * own (unshare(2), setns(2))? own: the one that it is in.
 */
bool namespaces_of_children_differ(int ns, const char *kind, ino_t own);

#endif
