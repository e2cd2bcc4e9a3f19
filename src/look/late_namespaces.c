// SPDX-License-Identifier: MIT
#include "look/late_namespaces.h"

#include "look/procfs.h"
#include "util/helped.h"
#include "util/util.h"

#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Has the look found a process of the tree in it, which the plan has an answer to? */
static bool was_found(const struct facts *f, const char *kind, ino_t ns)
{
	findings_for_each (x, &f->findings)
		if (x->kind == FINDING_NESTED_NS && x->ino == ns && x->ns.tid == x->pid &&
		    !strcmp(x->ns.kind, kind))
			return true;
	return false;
}

/* A thread has to be where its process is: criu does not look at it. */
static bool is_late(const struct facts *f, const struct namespaces *now,
		    const struct namespaces *expected, bool is_thread, struct nested_ns *ret)
{
	for (size_t i = 0; i < NAMESPACES_KINDS; i++)
		if (namespaces_differ(now, expected, i) &&
		    (is_thread || !was_found(f, namespaces_kinds[i], now->v[i]))) {
			ret->kind = namespaces_kinds[i];
			return true;
		}
	return false;
}

/* The look has found that, too, and a note or a refusal tells of it. */
static bool is_told(const struct facts *f, pid_t tid)
{
	findings_for_each (x, &f->findings)
		if (x->kind == FINDING_TASK && x->task.tid == tid &&
		    (x->task.trouble == TASK_CHILDREN_PID || x->task.trouble == TASK_CHILDREN_TIME))
			return true;
	return false;
}

/* ns: of namespaces_open(); own: those that its process is in. */
static bool bears_elsewhere(const struct facts *f, int ns, bool is_thread,
			    const struct namespaces *own, struct nested_ns *ret)
{
	for (size_t i = 0; i < NAMESPACES_KINDS; i++) {
		const char *kind = namespaces_kinds[i];

		if (strcmp(kind, "pid") != 0 && (is_thread || strcmp(kind, "time") != 0))
			continue;
		if (!own->v[i] || !namespaces_of_children_differ(ns, kind, own->v[i]) ||
		    is_told(f, ret->tid))
			continue;
		ret->kind = kind;
		ret->is_of_children = true;
		return true;
	}
	return false;
}

/* The threads of one process. */
struct late {
	const struct facts *f;
	struct used *used;
	struct namespaces own; /* of the process */
	pid_t pid;
	int task; /* /proc/PID/task */
	int *threads;
	bool found;
	struct nested_ns *ret; /* the first that is found */
};

static bool look_thread(const struct late *l, pid_t tid, struct nested_ns *ret)
{
	struct namespaces theirs;
	const int ns = namespaces_open(l->task, tid, l->used);

	theirs = namespaces_read(ns, true, syscall(SYS_kcmp, l->pid, tid, KCMP_FS, 0, 0) == 0);
	ret->tid = tid;
	return is_late(l->f, &theirs, &l->own, true, ret) ||
	       bears_elsewhere(l->f, ns, true, &l->own, ret);
}

static void look_at(size_t i, void *arg)
{
	struct late *l = arg;

	if (!l->found)
		l->found = look_thread(l, l->threads[i], l->ret);
}

static bool is_nothing_found(size_t i, void *arg)
{
	const struct late *l = arg;
	struct nested_ns unused = { 0 };

	return !look_thread(l, l->threads[i], &unused);
}

static bool look_threads_of(struct late *l)
{
	static const struct helped both = { .look = look_at,
					    .is_idle = is_nothing_found,
					    .is_costly = true };
	size_t n = procfs_threads(l->f->proc, l->pid, &l->threads);

	l->task = n ? procfs_open_threads(l->f->proc, l->pid) : -1;
	helped_each(n, &both, l);
	cleanup_close(&l->task);
	free(l->threads);
	return l->found;
}

static bool look_process(const struct facts *f, pid_t pid, struct used *used, struct nested_ns *ret)
{
	struct late l = { .f = f, .used = used, .pid = pid, .ret = ret };
	const int ns = namespaces_open(f->proc, pid, used);

	l.own = namespaces_read(ns, false, false);
	ret->tid = pid;
	return is_late(f, &l.own, &f->target_namespaces, false, ret) ||
	       bears_elsewhere(f, ns, false, &l.own, ret) || look_threads_of(&l);
}

static pid_t find_process(const struct facts *f, const pid_t *pids, size_t n, struct used *used,
			  struct nested_ns *ret)
{
	for (size_t i = 0; i < n; i++) {
		*ret = (struct nested_ns){ 0 };
		if (look_process(f, pids[i], used, ret))
			return pids[i];
	}
	return 0;
}

bool late_namespaces_find(const struct facts *f, const pid_t *pids, size_t n, pid_t *ret_pid,
			  struct nested_ns *ret)
{
	struct used used = { 0 };
	struct task task;
	struct err ignored;

	*ret_pid = find_process(f, pids, n, &used, ret);
	used_close(&used);
	if (*ret_pid && procfs_task(f->proc, *ret_pid, &task, &ignored) == 0)
		snprintf(ret->comm, sizeof(ret->comm), "%s", task.comm);
	return *ret_pid;
}
