// SPDX-License-Identifier: MIT
#include "thaw/verify.h"

#include "look/locks.h"
#include "plan/mount_check.h"
#include "thaw/mount_fd.h"
#include "thaw/regroup.h"
#include "thaw/relock_decide.h"
#include "util/printable.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Repairing */

struct repair {
	const struct faulty_mount *wrong;
	size_t n;
	int ns;                       /* the mount namespace of the thawed tree */
	const struct recipe *masters; /* of a nested one: what the root task has, */
	int ns_masters;               /* in this mount namespace; -1: none */
};

/* Open the mount, if the path still leads to it; nothing in there runs yet. */
static int open_mount(const struct mount *m)
{
	int fd = mount_fd_open(m->at);

	if (fd >= 0 && mounts_id_of(fd) != m->id) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * A peer of a mount of the host's: criu makes it shared, with a peer group of its own. Its group is
 * set from the clone of the host's mount in the staging area (MOVE_MOUNT_SET_GROUP, Linux 5.15).
 */
static void set_peers(const struct faulty_mount *w, int fd)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };

	if (!w->want->host_peer || !w->want->from)
		return;
	if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) == 0)
		(void)mount_fd_join_group(fd, w->want->from->tree->fd);
}

static void set_flags(const struct faulty_mount *w, int fd)
{
	struct mount_attr attr = mount_fd_flags(w->want->flags);

	(void)mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr));
}

/*
 * Clone, from the staging area, a mount that criu left out; that is possible only in our own mount
 * namespace.
 */
static int clone_source(const struct faulty_mount *w)
{
	const struct host_mount *from = w->fault == FAULT_MISSING ? w->want->from : NULL;

	if (!from)
		return -1;

	_cleanup_close_ int dir = open_beneath(from->tree->fd, from->path);

	return mount_fd_clone(dir);
}

/*
 * The clone is shared like the host's mount. Make it a slave of that, or private, then shared again
 * if it was.
 */
static void add_mount(const struct faulty_mount *w, int clone)
{
	struct mount_attr attr = mount_fd_flags(w->want->flags);

	if (!w->want->host_peer)
		attr.propagation = w->want->master ? MS_SLAVE : MS_PRIVATE;
	if (mount_setattr(clone, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ||
	    move_mount(clone, "", AT_FDCWD, w->want->at, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return;
	attr = (struct mount_attr){ .propagation = MS_SHARED };
	if (w->want->shared && !w->want->host_peer)
		(void)mount_setattr(clone, "", AT_EMPTY_PATH, &attr, sizeof(attr));
}

/*
 * A slave of one of the root task's mounts that criu left private, because none of the slaves of
 * that master contains the others (plan/mount_groups.h): open the mount that it is to be a slave
 * of.
 */
static int open_master(const struct repair *r, const struct faulty_mount *w)
{
	if (w->fault != FAULT_PEERS || w->want->shared || w->got->master || w->got->shared)
		return -1;
	recipe_for_each_mount (m, r->masters)
		if (m->shared == w->want->master && !m->hidden &&
		    mounts_is_below(w->want->root, m->root))
			return mount_fd_open(m->at);
	return -1;
}

static void open_masters(const struct repair *r, int *ret)
{
	for (size_t i = 0; i < r->n; i++)
		ret[i] = -1;
	if (r->ns_masters < 0 || setns(r->ns_masters, CLONE_NEWNS) < 0)
		return;
	for (size_t i = 0; i < r->n; i++)
		if (r->wrong[i].want && r->wrong[i].want->master)
			ret[i] = open_master(r, &r->wrong[i]);
}

static void enslave(int fd, int master)
{
	struct mount_attr attr = { .propagation = MS_SLAVE };

	if (mount_fd_join_group(fd, master) == 0)
		(void)mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr));
}

/*
 * If one that has been added lies on a peer, a copy of it has arrived on the other one already, with
 * the same peers.
 */
static void add_mounts(const struct repair *r, const int *clones)
{
	bool any = false;

	for (size_t i = 0; i < r->n; i++) {
		if (clones[i] < 0 || (any && mount_fd_is_on(clones[i], r->wrong[i].want->at)))
			continue;
		add_mount(&r->wrong[i], clones[i]);
		any = true;
	}
}

/*
 * Runs in a process of its own, which joins, sets what has to be set, and ends, because the
 * pseudo-init, which stays, must never be in the view of the tree, from which it might not come
 * back. It executes nothing.
 */
static void put_right(void *arg)
{
	const struct repair *r = arg;
	_cleanup_free_ int *clones = xcalloc(r->n, sizeof(*clones));
	_cleanup_free_ int *masters = xcalloc(r->n, sizeof(*masters));

	for (size_t i = 0; i < r->n; i++)
		clones[i] = clone_source(&r->wrong[i]);
	open_masters(r, masters);
	if (setns(r->ns, CLONE_NEWNS) < 0)
		return;
	/*
	 * First of all, because the mount below may get peers on the host, where the new one would
	 * arrive as well.
	 */
	add_mounts(r, clones);
	for (size_t i = 0; i < r->n; i++) {
		const struct faulty_mount *w = &r->wrong[i];
		int fd;

		if (w->fault != FAULT_PEERS && w->fault != FAULT_FLAGS)
			continue;
		fd = open_mount(w->got);
		if (fd < 0)
			continue;
		if (masters[i] >= 0)
			enslave(fd, masters[i]);
		else if (w->fault == FAULT_PEERS)
			set_peers(w, fd);
		else
			set_flags(w, fd);
		close(fd);
	}
}

/* One mount namespace of the thawed tree: a process in it, and the mounts that it has to have. */
struct subject {
	pid_t pid;
	const struct recipe *recipe;
	bool is_nested; /* it is not the root task's */
};

static void repair(const struct verify *v, const struct subject *s,
		   const struct faulty_mount *wrong, size_t n)
{
	_cleanup_close_ int ns = procfs_open_namespace(v->proc, s->pid, "mnt");
	_cleanup_close_ int above =
		s->is_nested ? procfs_open_namespace(v->proc, v->pid, "mnt") : -1;
	struct repair r = {
		.wrong = wrong, .n = n, .ns = ns, .masters = &v->plan->recipe, .ns_masters = above
	};

	if (ns >= 0)
		(void)process_apart(put_right, &r); /* what is still wrong will be seen */
}

/* Reporting */

static int report_faults(const struct plan *p, const struct faulty_mount *v, size_t n,
			 struct err *e)
{
	_cleanup_free_ char *first = mount_fault_text(v);

	for (size_t i = 0; i < n && p->tolerate; i++) {
		_cleanup_free_ char *text = mount_fault_text(&v[i]);

		fprintf(stderr, "criu-ns: a mount is not as it was frozen: %s\n", printable(text));
	}
	if (p->tolerate)
		return 0;
	err_set(e, 0, "the mounts are not as they were frozen: %s%s", first,
		n > 1 ? ", and more" : "");
	return err_hint(e, "nothing was left running; --warn-mounts thaws it all the same");
}

/* One comparison: what is wrong with the mounts of the process now. */
struct look {
	struct mounts thawed;
	struct faulty_mount *wrong;
	size_t n;
};

static void look_free(struct look *l)
{
	free(l->wrong);
	mounts_free(&l->thawed);
	*l = (struct look){ 0 };
}

static void compare(const struct verify *v, const struct subject *s, const struct mounts *now,
		    struct look *l)
{
	const struct mount_views views = { .caller = &v->facts->caller_view,
					   .frame = v->frame,
					   .thawed = &l->thawed,
					   .now = now };

	free(l->wrong);
	l->n = mount_check(s->recipe, &views, &l->wrong);
}

static bool has_extra(const struct look *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->wrong[i].fault == FAULT_EXTRA)
			return true;
	return false;
}

/* What the host has mounted while criu was at work is in our mount namespace, too. */
static int look(const struct verify *v, const struct subject *s, struct look *ret, struct err *e)
{
	struct mounts now = { 0 };
	int r = mounts_read_of(v->proc, s->pid, &ret->thawed, e);

	if (r < 0)
		return r;
	compare(v, s, NULL, ret);
	if (!has_extra(ret))
		return 0;
	r = mounts_read(v->proc, "self/mountinfo", &now, e);
	if (!r)
		compare(v, s, &now, ret);
	mounts_free(&now);
	return r;
}

/* Nested mount namespaces */

struct nested {
	const struct image_view *view;
	pid_t pid;
	struct mounts before; /* as criu made it */
};

/* The images number the tasks as the root task's own pid namespace does. */
static pid_t find_task(const struct verify *v, pid_t pid)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = v->plan->recipe.init ? procfs_list(v->proc, ".", &pids) : 0;

	for (size_t i = 0; i < n; i++) {
		struct task t = { 0 };
		struct err ignored;

		if (procfs_task(v->proc, pids[i], &t, &ignored) == 0 && t.depth > 1 &&
		    task_inner_pid(&t) == pid)
			return t.pid;
	}
	return v->plan->recipe.init ? 0 : pid;
}

/*
 * A mount namespace that only an open file kept alive has no process in it, and so no table to
 * read.
 */
static int look_nested(const struct verify *v, struct nested **ret, size_t *ret_n, struct err *e)
{
	const struct images *i = &v->facts->images;
	struct nested *all = xcalloc(i->n_nested, sizeof(*all));
	size_t n = 0;
	int r = 0;

	for (size_t k = 0; k < i->n_nested && !r; k++) {
		pid_t pid = i->nested[k].pid ? find_task(v, i->nested[k].pid) : 0;

		if (!i->nested[k].pid)
			continue;
		all[n] = (struct nested){ .view = &i->nested[k], .pid = pid };
		r = mounts_read_of(v->proc, pid, &all[n++].before, e);
	}
	*ret = all;
	*ret_n = n;
	return r;
}

static void free_nested(struct nested *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mounts_free(&all[i].before);
	free(all);
}

/*
 * The peer groups that the root task's mounts leave for those of the host's, when they are
 * repaired.
 */
static size_t left_groups(const struct look *l, struct regroup *groups)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct faulty_mount *w = &l->wrong[i];

		if (w->fault == FAULT_PEERS && w->want->host_peer && w->want->from &&
		    w->got->shared)
			groups[n++] = (struct regroup){ w->got->shared, w->want->from->tree->fd };
	}
	return n;
}

static void repair_root(const struct verify *v, const struct subject *s, const struct look *l,
			const struct nested *nested, size_t n_nested)
{
	_cleanup_free_ struct regroup *groups = xcalloc(l->n, sizeof(*groups));
	size_t n = left_groups(l, groups);

	repair(v, s, l->wrong, l->n);
	for (size_t i = 0; i < n_nested && n; i++)
		regroup(v->proc, nested[i].pid, &nested[i].before, groups, n);
}

/* The locks, which cannot be repaired any more. */
static int check_locks(const struct verify *v, const struct subject *s, struct mounts *thawed,
		       struct err *e)
{
	const struct recipe *r = s->recipe;
	const struct recipe_mount *lost;
	_cleanup_close_ int ns = -1;
	unsigned which = 0;
	int result;

	if (!recipe_has_locks(r))
		return 0;
	ns = procfs_open_namespace(v->proc, s->pid, "mnt");
	result = locks_read(v->proc, ns, thawed, e);
	lost = result < 0 ? NULL : relock_lost(r, thawed, &which);
	if (!lost)
		return result;

	_cleanup_free_ char *text = recipe_locks_text(which);
	_cleanup_free_ char *at = printable(xstrdup(lost->at));

	if (v->plan->unlock) {
		fprintf(stderr,
			"criu-ns: mounts are not locked as they were at the freeze (%s: %s)\n", at,
			text);
		return 0;
	}
	err_set(e, 0, "the mount %s is not locked as it was at the freeze (%s)", lost->at, text);
	return err_hint(e, "nothing was left running; --lose-locks thaws it all the same");
}

bool verify_is_final(const struct facts *f, const struct mounts *table)
{
	struct stat staging;

	return stat(f->staging, &staging) == 0 && !mounts_have_superblock(table, staging.st_dev);
}

/*
 * Flags may not be final: until all is restored, criu has mounts writable on which it makes files
 * (remount_readonly_mounts() in criu/mount.c).
 */
static bool can_repair_ahead(const struct verify *v, const struct look *l)
{
	if (!verify_is_final(v->facts, &l->thawed))
		return false;
	for (size_t i = 0; i < l->n; i++)
		if (l->wrong[i].fault != FAULT_MISSING && l->wrong[i].fault != FAULT_PEERS)
			return false;
	return true;
}

/*
 * Compare, repair once, and compare again; nested is given for the root task's mount namespace
 * only. ahead: criu goes on meanwhile, so that only some is repaired.
 */
static int look_repaired(const struct verify *v, const struct subject *s,
			 const struct nested *nested, size_t n, bool ahead, struct look *ret,
			 struct err *e)
{
	int r = look(v, s, ret, e);

	if (r || !ret->n || (ahead && !can_repair_ahead(v, ret)))
		return r;
	if (!s->is_nested)
		repair_root(v, s, ret, nested, n);
	else
		repair(v, s, ret->wrong, ret->n);
	look_free(ret);
	return look(v, s, ret, e);
}

static int verify_subject(const struct verify *v, const struct subject *s,
			  const struct nested *nested, size_t n, struct err *e)
{
	struct look l = { 0 };
	int r = look_repaired(v, s, nested, n, false, &l, e);

	if (!r && l.n)
		r = report_faults(v->plan, l.wrong, l.n, e);
	if (!r)
		r = check_locks(v, s, &l.thawed, e);
	look_free(&l);
	return r;
}

/* What the recipe says about that mount namespace; formats 1 and 2 say nothing. */
static const struct recipe *find_view(const struct verify *v, const struct image_view *view)
{
	recipe_for_each_view (w, &v->plan->recipe)
		if (images_view_of(&v->facts->images, w->pid) == view)
			return w;
	return NULL;
}

static int verify_nested(const struct verify *v, const struct nested *n, struct err *e)
{
	const struct recipe *known = find_view(v, n->view);
	struct recipe recipe = { 0 };
	int r;

	if (!known)
		mount_expect_nested(&v->plan->recipe, &n->view->table, &recipe);
	r = verify_subject(v, &(struct subject){ n->pid, known ? known : &recipe, true }, NULL, 0,
			   e);
	recipe_free(&recipe);
	return r;
}

int verify_repair(const struct verify *v, struct err *e)
{
	const struct subject root = { v->pid, &v->plan->recipe, false };
	struct look l = { 0 };
	int r = look(v, &root, &l, e);

	if (!r && l.n)
		repair(v, &root, l.wrong, l.n);
	look_free(&l);
	return r;
}

bool verify_ahead(const struct verify *v, struct mounts *ret)
{
	const struct subject root = { v->pid, &v->plan->recipe, false };
	struct look l = { 0 };
	struct err ignored;
	bool good = look_repaired(v, &root, NULL, 0, true, &l, &ignored) == 0 && !l.n;

	if (good) {
		*ret = l.thawed;
		l.thawed = (struct mounts){ 0 };
	}
	look_free(&l);
	return good;
}

static bool is_as_ahead(const struct verify *v)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/mountinfo", v->pid);
	return v->ahead && mounts_unchanged(v->proc, path, v->ahead);
}

int verify_mounts(const struct verify *v, struct err *e)
{
	const struct subject root = { v->pid, &v->plan->recipe, false };
	struct nested *nested = NULL;
	size_t n = 0;
	int r;

	if (is_as_ahead(v))
		return 0;
	r = look_nested(v, &nested, &n, e);
	if (!r)
		r = verify_subject(v, &root, nested, n, e);
	for (size_t i = 0; i < n && !r; i++)
		r = verify_nested(v, &nested[i], e);
	free_nested(nested, n);
	return r;
}
