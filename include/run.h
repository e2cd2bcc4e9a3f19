/* SPDX-License-Identifier: MIT */
/*
 * Acting on a plan. The stages and the threat model are at the top of src/run.c; the two
 * directions are in src/freeze.c and src/thaw.c. Nothing is decided here.
 */
#ifndef CRIU_NS_RUN_H
#define CRIU_NS_RUN_H

#include "cli.h"
#include "criu.h"
#include "err.h"
#include "facts.h"
#include "plan.h"

#include <signal.h>

/* How criu ended: its exit status, or 128+N for signal N; and what it was to do. */
struct verdict {
	int status;
	bool failed;      /* criu itself failed; status says how */
	char known[512];  /* a freeze: what is known of the target then; or empty */
	bool interrupted; /* a signal asked us to stop before the work was done; see signal */
	int signal;
};

/*
 * Carry the plan out. 0 with *ret filled when criu ran, whatever it said; an error when criu-ns
 * failed itself, and then the target runs as before, or nothing of the thaw is left.
 */
int freeze_run(const struct plan *p, const struct facts *f, const struct criu_binary *criu,
	       struct verdict *ret, struct err *e);
int thaw_run(const struct cli *cli, const struct plan *p, const struct facts *f,
	     const struct criu_binary *criu, struct verdict *ret, struct err *e);

/* For both directions: */

/* Print the error on one line, and give the exit status that it calls for. For main() and children.
 */
int run_report(const struct err *e);

/* The signals that end or steer a program from outside, and that are forwarded or waited out. */
void run_signal_set(sigset_t *set);

/*
 * Let the kernel end others first when memory runs out: who has somebody stopped, and ends, leaves
 * him stopped, or broken. proc is the caller's procfs. Not allowed without CAP_SYS_RESOURCE: then it
 * stays as it is.
 */
void run_outlive(int proc);

/* 0-255 for an exit, 128+N for a death by signal N, of a wait status. */
int run_exit_code(int wait_status);

/*
 * Become criu. Returns only on failure, with the error filled (status 126 or 127). by_descriptor:
 * execute the file that was opened at the start, whatever its path means here by now.
 */
int run_exec(const struct criu_binary *criu, char *const argv[], bool by_descriptor, struct err *e);

/*
 * The bare system call: fork with namespace flags, and at a chosen pid (0: the next). A pidfd in
 * *ret_fd if wanted. No library state is touched: it may be called in a vfork()ed child, too.
 */
pid_t run_clone(unsigned long flags, pid_t pid, int *ret_fd);

/*
 * A copy of a descriptor that criu will have, in the process that becomes criu: with a number that
 * the user's own (--status-fd, --ps-socket) do not have.
 */
int run_hand_over(int fd, struct err *e);

/* Replace the word `slot` by printf text, wherever it stands in args. */
void run_fill_slot(struct strv *args, const char *slot, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
