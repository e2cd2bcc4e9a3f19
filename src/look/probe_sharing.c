// SPDX-License-Identifier: MIT
/*
 * What processes share that criu wants each to have for itself (dump_task_kobj_ids() in
 * criu/cr-dump.c), and what threads have for themselves that criu takes for shared: it saves the
 * descriptors of the first thread only.
 */
#include "look/probe.h"

#include "look/troubled.h"
#include "util/sorted.h"

#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* 0: the same; 1, 2: it comes before, after; else it cannot be told. */
static long compare(pid_t a, pid_t b, int type)
{
	return syscall(SYS_kcmp, a, b, type, 0, 0);
}

static int order(const void *a, const void *b, void *type)
{
	pid_t x = *(const pid_t *)a;
	pid_t y = *(const pid_t *)b;
	long r = compare(x, y, *(int *)type);

	return r == 1 ? -1 : r == 2 ? 1 : x == y ? 0 : x < y ? -1 : 1;
}

/* One that has ended has nothing left, and shares that with all others. */
static bool has_memory(int proc, pid_t pid)
{
	struct proc_stat s;

	return procfs_stat(proc, pid, &s) == 0 && s.state != 'Z' && s.memory;
}

static bool is_waiting(int proc, pid_t pid)
{
	struct proc_stat s;

	return procfs_stat(proc, pid, &s) == 0 && s.state == 'D';
}

/*
 * vfork(2) shares memory until the child executes a program, which is a matter of microseconds on
 * an idle machine, and of a good part of a second on a busy one. Its parent waits for that.
 */
static bool goes_on(int proc, pid_t a, pid_t b, int type)
{
	enum { FIRST = 2, PATIENCE = 100, OF_VFORK = 1000 }; /* ms */
	long patience = is_waiting(proc, a) || is_waiting(proc, b) ? OF_VFORK : PATIENCE;

	for (long pause = FIRST; pause < patience; pause *= 2) {
		if (compare(a, b, type) != 0 || !has_memory(proc, a) || !has_memory(proc, b))
			return false;
		nanosleep(&(struct timespec){ .tv_nsec = pause * 1000000 }, NULL);
	}
	return compare(a, b, type) == 0;
}

/*
 * Those that share something become neighbours. A process is reported once, with the one that
 * shares it.
 */
static void look_shared(struct look *l, const void **sorted, int type, enum task_trouble trouble)
{
	int proc = l->facts->proc;

	sorted_order(sorted, l->n_pids, order, &type);
	for (size_t i = 1; i < l->n_pids; i++) {
		pid_t a = *(const pid_t *)sorted[i - 1];
		pid_t b = *(const pid_t *)sorted[i];

		if (compare(a, b, type) == 0 && has_memory(proc, b) && has_memory(proc, a) &&
		    goes_on(proc, a, b, type))
			look_troubled_by(l, look_troubled(l, b, b, trouble), a);
	}
}

static void end(struct look *l, void *state)
{
	_cleanup_free_ const void **pids = NULL;

	(void)state;
	if (l->n_pids < 2)
		return;
	pids = xcalloc(l->n_pids, sizeof(*pids));
	for (size_t i = 0; i < l->n_pids; i++)
		pids[i] = &l->pids[i];
	look_shared(l, pids, KCMP_VM, TASK_SHARES_MEMORY);
	look_shared(l, pids, KCMP_FS, TASK_SHARES_FS);
}

/* Threads */

static void look_own_files(struct look *l, pid_t pid, pid_t tid)
{
	_cleanup_free_ int *fds = NULL;
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/fd", pid, tid);
	if (procfs_list(l->facts->proc, path, &fds) > 0 && has_memory(l->facts->proc, pid))
		look_troubled(l, pid, tid, TASK_OWN_FILES);
}

static void look_task(struct look *l, pid_t pid, void *state)
{
	const struct threads *t = look_threads(l, pid);

	(void)state;
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].files > 0)
			look_own_files(l, pid, t->v[i].tid);
}

const struct probe probe_sharing = { .task = look_task, .end = end };
