/* SPDX-License-Identifier: MIT */
/* Which criu is run. */
#ifndef CRIU_NS_CRIU_H
#define CRIU_NS_CRIU_H

#include "util/err.h"

#include <stdbool.h>

/* Opened before any namespace is entered. */
struct criu_binary {
	char *path;
	int fd; /* O_PATH, close-on-exec */
};

/*
 * Find and open the criu to run: the given one, else $CRIU_BINARY, else the first `criu` on PATH that is
 * not this program under another name. An error has the status EXIT_NOT_FOUND or EXIT_NOT_RUNNABLE.
 */
int criu_find(const char *given, struct criu_binary *ret, struct err *e);
void criu_free(struct criu_binary *criu);

/*
 * Become criu. Returns only on failure, with the error filled (status 126 or 127). by_descriptor:
 * execute the file that was opened at the start, whatever its path leads to here and now.
 */
int criu_exec(const struct criu_binary *criu, char *const argv[], bool by_descriptor,
	      struct err *e);

/* How criu ended, and what that means. */
struct verdict {
	int status;
	bool failed;      /* criu itself failed, with this status */
	char known[512];  /* what is known of the target after a freeze; may be empty */
	bool interrupted; /* a signal asked us to stop before the work was done; see signal */
	int signal;
};

#endif
