// SPDX-License-Identifier: MIT
/*
 * FINDING_TASK, FINDING_FROZEN: tasks in a state in which criu cannot stop or save them without
 * help.
 */
#include "plan/answer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char own_session_option[] = "--own-session";

static char *who(const struct finding *x)
{
	if (x->task.tid != x->pid)
		return xasprintf("thread %d (%s) of process %d", x->task.tid, x->task.comm, x->pid);
	return xasprintf("process %d (%s)", x->pid, x->task.comm);
}

static char *other(const struct finding *x)
{
	if (!x->other)
		return xstrdup("a process that cannot be seen from here");
	return xasprintf("process %d (%s)", x->other, x->task.other_comm);
}

/* compel_interrupt_task() in compel/src/lib/infect.c */
static int refuse_untraceable(const char *task, const struct finding *x, struct err *e)
{
	(void)x;
	err_set(e, EPERM, "criu-ns may not trace %s, so criu could not stop it", task);
	return err_hint(
		e,
		"run it as root of the host or, in a container, with CAP_SYS_PTRACE for the user namespace of "
		"that process; kernel.yama.ptrace_scope must not be 3");
}

/* "Can't get rlimit 0", dump_task_rlimits() in criu/cr-dump.c */
static int refuse_limits(const char *task, const struct finding *x, struct err *e)
{
	(void)x;
	err_set(e, EPERM,
		"criu-ns may not read the resource limits of %s, which belongs to another user, "
		"so criu could not save them",
		task);
	return err_hint(
		e,
		"run it with CAP_SYS_RESOURCE for the user namespace of that process, or start the process "
		"as the user that runs criu-ns");
}

static int refuse_traced(const char *task, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *tracer = other(x);

	err_set(e, 0, "%s is being traced by %s, and only one can trace it at a time", task,
		tracer);
	return err_hint(e, "end the debugger (gdb, strace...) or let it detach; "
			   "criu cannot save that one process traces another");
}

/* With D, alarm_handler() in criu/cr-dump.c ends the freeze after --timeout. */
static int refuse_waiting(const char *task, const struct finding *x, struct err *e)
{
	err_set(e, 0,
		"%s waits in the kernel%s%s%s where no signal reaches it (state D), "
		"and has not run for a second, so criu could not stop it",
		task, x->task.where[0] ? " (" : "", x->task.where, x->task.where[0] ? ")" : "");
	return err_hint(e, "see what it waits for: a disk, a server that does not answer; "
			   "with --timeout N criu waits N seconds for it to go on");
}

/* Since version 3.18, criu also saves what SIGTSTP has stopped. */
static bool is_stop_saved(const struct answer *a, const struct finding *x)
{
	return x->task.number == SIGTSTP && answer_criu_is(a, CRIU_VERSION(3, 18, 0));
}

/* "unsupported stop signal", compel/src/lib/infect.c */
static int refuse_stopped(const char *task, const struct finding *x, struct err *e)
{
	err_set(e, 0, "%s has been stopped by %s, and criu saves only what SIGSTOP stops%s", task,
		x->task.number == SIGTSTP   ? "SIGTSTP, as ^Z does"
		: x->task.number == SIGTTIN ? "SIGTTIN, because it has read from its terminal"
		: x->task.number == SIGTTOU ? "SIGTTOU, because it has written to its terminal"
					    : "another signal",
		x->task.number == SIGTSTP ? " (since version 3.18, SIGTSTP too)"
					  : " (or, since version 3.18, SIGTSTP)");
	return err_hint(e, "stop it again, with SIGSTOP: kill -CONT %d; kill -STOP %d", x->pid,
			x->pid);
}

/* "Zombies with threads are not supported", criu/seize.c */
int answer_leaderless(const char *task, struct err *e)
{
	err_set(e, 0,
		"the first thread of %s has ended while others still run, "
		"and criu cannot freeze such a process",
		task);
	return err_hint(e, "wait until they have ended, or end the process");
}

static int refuse_leaderless(const char *task, const struct finding *x, struct err *e)
{
	(void)x;
	return answer_leaderless(task, e);
}

/* "suspending seccomp failed", compel/src/lib/ptrace.c */
static int refuse_seccomp(const char *task, const struct finding *x, struct err *e)
{
	(void)x;
	err_set(e, EPERM, "%s has seccomp filters, which criu-ns may not suspend", task);
	return err_hint(e, "run it as root of the host: with CAP_SYS_ADMIN, in no user namespace, "
			   "and in no container that has seccomp filters itself");
}

/* "with a pending SIGTRAP", compel/src/lib/infect.c */
static int refuse_trap(const char *task, const struct finding *x, struct err *e)
{
	(void)x;
	err_set(e, 0, "%s blocks SIGTRAP, which is pending, but criu needs that signal to stop it",
		task);
	return err_hint(e, "make the program unblock that signal");
}

/* "Can't make VM id", criu/cr-dump.c */
static int refuse_shared_memory(const char *task, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *sharer = other(x);

	err_set(e, 0,
		"%s shares its memory with %s (CLONE_VM or vfork(2)), which criu cannot freeze",
		task, sharer);
	return err_hint(e, "wait until one of them has executed a program or ended, "
			   "or freeze a tree without them");
}

/* "Can't make FS id", criu/cr-dump.c */
static int refuse_shared_fs(const char *task, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *sharer = other(x);

	err_set(e, 0,
		"%s shares its root and working directory with %s (CLONE_FS), which criu cannot freeze",
		task, sharer);
	return err_hint(e, "make one of them give that up (unshare(2) with CLONE_FS), "
			   "or freeze a tree without them");
}

static int refuse_own_files(const char *task, const struct finding *x, struct err *e)
{
	(void)x;
	err_set(e, 0,
		"%s has descriptors of its own, apart from those of its process (it was made without CLONE_FILES), "
		"which criu does not see: they would be lost",
		task);
	return err_hint(e, "end that thread, or freeze a tree without the process");
}

/*
 * "Can't find a session leader", prepare_pstree_ids() in criu/pstree.c: at the thaw, when the tree
 * has been ended.
 */
static int refuse_alien(const char *task, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *parent = other(x);

	err_set(e, 0,
		"%s is in another session than the processes above it, most likely because its parent, %s, has adopted it "
		"(PR_SET_CHILD_SUBREAPER), and criu could freeze it, but not thaw it",
		task, parent);
	return err_hint(
		e,
		"freeze the tree of that one (-t %d), because what a root task has adopted can be thawed; or end process %d first",
		x->other, x->pid);
}

/* "Can't dump nested time namespace", criu/namespaces.c */
static int refuse_children_time(const char *task, const struct finding *x, struct err *e)
{
	(void)x;
	err_set(e, 0,
		"the children of %s are born in another time namespace than its own, "
		"which criu cannot freeze",
		task);
	return err_hint(e, "freeze those children by themselves: they live in it");
}

/*
 * criu's parasite leaves a task by rt_sigreturn(2), for which the kernel wants a token on the
 * shadow stack; compel puts one there since 4.0 (compel/arch/x86/src/lib/infect.c).
 */
static int refuse_shadow_stack(const char *task, const struct finding *x, struct err *e)
{
	(void)x;
	err_set(e, 0, "%s has a shadow stack (CET), which criu saves since version 4.0", task);
	return err_hint(
		e, "use a newer criu (--criu-binary or CRIU_BINARY); or start the program with "
		   "GLIBC_TUNABLES=glibc.cpu.hwcaps=-SHSTK");
}

/*
 * "Can't find vDSO area in image", criu/pie/parasite-vdso.c: at the thaw, when the tree has been
 * ended.
 */
static int refuse_no_vdso(const char *task, const struct finding *x, struct err *e)
{
	(void)x;
	err_set(e, 0,
		"%s has unmapped its vDSO (as valgrind does), and criu could freeze it, but not thaw it",
		task);
	return err_hint(e, "end it, or freeze a tree without it");
}

/* "Failed to set group", criu/tty.c: at the thaw, when the tree has been ended. */
static int refuse_foreground(const char *task, const struct finding *x, struct err *e)
{
	err_set(e, 0,
		"the terminal of %s is still that of process group %d, in which no process is left, "
		"so that criu could freeze it, but not thaw it",
		task, x->task.number);
	return err_hint(
		e, "a shell takes its terminal back when its job has ended: "
		   "try again, or leave the shell that runs in that one and has no job control");
}

typedef int refuse_fn(const char *task, const struct finding *x, struct err *e);

static refuse_fn *const refusals[TASK_TROUBLES] = {
	[TASK_UNTRACEABLE] = refuse_untraceable,
	[TASK_LIMITS] = refuse_limits,
	[TASK_TRACED] = refuse_traced,
	[TASK_WAITS] = refuse_waiting,
	[TASK_STOPPED] = refuse_stopped,
	[TASK_LEADERLESS] = refuse_leaderless,
	[TASK_SECCOMP] = refuse_seccomp,
	[TASK_TRAP] = refuse_trap,
	[TASK_SHARES_MEMORY] = refuse_shared_memory,
	[TASK_SHARES_FS] = refuse_shared_fs,
	[TASK_OWN_FILES] = refuse_own_files,
	[TASK_ALIEN] = refuse_alien,
	[TASK_CHILDREN_TIME] = refuse_children_time,
	[TASK_SHADOW_STACK] = refuse_shadow_stack,
	[TASK_FOREGROUND] = refuse_foreground,
	[TASK_NO_VDSO] = refuse_no_vdso,
};

/*
 * FINDING_TASK: a session outside of the pid namespace, "A session leader of ... is outside",
 * criu/cr-dump.c
 */

static size_t in_session(const struct facts *f)
{
	size_t n = 0;

	findings_for_each (x, &f->findings)
		n += x->kind == FINDING_TASK && x->task.trouble == TASK_SESSION;
	return n;
}

static int refuse_session(const struct answer *a, const char *task, struct err *e)
{
	size_t others = in_session(a->f) - 1;
	_cleanup_free_ char *more =
		others ? xasprintf(" (and %zu more of the tree)", others) : xstrdup("");

	err_set(e, 0,
		"%s%s belongs to a session outside of its pid namespace, which criu cannot freeze",
		task, more);
	return err_hint(
		e,
		"start it with setsid (bwrap --new-session), or let it leave that session now: %s",
		own_session_option);
}

static int refuse_dead(const struct facts *f, struct err *e)
{
	findings_for_each (x, &f->findings)
		if (x->kind == FINDING_TASK && x->task.trouble == TASK_SESSION && x->task.is_dead) {
			err_set(e, 0,
				"process %d (%s) has ended, but belongs to a session outside of its "
				"pid namespace, which criu cannot freeze",
				x->pid, x->task.comm);
			return err_hint(e, "its parent has to reap it first");
		}
	return 0;
}

static void plan_own_session(struct answer *a)
{
	size_t n = in_session(a->f);

	a->p->own_session = true;
	plan_step(
		a->p,
		xasprintf("have %zu process%s call setsid(2) (%s)", n, n == 1 ? "" : "es",
			  own_session_option),
		"they belong to a session outside of their pid namespace, for which criu has no number");
	strv_take(
		&a->p->notes,
		xasprintf(
			"%zu process%s of the tree leave%s the old session and its terminal now and for good, even if "
			"the freeze fails or leaves the tree running: each gets a session and a process group "
			"of its own; the thaw puts all into the session of the root task, and into their old "
			"process groups",
			n, n == 1 ? "" : "es", n == 1 ? "s" : ""));
}

/* The first one answers for all. */
static int answer_session(struct answer *a, const char *task, struct err *e)
{
	int r;

	if (!a->cli->own_session)
		return refuse_session(a, task, e);
	r = refuse_dead(a->f, e);
	if (r < 0)
		return r;
	if (a->cli->stream) {
		err_set(e, 0,
			"%s cannot be used with --stream, "
			"because criu-ns has to note the old session in the images",
			own_session_option);
		return err_hint(e, "give a directory: -D");
	}
	if (findings_first(&a->f->findings, FINDING_FROZEN)) {
		err_set(e, 0,
			"%s has to leave its session, but is in a frozen cgroup, and cannot do anything",
			task);
		return err_hint(e, "thaw the cgroup first");
	}
	if (a->p->record)
		plan_own_session(a);
	return 0;
}

/* criu forgets it, and the children are born in the namespace of the tree. */
static void note_children_pid(struct answer *a, const char *task)
{
	strv_take(
		&a->p->notes,
		xasprintf(
			"the next children of %s would have been born in a pid namespace of their own, "
			"which criu does not save: after a thaw they are born in that of the tree",
			task));
}

int answer_task(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *task = who(x);

	if (x->task.trouble == TASK_CHILDREN_PID)
		note_children_pid(a, task);
	if (x->task.trouble == TASK_WAITS && cli_says(a->cli, "timeout"))
		return 0;
	if (x->task.trouble == TASK_STOPPED && is_stop_saved(a, x))
		return 0;
	if (x->task.trouble == TASK_SHADOW_STACK && answer_criu_is(a, CRIU_VERSION(4, 0, 0)))
		return 0;
	if (x->task.trouble == TASK_SESSION)
		return a->n_told++ ? 0 : answer_session(a, task, e);
	/*
	 * A process that ends is in the first state until its last thread has ended, too, and in
	 * the second when its maps have gone while they were being read. In the third is a terminal
	 * for a moment when a job ends.
	 */
	a->passes = x->task.trouble == TASK_LEADERLESS || x->task.trouble == TASK_NO_VDSO ||
		    x->task.trouble == TASK_FOREGROUND;
	return refusals[x->task.trouble] ? refusals[x->task.trouble](task, x, e) : 0;
}

/*
 * FINDING_FROZEN: criu can be told of one cgroup (--freeze-cgroup); it interrupts no task that is
 * not in it
 */

static const struct finding *other_frozen(const struct answer *a, const struct finding *x)
{
	findings_for_each (y, &a->f->findings)
		if (y->kind == FINDING_FROZEN && y != x)
			return y;
	return NULL;
}

static int refuse_half_frozen(const struct finding *x, const struct finding *y, struct err *e)
{
	const struct finding *in = x->path ? x : y;
	const struct finding *out = in == x ? y : x;

	if (out->path)
		err_set(e, 0,
			"process %d is in the frozen cgroup %s, and process %d in another one, %s, "
			"but criu accepts only one (--freeze-cgroup)",
			in->pid, in->path, out->pid, out->path);
	else
		err_set(e, 0,
			"process %d is in the frozen cgroup %s, and process %d of the same tree is not",
			in->pid, in->path, out->pid);
	return err_hint(e, "thaw it, or freeze a cgroup that holds the whole tree");
}

int answer_frozen(struct answer *a, const struct finding *x, struct err *e)
{
	const struct finding *y = other_frozen(a, x);

	if (a->n_told++ || cli_says(a->cli, "freeze-cgroup"))
		return 0;
	if (y)
		return refuse_half_frozen(x, y, e);
	if (x->frozen_twice) {
		err_set(e, 0,
			"the cgroup %s is frozen, and one below it that process %d is in, too, "
			"but criu can thaw only one",
			x->path, x->pid);
		return err_hint(e, "thaw one of the two cgroups");
	}
	if (plan_auto(a->cli, a->p, &a->at, "freeze-cgroup", x->path,
		      "the tree is in this cgroup, which is frozen"))
		strv_take(
			&a->p->notes,
			xasprintf(
				"the cgroup %s is frozen: criu thaws it when all in it is stopped, "
				"and %s",
				x->path,
				a->p->leaves_tree ? "freezes it again at the end"
						  : "what else is in it then runs on"));
	return 0;
}
