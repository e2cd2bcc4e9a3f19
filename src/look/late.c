// SPDX-License-Identifier: MIT
#include "look/late.h"

#include "look/procfs.h"
#include "look/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* own: those that its process is in. Of threads as in namespaces_of(). */
static bool bears_elsewhere(const struct facts *f, const char *who, const struct namespaces *own,
			    bool is_thread, struct nested_ns *ret)
{
	for (size_t i = 0; i < NAMESPACES_KINDS; i++) {
		const char *kind = namespaces_kinds[i];

		if (strcmp(kind, "pid") != 0 && (is_thread || strcmp(kind, "time") != 0))
			continue;
		if (!own->v[i] || !namespaces_of_children_differ(f->proc, who, kind, own->v[i]) ||
		    is_told(f, ret->tid))
			continue;
		ret->kind = kind;
		ret->is_of_children = true;
		return true;
	}
	return false;
}

static bool look_process(const struct facts *f, pid_t pid, struct nested_ns *ret)
{
	_cleanup_free_ int *threads = NULL;
	struct namespaces own;
	char who[64];
	size_t n;

	snprintf(who, sizeof(who), "%d", pid);
	own = namespaces_of(f->proc, who, false, false);
	ret->tid = pid;
	if (is_late(f, &own, &f->target_namespaces, false, ret) ||
	    bears_elsewhere(f, who, &own, false, ret))
		return true;
	n = procfs_threads(f->proc, pid, &threads);
	for (size_t i = 0; i < n; i++) {
		struct namespaces theirs;

		snprintf(who, sizeof(who), "%d/task/%d", pid, threads[i]);
		theirs = namespaces_of(f->proc, who, true, false);
		ret->tid = threads[i];
		if (is_late(f, &theirs, &own, true, ret) ||
		    bears_elsewhere(f, who, &own, true, ret))
			return true;
	}
	return false;
}

bool late_find(const struct facts *f, pid_t *ret_pid, struct nested_ns *ret)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = tree_list(f->proc, f->target.pid, &pids);
	struct task task;
	struct err ignored;

	for (size_t i = 0; i < n; i++) {
		*ret = (struct nested_ns){ 0 };
		*ret_pid = pids[i];
		if (!look_process(f, pids[i], ret))
			continue;
		if (procfs_task(f->proc, pids[i], &task, &ignored) == 0)
			snprintf(ret->comm, sizeof(ret->comm), "%s", task.comm);
		return true;
	}
	return false;
}
