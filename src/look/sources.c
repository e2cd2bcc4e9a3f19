// SPDX-License-Identifier: MIT
#include "look/sources.h"

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

/* What is looked for, and where. */
struct search {
	struct sources *found;
	const struct mounts *caller;
	long *tree_of; /* for each of the caller's mounts its source_tree, or a negative errno; 0: not looked at */
	struct served served;
};

/* 0, or -ETIMEDOUT: criu would wait for it for ever. */
static int check_server(struct search *s, dev_t dev, int fd)
{
	if (!served_is_suspect(&s->served, dev) || served_answers(&s->served, dev, fd, ""))
		return 0;
	return -ETIMEDOUT;
}

/* Mounts */

static int clone_mount(struct search *s, const struct mount *m, struct source_tree *ret)
{
	struct statx st;
	_cleanup_close_ int fd = open_tree(
		AT_FDCWD, m->at, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	int r;

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0)
		return -errno;
	r = check_server(s, m->dev, fd);
	if (r < 0)
		return r;
	*ret = (struct source_tree){ .at = xstrdup(m->at),
				     .fd = steal_fd(&fd),
				     .has_peers = m->shared || m->master,
				     .is_folder = S_ISDIR(st.stx_mode) };
	return 0;
}

/* The clone of that mount; each is made once. A negative errno when it cannot be. */
static long find_tree(struct search *s, const struct mount *m)
{
	struct sources *found = s->found;
	long *known = &s->tree_of[m - s->caller->v];
	struct source_tree tree;
	int r;

	if (*known)
		return *known > 0 ? *known - 1 : *known;
	r = clone_mount(s, m, &tree);
	if (r < 0)
		return *known = r;
	found->trees = xreallocarray(found->trees, found->n_trees + 1, sizeof(*found->trees));
	found->trees[found->n_trees++] = tree;
	*known = (long)found->n_trees;
	return *known - 1;
}

static int look_mount(struct search *s, const struct recipe_mount *r, struct source_mount *ret)
{
	const struct mount *m = mounts_covering(s->caller, r->host);
	long tree = m ? find_tree(s, m) : -ENOENT;

	if (tree < 0)
		return (int)tree;
	ret->tree = (size_t)tree;

	/* On another host that folder may be a part of another mount than it was. */
	_cleanup_free_ char *rest = mounts_path_below(r->host, m->at);

	ret->folder = mounts_path_join(rest, r->folder);

	_cleanup_close_ int fd = open_beneath(s->found->trees[tree].fd, ret->folder);

	return fd < 0 ? fd : 0;
}

static int look_mounts(struct search *s, const struct cli *cli, const struct recipe *r,
		       struct err *e)
{
	for (size_t i = 0; i < r->n_mounts; i++) {
		const struct recipe_mount *m = &r->mounts[i];
		struct source_mount *found = &s->found->mounts[i];

		if (m->owner != OWNER_HOST || cli_replaces_mount(cli, m->at, m->key))
			continue;
		found->wanted = true;
		found->errnum = -look_mount(s, m, found);
		if (found->errnum == EPERM)
			return err_set(e, EPERM, "cannot take hold of the mount %s", m->host);
	}
	return 0;
}

/* Files */

/* The same file is given back whoever may open it now; another one only if the process itself could. */
static void look_identity(const struct recipe_file *r, struct source_file *ret)
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
 * O_PATH: criu opens it itself, through this descriptor, with the flags that it had. Who may write
 * to a folder on the way must not be able to lead root elsewhere: no symbolic links.
 */
static void look_file(struct search *s, const struct recipe_file *r, struct source_file *ret)
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
		look_identity(r, ret);
}

static void look_files(struct search *s, const struct cli *cli, const struct recipe *r)
{
	for (size_t i = 0; i < r->n_files; i++)
		s->found->files[i].fd = -1;
	for (size_t i = 0; i < r->n_files; i++) {
		_cleanup_free_ char *name = xasprintf("file[%s]", r->files[i].id);

		if (cli_inherits(cli, name))
			continue;
		s->found->files[i].wanted = true;
		look_file(s, &r->files[i], &s->found->files[i]);
	}
}

int sources_look(const struct cli *cli, const struct recipe *r, const struct mounts *caller,
		 struct sources *ret, struct err *e)
{
	struct sources found = { .mounts = xcalloc(r->n_mounts, sizeof(*found.mounts)),
				 .n_mounts = r->n_mounts,
				 .files = xcalloc(r->n_files, sizeof(*found.files)),
				 .n_files = r->n_files };
	_cleanup_free_ long *tree_of = xcalloc(caller->n, sizeof(*tree_of));
	struct search s = { .found = &found, .caller = caller, .tree_of = tree_of };
	int result;

	served_learn(&s.served, caller);
	look_files(&s, cli, r);
	result = look_mounts(&s, cli, r, e);
	served_free(&s.served);
	if (result < 0)
		sources_free(&found);
	else
		*ret = found;
	return result;
}

void sources_free(struct sources *s)
{
	for (size_t i = 0; i < s->n_trees; i++) {
		free(s->trees[i].at);
		cleanup_close(&s->trees[i].fd);
	}
	for (size_t i = 0; i < s->n_mounts; i++)
		free(s->mounts[i].folder);
	for (size_t i = 0; i < s->n_files; i++) {
		cleanup_close(&s->files[i].fd);
		free(s->files[i].difference);
	}
	free(s->trees);
	free(s->mounts);
	free(s->files);
	*s = (struct sources){ 0 };
}
