// SPDX-License-Identifier: MIT
#include "look/locks.h"

#include "look/served.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A copy of the target's mounts keeps their locks (copy_tree() in fs/namespace.c of the kernel). It
 * is attached in a mount namespace of our own, which nobody sees and which ends with the process
 * that made it; there one can try what the kernel refuses.
 */
struct trial {
	int proc;
	const struct mounts *target;
	struct served served; /* its file systems */
	struct mounts
		here;     /* the table of our mount namespace: the caller's mounts, and the copy */
	int tree;         /* the root of the copy */
	int *copies;      /* for each mount of the target the index of its copy in `here`, or -1 */
	size_t *children; /* on each */
	bool *is_tried;
	unsigned *locks; /* the result */
};

/*
 * Open a path below dirfd, across mounts, but following no link, because the tree may make one at
 * any time.
 */
static int open_in(int dirfd, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

/* Neither the mount nor one on the way to it may be of a kind where a lookup waits for a server. */
static bool is_in_reach(const struct trial *t, const struct mount *m)
{
	for (size_t n = 0; m && n < t->target->n; n++) {
		if (served_is_suspect(&t->served, m->dev))
			return false;
		m = m->parent == m->id ? NULL : mounts_by_id(t->target, m->parent);
	}
	return true;
}

/*
 * Match them along the path from the root, because the kernel copies children with their parents.
 */
static void find_copies(struct trial *t, const struct mount *of, int id)
{
	mounts_for_each (copy, &t->here)
		if (copy->id == id)
			t->copies[of - t->target->v] = (int)(copy - t->here.v);
	mounts_for_each (m, t->target) {
		if (m->parent != of->id || m == of)
			continue;
		mounts_for_each (copy, &t->here)
			if (copy->parent == id && copy->id != id && !strcmp(copy->at, m->at) &&
			    copy->dev == m->dev && !strcmp(copy->root, m->root))
				find_copies(t, m, copy->id);
	}
}

/* On the copy, each change is tried, and is made if the kernel allows it. */
static bool can_clear(int fd, unsigned lock)
{
	static const struct {
		unsigned lock;
		uint64_t attribute;
	} known[] = {
		{ LOCK_RDONLY, MOUNT_ATTR_RDONLY },
		{ LOCK_NOSUID, MOUNT_ATTR_NOSUID },
		{ LOCK_NODEV, MOUNT_ATTR_NODEV },
		{ LOCK_NOEXEC, MOUNT_ATTR_NOEXEC },
	};
	struct mount_attr attr = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].lock == lock)
			attr.attr_clr = known[i].attribute;
	return mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) == 0;
}

static bool can_change_atime(int fd, unsigned long flags)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR__ATIME,
				   .attr_set = flags & MS_NOATIME ? MOUNT_ATTR_RELATIME
								  : MOUNT_ATTR_NOATIME };

	return mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) == 0;
}

static bool can_unmount(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "self/fd/%d", fd);
	return umount2(path, MNT_DETACH) == 0;
}

static unsigned try_mount(int fd, unsigned long flags, bool is_root)
{
	unsigned locks = 0;

	for (size_t i = 0; i < MOUNT_LOCKS; i++)
		if (mount_locks[i].flag & flags && !can_clear(fd, mount_locks[i].lock))
			locks |= mount_locks[i].lock;
	if (!can_change_atime(fd, flags))
		locks |= LOCK_ATIME;
	/* A root is never unmounted. */
	if (!is_root && !can_unmount(fd))
		locks |= LOCK_MOUNT;
	return locks;
}

static unsigned long lockable(unsigned long flags)
{
	unsigned long locks = LOCK_MOUNT | LOCK_ATIME;

	for (size_t i = 0; i < MOUNT_LOCKS; i++)
		if (mount_locks[i].flag & flags)
			locks |= mount_locks[i].lock;
	return locks;
}

/* False: another mount hides it. */
static bool try_one(struct trial *t, size_t i)
{
	const struct mount *m = &t->target->v[i];
	const bool is_root = m == mounts_covering(t->target, "/");
	_cleanup_close_ int fd =
		is_root ? fcntl(t->tree, F_DUPFD_CLOEXEC, 0) : open_in(t->tree, m->at + 1);

	if (fd < 0 || mounts_id_of(fd) != t->here.v[t->copies[i]].id)
		return false;
	t->locks[i] = try_mount(fd, m->flags, is_root);
	return true;
}

/* How many mounts on each have not been tried yet: of those that can be. */
static void count_children(struct trial *t)
{
	for (size_t i = 0; i < t->target->n; i++) {
		const struct mount *m = &t->target->v[i];
		const struct mount *on = mounts_by_id(t->target, m->parent);

		t->locks[i] = (unsigned)lockable(m->flags);
		t->is_tried[i] = t->copies[i] < 0 || !is_in_reach(t, m);
		if (on && on != m && !t->is_tried[i])
			t->children[on - t->target->v]++;
	}
}

/* Those with at most that many on them. */
static bool try_those(struct trial *t, size_t children)
{
	bool any = false;

	for (size_t i = t->target->n; i-- > 0;) {
		const struct mount *on = mounts_by_id(t->target, t->target->v[i].parent);

		if (t->is_tried[i] || t->children[i] > children || !try_one(t, i))
			continue;
		t->is_tried[i] = any = true;
		if (on && on != &t->target->v[i])
			t->children[on - t->target->v]--;
	}
	return any;
}

/*
 * A mount is unmounted together with all that is on it, and may hide others: so each comes after
 * those on it, and as soon as it can be seen. The order of the table does not tell, because a mount
 * keeps its number when it is moved. What can never be seen is below a locked one; then what that
 * is on is tried last.
 */
static void try_all(struct trial *t)
{
	count_children(t);
	while (try_those(t, 0))
		;
	(void)try_those(t, SIZE_MAX);
}

/* Make a mount namespace in which only the copy is visible, and from which nothing propagates. */
static int attach_copy(struct trial *t, int own_ns)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };

	if (setns(own_ns, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount_setattr(t->tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0 ||
	    move_mount(t->tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    fchdir(t->proc) < 0)
		return -errno;
	return 0;
}

/*
 * Runs in a process of its own, which executes nothing, and opens no path of the target's but "/".
 */
static int run_trial(struct trial *t, int ns_fd, struct err *e)
{
	const struct mount *root = mounts_covering(t->target, "/");
	_cleanup_close_ int own_ns = openat(t->proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	int r;

	if (own_ns < 0 || setns(ns_fd, CLONE_NEWNS) < 0)
		return -errno;
	t->tree = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (t->tree < 0)
		return -errno;
	r = attach_copy(t, own_ns);
	if (r < 0)
		return r;
	r = mounts_read(t->proc, "self/mountinfo", &t->here, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < t->target->n; i++)
		t->copies[i] = -1;
	served_learn(&t->served, t->target);
	find_copies(t, root, mounts_id_of(t->tree));
	try_all(t);
	return 0;
}

static _Noreturn void trial_main(int proc, int ns_fd, const struct mounts *t, int out)
{
	struct trial trial = { .proc = proc, .target = t, .tree = -1 };
	struct err ignored;
	int r;

	trial.copies = xcalloc(t->n, sizeof(*trial.copies));
	trial.children = xcalloc(t->n, sizeof(*trial.children));
	trial.is_tried = xcalloc(t->n, sizeof(*trial.is_tried));
	trial.locks = xcalloc(t->n, sizeof(*trial.locks));
	r = run_trial(&trial, ns_fd, &ignored);
	if (r < 0)
		_exit(-r & 0x7f);
	_exit(write_all(out, trial.locks, t->n * sizeof(*trial.locks)) < 0 ? EPIPE : 0);
}

int locks_read(int proc, int ns_fd, struct mounts *t, struct err *e)
{
	_cleanup_free_ char *answer = NULL;
	int out[2];
	int status = 0;
	ssize_t n = -1;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		trial_main(proc, ns_fd, t, out[1]);
	close(out[1]);
	if (pid > 0) {
		n = read_fd(out[0], t->n * sizeof(unsigned), &answer);
		RETRY(waitpid(pid, &status, 0));
	}
	close(out[0]);
	if (!answer || n != (ssize_t)(t->n * sizeof(unsigned)))
		return err_set(e, pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD,
			       "cannot find out which of the target's mounts are locked");
	for (size_t i = 0; i < t->n; i++)
		memcpy(&t->v[i].locks, answer + i * sizeof(unsigned), sizeof(unsigned));
	return 0;
}
