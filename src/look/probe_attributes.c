// SPDX-License-Identifier: MIT
/*
 * Attributes of tasks that criu forgets (attributes.h): one finding for each task that has some
 * which can be given back, one for what all tasks have alike, and one for each kind of which it can
 * only be said that it will be gone; and what criu freezes, but cannot thaw, or would lose.
 */
#include "look/probe.h"

#include "util/sched.h"

#include <ctype.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ADDRESSES_FIXED = 0x40000 };               /* ADDR_NO_RANDOMIZE, personality(2) */
enum { FLAG_MCE = 0x80, FLAG_EARLY = 0x8000000 }; /* PF_MCE_PROCESS, PF_MCE_EARLY: linux/sched.h */

typedef unsigned char cpu_bits[ATTRIBUTES_CPUS / 8];

/* What all tasks may have alike. */
struct shared {
	unsigned long personality;
	char memory[64]; /* "": the default */
	char mce;
	bool merge;
	bool flusher;
	struct speculation speculation;
};

/* Of one kind of attributes: which task has it first, and how many have it. */
struct tally {
	pid_t pid;
	size_t n;
};

struct state {
	bool begun;
	/* of the process that is looked at; its threads mostly have the same */
	struct speculation speculation;
	cpu_bits all;                  /* the processors that are online */
	unsigned long slice;           /* what a task has that has not asked for another */
	bool has_clamps;               /* the kernel knows of them */
	struct shared first;           /* of the target */
	size_t n_tasks, n_fixed;       /* n_fixed: those whose addresses are not random */
	struct tally unusual;          /* those with another personality than that */
	bool differs[FORGOTTEN_KINDS]; /* not all tasks have it alike */
	struct tally tally[FORGOTTEN_KINDS];
};

/* A short file of a task; "" if it cannot be read. */
static const char *read_of(struct look *l, pid_t tid, const char *name, char *buffer, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	put_path(path, sizeof(path), tid, name);
	fd = used_open(&l->used, l->facts->proc, path);
	if (fd >= 0)
		n = read(fd, buffer, size - 1);
	buffer[n > 0 ? n : 0] = '\0';
	return buffer;
}

static bool read_list(const char *path, cpu_bits ret)
{
	_cleanup_free_ char *text = NULL;

	if (read_file_at(AT_FDCWD, path, 1 << 16, &text) <= 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	return attributes_parse_list(text, ret, ATTRIBUTES_CPUS);
}

static void begin(struct state *s)
{
	struct task_sched own;

	s->begun = true;
	if (!read_list("/sys/devices/system/cpu/online", s->all))
		memset(s->all, 0, sizeof(s->all));
	if (task_sched_get(0, &own) == 0 && own.policy <= SCHED_BATCH && own.policy != SCHED_FIFO)
		s->slice = own.runtime;
	s->has_clamps = own.util_max != 0; /* nobody runs with 0 */
}

static void count(struct tally *t, pid_t pid)
{
	if (!t->n++)
		t->pid = pid;
}

/* Attributes of one task */

/*
 * Are these the processors of its cpuset? Then it has not chosen them. Where systemd mounts
 * cgroups.
 */
static bool is_of_cpuset(struct look *l, pid_t tid, const cpu_bits bits)
{
	char name[512];
	cpu_bits theirs;

	read_of(l, tid, "cpuset", name, sizeof(name));
	name[strcspn(name, "\n")] = '\0';
	if (name[0] != '/' || strstr(name, ".."))
		return false;

	_cleanup_free_ char *one = xasprintf("/sys/fs/cgroup/cpuset%s/cpuset.effective_cpus", name);
	_cleanup_free_ char *two = xasprintf("/sys/fs/cgroup%s/cpuset.cpus.effective", name);

	return (read_list(two, theirs) || read_list(one, theirs)) &&
	       !memcmp(theirs, bits, sizeof(theirs));
}

static char *own_cpus(struct look *l, const struct state *s, pid_t tid)
{
	static const cpu_bits none;
	cpu_bits bits = { 0 };

	if (syscall(SYS_sched_getaffinity, tid, sizeof(bits), bits) <= 0 ||
	    !memcmp(bits, s->all, sizeof(bits)) || !memcmp(bits, none, sizeof(bits)) ||
	    is_of_cpuset(l, tid, bits))
		return NULL;
	return attributes_format_list(bits, ATTRIBUTES_CPUS);
}

/*
 * Without a class it follows the nice value; kernels from 5.18 to 6.4 tell the one that it follows.
 */
static unsigned own_io(pid_t tid, const struct task_sched *sched)
{
	enum { WHO_PROCESS = 1, BEST_EFFORT = 2 << 13, CLASS = 7 << 13 };
	long io = syscall(SYS_ioprio_get, WHO_PROCESS, tid);
	long follows = BEST_EFFORT | (sched->nice + 20) / 5;

	return io <= 0 || !(io & CLASS) || io == follows ? 0 : (unsigned)io & (CLASS | 7);
}

static int autogroup(struct look *l, pid_t pid)
{
	char text[64];
	const char *nice;

	read_of(l, pid, "autogroup", text, sizeof(text));
	nice = strstr(text, " nice ");
	return nice ? atoi(nice + 6) : 0;
}

static void look_own(struct look *l, const struct state *s, pid_t pid, const struct thread *x,
		     const struct task_sched *sched, struct task_attributes *ret)
{
	bool is_fair = sched->policy == SCHED_OTHER || sched->policy == SCHED_BATCH;

	ret->cpus = own_cpus(l, s, x->tid);
	ret->io = own_io(x->tid, sched);
	ret->slack = x->slack == THREAD_SLACK ? 0 : x->slack; /* 0: it has real-time priority */
	if (is_fair && s->slice && sched->runtime != s->slice)
		ret->slice = sched->runtime;
	ret->clamps = (struct clamps){ .min = sched->util_min, .max = sched->util_max };
	ret->has_clamps =
		s->has_clamps && !attributes_clamps_are_usual(sched->policy, &ret->clamps);
	if (pid != x->tid)
		return;
	ret->has_dump = x->dump != ATTRIBUTES_DUMP_DEFAULT;
	ret->dump = ret->has_dump ? (unsigned)x->dump : 0;
	ret->group = getsid(pid) == pid ? autogroup(l, pid) : 0;
}

static bool has_any(const struct task_attributes *a)
{
	return a->cpus || a->io || a->slack || a->slice || a->has_clamps || a->has_dump || a->group;
}

static void add(struct look *l, enum finding_kind kind, pid_t pid, const struct found_attributes *a)
{
	findings_add(
		&l->facts->findings,
		&(struct finding){
			.kind = kind, .pid = pid, .as = HELD_BY_TASK, .fd = -1, .attributes = *a });
}

static void add_own(struct look *l, pid_t pid, pid_t tid, struct task_attributes *own)
{
	struct task t;
	struct err ignored;

	if (procfs_task(l->facts->proc, tid, &t, &ignored) < 0) {
		free(own->cpus);
		return;
	}
	own->pid = task_inner_pid(&t);
	add(l, FINDING_ATTRIBUTES, pid, &(struct found_attributes){ .tid = tid, .own = *own });
}

/* What all tasks may have alike */

static void look_shared(const struct thread *x, struct shared *ret)
{
	ret->personality = x->personality;
	cut_text(ret->memory, sizeof(ret->memory), x->memory);
	if (x->flags & FLAG_MCE)
		ret->mce = x->flags & FLAG_EARLY ? 'e' : 'l';
	ret->flusher = attributes_is_flusher(x->flags);
	ret->merge = x->merge;
}

static void compare(struct state *s, pid_t pid, bool is_thread, struct shared *task)
{
	if (is_thread) /* it is the process's */
		task->merge = s->first.merge;
	if (!s->n_tasks++)
		s->first = *task;
	s->differs[FORGOTTEN_MEMORY] |= strcmp(task->memory, s->first.memory) != 0;
	s->differs[FORGOTTEN_MCE] |= task->mce != s->first.mce;
	s->differs[FORGOTTEN_MERGE] |= task->merge != s->first.merge;
	s->differs[FORGOTTEN_FLUSHER] |= task->flusher != s->first.flusher;
	s->differs[FORGOTTEN_SPECULATION] |=
		task->speculation.bypass != s->first.speculation.bypass ||
		task->speculation.indirect != s->first.speculation.indirect;
	s->n_fixed += (task->personality & ADDRESSES_FIXED) != 0;
	if (task->personality)
		count(&s->tally[FORGOTTEN_PERSONALITY], pid);
	if (task->personality & ~(unsigned long)ADDRESSES_FIXED)
		count(&s->unusual, pid);
	if (*task->memory)
		count(&s->tally[FORGOTTEN_MEMORY], pid);
	if (task->mce)
		count(&s->tally[FORGOTTEN_MCE], pid);
	if (task->flusher)
		count(&s->tally[FORGOTTEN_FLUSHER], pid);
	if ((task->speculation.bypass || task->speculation.indirect) && !is_thread)
		count(&s->tally[FORGOTTEN_SPECULATION], pid);
	if (task->merge && !is_thread)
		count(&s->tally[FORGOTTEN_MERGE], pid);
}

/* Tasks */

static void look_task(struct look *l, struct state *s, pid_t pid, const struct thread *x)
{
	struct task_attributes own = { 0 };
	struct shared shared = { .speculation = s->speculation };
	struct task_sched sched = { 0 };

	if (task_sched_get(x->tid, &sched) < 0)
		return;
	if (attributes_policy_is_lost(sched.policy))
		add(l, FINDING_LOST_CLASS, pid, &(struct found_attributes){ .tid = x->tid });
	look_own(l, s, pid, x, &sched, &own);
	if (has_any(&own))
		add_own(l, pid, x->tid, &own);
	look_shared(x, &shared);
	compare(s, pid, pid != x->tid, &shared);
}

static void look_process(struct look *l, pid_t pid, void *state)
{
	const struct threads *t = look_threads(l, pid);
	struct state *s = state;

	if (!s->begun)
		begin(s);
	s->speculation = t->first.speculation;
	look_task(l, s, pid, &t->first);
	if (pid != l->pids[0] && t->first.exit_signal != SIGCHLD)
		count(&s->tally[FORGOTTEN_EXIT_SIGNAL], pid);
	if (t->first.has_tags)
		count(&s->tally[FORGOTTEN_TAGS], pid);
	if (pid != l->pids[0] && t->first.has_locked)
		count(&s->tally[FORGOTTEN_LOCKS], pid);
	for (size_t i = 0; i < t->n; i++) {
		look_task(l, s, pid, &t->v[i]);
		if (t->v[i].fs > 0)
			count(&s->tally[FORGOTTEN_FS], pid);
	}
}

/* The end */

/* Can it be handed down to all? Else it is forgotten. */
static bool is_for_all(const struct state *s, enum forgotten what)
{
	unsigned char nodes[ATTRIBUTES_NODES / 8];
	int mode;

	if (s->differs[what])
		return false;
	switch (what) {
	case FORGOTTEN_MEMORY:
		return attributes_parse_memory(s->first.memory, &mode, nodes);
	case FORGOTTEN_MCE:
	case FORGOTTEN_MERGE:
	case FORGOTTEN_FLUSHER:
	case FORGOTTEN_SPECULATION:
		return true;
	default:
		return false;
	}
}

static void end(struct look *l, void *state)
{
	struct state *s = state;
	struct tree_attributes tree = { 0 };

	/* Other personalities would change how criu itself works. */
	tree.fixed = s->n_fixed == s->n_tasks && s->n_tasks;
	if (tree.fixed)
		s->tally[FORGOTTEN_PERSONALITY] = s->unusual;

	for (int i = 0; i < FORGOTTEN_KINDS; i++) {
		const struct tally *t = &s->tally[i];

		if (!t->n)
			continue;
		if (!is_for_all(s, (enum forgotten)i)) {
			add(l, FINDING_FORGOTTEN, t->pid,
			    &(struct found_attributes){ .what = (enum forgotten)i, .n = t->n });
			continue;
		}
		tree.merge |= i == FORGOTTEN_MERGE;
		tree.flusher |= i == FORGOTTEN_FLUSHER;
		if (i == FORGOTTEN_MEMORY)
			tree.memory = xstrdup(s->first.memory);
		if (i == FORGOTTEN_MCE)
			tree.mce = s->first.mce;
		if (i == FORGOTTEN_SPECULATION)
			tree.speculation = s->first.speculation;
	}
	if (tree_attributes_any(&tree))
		add(l, FINDING_ALIKE, l->pids[0], &(struct found_attributes){ .tree = tree });
}

const struct probe probe_attributes = { .state_size = sizeof(struct state),
					.task = look_process,
					.end = end };
