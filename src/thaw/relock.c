// SPDX-License-Identifier: MIT
#include "thaw/relock.h"

#include "look/locks.h"
#include "thaw/mount_fd.h"
#include "thaw/relock_decide.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct work {
	const char *place;
	int ns_own, ns_theirs;
	bool is_there; /* in theirs */
	struct relock_pieces pieces;
	struct relock_piece **order; /* as they were taken off */
	size_t n_order;
};

static int join(struct work *w, bool theirs)
{
	if (w->is_there == theirs)
		return 0;
	if (setns(theirs ? w->ns_theirs : w->ns_own, CLONE_NEWNS) < 0)
		return -errno;
	w->is_there = theirs;
	return 0;
}

static int propagate(int fd, unsigned long how, bool all)
{
	struct mount_attr attr = { .propagation = how };

	return mount_setattr(fd, "", AT_EMPTY_PATH | (all ? AT_RECURSIVE : 0), &attr,
			     sizeof(attr)) < 0
		       ? -errno
		       : 0;
}

static int put_on(int fd, int on)
{
	return mount_fd_put_on(fd, on) < 0 ? -errno : 0;
}

/* Open the mountpoint of a mount below the mount on `above`, which fd is open on. */
static int open_below(int fd, const char *above, const char *at)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };
	_cleanup_free_ char *path = mounts_path_below(at, above);

	if (!path[1]) /* on its root; it may be a file */
		return fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return (int)syscall(SYS_openat2, fd, path + 1, &how, sizeof(how));
}

static uint64_t guards(unsigned long flags, unsigned locks)
{
	static const struct {
		unsigned lock;
		unsigned long flag;
		uint64_t attribute;
	} known[] = {
		{ LOCK_RDONLY, MS_RDONLY, MOUNT_ATTR_RDONLY },
		{ LOCK_NOSUID, MS_NOSUID, MOUNT_ATTR_NOSUID },
		{ LOCK_NODEV, MS_NODEV, MOUNT_ATTR_NODEV },
		{ LOCK_NOEXEC, MS_NOEXEC, MOUNT_ATTR_NOEXEC },
	};
	uint64_t result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (flags & known[i].flag && locks & known[i].lock)
			result |= known[i].attribute;
	return result;
}

/* Unmounting */

/* Two clones at least; an unbindable mount cannot be cloned. */
static int clone_piece(struct relock_piece *p, int fd)
{
	p->body = mount_fd_clone(fd);
	p->unbindable = p->body < 0;
	if (p->m->shared || p->m->master)
		p->keeper = mount_fd_clone(fd);
	if (propagate(fd, MS_PRIVATE, false) < 0)
		return -errno;
	if (p->unbindable)
		p->body = mount_fd_clone(fd);
	if (p->body < 0 || propagate(p->body, MS_PRIVATE, false) < 0)
		return -errno;
	if (p->how == RELOCK_LOCKED && !p->along)
		p->cover = mount_fd_clone(fd);
	for (size_t i = 0; i < RELOCK_HOWS; i++)
		if (p->needed[i])
			p->clones[i] = mount_fd_clone(fd);
	return 0;
}

static int take_off(struct work *w, struct relock_piece *p)
{
	_cleanup_close_ int fd = mount_fd_open(p->m->at);
	int r;

	if (fd < 0 || mounts_id_of(fd) != p->m->id)
		return 0; /* another mount hides it; that one comes first */
	r = clone_piece(p, fd);
	if (r < 0)
		return r;
	if (umount2(p->m->at, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return -errno;
	p->off = true;
	p->parent->children--;
	w->order[w->n_order++] = p;
	return 0;
}

static int take_all_off(struct work *w)
{
	size_t before;
	int r = 0;

	do {
		before = w->n_order;
		for (size_t i = w->pieces.n; i-- > 0 && !r;)
			if (w->pieces.v[i].parent && !w->pieces.v[i].off &&
			    !w->pieces.v[i].children)
				r = take_off(w, &w->pieces.v[i]);
	} while (!r && w->n_order > before);
	return !r && w->n_order + 1 < w->pieces.n ? -EBUSY : r;
}

/* Mounting again */

/* A mountpoint of that type (file or directory), in our mount namespace. */
static int make_place(const struct work *w, const char *name, int like)
{
	struct stat st;

	if (fstat(like, &st) < 0)
		return -errno;

	bool is_dir = S_ISDIR(st.st_mode);
	_cleanup_free_ char *path = xasprintf("%s/%s.%c", w->place, name, is_dir ? 'd' : 'f');

	if (is_dir)
		(void)mkdir(path, 0700);
	else
		(void)mknod(path, S_IFREG | 0600, 0);
	return open(path, O_PATH | O_CLOEXEC);
}

static int attach_at_place(const struct work *w, const char *name, int fd)
{
	_cleanup_close_ int at = make_place(w, name, fd);

	return at < 0 ? -errno : put_on(fd, at);
}

/* The mount and those that come with it, mounted on each other as they are to be. */
static int assemble(struct work *w, const struct relock_piece *top)
{
	int r = 0;

	for (size_t i = w->n_order; i-- > 0 && !r;) {
		const struct relock_piece *p = w->order[i];
		const struct relock_piece *of = p;
		_cleanup_close_ int at = -1;

		while (of->along)
			of = of->parent;
		if (!p->along || of != top)
			continue;
		at = open_below(p->parent->body, p->parent->m->at, p->m->at);
		r = at < 0 ? -errno : put_on(p->body, at);
	}
	return r;
}

static int bring(struct work *w, const struct relock_piece *p, int clone)
{
	int carrier = p->how == RELOCK_LOCKED ? p->cover : p->body;
	_cleanup_close_ int at = -1;
	int r = attach_at_place(w, "lock", carrier);

	if (!r && p->how == RELOCK_LOCKED)
		r = put_on(p->body, p->cover);
	if (!r)
		r = assemble(w, p);
	if (r < 0)
		return r;
	at = open_below(clone, p->parent->m->at, p->m->at);
	r = at < 0 ? -errno : put_on(carrier, at);
	/* It has arrived: from now on, nothing that happens to it here may propagate there. */
	return r < 0 ? r : propagate(carrier, MS_PRIVATE, true);
}

static int unmount_fd(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return umount2(path, MNT_DETACH) < 0 ? -errno : 0;
}

/* A path leads to the top of a stack, so what lies on the clone's root is unmounted first. */
static int unmount_clone(int clone, size_t on_root)
{
	int r = 0;

	for (size_t i = 0; i <= on_root && !r; i++)
		r = unmount_fd(clone);
	return r;
}

/* Make the parent, which is private for the time being, a slave of its clone. */
static int enslave(struct work *w, const struct relock_piece *parent, int clone)
{
	int r = attach_at_place(w, "parent", clone);

	if (!r)
		r = propagate(clone, MS_SHARED, false);
	if (!r)
		r = join(w, true);
	if (!r)
		r = mount_fd_join_group(parent->now, clone) < 0 ? -errno : 0;
	if (!r)
		r = propagate(parent->now, MS_SLAVE, false);
	return r < 0 ? r : join(w, false);
}

/* Bring back all children of that kind at once. */
static int bring_children(struct work *w, struct relock_piece *parent, enum relock_how how)
{
	int clone = parent->clones[how];
	size_t on_root = 0;
	int r = join(w, false);

	parent->needed[how] = false;
	if (!r)
		r = parent->now < 0 ? -ENOENT : enslave(w, parent, clone);
	for (size_t i = w->n_order; i-- > 0 && !r;) {
		const struct relock_piece *p = w->order[i];

		if (p->parent != parent || p->how != how || p->along)
			continue;
		r = bring(w, p, clone);
		if (relock_is_stacked(p))
			on_root = how == RELOCK_LOCKED ? 2 : 1; /* with its cover */
	}
	/*
	 * The covers are removed together, on both sides; without covers, nothing may be unmounted
	 * there.
	 */
	if (!r && how == RELOCK_FLAGS)
		r = propagate(clone, MS_PRIVATE, false);
	return r < 0 ? r : unmount_clone(clone, on_root);
}

static int put_plain(const struct relock_piece *p)
{
	return move_mount(p->body, "", AT_FDCWD, p->m->at, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno
											: 0;
}

static int bring_back(struct work *w, struct relock_piece *p)
{
	int r = 0;

	if (p->how != RELOCK_PLAIN && !p->along && p->parent->needed[p->how])
		r = bring_children(w, p->parent, p->how);
	if (!r)
		r = join(w, true);
	if (!r && p->how == RELOCK_PLAIN)
		r = put_plain(p);
	/* What hides it came along, too: the path leads to that. */
	p->now = p->along && p->hidden ? -1 : mount_fd_open(p->m->at);
	return r;
}

/* Set the flags that were not locked, and the peer groups. */
static int finish(const struct relock_piece *p)
{
	struct mount_attr attr = { .attr_set = guards(p->m->flags, ~p->locks) };

	if (p->now < 0)
		return 0;
	if (attr.attr_set && p->how != RELOCK_PLAIN &&
	    mount_setattr(p->now, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return -errno;
	if (p->keeper >= 0 && mount_fd_join_group(p->now, p->keeper) < 0)
		return -errno;
	return p->unbindable ? propagate(p->now, MS_UNBINDABLE, false) : 0;
}

/* In a process of its own */

/* When they arrive, they have only those flags that are to be locked. */
static void strip(const struct relock_piece *p)
{
	struct mount_attr attr = { .attr_clr = guards(p->m->flags, ~p->locks) };

	if (attr.attr_clr && p->how != RELOCK_PLAIN)
		(void)mount_setattr(p->body, "", AT_EMPTY_PATH, &attr, sizeof(attr));
}

static int start_with_root(struct relock_piece *root)
{
	root->now = mount_fd_open("/");
	if (root->now < 0)
		return -errno;
	return clone_piece(root, root->now);
}

static int work(struct work *w, const struct relock_piece **ret_at)
{
	int r = join(w, true);

	for (size_t i = 0; i < w->pieces.n && !r; i++)
		if (!w->pieces.v[i].parent)
			r = start_with_root(&w->pieces.v[i]);
	if (!r)
		r = take_all_off(w);
	for (size_t i = 0; i < w->pieces.n; i++)
		strip(&w->pieces.v[i]);
	for (size_t i = w->n_order; i-- > 0 && !r;) {
		*ret_at = w->order[i];
		r = bring_back(w, w->order[i]);
	}
	for (size_t i = 0; i < w->pieces.n && !r; i++) {
		*ret_at = &w->pieces.v[i];
		r = finish(&w->pieces.v[i]);
	}
	return r;
}

/* The root */

int relock_prepare(int fd, const struct recipe_mount *m)
{
	struct mount_attr attr = { .attr_set = guards(m->flags, m->locks) };

	if (m->locks & LOCK_ATIME) {
		attr.attr_clr = MOUNT_ATTR__ATIME;
		attr.attr_set |= m->flags & MS_NOATIME    ? MOUNT_ATTR_NOATIME
				 : m->flags & MS_RELATIME ? MOUNT_ATTR_RELATIME
							  : MOUNT_ATTR_STRICTATIME;
	}
	return mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

static _Noreturn void work_main(struct work *w, int out)
{
	const struct relock_piece *at = &w->pieces.v[0];
	struct rlimit limit;
	struct err e = { 0 };
	int r;

	/* A few descriptors for each mount. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	r = work(w, &at);
	if (r < 0) {
		err_set(&e, -r, "cannot lock the mount %s as it was", at->m->at);
		(void)write_all(out, &e, sizeof(e));
	}
	_exit(r < 0 ? EXIT_OWN : 0);
}

static int run_work(struct work *w, struct err *e)
{
	int out[2];
	int status = -1;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		work_main(w, out[1]);
	close(out[1]);
	if (pid > 0 && RETRY(waitpid(pid, &status, 0)) == pid && status != 0 &&
	    RETRY(read(out[0], e, sizeof(*e))) != sizeof(*e))
		err_set(e, 0, "the process that locks mounts was killed");
	close(out[0]);
	if (pid < 0)
		return err_set(e, errno, "cannot start a process that locks mounts");
	return status ? -EINVAL : 0;
}

int relock_mounts(int proc, const struct recipe *r, struct mounts *now, int ns_fd,
		  const char *place, struct err *e)
{
	struct work w = { .place = place, .ns_theirs = ns_fd, .ns_own = -1 };
	int result = locks_read(proc, ns_fd, now, e);

	if (result < 0)
		return result;
	if (relock_decide(r, now, &w.pieces)) {
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
		w.order = xcalloc(w.pieces.n, sizeof(*w.order));
		w.ns_own = openat(proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
		result = w.ns_own < 0 ? err_set(e, errno, "cannot open our mount namespace")
				      : run_work(&w, e);
		cleanup_close(&w.ns_own);
	}
	relock_pieces_free(&w.pieces);
	free(w.order);
	return result;
}
