// SPDX-License-Identifier: MIT
#include "look/nested.h"

#include "util/util.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const kinds[] = { "pid", "mnt", "net", "uts", "ipc", "cgroup", "time", "user" };
enum { KINDS = ARRAY_SIZE(kinds) };

/* Of one task, by kind; 0: it has ended, or the kernel has no such kind. */
struct namespaces {
	ino_t v[KINDS];
};

static struct namespaces read_namespaces(int proc, const char *who)
{
	struct namespaces ret = { 0 };

	for (size_t i = 0; i < KINDS; i++)
		if (procfs_namespace(proc, who, kinds[i], &ret.v[i]) < 0)
			ret.v[i] = 0;
	return ret;
}

static bool is_known(const struct facts *f, const char *kind, ino_t ns)
{
	for (size_t i = 0; i < f->n_nested; i++)
		if (f->nested[i].ns == ns && !strcmp(f->nested[i].kind, kind))
			return true;
	return false;
}

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

/* criu reads the table of the first task that it meets in a mount namespace, and so do we. */
static void add_view(struct facts *f, pid_t pid)
{
	struct mounts table = { 0 };
	struct err ignored;
	char path[32];

	snprintf(path, sizeof(path), "%d/mountinfo", pid);
	/* criu saves it together with the target's, which two texts do not tell enough of then. */
	if (facts_parse_views(f, &ignored) == 0 &&
	    mounts_read(f->proc, path, &table, &ignored) == 0)
		mounts_append(&f->nested_view, &table);
	mounts_free(&table);
}

static void add_nested(struct facts *f, pid_t pid, pid_t tid, const char *kind, ino_t ns)
{
	struct nested_ns n = {
		.pid = pid, .tid = tid, .kind = kind, .ns = ns, .is_crius = is_crius(f, kind, ns)
	};
	struct task task;
	struct err ignored;

	if (is_known(f, kind, ns) || procfs_task(f->proc, pid, &task, &ignored) < 0)
		return;
	snprintf(n.comm, sizeof(n.comm), "%s", task.comm);
	f->nested = xreallocarray(f->nested, f->n_nested + 1, sizeof(*f->nested));
	f->nested[f->n_nested++] = n;
	if (pid == tid && !strcmp(kind, "mnt"))
		add_view(f, pid);
}

static void compare(struct facts *f, pid_t pid, pid_t tid, const struct namespaces *theirs,
		    const struct namespaces *expected)
{
	for (size_t i = 0; i < KINDS; i++)
		if (theirs->v[i] && expected->v[i] && theirs->v[i] != expected->v[i])
			add_nested(f, pid, tid, kinds[i], theirs->v[i]);
}

/* The folder of its threads has a link for each of them (proc_task_getattr() in the kernel). */
static bool has_threads(int proc, const char *folder)
{
	struct stat st;

	return fstatat(proc, folder, &st, 0) == 0 && st.st_nlink > 3;
}

static void look_threads(struct facts *f, pid_t pid, const struct namespaces *of_process)
{
	_cleanup_free_ int *tids = NULL;
	char path[64];
	size_t n;

	snprintf(path, sizeof(path), "%d/task", pid);
	if (!has_threads(f->proc, path))
		return;
	n = procfs_list(f->proc, path, &tids);
	for (size_t i = 0; i < n; i++) {
		struct namespaces theirs;

		if (tids[i] == pid)
			continue;
		snprintf(path, sizeof(path), "%d/task/%d", pid, tids[i]);
		theirs = read_namespaces(f->proc, path);
		compare(f, pid, tids[i], &theirs, of_process);
	}
}

void nested_look(struct facts *f, const pid_t *pids, size_t n)
{
	struct namespaces root = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct namespaces own;
		char who[16];

		snprintf(who, sizeof(who), "%d", pids[i]);
		own = read_namespaces(f->proc, who);
		if (i == 0)
			root = own;
		compare(f, pids[i], pids[i], &own, &root);
		look_threads(f, pids[i], &own);
	}
}
