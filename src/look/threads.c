// SPDX-License-Identifier: MIT
#include "look/threads.h"

#include "look/mappings.h"
#include "util/helped.h"
#include "util/util.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct reading {
	int proc;
	int task; /* /proc/PID/task, from where the way to each thread is short */
	struct used *used;
	struct threads *t;
};

/* One of its directories in /proc. */
struct place {
	int dir;
	pid_t tid;
	struct used *used;
};

static int open_at(const struct place *p, const char *name)
{
	char path[64];

	put_path(path, sizeof(path), p->tid, name);
	return used_open(p->used, p->dir, path);
}

/* A short file; "" if it cannot be read. */
static const char *read_short(const struct place *p, const char *name, char *buffer, size_t size)
{
	int fd = open_at(p, name);
	ssize_t n = fd < 0 ? fd : read(fd, buffer, size - 1);

	buffer[n > 0 ? n : 0] = '\0';
	return buffer;
}

static unsigned long read_number(const struct place *p, const char *name, int base,
				 unsigned long otherwise)
{
	char text[64];

	read_short(p, name, text, sizeof(text));
	return *text ? strtoul(text, NULL, base) : otherwise;
}

/* More of numa_maps, of which text has the first part. What is behind the last whole line waits. */
static void parse_more(int fd, char *text, size_t size, struct mappings *ret)
{
	size_t length = strlen(text);
	ssize_t n = fd < 0 ? fd : read(fd, text + length, size - length - 1);
	char *end;
	char next;

	length += n > 0 ? (size_t)n : 0;
	text[length] = '\0';
	end = strrchr(text, '\n');
	end = end ? end + 1 : text + length; /* the beginning of a line is enough */
	next = *end;
	*end = '\0';
	*ret = (struct mappings){ 0 };
	mappings_parse_policies(ret, text);
	*end = next;
}

/*
 * The kernel goes through the pages of each mapping to show it, so that not more than the first one
 * is read: it has the task's policy as a rule (look/mappings.h). Only if it is of a file that has
 * one, perhaps of its own, the next ones are.
 */
static void read_memory(const struct place *p, char *ret, size_t size)
{
	enum { FIRST = 64 };
	struct mappings m = { 0 };
	char text[4096];
	int fd = open_at(p, "numa_maps");

	text[0] = '\0';
	parse_more(fd, text, FIRST, &m);
	if (*m.of_files[0])
		parse_more(fd, text, sizeof(text), &m);
	if (!*m.policy)
		cut_text(m.policy, sizeof(m.policy), m.of_files[0]);
	if (strcmp(m.policy, "default") != 0)
		cut_text(ret, size, m.policy);
}

static void read_flags(const struct place *p, const char *name, struct thread *x)
{
	struct proc_stat stat = { .exit_signal = SIGCHLD };
	char text[1024];

	if (procfs_parse_stat(read_short(p, name, text, sizeof(text)), &stat) == 0)
		x->flags = stat.flags;
	x->exit_signal = stat.exit_signal;
}

/*
 * criu locks the memory of the root task again, and that of its children not: they have it from
 * fork(2).
 */
static bool has_locked(const char *status)
{
	const char *locked = strstr(status, "\nVmLck:");

	return locked && strtoul(locked + strlen("\nVmLck:"), NULL, 10) > 0;
}

static void read_status(const struct place *p, struct thread *x, bool is_first)
{
	enum { MOST = 64 << 10 };
	_cleanup_free_ char *text = NULL;
	int fd = open_at(p, "status");

	if (fd < 0 || read_record(fd, MOST, &text) <= 0)
		return;
	if (is_first) {
		x->speculation = attributes_parse_speculation(text);
		x->has_locked = has_locked(text);
		x->has_tags = attributes_has_tags(text);
	}
	x->has_status = procfs_parse_status(text, &x->status) == 0;
}

static bool bears_in(int ns, const char *kind, const struct namespaces *own)
{
	ino_t is_in = namespaces_get(own, kind);

	return is_in && namespaces_of_children_differ(ns, kind, is_in);
}

/*
 * Opening this file asks the kernel what seizing it asks (PTRACE_MODE_ATTACH): rights, user
 * namespaces, and all security modules, Yama and Landlock among them.
 */
static bool is_untraceable(const struct place *p)
{
	int fd = open_at(p, "mem");

	return fd == -EACCES || fd == -EPERM;
}

static bool may_be_merged(const struct place *p)
{
	char text[512];

	return strstr(read_short(p, "ksm_stat", text, sizeof(text)), "ksm_merge_any: yes");
}

/*
 * For the flags of a process with threads the kernel goes through all of them (do_task_stat() in
 * fs/proc/array.c).
 */
static void read_flags_of_first(const struct place *process, struct thread *x)
{
	char name[64] = "stat";

	if (x->status.threads > 1)
		snprintf(name, sizeof(name), "task/%d/stat", x->tid);
	read_flags(process, name, x);
}

static void read_first(int proc, pid_t pid, struct used *used, struct thread *x)
{
	const struct place process = { proc, pid, used };
	int ns;

	*x = (struct thread){ .tid = pid }; /* a child that was killed may have left a part of it */
	read_status(&process, x, true);
	ns = namespaces_open(proc, x->tid, used);
	x->ns = namespaces_read(ns, false, false);
	x->bears_in_pid = bears_in(ns, "pid", &x->ns);
	x->bears_in_time = bears_in(ns, "time", &x->ns);
	x->slack = read_number(&process, "timerslack_ns", 10, THREAD_SLACK);
	x->personality = read_number(&process, "personality", 16, 0);
	read_memory(&process, x->memory, sizeof(x->memory));
	read_flags_of_first(&process, x);
	x->merge = may_be_merged(&process);
	x->dump = read_number(&process, "coredump_filter", 16, ATTRIBUTES_DUMP_DEFAULT);
	x->is_untraceable = is_untraceable(&process);
}

static void read_other(size_t i, void *arg)
{
	const struct reading *r = arg;
	const struct thread *first = &r->t->first;
	struct thread *x = &r->t->v[i];
	const struct place as_process = { r->proc, x->tid, r->used };
	const struct place thread = { r->task, x->tid, r->used };
	int ns;

	x->fs = syscall(SYS_kcmp, first->tid, x->tid, KCMP_FS, 0, 0);
	x->files = syscall(SYS_kcmp, first->tid, x->tid, KCMP_FILES, 0, 0);
	ns = namespaces_open(r->task, x->tid, r->used);
	x->ns = namespaces_read(ns, true, x->fs == 0);
	x->bears_in_pid = bears_in(ns, "pid", &first->ns);
	read_status(&thread, x, false);
	/* There is no such file in the directory of a thread. */
	x->slack = read_number(&as_process, "timerslack_ns", 10, THREAD_SLACK);
	x->personality = read_number(&thread, "personality", 16, 0);
	read_memory(&thread, x->memory, sizeof(x->memory));
	read_flags(&thread, "stat", x);
}

static void read_others(struct reading *r)
{
	static const struct helped both = { .look = read_other, .is_costly = true };

	helped_each(r->t->n, &both, r);
}

void threads_read(int proc, pid_t pid, const struct thread *first, struct used *used,
		  struct threads *ret)
{
	_cleanup_free_ int *others = NULL;
	struct reading r = { .proc = proc, .task = -1, .used = used, .t = ret };

	*ret = (struct threads){ .pid = pid, .n = procfs_threads(proc, pid, &others) };
	if (first)
		ret->first = *first;
	else
		read_first(proc, pid, used, &ret->first);
	if (!ret->n)
		return;
	r.task = procfs_open_threads(proc, pid);
	ret->v = xshared(ret->n, sizeof(*ret->v));
	for (size_t i = 0; i < ret->n; i++)
		ret->v[i].tid = others[i];
	read_others(&r);
	cleanup_close(&r.task);
}

void threads_free(struct threads *t)
{
	if (t->v)
		munmap(t->v, t->n * sizeof(*t->v));
	*t = (struct threads){ 0 };
}

/* The first threads of many processes. */
struct firsts {
	int proc;
	const pid_t *pids;
	struct used *used;
	struct thread *v;
};

static void read_one_first(size_t i, void *arg)
{
	const struct firsts *f = arg;

	read_first(f->proc, f->pids[i], f->used, &f->v[i]);
}

struct thread *threads_read_firsts(int proc, const pid_t *pids, size_t n, struct used *used)
{
	static const struct helped both = { .look = read_one_first, .is_costly = true };
	struct firsts f = { .proc = proc, .pids = pids, .used = used };

	if (!helped_pays(n, &both))
		return NULL;
	f.v = xshared(n, sizeof(*f.v));
	helped_each(n, &both, &f);
	return f.v;
}

void threads_free_firsts(struct thread *firsts, size_t n)
{
	if (firsts)
		munmap(firsts, n * sizeof(*firsts));
}
