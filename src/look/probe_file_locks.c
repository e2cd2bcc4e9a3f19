// SPDX-License-Identifier: MIT
/*
 * Locks and leases on files. criu saves them with --file-locks (criu/file-lock.c), from the "lock:"
 * lines of fdinfo. /proc/locks says of which files there are any, but whoever opens it may wait for
 * an RCU grace period (locks_start() in fs/locks.c of the kernel takes file_rwsem for writing): 13
 * ms where a freeze takes 15. Of many descriptors copies tell the same in a microsecond for each.
 */
#include "look/probe.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/major.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct state {
	bool may_be_shared;
};

/* Has any process one of fcntl(2) on that file? True if it cannot be told. */
static bool has_range_lock(struct look *l, struct held *h)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return held_copy(l, h) < 0 || fcntl(h->copy, F_GETLK, &all) < 0 || all.l_type != F_UNLCK;
}

/* Nobody locks /dev/null. If a copy was asked (h->info), the locks of fcntl(2) are missing. */
static bool may_be_locked(struct look *l, struct held *h, const struct statx *st)
{
	if (S_ISCHR(st->stx_mode) && st->stx_rdev_major == MEM_MAJOR)
		return false;
	return strstr(held_info(l, h), "\nlock:") || (h->info && has_range_lock(l, h));
}

/*
 * Is it the lock of an open file, which others may have, too? Those of fcntl(2) belong to the
 * process.
 */
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
	const char *text =
		st && may_be_locked(l, h, st) ? strstr(held_fdinfo(l, h), "\nlock:") : NULL;

	if (text && !seen_before(&l->seen, FINDING_LOCK, statx_dev(st), st->stx_ino))
		look_lock(l, h, text + 1, state);
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

/*
 * An open file may have been inherited by any process, also by criu-ns, which ends; the one that
 * made the lock has often ended.
 */
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
}

const struct probe probe_file_locks = { .state_size = sizeof(struct state),
					.held = look_held,
					.end = end };
