// SPDX-License-Identifier: MIT
#include "thaw/staging.h"

#include "util/util.h"

#include "look/kept_archive.h"
#include "thaw/mount_fd.h"
#include "thaw/relock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* The root that was a tmpfs */

/* Options in mountinfo that are not parameters of tmpfs. */
static bool is_flag_only(const char *option)
{
	return !strcmp(option, "rw") || !strcmp(option, "ro") || !strcmp(option, "seclabel");
}

static int configure(int fs, const char *options, struct err *e)
{
	_cleanup_free_ char *copy = xstrdup(options);
	char *save;

	for (char *o = strtok_r(copy, ",", &save); o; o = strtok_r(NULL, ",", &save)) {
		char *value = strchr(o, '=');
		int r;

		if (is_flag_only(o))
			continue;
		if (value)
			*value++ = '\0';
		r = fsconfig(fs, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, o, value, 0);
		if (r < 0)
			return err_set(e, errno, "cannot make a tmpfs with the option %s", o);
	}
	return 0;
}

static int make_tmpfs(const char *options, int *ret, struct err *e)
{
	_cleanup_close_ int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0)
		return err_set(e, errno, "cannot make a tmpfs");
	if (configure(fs, options, e) < 0)
		return -EINVAL;
	(void)fsconfig(fs, FSCONFIG_SET_STRING, "source", "tmpfs", 0);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_set(e, errno, "cannot make a tmpfs with the options %s", options);
	*ret = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	return *ret < 0 ? err_set(e, errno, "cannot mount a tmpfs") : 0;
}

/* The directory of its superblock that was mounted on / (bubblewrap: /newroot). */
static int make_dirs(int fd, const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);
	char *save;
	int at = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	for (char *name = strtok_r(copy, "/", &save); name && at >= 0;
	     name = strtok_r(NULL, "/", &save)) {
		int below = -1;

		if (mkdirat(at, name, 0755) == 0 || errno == EEXIST)
			below = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(at);
		at = below;
	}
	return at;
}

static int fill(int fs, const struct recipe_mount *m, const struct facts *f, struct err *e)
{
	_cleanup_close_ int dir = make_dirs(fs, m->root);

	return dir < 0 ? err_set(e, errno, "cannot make the directory %s in a tmpfs", m->root)
		       : kept_archive_extract(f->images_dir.fd, m, dir, e);
}

static int make_root(const struct plan *p, const struct facts *f, int *ret, struct err *e)
{
	const struct recipe_mount *root = p->recipe.mounts;
	int r;

	if (!p->make_root || root->owner != OWNER_KEPT)
		return 0;
	r = make_tmpfs(root->options, ret, e);
	return r < 0 ? r : fill(*ret, root, f, e);
}

/* All are of one (can_be_kept() in plan/mount_sort.c). */
static int make_parts(const struct plan *p, const struct facts *f, int *ret, struct err *e)
{
	int r = 0;

	recipe_for_each_mount (m, &p->recipe) {
		if (m->owner != OWNER_KEPT || !m->key)
			continue;
		if (*ret < 0)
			r = make_tmpfs(m->options, ret, e);
		if (!r)
			r = fill(*ret, m, f, e);
		if (r < 0)
			return r;
	}
	return 0;
}

int staging_make_kept(const struct plan *p, const struct facts *f, struct staging_kept *ret,
		      struct err *e)
{
	int r;

	*ret = STAGING_KEPT_NONE;
	r = make_root(p, f, &ret->root, e);
	return r < 0 || !p->make_tmpfs ? r : make_parts(p, f, &ret->tmpfs, e);
}

void staging_close_kept(struct staging_kept *k)
{
	cleanup_close(&k->root);
	cleanup_close(&k->tmpfs);
	*k = STAGING_KEPT_NONE;
}

/* The layout */

static int make_mountpoint(const char *path, bool is_dir)
{
	int fd;

	if (is_dir)
		return mkdir(path, 0755);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static int attach(int tree, const char *path, bool is_dir, bool peers, const char *what,
		  struct err *e)
{
	if (make_mountpoint(path, is_dir) < 0 ||
	    move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_set(e, errno, "cannot lay out %s on %s", what, path);
	if (peers && mount(NULL, path, NULL, MS_SHARED, NULL) < 0)
		return err_set(e, errno, "cannot make %s shared", path);
	return 0;
}

static int build_root(const struct plan *p, const struct facts *f, int kept, struct err *e)
{
	const struct recipe_mount *root = p->recipe.mounts;
	bool is_kept = root->owner == OWNER_KEPT;
	_cleanup_free_ char *tree =
		is_kept ? xasprintf("%s/kept", f->staging)
			: xasprintf("%s/%zu", f->staging, root->from->tree->number);
	int r = is_kept ? attach(kept, tree, true, false, "/", e) : 0;

	if (r < 0)
		return r;

	_cleanup_close_ int whole = open(tree, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int dir = open_beneath(whole, is_kept ? root->root : root->from->path);

	if (dir < 0)
		return err_set(e, -dir, "cannot find the root %s again", root->root);

	_cleanup_free_ char *path = xasprintf("%s/%s", f->staging, plan_staging_root);
	_cleanup_close_ int clone = mount_fd_clone(dir);

	if (clone >= 0 && root->locks && !p->unlock)
		(void)relock_prepare(clone, root);
	return clone < 0 ? err_set(e, errno, "cannot bind the root %s", root->root)
			 : attach(clone, path, true, false, "/", e);
}

enum { MAX_COPY = 1 << 20 };

static int copy_content(int from, int to)
{
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", from);
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_regular_at(AT_FDCWD, path, MAX_COPY, &text);

	return n < 0 ? (int)n : write_all(to, text, (size_t)n);
}

/*
 * A mount of what has been deleted cannot be attached anywhere (get_mountpoint() in fs/namespace.c
 * of the kernel), so criu gets a copy: a file with its content, a FIFO, or a directory, which is
 * empty. staging_remove() deletes it.
 */
static int copy_deleted(const struct host_tree *t, const char *path, struct err *e)
{
	struct stat st;
	_cleanup_close_ int fd = -1;
	int r = fstat(t->fd, &st) < 0 ? -errno : 0;

	if (!r && ((S_ISDIR(st.st_mode) && mkdir(path, 0700) < 0) ||
		   (S_ISFIFO(st.st_mode) && mkfifo(path, 0600) < 0)))
		r = -errno;
	else if (!r && S_ISREG(st.st_mode))
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (!r && S_ISREG(st.st_mode))
		r = fd < 0 ? -errno : copy_content(t->fd, fd);
	if (!r && (chown(path, st.st_uid, st.st_gid) < 0 || chmod(path, st.st_mode & 07777) < 0))
		r = -errno;
	return r < 0 ? err_set(e, -r, "cannot copy %s, which has been deleted", t->at) : 0;
}

/*
 * Shared, because criu copies sharing from it; without what is mounted on it, see look_staging() in
 * facts.c.
 */
static int build_proc(const struct facts *f, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", f->staging, plan_staging_proc);
	_cleanup_close_ int clone =
		open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return clone < 0 ? err_set(e, errno, "cannot bind /proc")
			 : attach(clone, path, true, true, "/proc", e);
}

/*
 * The devpts with the new ptys. criu copies sharing from there, if the mount of a terminal is to be
 * a slave: of the caller's, or of one that is nobody's.
 */
static int build_ptys(const struct facts *f, const char *slave, struct err *e)
{
	const struct mount *m = mounts_covering(&f->caller_view, slave);
	_cleanup_free_ char *path = xasprintf("%s/%s", f->staging, plan_staging_pts);
	_cleanup_free_ char *folder = path_directory(slave);
	_cleanup_close_ int clone =
		open_tree(AT_FDCWD, folder, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return clone < 0 ? err_set(e, errno, "cannot bind %s", folder)
			 : attach(clone, path, true, !m || (!m->shared && !m->master), folder, e);
}

/*
 * What cannot be changed, because it is locked here, too, the comparison with the recipe will find.
 */
static void clear_flags(const struct host_tree *t, const struct plan_tree *how)
{
	struct mount_attr attr = mount_fd_flags((t->flags & ~how->without) | how->atime);

	if (how->without)
		(void)mount_setattr(t->fd, "", AT_EMPTY_PATH, &attr, sizeof(attr));
}

/*
 * With the mode that systemd gives it (setup_namespace() in its src/core/namespace.c,
 * setup_propagate() and setup_unix_export_dir_outside() in src/nspawn/nspawn.c): what only systemd
 * uses is for root alone.
 */
static mode_t mode_again(const char *path)
{
	return strstr(path, "/unix-export/") ? 0755 : 0600;
}

static int make_again(const struct recipe *r, struct err *e)
{
	recipe_for_each_mount (m, r) {
		_cleanup_free_ char *dir = NULL;
		_cleanup_close_ int fd = -1;

		if (!plan_makes_again(m))
			continue;
		dir = path_directory(m->from->path);
		fd = open_beneath(m->from->tree->fd, dir);
		if (fd < 0 ||
		    (mkdirat(fd, strrchr(m->from->path, '/') + 1, mode_again(m->from->path)) < 0 &&
		     errno != EEXIST))
			return err_set(e, fd < 0 ? -fd : errno, "cannot make %s of %s again",
				       m->from->path, m->from->tree->at);
	}
	return 0;
}

static int attach_parts(const struct facts *f, int tmpfs, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", f->staging, plan_staging_tmpfs);

	return attach(tmpfs, path, true, false, "a tmpfs", e);
}

int staging_build(const struct plan *p, const struct facts *f, const struct pty *ptys,
		  const struct staging_kept *kept, struct err *e)
{
	int r = 0;

	if (!p->recipe.n_mounts)
		return 0;
	if (mount(mounts_staging_source, f->staging, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "mode=755") < 0 ||
	    mount(NULL, f->staging, NULL, MS_PRIVATE, NULL) < 0)
		return err_set(e, errno, "cannot mount a tmpfs on %s", f->staging);
	r = make_again(&p->recipe, e);
	for (size_t i = 0; i < f->host.n_trees && !r; i++) {
		const struct host_tree *t = &f->host.trees[i];
		_cleanup_free_ char *path = xasprintf("%s/%zu", f->staging, i);

		if (t->is_gone) {
			r = copy_deleted(t, path, e);
			continue;
		}
		clear_flags(t, &p->trees[i]);
		r = attach(t->fd, path, t->is_directory, p->trees[i].peers && !t->has_peers, t->at,
			   e);
	}
	if (!r && p->n_laid)
		r = build_ptys(f, ptys[0].slave, e);
	if (!r && p->lay_proc)
		r = build_proc(f, e);
	if (!r && kept->tmpfs >= 0)
		r = attach_parts(f, kept->tmpfs, e);
	return r || !p->make_root ? r : build_root(p, f, kept->root, e);
}

void staging_remove(const struct plan *p, const struct facts *f)
{
	if (!p->recipe.n_mounts)
		return;
	for (size_t i = 0; i < f->host.n_trees; i++) {
		const struct host_tree *t = &f->host.trees[i];
		_cleanup_free_ char *path = xasprintf("%s/%zu", f->staging, i);

		if (t->is_gone && unlink(path) < 0)
			(void)rmdir(path);
	}
	/*
	 * Peers of the host's mounts are in there, with whatever has been mounted on those
	 * meanwhile: unmounted as they are, it would be unmounted on the host, and in the thawed
	 * tree (propagate_umount() in fs/pnode.c of the kernel).
	 */
	if (mount(NULL, f->staging, NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return;
	umount2(f->staging, MNT_DETACH | UMOUNT_NOFOLLOW);
}
