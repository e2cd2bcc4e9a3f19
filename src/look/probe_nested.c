// SPDX-License-Identifier: MIT
/*
 * Namespaces that only a part of the tree is in, one finding for each, in the order of criu's walk:
 * those of processes that the target is not in, and those of threads that their process is not in.
 */
#include "look/namespaces.h"
#include "look/probe.h"

#include <stdio.h>
#include <string.h>

/* Is it the one that criu will be in? */
static bool is_crius(const struct facts *f, const char *kind, ino_t ns)
{
	ino_t ours;

	if (f->frame.pid && !strcmp(kind, "pid"))
		return ns == f->frame.ns_pid;
	if (f->frame.pid && !strcmp(kind, "mnt"))
		return ns == f->frame.ns_mnt;
	return procfs_namespace(f->proc, "self", kind, &ours) == 0 && ns == ours;
}

/* Like criu, read the mount table of the first task that is found in a mount namespace. */
static void add_view(struct facts *f, const struct task *t)
{
	struct nested_view view = { .outer = t->pid,
				    .crius = t->nspid[f->frame.pid ? f->frame.depth - 1 : 0],
				    .pid = task_inner_pid(t),
				    .first = f->nested_view.n };
	struct mounts table = { 0 };
	struct err ignored;

	/*
	 * criu saves it together with the target's, for which comparing the two texts is not
	 * enough.
	 */
	if (facts_parse_views(f, &ignored) == 0 &&
	    mounts_read_of(f->proc, t->pid, &table, &ignored) == 0) {
		view.n = table.n;
		view.text = xstrdup(table.text);
		f->views = xreallocarray(f->views, f->n_views + 1, sizeof(*f->views));
		f->views[f->n_views++] = view;
		mounts_append(&f->nested_view, &table);
	}
	mounts_free(&table);
}

static void add_nested(struct look *l, pid_t pid, pid_t tid, const char *kind, ino_t ns)
{
	struct finding x = {
		.kind = FINDING_NESTED_NS, .pid = pid, .as = HELD_BY_TASK, .fd = -1, .ino = ns
	};
	struct task task;
	struct err ignored;

	if (procfs_task(l->facts->proc, pid, &task, &ignored) < 0 ||
	    seen_before(&l->seen, FINDING_NESTED_NS, ns, 0))
		return;
	x.ns = (struct nested_ns){ .kind = kind,
				   .tid = tid,
				   .is_crius = is_crius(l->facts, kind, ns) };
	snprintf(x.ns.comm, sizeof(x.ns.comm), "%s", task.comm);
	findings_add(&l->facts->findings, &x);
	if (pid == tid && !strcmp(kind, "mnt"))
		add_view(l->facts, &task);
}

static void compare(struct look *l, pid_t pid, pid_t tid, const struct namespaces *theirs,
		    const struct namespaces *expected)
{
	for (size_t i = 0; i < NAMESPACES_KINDS; i++)
		if (namespaces_differ(theirs, expected, i))
			add_nested(l, pid, tid, namespaces_kinds[i], theirs->v[i]);
}

/* The target is the first task. */
static void look_task(struct look *l, pid_t pid, void *state)
{
	const struct threads *t = look_threads(l, pid);
	struct namespaces *target = &l->facts->target_namespaces;

	(void)state;
	if (pid == l->pids[0])
		*target = t->first.ns;
	compare(l, pid, pid, &t->first.ns, target);
	for (size_t i = 0; i < t->n; i++)
		compare(l, pid, t->v[i].tid, &t->v[i].ns, &t->first.ns);
}

const struct probe probe_nested = { .task = look_task };
