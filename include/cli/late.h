/* SPDX-License-Identifier: MIT */
/*
 * A criu that is executed before it is known what it has to do. It takes criu 2 to 3 ms to be
 * executed and linked, and the first thing that it does then is to read its options. Here they come
 * from a pipe, as a configuration file (--config): criu waits there until the plan is made, and
 * knows nothing of its work before.
 *
 * If criu-ns is killed, criu finds half a line in the pipe, which it refuses.
 */
#ifndef CRIU_NS_LATE_H
#define CRIU_NS_LATE_H

#include "cli/criu.h"
#include "util/util.h"

#include <stdbool.h>

struct late {
	int options[2]; /* the pipe; our read end is why nobody gets SIGPIPE */
};

#define LATE_NONE ((struct late){ { -1, -1 } })

/* Prepare it. False if it cannot be done with this criu; nothing is left then. */
bool late_open(struct late *l, const struct criu_binary *criu);
void late_close(struct late *l);

/* The command line with which it is executed. */
struct late_line {
	struct strv words; /* what stands before its options, and after them */
	size_t options_at;
	/* In the process that becomes criu: prepares that, and completes args. NULL: nothing to do */
	int (*prepare)(void *arg, struct strv *args, struct err *e);
	void *prepare_arg;
};

/* In the process that becomes criu, or before: that line, with the option by which it reads. */
void late_make_line(const struct late *l, const struct late_line *line, struct strv *ret);

/* In the process that becomes criu. */
void late_keep(const struct late *l);

/*
 * What the command line args says, as it is written to the pipe, in fresh memory; NULL: it cannot
 * be said there, or the pipe does not take so much.
 */
char *late_text(const struct late *l, const struct strv *args);
void late_tell(const struct late *l, const char *text);

#endif
