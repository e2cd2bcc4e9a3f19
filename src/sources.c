// SPDX-License-Identifier: MIT
#include "sources.h"

#include "util.h"
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_resolved(int dirfd, const char *path, unsigned long long resolve)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = resolve };
	int fd = (int)RETRY(syscall(SYS_openat2, dirfd, path, &how, sizeof(how)));

	return fd < 0 ? -errno : fd;
}

int open_beneath(int dirfd, const char *path)
{
	int fd;

	if (!strcmp(path, "/")) {
		fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? -errno : fd;
	}
	return open_resolved(dirfd, path + 1,
			     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
				     RESOLVE_NO_XDEV);
}

/* Mounts */

static int clone_mount(const struct mount *m, struct source_tree *ret)
{
	struct stat st;
	int fd = open_tree(AT_FDCWD, m->at,
			   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	*ret = (struct source_tree){ .at = xstrdup(m->at),
				     .fd = fd,
				     .has_peers = m->shared || m->master,
				     .is_folder = S_ISDIR(st.st_mode) };
	return 0;
}

/* The clone of that mount; each is made once. A negative errno when it cannot be. */
static long find_tree(struct sources *s, const struct mount *m)
{
	struct source_tree tree;
	int r;

	for (size_t i = 0; i < s->n_trees; i++)
		if (!strcmp(s->trees[i].at, m->at))
			return (long)i;
	r = clone_mount(m, &tree);
	if (r < 0)
		return r;
	s->trees = xreallocarray(s->trees, s->n_trees + 1, sizeof(*s->trees));
	s->trees[s->n_trees] = tree;
	return (long)s->n_trees++;
}

static int look_mount(struct sources *s, const struct recipe_mount *r, const struct mounts *caller,
		      struct source_mount *ret)
{
	const struct mount *m = mounts_covering(caller, r->host);
	long tree = m ? find_tree(s, m) : -ENOENT;

	if (tree < 0)
		return (int)tree;
	ret->tree = (size_t)tree;

	/* On another host that folder may be a part of another mount than it was. */
	_cleanup_free_ char *rest = mounts_path_below(r->host, m->at);

	ret->folder = mounts_path_join(rest, r->folder);

	_cleanup_close_ int fd = open_beneath(s->trees[tree].fd, ret->folder);

	return fd < 0 ? fd : 0;
}

/* Files */

/*
 * O_PATH: criu opens it itself, through this descriptor, with the flags that it had. Who may write
 * to a folder on the way must not be able to lead root elsewhere: no symbolic links.
 */
static void look_file(const struct recipe_file *r, struct source_file *ret)
{
	struct stat st;

	ret->fd = open_resolved(AT_FDCWD, r->path, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (ret->fd < 0)
		ret->errnum = -ret->fd;
	else if (fstat(ret->fd, &st) < 0)
		ret->errnum = errno;
	else
		ret->is_other = file_type(st.st_mode) != r->type;
}

int sources_look(const struct cli *cli, const struct recipe *r, const struct mounts *caller,
		 struct sources *ret, struct err *e)
{
	struct sources s = { .mounts = xcalloc(r->n_mounts, sizeof(*s.mounts)),
			     .n_mounts = r->n_mounts,
			     .files = xcalloc(r->n_files, sizeof(*s.files)),
			     .n_files = r->n_files };

	for (size_t i = 0; i < s.n_files; i++)
		s.files[i].fd = -1;
	for (size_t i = 0; i < s.n_mounts; i++) {
		const struct recipe_mount *m = &r->mounts[i];

		if (m->owner != OWNER_HOST || view_is_replaced(cli, m))
			continue;
		s.mounts[i].wanted = true;
		s.mounts[i].errnum = -look_mount(&s, m, caller, &s.mounts[i]);
		if (s.mounts[i].errnum == EPERM) {
			sources_free(&s);
			return err_set(e, EPERM, "cannot take hold of the mount %s", m->host);
		}
	}
	for (size_t i = 0; i < s.n_files; i++) {
		_cleanup_free_ char *name = xasprintf("file[%s]", r->files[i].id);

		if (cli_inherits(cli, name))
			continue;
		s.files[i].wanted = true;
		look_file(&r->files[i], &s.files[i]);
	}
	*ret = s;
	return 0;
}

void sources_free(struct sources *s)
{
	for (size_t i = 0; i < s->n_trees; i++) {
		free(s->trees[i].at);
		cleanup_close(&s->trees[i].fd);
	}
	for (size_t i = 0; i < s->n_mounts; i++)
		free(s->mounts[i].folder);
	for (size_t i = 0; i < s->n_files; i++)
		cleanup_close(&s->files[i].fd);
	free(s->trees);
	free(s->mounts);
	free(s->files);
	*s = (struct sources){ 0 };
}
