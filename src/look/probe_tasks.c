// SPDX-License-Identifier: MIT
/*
 * Tasks in a state in which criu cannot stop or save them: what /proc/PID/status says of each
 * process and thread.
 *
 * Waiting where no signal reaches it (state D) is normal for a moment. So those that do are looked
 * at again, until they have run or a second is over; criu itself waits for ten (--timeout).
 */
#include "look/probe.h"

#include "look/births.h"
#include "look/troubled.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct waiting {
	pid_t pid, tid;
	uint64_t switches;
};

struct state {
	struct waiting *waiting;
	size_t n_waiting;
	struct birth *births;
	size_t n_births;
	bool has_outsider;     /* in a session outside, which has no number */
	bool has_shadow_stack; /* the first of those has been found */
	int suspends;          /* may the caller suspend seccomp? 0: not asked yet, 1 yes, -1 no */
};

struct finding *look_troubled(struct look *l, pid_t pid, pid_t tid, enum task_trouble trouble)
{
	struct finding x = { .kind = FINDING_TASK,
			     .pid = pid,
			     .as = HELD_BY_TASK,
			     .fd = -1,
			     .task = { .trouble = trouble, .tid = tid } };
	struct task t = { 0 };

	(void)procfs_thread(l->facts->proc, pid, tid, &t);
	snprintf(x.task.comm, sizeof(x.task.comm), "%s", t.comm);
	x.task.is_dead = t.state == 'Z';
	return findings_add(&l->facts->findings, &x);
}

void look_troubled_by(const struct look *l, struct finding *x, pid_t other)
{
	struct task t = { 0 };

	x->other = other;
	(void)procfs_thread(l->facts->proc, other, other, &t);
	snprintf(x->task.other_comm, sizeof(x->task.other_comm), "%s", t.comm);
}

/* Each limit has the same condition (check_prlimit_permission() in kernel/sys.c). */
static bool may_read_limits(pid_t pid)
{
	struct rlimit ignored;

	return prlimit(pid, RLIMIT_CPU, NULL, &ignored) == 0 || errno != EPERM;
}

/*
 * criu suspends seccomp of whatever has it, for which the kernel wants CAP_SYS_ADMIN on the host,
 * and a criu without seccomp (check_ptrace_options() in kernel/ptrace.c).
 */
static bool may_suspend(const struct facts *f, struct state *s)
{
	struct task self = { 0 };

	if (s->suspends)
		return s->suspends > 0;
	(void)procfs_thread(f->proc, getpid(), getpid(), &self);
	s->suspends = !self.seccomp && facts_has_on_host(f, CAP_SYS_ADMIN) ? 1 : -1;
	return s->suspends > 0;
}

static void add_waiting(struct state *s, pid_t pid, const struct task *t)
{
	s->waiting = xreallocarray(s->waiting, s->n_waiting + 1, sizeof(*s->waiting));
	s->waiting[s->n_waiting++] =
		(struct waiting){ .pid = pid, .tid = t->pid, .switches = t->switches };
}

/*
 * When its parent has been told, /proc does not know the signal any more; but whoever traces a
 * stopped task is told again, without waking it. That is the end of it: the task stays stopped, and
 * nobody notices.
 */
static int ask_stop_signal(pid_t pid)
{
	int status = 0;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0)
		return 0;
	if (RETRY(waitpid(pid, &status, __WALL | WNOHANG)) != pid)
		status = 0;
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return status >> 16 == PTRACE_EVENT_STOP ? WSTOPSIG(status) : 0;
}

static void look_stopped(struct look *l, pid_t pid)
{
	struct proc_stat s;
	int number;

	if (procfs_stat(l->facts->proc, pid, &s) < 0 || s.state != 'T')
		return;
	number = s.stop_signal ? s.stop_signal : ask_stop_signal(pid);
	if (!number || number == SIGSTOP)
		return;
	if (number == SIGTSTP)
		facts_ask_version(l->facts);
	look_troubled(l, pid, pid, TASK_STOPPED)->task.number = number;
}

/* What criu looks at in each thread, compel_wait_task() in compel/src/lib/infect.c. */
static void look_thread(struct look *l, pid_t pid, const struct task *t, struct state *s)
{
	if (t->tracer || t->state == 't')
		look_troubled_by(l, look_troubled(l, pid, t->pid, TASK_TRACED), t->tracer);
	if (t->state == 'D' && !look_is_frozen(l, pid))
		add_waiting(s, pid, t);
	if (t->seccomp && !may_suspend(l->facts, s))
		look_troubled(l, pid, t->pid, TASK_SECCOMP);
	if (t->pending & UINT64_C(1) << (SIGTRAP - 1))
		look_troubled(l, pid, t->pid, TASK_TRAP);
	if (t->shadow_stack && !s->has_shadow_stack) {
		s->has_shadow_stack = true;
		facts_ask_version(l->facts);
		look_troubled(l, pid, t->pid, TASK_SHADOW_STACK);
	}
}

/* A thread may have another pid namespace for its children than its process has. */
static void look_children(struct look *l, const struct threads *t)
{
	if (t->first.bears_in_time)
		look_troubled(l, t->pid, t->pid, TASK_CHILDREN_TIME);
	if (t->first.bears_in_pid)
		look_troubled(l, t->pid, t->pid, TASK_CHILDREN_PID);
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].bears_in_pid)
			look_troubled(l, t->pid, t->v[i].tid, TASK_CHILDREN_PID);
}

static void add_birth(struct state *s, const struct task *t)
{
	s->has_outsider |= !t->session;
	s->births = xgrow(s->births, s->n_births, sizeof(*s->births));
	s->births[s->n_births++] = (struct birth){
		.pid = t->pid, .parent = t->ppid, .inner = task_inner_pid(t), .session = t->session
	};
}

static void look_task(struct look *l, pid_t pid, void *state)
{
	const struct threads *threads = look_threads(l, pid);
	const struct task *t = &threads->first.status;

	if (!threads->first.has_status)
		return;
	l->facts->n_tasks += (size_t)t->threads;
	/* One that is just being reaped has none at all. */
	if (t->session == 0 && t->state != 'X')
		look_troubled(l, pid, pid, TASK_SESSION);
	if (t->state != 'X')
		add_birth(state, t);
	if (t->state == 'Z' || t->state == 'X') {
		/* "Zombies with threads are not supported", collect_threads() in criu/seize.c */
		if (t->threads > 1)
			look_troubled(l, pid, pid, TASK_LEADERLESS);
		return;
	}
	if (threads->first.is_untraceable)
		look_troubled(l, pid, pid, TASK_UNTRACEABLE);
	else if (!may_read_limits(pid))
		look_troubled(l, pid, pid, TASK_LIMITS);
	if (t->state == 'T')
		look_stopped(l, pid);
	look_thread(l, pid, t, state);
	look_children(l, threads);
	for (size_t i = 0; i < threads->n; i++)
		if (threads->v[i].has_status)
			look_thread(l, pid, &threads->v[i].status, state);
}

/* Forget those that have run since. */
static void drop_running(int proc, struct state *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_waiting; i++) {
		const struct waiting *w = &s->waiting[i];
		struct task t = { 0 };

		if (procfs_thread(proc, w->pid, w->tid, &t) == 0 && t.state == 'D' &&
		    t.switches == w->switches)
			s->waiting[n++] = *w;
	}
	s->n_waiting = n;
}

static void add_stuck(struct look *l, const struct waiting *w)
{
	struct finding *x = look_troubled(l, w->pid, w->tid, TASK_WAITS);
	_cleanup_free_ char *text = NULL;
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/wchan", w->pid, w->tid);
	if (read_file_at(l->facts->proc, path, sizeof(x->task.where), &text) > 0 &&
	    strcmp(text, "0") != 0)
		snprintf(x->task.where, sizeof(x->task.where), "%s", text);
}

static void look_births(struct look *l, const struct state *s)
{
	ssize_t i = s->has_outsider ? -1 : births_impossible(s->births, s->n_births);

	if (i >= 0)
		look_troubled_by(l,
				 look_troubled(l, s->births[i].pid, s->births[i].pid, TASK_ALIEN),
				 s->births[i].parent);
}

static void end(struct look *l, void *state)
{
	enum { FIRST = 2, PATIENCE = 1000 }; /* ms */
	struct state *s = state;

	for (long pause = FIRST; s->n_waiting && pause < PATIENCE; pause *= 2) {
		nanosleep(&(struct timespec){ .tv_nsec = pause * 1000000 }, NULL);
		drop_running(l->facts->proc, s);
	}
	for (size_t i = 0; i < s->n_waiting; i++)
		add_stuck(l, &s->waiting[i]);
	look_births(l, s);
	free(s->births);
	free(s->waiting);
}

const struct probe probe_tasks = { .state_size = sizeof(struct state),
				   .task = look_task,
				   .end = end };
