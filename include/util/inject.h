/* SPDX-License-Identifier: MIT */
/*
 * Has another task make a few system calls. The task then goes on as if nothing had happened: its
 * memory and registers are as they were, and if it was waiting in a call, it waits in that again.
 *
 * That is so even if criu-ns is killed meanwhile, at whatever moment. The task executes its calls
 * in a piece of code, in the unused end of its vDSO, that afterwards loads the registers that the
 * task had and jumps to where it was: nobody has to help it with that. What can stay behind is the
 * code, which nothing else leads to.
 */
#ifndef CRIU_NS_INJECT_H
#define CRIU_NS_INJECT_H

#include "util/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct injection;

/*
 * Trace the first thread of a process, and stop it. seccomp: it has filters, which have to be
 * suspended. The injection is NULL if the process has ended, which is no error.
 */
int inject_begin(int proc, pid_t pid, bool seccomp, struct injection **ret, struct err *e);

/*
 * The same in two parts. After inject_hold() it stops as soon as it can, which may be after
 * something that the caller does, such as an answer that the process waits for; inject_take() waits
 * for that. The injection is gone if inject_take() fails, or gives NULL.
 */
int inject_hold(int proc, pid_t pid, bool seccomp, struct injection **ret, struct err *e);
int inject_take(int proc, struct injection **ret, struct err *e);

/* Have it open a file by its path; gives the descriptor, or -errno. */
int inject_open(struct injection *i, const char *path, int flags, long *ret, struct err *e);

/*
 * Have it make a system call. Gives what that returns (-errno on failure), or fails with *e filled.
 */
int inject_call(struct injection *i, long number, const long arguments[4], long *ret,
		struct err *e);

/*
 * Have it make a child that only waits, and does not tell its parent when it ends; it is traced and
 * stopped, too, and becomes *ret. End it with inject_end_child(), which has its parent reap it.
 */
int inject_fork(int proc, struct injection *i, struct injection **ret, pid_t *ret_inner,
		struct err *e);
int inject_end_child(struct injection *i, struct injection *child, pid_t inner, struct err *e);

/* Let it go on. */
void inject_end(struct injection *i);

/*
 * For any process that this one traces, and that is stopped at the beginning of a system call: that
 * call becomes exit_group(status). False where criu-ns cannot do that.
 */
bool inject_exit(pid_t pid, int status);

#endif
