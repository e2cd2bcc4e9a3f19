// SPDX-License-Identifier: MIT
#include "look/thaw_place.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static int mount_by_id(const void *a, const void *b)
{
	const struct image_mount *one = a;
	const struct image_mount *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

/*
 * What the mount of the images with this id is made from; NULL: it is not the host's, or not known.
 */
static const struct recipe_mount *find_mount(const struct places *s, int id)
{
	const struct image_mount like = { .id = id };
	struct sorted_run run = sorted_find(&s->mounts, &like);
	struct sorted_run stack;

	if (!run.n)
		return NULL;
	stack = recipe_at(&s->recipe_at, ((const struct image_mount *)run.v[0])->at);
	for (size_t i = 0; i < stack.n; i++) {
		const struct recipe_mount *m = stack.v[i];

		/*
		 * criu freezes no file on a mount that another one covers (mnt_is_overmounted()).
		 */
		if (!m->hidden)
			return m->owner == OWNER_HOST ? m : NULL;
	}
	return NULL;
}

/* The directory of the host's that the command line names for it, as a path; NULL: none. */
static const char *named(const struct places *s, const struct recipe_mount *m)
{
	const char *path = m->key                ? cli_external(s->cli, "mnt", m->key)
			   : !strcmp(m->at, "/") ? s->cli->root
						 : NULL;

	return path && *path == '/' ? path : NULL;
}

static void place_by_path(const struct places *s, const char *path, struct place *ret)
{
	*ret = (struct place){ .dirfd = AT_FDCWD,
			       .path = xstrdup(path),
			       .is_served = served_is_on_way(&s->served, path) };
}

/*
 * What is in a procfs is another thing in the new pid namespace, and criu makes cgroups again; both
 * are criu's to find.
 */
static bool is_made_by_criu(const char *path)
{
	return mounts_is_below(path, "/proc") || mounts_is_below(path, "/sys/fs/cgroup");
}

bool place_find(const struct places *s, const char *path, int mnt_id, struct place *ret)
{
	const struct recipe_mount *m;

	if (*path != '/')
		return false;
	if (!s->f->images.own_mounts) {
		if (is_made_by_criu(path))
			return false;
		place_by_path(s, path, ret);
		return true;
	}
	m = s->f->has_recipe ? find_mount(s, mnt_id) : NULL;
	if (!m || !mounts_is_below(path, m->at))
		return false;

	_cleanup_free_ char *below = mounts_path_below(path, m->at);
	const char *base = named(s, m);

	if (!base && (!m->from || m->from->errnum))
		return false;

	_cleanup_free_ char *joined = mounts_path_join(base ? base : m->from->path, below);

	if (base) {
		place_by_path(s, joined, ret);
		return true;
	}
	*ret = (struct place){ .dirfd = m->from->tree->fd,
			       .path = xstrdup(joined[1] ? joined + 1 : "."),
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
			       .is_served = served_is_on_way(&s->served, m->from->tree->at) };
	return true;
}

/* The directory that the mount was made from, and is made from now. */
static char *host_path(const struct places *s, const struct recipe_mount *m)
{
	const char *base = named(s, m);

	if (base)
		return xstrdup(base);
	if (m->from && !m->from->errnum)
		return mounts_path_join(m->from->tree->at, m->from->path);
	return mounts_path_join(m->host, m->folder);
}

static char *path_in_view(const struct places *s, const char *path, int mnt_id)
{
	const struct recipe_mount *m;

	if (!s->f->images.own_mounts)
		return is_made_by_criu(path) ? NULL : xstrdup(path);
	m = s->f->has_recipe ? find_mount(s, mnt_id) : NULL;
	if (!m || !mounts_is_below(path, m->at))
		return NULL;

	_cleanup_free_ char *below = mounts_path_below(path, m->at);
	_cleanup_free_ char *base = host_path(s, m);

	return mounts_path_join(base, below);
}

char *place_in_view(const struct places *s, const char *path, int mnt_id)
{
	char *ret = *path == '/' ? path_in_view(s, path, mnt_id) : NULL;

	if (ret && !served_is_on_way(&s->served, ret))
		return ret;
	free(ret);
	return NULL;
}

/* A descriptor for the file, only to look at it; or a negative errno. */
static int open_place(const struct places *s, const struct place *p)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = p->resolve };
	int fd;

	if (p->is_link) /* no server is asked for one */
		how.flags |= O_NOFOLLOW;
	if (p->is_served)
		return p->is_link ? -EAGAIN : served_open(p->dirfd, p->path, p->resolve);
	if (s->served.n_places) /* a link may lead to one of them */
		how.resolve |= RESOLVE_NO_SYMLINKS;
	fd = (int)RETRY(syscall(SYS_openat2, p->dirfd, p->path, &how, sizeof(how)));
	if (fd < 0 && errno == ELOOP && how.resolve != p->resolve && !p->is_link)
		return served_open(p->dirfd, p->path, p->resolve);
	return fd < 0 ? -errno : fd;
}

static void leave_dir(struct places *s)
{
	cleanup_close(&s->last_fd);
	free(s->last_dir);
	s->last_dir = NULL;
	s->last_fd = -1;
	s->n_in_last = 0;
}

/*
 * The name of the path in its directory, if it pays to open that: if several others in there came
 * before. Else NULL, also if it cannot be opened.
 */
static const char *enter_dir(struct places *s, const char *path)
{
	enum { FEW = 8 };
	const char *slash = strrchr(path, '/');
	const size_t n = slash ? (size_t)(slash - path) : 0;

	if (!n || !slash[1])
		return NULL;
	if (!s->last_dir || strncmp(s->last_dir, path, n) != 0 || s->last_dir[n]) {
		leave_dir(s);
		s->last_dir = xstrndup(path, n);
	}
	if (++s->n_in_last == FEW)
		s->last_fd = open(s->last_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return s->last_fd < 0 ? NULL : slash + 1;
}

void place_look(struct places *s, const struct place *p, struct host_status *ret)
{
	const unsigned mask = STATX_TYPE | STATX_MODE | STATX_SIZE | STATX_INO;
	const int how = AT_STATX_DONT_SYNC | (p->is_link ? AT_SYMLINK_NOFOLLOW : 0);

	*ret = (struct host_status){ 0 };
	if (!p->resolve && !s->served.n_places) { /* nothing has to be kept out */
		const char *name = enter_dir(s, p->path);

		if (statx(name ? s->last_fd : p->dirfd, name ? name : p->path, how, mask,
			  &ret->st) < 0)
			ret->errnum = errno;
		return;
	}

	_cleanup_close_ int fd = open_place(s, p);

	if (fd < 0)
		ret->errnum = -fd;
	else if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, mask, &ret->st) < 0)
		ret->errnum = errno;
}

bool place_is_cgroup(const struct places *s, const struct place *p)
{
	_cleanup_free_ char *dir = xstrdup(p->path);
	struct place above = {
		.dirfd = p->dirfd, .path = dir, .resolve = p->resolve, .is_served = p->is_served
	};
	struct statfs st = { 0 };
	char *end;
	int fd;

	while ((end = strrchr(dir, '/')) && end > dir) {
		*end = '\0';
		fd = open_place(s, &above);
		if (fd >= 0) {
			(void)fstatfs(fd, &st);
			close(fd);
		}
		if (fd != -ENOENT)
			break;
	}
	return (unsigned long)st.f_type == CGROUP_SUPER_MAGIC ||
	       (unsigned long)st.f_type == CGROUP2_SUPER_MAGIC;
}

void places_open(const struct cli *cli, const struct facts *f, struct places *ret)
{
	*ret = (struct places){ .cli = cli, .f = f, .last_fd = -1 };
	served_learn(&ret->served, &f->caller_view);
	sorted_make(&ret->mounts, f->images.mounts, f->images.n_mounts, sizeof(*f->images.mounts),
		    mount_by_id);
	ret->recipe_at = recipe_sort_by_at(&f->recipe);
}

void places_close(struct places *s)
{
	leave_dir(s);
	sorted_free(&s->recipe_at);
	sorted_free(&s->mounts);
	served_free(&s->served);
}
