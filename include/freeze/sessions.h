/* SPDX-License-Identifier: MIT */
/*
 * A tree that belongs to a session outside of its pid namespace (--own-session). That session has
 * no number in there, so criu cannot save it. Each process of it is brought into a session of its
 * own before criu looks: it calls setsid(2), which nobody can undo. Afterwards the images are
 * corrected: the processes are thawed in one session, that of the root task, in the process groups
 * that they were in.
 */
#ifndef CRIU_NS_SESSIONS_H
#define CRIU_NS_SESSIONS_H

#include "look/facts.h"
#include "util/err.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * What a process that was in the session outside belonged to, by the numbers in the tree's pid
 * namespace.
 */
struct session_member {
	pid_t pid;
	pid_t group; /* 0: one outside of the pid namespace, too */
};

struct sessions {
	struct session_member *v; /* by pid */
	size_t n;
	pid_t root; /* the root task */
};

/* Bring them into sessions of their own, until none is left; *ret is to be freed in any case. */
int sessions_leave(const struct facts *f, struct sessions *ret, struct err *e);

/* The images are complete: write into pstree.img what had been. */
int sessions_record(const struct sessions *s, int images, struct err *e);

void sessions_free(struct sessions *s);

/*
 * Pure: the text of pstree.img, with other sessions and groups. Gives its new size and text, which
 * the caller frees, or -EINVAL if it is damaged.
 */
ssize_t sessions_edit(const struct sessions *s, const void *text, size_t size, char **ret);

#endif
