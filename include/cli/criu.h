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
	bool was_asked;
	unsigned version; /* criu_version() */
};

/* A version as a number, for comparisons: of criu 4.2.1 it is CRIU_VERSION(4, 2, 1). */
#define CRIU_VERSION(major, minor, patch) ((major)*1000000U + (minor)*1000U + (patch))

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

/*
 * Run criu with one option; its output goes to stdout or, if text is given, into a fresh string (NULL if there is
 * none). Gives its exit status, or -1 if it could not be run.
 */
int criu_ask(const struct criu_binary *criu, const char *option, char **text);

/*
 * Which version it is; 0, which is older than all others, if it does not say so. Runs `criu --version` at the
 * first call, which takes ten times as long as the rest of a look: only for an answer that depends on it.
 */
unsigned criu_version(struct criu_binary *criu);

/* What `criu --version` prints. Pure; 0 if that is something else. */
unsigned criu_parse_version(const char *text);

/* How criu ended, and what that means. */
struct verdict {
	int status;
	bool failed;      /* criu itself failed, with this status */
	char known[512];  /* what is known of the target after a freeze; may be empty */
	bool interrupted; /* a signal asked us to stop before the work was done; see signal */
	int signal;
};

#endif
