// SPDX-License-Identifier: MIT
#include "look/recipe_host.h"

#include "look/connect.h"
#include "look/served.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int open_beneath(int dirfd, const char *path)
{
	int fd;

	if (!strcmp(path, "/")) {
		fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? -errno : fd;
	}
	return served_open(dirfd, path + 1,
			   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
				   RESOLVE_NO_XDEV);
}

/* The state of the search. */
struct search {
	const struct cli *cli;
	struct recipe_host *found;
	const struct mounts *caller;
	/* by the caller's mounts; filled in when one is first looked at */
	struct host_tree **tree_of;
	int *errnum_of; /* ... why it could not be cloned */
	struct served served;
};

/* 0, or -ETIMEDOUT if criu would wait for ever. */
static int check_server(struct search *s, dev_t dev, int fd)
{
	if (!served_is_suspect(&s->served, dev) || served_answers(&s->served, dev, fd, ""))
		return 0;
	return -ETIMEDOUT;
}

/* Mounts */

/*
 * An automounter that the tree has not asked is not asked: what it then mounts would arrive on the
 * mount of the tree, which is no longer as it was frozen. And in a mount namespace where it does
 * not arrive, the kernel asks until it gives up (ELOOP).
 */
static int clone_mount(struct search *s, const struct mount *m, struct host_tree *ret)
{
	struct statx st;
	_cleanup_close_ int fd = open_tree(AT_FDCWD, m->at,
					   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
						   AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
	int r;

	if (fd < 0 ||
	    statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_NLINK, &st) < 0)
		return -errno;
	r = check_server(s, m->dev, fd);
	if (r < 0)
		return r;
	*ret = (struct host_tree){ .number = s->found->n_trees,
				   .at = xstrdup(m->at),
				   .fstype = xstrdup(m->fstype),
				   .fd = steal_fd(&fd),
				   .flags = m->flags,
				   .has_peers = m->shared || m->master,
				   .is_gone = mounts_root_is_deleted(m->root) && !st.stx_nlink,
				   .is_directory = S_ISDIR(st.stx_mode) };
	return 0;
}

static struct host_tree *tree_with(struct host_tree *t, unsigned long atime)
{
	while (t && t->atime != atime)
		t = t->other;
	return t;
}

/*
 * The clone of that mount, made only once for all that have the same access times; or a negative
 * errno, the reason why it cannot be made.
 */
static int find_tree(struct search *s, const struct mount *m, unsigned long atime,
		     const struct host_tree **ret)
{
	size_t number = (size_t)(m - s->caller->v);
	struct host_tree *next = &s->found->trees[s->found->n_trees];
	struct host_tree *known = tree_with(s->tree_of[number], atime);

	if (!known && !s->errnum_of[number]) {
		s->errnum_of[number] = -clone_mount(s, m, next);
		if (!s->errnum_of[number]) {
			next->atime = atime;
			next->other = s->tree_of[number];
			s->tree_of[number] = known = next;
			s->found->n_trees++;
		}
	}
	*ret = known;
	return -s->errnum_of[number];
}

/* What an automounter had mounted, it mounts again for who asks; it is in the next table. */
static int ask_automounter(const struct mount *m, const struct recipe_mount *was)
{
	int fd;

	if (!mounts_is_automount(m->fstype) || mounts_is_automount(was->fstype))
		return 0;
	fd = open_tree(AT_FDCWD, m->at, OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int look_mount(struct search *s, const struct recipe_mount *m, struct host_mount *ret)
{
	const struct mount *covering = mounts_covering(s->caller, m->host);
	int r = covering ? ask_automounter(covering, m) : -ENOENT;

	if (!r)
		r = find_tree(s, covering, m->flags & MOUNT_ATIMES, &ret->tree);
	if (r < 0)
		return r;

	/* On another host, that directory may be in another mount than before. */
	_cleanup_free_ char *rest = mounts_path_below(m->host, covering->at);

	ret->path = mounts_path_join(rest, m->folder);
	if (!ret->path[1]) /* all of it, which is open */
		return 0;

	_cleanup_close_ int fd = open_beneath(ret->tree->fd, ret->path);

	/*
	 * criu makes the cgroups of the tree again before it makes the mounts (prepare_cgroup() in
	 * criu/cgroup.c). Who has made them may remove them when the tree ends at the freeze, as
	 * LXC's monitor does.
	 */
	return fd < 0 && !(fd == -ENOENT && mounts_is_cgroup(m->fstype)) ? fd : 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): a view has no views */
static int look_mounts(struct search *s, struct recipe *r, struct err *e)
{
	int result = 0;

	for (size_t i = 0; i < r->n_mounts; i++) {
		struct recipe_mount *m = &r->mounts[i];
		struct host_mount *found = &s->found->mounts[s->found->n_mounts];

		if (m->owner != OWNER_HOST || cli_replaces_mount(s->cli, m->at, m->key))
			continue;
		m->from = found;
		s->found->n_mounts++;
		found->errnum = -look_mount(s, m, found);
		if (found->errnum == EPERM)
			return err_set(e, EPERM, "cannot open the mount %s", m->host);
	}
	for (size_t i = 0; i < r->n_views && !result; i++)
		result = look_mounts(s, &r->views[i], e);
	return result;
}

/* Files */

/*
 * The same file is given back whoever may open it now; another one only if the process itself could
 * open it.
 */
static void compare_file(const struct recipe_file *r, struct host_file *ret)
{
	struct identity now;
	int errnum = -identity_look(ret->fd, r->was.fs != 0, &now);

	if (errnum)
		ret->errnum = errnum;
	else if (identity_compare(&r->was, &now, r->type, &ret->difference) == IDENTITY_LIKE &&
		 r->was.rights)
		ret->right_errnum = -identity_allows(r->was.rights, r->path, ret->fd, r->flags);
}

/*
 * O_PATH, because criu itself opens the file through this descriptor, with the flags that it had.
 * No symbolic links, because somebody who may write to a directory on the way must not be able to
 * lead root elsewhere.
 */
static void find_file(struct search *s, const struct recipe_file *r, struct host_file *ret)
{
	struct statx st;

	ret->fd = served_open(AT_FDCWD, r->path, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (ret->fd < 0) {
		ret->errnum = -ret->fd;
		return;
	}
	if (statx(ret->fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0) {
		ret->errnum = errno;
		return;
	}
	ret->errnum = -check_server(s, makedev(st.stx_dev_major, st.stx_dev_minor), ret->fd);
	ret->is_other = file_type(st.stx_mode) != r->type;
	if (!ret->errnum && !ret->is_other && r->was.known)
		compare_file(r, ret);
}

static void look_files(struct search *s, struct recipe *r)
{
	for (size_t i = 0; i < r->n_files; i++) {
		struct recipe_file *file = &r->files[i];
		_cleanup_free_ char *name = xasprintf("file[%s]", file->id);
		struct host_file *found = &s->found->files[s->found->n_files];

		if (cli_inherits(s->cli, name))
			continue;
		file->from = found;
		s->found->n_files++;
		find_file(s, file, found);
	}
}

/* Sockets */

static void look_sockets(struct search *s, int proc, struct recipe *r)
{
	for (size_t i = 0; i < r->n_sockets; i++) {
		struct recipe_unix *socket = &r->sockets[i];
		_cleanup_free_ char *name = xasprintf("socket:[%s]", socket->id);
		struct host_unix *found = &s->found->sockets[s->found->n_sockets];

		if (cli_inherits(s->cli, name))
			continue;
		socket->from = found;
		s->found->n_sockets++;
		found->errnum = -connect_again(proc, socket, s->cli->dry_run, &found->fd);
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): a view has no views */
static void forget(struct recipe *r)
{
	for (size_t i = 0; i < r->n_mounts; i++)
		r->mounts[i].from = NULL;
	for (size_t i = 0; i < r->n_files; i++)
		r->files[i].from = NULL;
	for (size_t i = 0; i < r->n_sockets; i++)
		r->sockets[i].from = NULL;
	for (size_t i = 0; i < r->n_views; i++)
		forget(&r->views[i]);
}

static size_t count_mounts(const struct recipe *r)
{
	size_t n = r->n_mounts;

	recipe_for_each_view (w, r)
		n += w->n_mounts;
	return n;
}

int recipe_host_look(const struct cli *cli, int proc, struct recipe *r, const struct mounts *caller,
		     struct recipe_host *ret, struct err *e)
{
	/*
	 * There are never more of each, so the arrays are not moved, and pointers into them stay
	 * valid.
	 */
	size_t n = count_mounts(r);
	struct recipe_host found = { .trees = xcalloc(n, sizeof(*found.trees)),
				     .mounts = xcalloc(n, sizeof(*found.mounts)),
				     .files = xcalloc(r->n_files, sizeof(*found.files)),
				     .sockets = xcalloc(r->n_sockets, sizeof(*found.sockets)) };
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	_cleanup_free_ struct host_tree **tree_of = xcalloc(caller->n, sizeof(*tree_of));
	_cleanup_free_ int *errnum_of = xcalloc(caller->n, sizeof(*errnum_of));
	struct search s = { .cli = cli,
			    .found = &found,
			    .caller = caller,
			    .tree_of = tree_of,
			    .errnum_of = errnum_of };
	int result;

	served_learn(&s.served, caller);
	look_files(&s, r);
	look_sockets(&s, proc, r);
	result = look_mounts(&s, r, e);
	served_free(&s.served);
	if (result < 0) {
		forget(r);
		recipe_host_free(&found);
	} else {
		*ret = found;
	}
	return result;
}

void recipe_host_free(struct recipe_host *h)
{
	for (size_t i = 0; i < h->n_trees; i++) {
		free(h->trees[i].at);
		free(h->trees[i].fstype);
		cleanup_close(&h->trees[i].fd);
	}
	for (size_t i = 0; i < h->n_mounts; i++)
		free(h->mounts[i].path);
	for (size_t i = 0; i < h->n_files; i++) {
		cleanup_close(&h->files[i].fd);
		free(h->files[i].difference);
	}
	for (size_t i = 0; i < h->n_sockets; i++)
		cleanup_close(&h->sockets[i].fd);
	free(h->trees);
	free(h->mounts);
	free(h->files);
	free(h->sockets);
	*h = (struct recipe_host){ 0 };
}
