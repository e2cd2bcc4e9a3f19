// SPDX-License-Identifier: MIT
/*
 * Locks and leases on files. criu saves them with --file-locks (criu/file-lock.c), from the "lock:" lines of fdinfo.
 * /proc/locks says of which files there are any, but whoever opens it may wait for an RCU grace period (locks_start() in
 * fs/locks.c of the kernel takes file_rwsem for writing): 13 ms where a freeze takes 15. So it is read for a tree with many
 * descriptors only, and of the first ones fdinfo is.
 */
#include "look/file_locks.h"
#include "look/probe.h"

#include <linux/kcmp.h>
#include <linux/major.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { ASKED_EACH = 100 };

struct state {
	size_t n;         /* descriptors so far */
	bool is_complete; /* all locks are in it */
	bool may_be_shared;
	struct file_locks locks;
};

static void read_locks(const struct facts *f, struct state *s)
{
	s->is_complete = file_locks_lists_all(f->ns_pid) &&
			 file_locks_read(f->proc, &s->locks) == 0 && !s->locks.may_lack_some;
}

/*
 * May there be a lock on it? stat(2) gives another device than the kernel's own for files of overlay and btrfs, but
 * both are anonymous ones (major number 0).
 */
static bool may_be_locked(const struct state *s, const struct statx *st)
{
	if (!s->is_complete) /* nobody locks /dev/null */
		return !S_ISCHR(st->stx_mode) || st->stx_rdev_major != MEM_MAJOR;
	if (file_locks_find(&s->locks, statx_dev(st), st->stx_ino))
		return true;
	return st->stx_dev_major == 0 && s->locks.n && major(s->locks.v[0].dev) == 0;
}

/* Is it the lock of an open file, which others may have, too? Those of fcntl(2) belong to the process. */
static bool is_of_file(const char *kind)
{
	return !strcmp(kind, "FLOCK") || !strcmp(kind, "OFDLCK");
}

static void look_lock(struct look *l, struct held *h, const char *line, struct state *s)
{
	struct finding *x;
	char kind[16] = "";

	if (sscanf(line, "lock: %*d: %15s", kind) != 1)
		return;
	x = look_found(l, FINDING_LOCK, h);
	x->lock = (struct file_lock){ .is_lease = !strcmp(kind, "LEASE"),
				      .is_of_file = is_of_file(kind) };
	s->may_be_shared |= x->lock.is_of_file;
}

/* One finding for each file: how many locks it has does not matter. */
static void look_held(struct look *l, struct held *h, void *state)
{
	const struct statx *st = h->as == HELD_FD && held_is_path(h) ? held_status(h) : NULL;
	struct state *s = state;
	const char *text;

	if (!st)
		return;
	if (s->n++ == ASKED_EACH)
		read_locks(l->facts, s);
	if (!may_be_locked(s, st))
		return;
	text = held_fdinfo(l, h);
	text = text ? strstr(text, "\nlock:") : NULL;
	if (text && !seen_before(&l->seen, FINDING_LOCK, statx_dev(st), st->stx_ino))
		look_lock(l, h, text + 1, s);
}

/* Did the tree come from it? */
static bool is_ancestor(const struct facts *f, pid_t pid)
{
	struct proc_stat s = { .ppid = f->target.pid };

	while (s.ppid > 0 && s.ppid != pid)
		if (procfs_stat(f->proc, s.ppid, &s) < 0)
			return false;
	return s.ppid == pid;
}

static void share(const struct facts *f, struct finding *x, pid_t other, int fd)
{
	struct task task;
	struct err ignored;

	if (x->lock.is_shared || syscall(SYS_kcmp, x->pid, other, KCMP_FILE, x->fd, fd) != 0 ||
	    procfs_task(f->proc, other, &task, &ignored) < 0)
		return;
	x->other = other;
	x->lock.is_shared = true;
	x->lock.is_ancestors = is_ancestor(f, other);
	snprintf(x->lock.comm, sizeof(x->lock.comm), "%s", task.comm);
}

struct stranger {
	const struct facts *f;
	pid_t pid;
};

static void look_stranger(int fd, const char *link, void *arg)
{
	const struct stranger *other = arg;

	for (size_t i = 0; i < other->f->findings.n; i++) {
		struct finding *x = &other->f->findings.v[i];

		if (x->kind == FINDING_LOCK && x->lock.is_of_file && !strcmp(x->path, link))
			share(other->f, x, other->pid, fd);
	}
}

/* An open file may have been inherited by any process, also by criu-ns, which ends; the one that made the lock has often ended. */
static void look_strangers(const struct look *l)
{
	_cleanup_free_ int *pids = NULL;
	size_t n = procfs_list(l->facts->proc, ".", &pids);

	for (size_t i = 0; i < n; i++) {
		struct stranger other = { l->facts, pids[i] };

		if (!look_has_process(l, pids[i]) && pids[i] != getpid())
			procfs_each_fd(l->facts->proc, pids[i], look_stranger, &other);
	}
}

static void end(struct look *l, void *state)
{
	struct state *s = state;

	if (s->may_be_shared)
		look_strangers(l);
	file_locks_free(&s->locks);
}

const struct probe probe_file_locks = { .state_size = sizeof(struct state),
					.held = look_held,
					.end = end };
