/* SPDX-License-Identifier: MIT */
/* Which criu is run. */
#ifndef CRIU_NS_CRIU_H
#define CRIU_NS_CRIU_H

#include "util/err.h"
#include "util/util.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

struct criu_binary;

/* How criu is told what to do, where that is not its command line: by RPC (rpc/talk.h). */
struct criu_talk {
	/* Become criu; args is the command line that says what it is to do. As criu_exec(). */
	int (*start)(struct criu_talk *t, const struct criu_binary *criu, const struct strv *args,
		     bool by_descriptor, struct err *e);
	/*
	 * Of one that runs already: what is to be said on its command line; and tell it the rest.
	 * `ended` is a descriptor that can be read when it has ended.
	 */
	void (*options)(struct criu_talk *t, const struct strv *args, struct strv *ret);
	void (*tell)(struct criu_talk *t, const struct strv *args, int ended);
	/* While it runs: what to wait for (poll(2)), and that this is there. */
	void (*wants)(struct criu_talk *t, struct pollfd *p);
	void (*move)(struct criu_talk *t, const struct pollfd *p);
	/* The thawed tree runs, and stays, but criu goes on as the command of --exec-cmd. */
	void (*runs)(struct criu_talk *t, pid_t root);
};
enum { CRIU_TALK_POLLFDS = 2 };

/* Opened before any namespace is entered. */
struct criu_binary {
	char *path;
	int fd; /* O_PATH, close-on-exec */
	bool was_asked;
	unsigned version;       /* criu_version() */
	struct criu_talk *talk; /* NULL: by its command line; not ours */
};

/* A version as a number, for comparisons: of criu 4.2.1 it is CRIU_VERSION(4, 2, 1). */
#define CRIU_VERSION(major, minor, patch) ((major)*1000000U + (minor)*1000U + (patch))

/*
 * Find and open the criu to run: the given one, else $CRIU_BINARY, else the first `criu` on PATH
 * that is not this program under another name. An error has the status EXIT_NOT_FOUND or
 * EXIT_NOT_RUNNABLE.
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
 * The same for a freeze or a thaw, whichever way criu is told; and while it runs, the way's own
 * descriptors.
 */
int criu_start(const struct criu_binary *criu, const struct strv *args, bool by_descriptor,
	       struct err *e);
void criu_talk_wants(const struct criu_binary *criu, struct pollfd *p);
void criu_talk_move(const struct criu_binary *criu, const struct pollfd *p);
void criu_talk_runs(const struct criu_binary *criu, pid_t root);

/*
 * Run criu with one option; its output goes to stdout or, if text is given, into a fresh string
 * (NULL if there is none). Gives its exit status, or -1 if it could not be run.
 */
int criu_ask(const struct criu_binary *criu, const char *option, char **text);

/*
 * Which version it is; 0, which is older than all others, if it does not say so. Runs `criu
 * --version` at the first call, which takes ten times as long as the rest of a look: only for an
 * answer that depends on it.
 */
unsigned criu_version(struct criu_binary *criu);

/* What `criu --version` prints. Pure; 0 if that is something else. */
unsigned criu_parse_version(const char *text);

/* How criu ended, and what that means. */
struct verdict {
	int status;
	bool failed;     /* criu itself failed, with this status */
	bool repeatable; /* of a freeze that failed: the tree runs as before, and so does criu-ns */
	bool signalled;  /* a signal that asks to stop came, and had to wait for criu */
	char known[512]; /* what is known of the target after a freeze; may be empty */
	bool interrupted; /* a signal asked us to stop before the work was done; see signal */
	int signal;
	pid_t root; /* of a thaw: the root task, as we see it; 0: it does not run */
};

#endif
