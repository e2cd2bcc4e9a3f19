// SPDX-License-Identifier: MIT
#include "look/tree.h"

#include "look/nested.h"
#include "look/outside.h"
#include "look/served.h"
#include "util/util.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* FUSE_MINOR in the kernel's include/linux/miscdevice.h. */
enum { FUSE_MAJOR = 10, FUSE_MINOR = 229 };

/* Terminals, pseudo-terminals, the console (Documentation/admin-guide/devices.txt). */
static bool is_tty(const struct statx *st)
{
	unsigned number = S_ISCHR(st->stx_mode) ? st->stx_rdev_major : 0;

	return number == 4 || number == 5 || (number >= 136 && number <= 143);
}

static dev_t dev_of(const struct statx *st)
{
	return makedev(st->stx_dev_major, st->stx_dev_minor);
}

/* Only a name to compare with: it is not opened for anything. */
static bool leads_to(const char *path, const struct statx *st)
{
	_cleanup_close_ int fd =
		served_open(AT_FDCWD, path, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	struct statx here;

	return fd >= 0 &&
	       statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &here) == 0 &&
	       dev_of(&here) == dev_of(st) && here.stx_ino == st->stx_ino;
}

/* While the tree is walked: which ends of which pipes it has. */
struct pipe_ends {
	struct lone_pipe pipe;
	bool reads, writes;
};

struct walk {
	struct facts *facts;
	pid_t *pids; /* the target and all below it, parents first */
	size_t n_pids;
	struct served served;
	int mnt_in_tree; /* the last that was; 0: none yet */
	struct pipe_ends *pipes;
	size_t n_pipes;
};

/* Something that a process holds: PID/fd/N, or a link of another name with fd -1. */
struct held {
	pid_t pid;
	int fd;
	char link[64];
	char path[4096];
	struct statx st;
};

/* As it is open; what a task holds without a descriptor leaves *ret as it was. */
static void read_info(const struct facts *f, const struct held *h, struct proc_fdinfo *ret)
{
	if (h->fd >= 0)
		(void)procfs_fdinfo(f->proc, h->pid, h->fd, ret);
}

static bool is_known_outside(const struct facts *f, int mnt_id, ino_t ino)
{
	for (size_t i = 0; i < f->n_outside; i++)
		if (f->outside[i].mnt_id == mnt_id && f->outside[i].ino == ino)
			return true;
	return false;
}

/*
 * criu finds a file in any of the mount namespaces of the tree (lookup_mnt_id() in criu/mount.c). Most files
 * of a task are on the same mount, and a table that is not parsed is a long text.
 */
static bool is_in_tree(struct walk *w, int mnt_id)
{
	const struct facts *f = w->facts;

	if (mnt_id == w->mnt_in_tree)
		return true;
	if (!mounts_have_id(&f->target_view, mnt_id) && !mounts_have_id(&f->nested_view, mnt_id))
		return false;
	w->mnt_in_tree = mnt_id;
	return true;
}

/* The file itself is not opened, and only a file system that answers at once is asked. */
static void look_identity(const struct facts *f, const struct held *h, struct identity *ret)
{
	_cleanup_close_ int fd = openat(f->proc, h->link, O_PATH | O_CLOEXEC);
	bool ask_fs = false;

	mounts_for_each (m, &f->caller_view)
		ask_fs |= m->dev == dev_of(&h->st) && identity_may_ask(m->fstype);
	if (fd >= 0 && identity_look(fd, ask_fs, ret) == 0)
		ret->rights = procfs_rights(f->proc, h->pid);
}

/* Pipes, sockets and memfds have mounts of the kernel's own, which are in no table. */
static void look_file(struct walk *w, struct held *h)
{
	struct facts *f = w->facts;
	int mnt_id = (int)h->st.stx_mnt_id;
	struct proc_fdinfo info = { 0 };
	struct err ignored;

	if (is_in_tree(w, mnt_id) || is_known_outside(f, mnt_id, h->st.stx_ino) ||
	    facts_parse_views(f, &ignored) < 0 ||
	    (!mounts_have_superblock(&f->caller_view, dev_of(&h->st)) &&
	     !mounts_have_superblock(&f->target_view, dev_of(&h->st))))
		return;
	read_info(f, h, &info);
	f->outside = xreallocarray(f->outside, f->n_outside + 1, sizeof(*f->outside));
	f->outside[f->n_outside++] = (struct outside_fd){
		.pid = h->pid,
		.fd = h->fd,
		.mnt_id = mnt_id,
		.ino = h->st.stx_ino,
		.type = file_type(h->st.stx_mode),
		.is_tty = is_tty(&h->st),
		.flags = info.flags,
		.pos = info.pos,
		.path = xstrdup(h->path),
		.is_here = leads_to(h->path, &h->st),
	};
	look_identity(f, h, &f->outside[f->n_outside - 1].was);
}

static void look_pipe(struct walk *w, struct held *h)
{
	ino_t ino = h->st.stx_ino;
	struct proc_fdinfo info = { .flags = O_RDWR };
	unsigned long mode;
	size_t i = 0;

	read_info(w->facts, h, &info);
	mode = info.flags & O_ACCMODE;
	while (i < w->n_pipes && w->pipes[i].pipe.ino != ino)
		i++;
	if (i == w->n_pipes) {
		w->pipes = xreallocarray(w->pipes, i + 1, sizeof(*w->pipes));
		w->pipes[w->n_pipes++] = (struct pipe_ends){ .pipe = { h->pid, h->fd, ino } };
	}
	w->pipes[i].reads |= mode != O_WRONLY;
	w->pipes[i].writes |= mode != O_RDONLY;
}

/*
 * Whoever serves a file system from within the tree is stopped when criu looks at the files; criu looks
 * at /dev/fuse late, and cannot save it either.
 */
static void look_served(struct walk *w, const struct held *h)
{
	struct facts *f = w->facts;
	dev_t dev = dev_of(&h->st);
	bool is_fuse = S_ISCHR(h->st.stx_mode) && h->st.stx_rdev_major == FUSE_MAJOR &&
		       h->st.stx_rdev_minor == FUSE_MINOR;

	if (is_fuse && h->fd >= 0 && !f->server.pid)
		f->server = (struct server){ .pid = h->pid, .fd = h->fd };
	if (f->served.is_silent || !served_is_suspect(&w->served, dev))
		return;
	free(f->served.path);
	f->served = (struct served_file){
		.pid = h->pid,
		.fd = h->fd,
		.dev = dev,
		.path = xstrdup(h->path),
		.is_silent = !served_answers(&w->served, dev, f->proc, h->link),
	};
}

/* Else criu does not ask which mount a file is on. */
static bool saves_mounts(const struct facts *f)
{
	return f->ns_mnt_fd >= 0 || f->nested_view.n;
}

static void note_reference(struct walk *w, const struct held *h, pid_t to, bool is_owner)
{
	w->facts->reference = (struct reference){ .pid = h->pid,
						  .fd = h->fd,
						  .path = xstrdup(h->path),
						  .to = to,
						  .is_owner = is_owner,
						  .mnt_id = (int)h->st.stx_mnt_id,
						  .ino = h->st.stx_ino };
}

static void look_reference(struct walk *w, const struct held *h)
{
	const struct tree_pids tree = { w->pids, w->n_pids };
	pid_t to;

	if (w->facts->reference.path)
		return;
	to = outside_of_file(w->facts, &tree, h->link, h->path);
	if (to)
		note_reference(w, h, to, false);
}

/* Not of a file that somebody serves: FUSE tells the server when a copy of a descriptor is closed. */
static void look_owner(struct walk *w, int pidfd, const struct held *h)
{
	const struct tree_pids tree = { w->pids, w->n_pids };
	pid_t to;

	if (w->facts->reference.path || !*h->path ||
	    (h->path[0] == '/' && served_is_of_a_server(&w->served, dev_of(&h->st))))
		return;
	to = outside_owner(w->facts, &tree, pidfd, h->fd);
	if (to)
		note_reference(w, h, to, true);
}

static void look_held(struct walk *w, struct held *h)
{
	int proc = w->facts->proc;
	ssize_t n = readlinkat(proc, h->link, h->path, sizeof(h->path) - 1);
	bool is_pipe = n > 6 && !strncmp(h->path, "pipe:[", 6);
	bool own_mounts = saves_mounts(w->facts);

	if (n <= 0 || (h->path[0] != '/' && (!is_pipe || !own_mounts)) ||
	    statx(proc, h->link, AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_MNT_ID, &h->st) < 0)
		return;
	h->path[n] = '\0';
	if (!is_pipe) {
		look_served(w, h);
		look_reference(w, h);
	}
	if (is_pipe)
		look_pipe(w, h);
	else if (own_mounts)
		look_file(w, h);
}

static void look_fds(struct walk *w, pid_t pid)
{
	_cleanup_close_ int pidfd = pidfd_open(pid, 0);
	_cleanup_free_ pid_t *fds = NULL;
	char path[64];
	size_t n;

	snprintf(path, sizeof(path), "%d/fd", pid);
	n = procfs_list(w->facts->proc, path, &fds);
	for (size_t i = 0; i < n; i++) {
		struct held h = { .pid = pid, .fd = fds[i] };

		snprintf(h.link, sizeof(h.link), "%d/fd/%d", pid, fds[i]);
		look_held(w, &h);
		look_owner(w, pidfd, &h);
	}
}

/* Program and libraries of a sandbox's own init may have been mapped before it made its mounts. */
static void look_maps(struct walk *w, pid_t pid)
{
	struct strv names = { 0 };
	char path[64];

	strv_add(&names, "exe");
	strv_add(&names, "cwd");
	snprintf(path, sizeof(path), "%d/map_files", pid);
	procfs_names(w->facts->proc, path, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct held h = { .pid = pid, .fd = -1 };

		snprintf(h.link, sizeof(h.link), "%d/%s%s", pid, i < 2 ? "" : "map_files/",
			 names.v[i]);
		look_held(w, &h);
	}
	strv_free(&names);
}

/* The task and everything below it; a tree that changes meanwhile is criu's to judge. */
static void walk_tree(struct walk *w, pid_t pid, int depth)
{
	enum { TOO_DEEP = 1024 };
	_cleanup_free_ pid_t *children = NULL;
	size_t n = procfs_children(w->facts->proc, pid, &children);

	w->pids = xreallocarray(w->pids, w->n_pids + 1, sizeof(*w->pids));
	w->pids[w->n_pids++] = pid;
	for (size_t i = 0; i < n && depth < TOO_DEEP; i++)
		walk_tree(w, children[i], depth + 1);
}

static void learn_superblocks(struct walk *w)
{
	struct facts *f = w->facts;
	struct mounts caller = { 0 };
	struct err ignored;

	if (f->caller_view.text)
		served_learn(&w->served, &f->caller_view);
	else if (mounts_read_text(f->proc, "self/mountinfo", &caller, &ignored) == 0)
		served_learn(&w->served, &caller);
	served_learn(&w->served, &f->target_view);
	served_learn(&w->served, &f->nested_view);
	mounts_free(&caller);
}

void tree_look(struct facts *f)
{
	struct walk w = { .facts = f };

	walk_tree(&w, f->target.pid, 0);
	nested_look(f, w.pids, w.n_pids); /* first: a file may be in one of those views */
	learn_superblocks(&w);
	for (size_t i = 0; i < w.n_pids; i++) {
		look_fds(&w, w.pids[i]);
		look_maps(&w, w.pids[i]);
	}
	for (size_t i = 0; i < w.n_pipes; i++) {
		if (w.pipes[i].reads && w.pipes[i].writes)
			continue;
		f->pipes = xreallocarray(f->pipes, f->n_pipes + 1, sizeof(*f->pipes));
		f->pipes[f->n_pipes++] = w.pipes[i].pipe;
	}
	served_free(&w.served);
	free(w.pipes);
	free(w.pids);
}
