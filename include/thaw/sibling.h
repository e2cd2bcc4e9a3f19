/* SPDX-License-Identifier: MIT */
/*
 * -S: criu makes the root task its own sibling (CLONE_PARENT), and it may not leave anything else
 * to the caller. So it takes the place of criu-ns, in the process that the caller has started, and
 * stays in the caller's pid namespace, while its children are made in that of the tree (setns(2)).
 * criu-ns goes on in a child of that process.
 *
 * That child traces criu. A process that is traced has not ended for its parent before its tracer
 * has let it go (wait_consider_task() in the kernel), so for the caller criu-ns ends, with criu's
 * exit status, when all is done. And if criu-ns is killed, so is criu. If that, or the end of the
 * pseudo-init, comes when criu has ended, and the tree has not been named yet, which is a
 * millisecond or two, the tree ends, too, and criu's success remains the status.
 *
 * criu reads /proc of two pid namespaces. Its own process opens "/proc" in prepare_pstree(), and
 * again in restore_root_task(), then opens core-PID.img of the root task, forks that
 * (fork_with_pid()), and finds all tasks by the numbers that they have in its own pid namespace;
 * the root task opens "/proc" again (mount_proc(), all in criu/cr-restore.c), and by that all tasks
 * find themselves by the numbers that they had. So the caller's /proc lies on top of the new one
 * until criu opens that image, where it waits (util/pause.h) for the pseudo-init to take it away.
 */
#ifndef CRIU_NS_SIBLING_H
#define CRIU_NS_SIBLING_H

#include "look/facts.h"
#include "util/err.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct sibling {
	pid_t criu;  /* the process that the caller has started; 0: criu has not taken its place */
	int images;  /* who opens the image of the root task waits there; -1: nobody */
	int waiting; /* criu does; else -1 */
	int stops;   /* signalfd: SIGCHLD */
	sigset_t mask; /* the caller's */
	bool to_fork;  /* criu is stopped at each system call, until it has made the root task */
	bool in_fork;
	int asked;  /* the signal that has asked it to end; it is stopped, and has not got it */
	bool ended; /* its status can be read, and its parent does not know it yet */
};

#define SIBLING_NONE ((struct sibling){ .images = -1, .waiting = -1, .stops = -1 })

/* Before the pseudo-init is made: false where criu cannot be made to wait (in a user namespace). */
bool sibling_prepare(struct sibling *s, const struct facts *f);

/*
 * criu-ns goes on in a child of this process: 1 in the child, 0 in this process, which is to become
 * criu, and which the child traces then; or an error, -EPERM if it cannot do that. mask is the
 * caller's.
 */
int sibling_split(struct sibling *s, const sigset_t *mask, struct err *e);

enum { SIBLING_POLLFDS = 2 };

void sibling_wants(const struct sibling *s, struct pollfd *p);

/*
 * What poll(2) has found is dealt with. Returns whether criu has opened the image of the root task
 * now, and waits for sibling_go_on(). A signal that asks it to end is in s->asked then.
 */
bool sibling_move(struct sibling *s, const struct pollfd *p);
void sibling_go_on(struct sibling *s);

/*
 * Has criu ended, or begun to? Then it decides with which status. Else it does nothing more of its
 * own from now on.
 */
bool sibling_is_over(struct sibling *s, int proc);

/*
 * The thaw is undone, and criu, if it has not ended yet, has to end by that signal, or with that
 * exit status if it is 0. sibling_stop() comes first: from then on it does nothing more of its own.
 * Between the two, what it waits for is taken away.
 */
void sibling_stop(const struct sibling *s);
void sibling_end(struct sibling *s, int signo, int status);

void sibling_close(struct sibling *s);

#endif
