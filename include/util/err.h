/* SPDX-License-Identifier: MIT */
/*
 * The one error object. A function that can fail takes a struct err last, returns 0 or a negative
 * errno, and on failure has filled the object: what failed, on which object, why, what to do.
 * Library code never prints and never exits; main() and a child after fork do.
 */
#ifndef CRIU_NS_ERR_H
#define CRIU_NS_ERR_H

#include <stdbool.h>

/* Exit statuses of criu-ns itself; everything else is criu's own (man page, EXIT STATUS). */
enum exit_status {
	EXIT_FROZEN = 85, /* run: the program is frozen, and goes on when run is started again */
	EXIT_OWN = 125,   /* criu-ns failed; criu was not run, or was undone */
	EXIT_NOT_RUNNABLE = 126, /* criu was found, but cannot be executed */
	EXIT_NOT_FOUND = 127,    /* no criu was found */
	EXIT_SIGNAL = 128,       /* + N: criu died of signal N */
};

/* Plain data, so that a child can send it to its parent through a pipe as it is. */
struct err {
	int errnum; /* errno of the failing call, 0 where there is none */
	int status; /* exit status that this error calls for; 0 means EXIT_OWN */
	/* nothing has been touched, and it may be over in a moment: worth another try */
	bool passes;
	char what[768]; /* one line without newline: what failed and on which object */
	char hint[512]; /* what to do about it; may be empty */
};

/*
 * Fill *e: errnum (0 for a refusal that no system call made) and a printf text.
 * Returns -errnum, or -EINVAL for errnum 0, so that callers can `return err_set(...)`.
 */
int err_set(struct err *e, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Add the remedy to a filled *e. Returns what err_set() returned for it. */
int err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What err_set() returned for a filled *e. */
int err_result(const struct err *e);

/* Set the exit status that *e calls for. Returns what err_set() returned for it. */
int err_status(struct err *e, int status);

/* The whole message on one line, "what: reason (hint)", into buf; always terminated. */
void err_format(const struct err *e, char *buf, unsigned long size);

/*
 * Print the error on one line, and give the exit status that it calls for. For main() and children.
 */
int err_report(const struct err *e);

#endif
