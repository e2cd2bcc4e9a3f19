// SPDX-License-Identifier: MIT
/*
 * Files that the tree has open, or mapped, from another mount namespace, or from a mount of its own
 * that a later one covers, or of a type that criu leaves out: criu does not find any of them by its
 * path.
 */
#include "look/probe.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>

/* Terminals, pseudo-terminals, the console (Documentation/admin-guide/devices.txt). */
static bool is_tty(const struct statx *st)
{
	unsigned number = S_ISCHR(st->stx_mode) ? st->stx_rdev_major : 0;

	return number == 4 || number == 5 || (number >= 136 && number <= 143);
}

/* A path only to compare with; the file is not opened. */
static bool leads_to(const char *path, const struct statx *st)
{
	_cleanup_close_ int fd =
		served_open(AT_FDCWD, path, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	struct statx here;

	return fd >= 0 &&
	       statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &here) == 0 &&
	       statx_dev(&here) == statx_dev(st) && here.stx_ino == st->stx_ino;
}

/* tracefs_parse() in criu/filesystems.c: "skipping fs mounted at" */
static bool is_left_out(const struct facts *f, int mnt_id)
{
	return mounts_id_has_type(&f->target_view, mnt_id, "tracefs") ||
	       mounts_id_has_type(&f->nested_view, mnt_id, "tracefs");
}

/*
 * criu finds a file in any mount namespace of the tree (lookup_mnt_id() in criu/mount.c). The last
 * answer is kept, because most files of a task are on the same mount, and searching the text of a
 * table is slow.
 */
static bool is_in_tree(const struct facts *f, int mnt_id, int *last)
{
	if (mnt_id == *last)
		return true;
	if ((!mounts_have_id(&f->target_view, mnt_id) &&
	     !mounts_have_id(&f->nested_view, mnt_id)) ||
	    is_left_out(f, mnt_id))
		return false;
	*last = mnt_id;
	return true;
}

static bool is_deleted(const char *path)
{
	static const char end[] = " (deleted)";
	size_t n = strlen(path);

	return n >= sizeof(end) && !strcmp(path + n - sizeof(end) + 1, end);
}

/*
 * Does the path lead to something else, because a mount was made on its way later? ("Unaccessible
 * path opened", check_path_remap(), and mnt_is_overmounted() in criu/files-reg.c.) Terminals criu
 * opens in another way.
 */
static bool is_covered(const struct facts *f, const struct held *h, const struct statx *st)
{
	const struct mount *own =
		f->target_view.n ? mounts_by_id(&f->target_view, (int)st->stx_mnt_id) : NULL;
	const struct mount *there;

	if (!own || is_tty(st) || is_deleted(h->path))
		return false;
	there = mounts_covering(&f->target_view, h->path);
	return there && there != own &&
	       (there->dev != own->dev || !mounts_is_visible(&f->target_view, own));
}

/* Pipes, sockets and memfds are on mounts of the kernel's own, which are in no table. */
static bool is_mounted(struct facts *f, dev_t dev)
{
	struct err ignored;

	return facts_parse_views(f, &ignored) == 0 &&
	       (mounts_have_superblock(&f->caller_view, dev) ||
		mounts_have_superblock(&f->target_view, dev));
}

static bool has_queues(const struct mounts *t, dev_t dev)
{
	mounts_for_each (m, t)
		if (m->dev == dev)
			return !strcmp(m->fstype, "mqueue");
	return false;
}

/*
 * mq_open(3) opens message queues through a mount of the IPC namespace, which is in no table. Where
 * their file system is mounted, too, as systemd does, that one is.
 */
static bool is_queue(const struct facts *f, dev_t dev)
{
	return has_queues(&f->caller_view, dev) || has_queues(&f->target_view, dev);
}

/* The file itself is not opened, and only a file system that answers at once is asked. */
static void look_identity(const struct facts *f, const struct held *h, struct identity *ret)
{
	_cleanup_close_ int fd = openat(h->dir, h->link, O_PATH | O_CLOEXEC);
	bool ask_fs = false;

	mounts_for_each (m, &f->caller_view)
		ask_fs |= m->dev == statx_dev(&h->st) && identity_may_ask(m->fstype);
	if (fd >= 0 && identity_look(fd, ask_fs, ret) == 0)
		ret->rights = procfs_rights(f->proc, h->pid);
}

static bool wants_map(const struct look *l, const struct proc_map *m)
{
	(void)m;
	return look_has_views(l->facts);
}

static void look_held(struct look *l, struct held *h, void *last_in_tree)
{
	const struct statx *st = held_is_path(h) ? held_status(h) : NULL;
	struct facts *f = l->facts;
	struct proc_fdinfo info = { 0 };
	struct finding *x;

	bool covered;

	if (!st)
		return;
	covered = is_covered(f, h, st);
	if ((!covered && is_in_tree(f, (int)st->stx_mnt_id, last_in_tree)) ||
	    !is_mounted(f, statx_dev(st)))
		return;
	if (is_queue(f, statx_dev(st))) {
		look_unsupported(l, UNSUPPORTED_QUEUE, h, st->stx_ino);
		return;
	}
	if (seen_before(&l->seen, FINDING_OUTSIDE_FILE, st->stx_mnt_id, st->stx_ino))
		return;
	if (h->as == HELD_FD)
		procfs_parse_fdinfo(held_fdinfo(l, h), &info);
	x = look_found(l, FINDING_OUTSIDE_FILE, h);
	x->file = (struct outside_file){ .type = file_type(st->stx_mode),
					 .is_tty = is_tty(st),
					 .is_covered = covered,
					 .is_left_out = is_left_out(f, (int)st->stx_mnt_id),
					 .flags = info.flags,
					 .pos = info.pos,
					 .is_here = leads_to(h->path, st) };
	look_identity(f, h, &x->file.was);
}

const struct probe probe_outside = { .state_size = sizeof(int),
				     .held = look_held,
				     .wants_map = wants_map };
