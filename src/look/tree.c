// SPDX-License-Identifier: MIT
#include "look/tree.h"

#include "look/probe.h"
#include "util/helped.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* One line for each probe; its code is in look/probe_NAME.c. */
static const struct probe *const probes[] = {
	&probe_nested, /* before all probes that ask which view a file is in */
	&probe_served,     &probe_proc_files,  &probe_owners,     &probe_outside, &probe_pipes,
	&probe_sockets,    &probe_unsupported, &probe_file_locks, &probe_gone,    &probe_watches,
	&probe_ttys,       &probe_streams,     &probe_freezer,    &probe_sharing, &probe_tasks,
	&probe_attributes, &probe_sysv,        &probe_high_fds,   &probe_vdso,
};
enum { PROBES = ARRAY_SIZE(probes) };

enum { MAX_FDINFO = 64 << 20 }; /* an epoll descriptor has a line for each file in it */

struct walk {
	struct look look;
	void *state[PROBES];
	bool wanted[PROBES];
	struct seen mapped; /* by superblock, address and inode */
};

/* What a task holds */

dev_t statx_dev(const struct statx *st)
{
	return makedev(st->stx_dev_major, st->stx_dev_minor);
}

const struct statx *held_status(struct held *h)
{
	const unsigned what = STATX_BASIC_STATS | STATX_MNT_ID;
	const int how = AT_STATX_DONT_SYNC | AT_EMPTY_PATH;
	const bool has_copy = h->is_copied && h->copy >= 0; /* it answers faster */
	const int dir = has_copy ? h->copy : h->dir;

	if (!h->asked)
		h->asked = statx(dir, has_copy ? "" : h->link, how, what, &h->st) < 0 ? -1 : 1;
	return h->asked > 0 ? &h->st : NULL;
}

/* Files of the kernel's own, as those of namespaces, are regular ones, too. */
static bool has_path(const struct look *l, int copy)
{
	char link[64];
	char start;

	put_path(link, sizeof(link), copy, NULL);

	_cleanup_close_ int own = openat(l->facts->proc, "self/fd", O_PATH | O_CLOEXEC);
	ssize_t length = readlinkat(own, link, &start, 1);

	return length < 0 || start == '/'; /* a path may be too long to be read */
}

/*
 * Where no file could be of a server when that was found out (copies_all), it is found out again:
 * of the superblocks of such a tree, not all are known.
 */
static bool is_of_a_server(const struct look *l, int copy, const struct statx *st)
{
	return (S_ISREG(st->stx_mode) || S_ISDIR(st->stx_mode)) &&
	       served_is_of_a_server(&l->served, statx_dev(st)) && has_path(l, copy) &&
	       !(l->copies_all && served_rules_out(l->facts->proc));
}

int look_copy(struct look *l, pid_t pid, int pidfd, int fd, struct statx *ret)
{
	int copy = pidfd_getfd(pidfd, fd, 0);

	ret->stx_mask = 0;
	if (copy < 0 ||
	    statx(copy, "", AT_STATX_DONT_SYNC | AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID,
		  ret) < 0 ||
	    !is_of_a_server(l, copy, ret))
		return copy;
	facts_leave_open(l->facts, pid, fd, copy);
	return -1;
}

static void take_copy(struct look *l, struct held *h)
{
	struct statx st;

	h->copy = look_copy(l, h->pid, h->pidfd, h->fd, &st);
	if (h->copy < 0 || h->asked || !st.stx_mask)
		return;
	h->st = st;
	h->asked = 1;
}

int held_copy(struct look *l, struct held *h)
{
	if (!h->is_copied && h->as == HELD_FD)
		take_copy(l, h);
	h->is_copied = true;
	return h->copy;
}

bool held_may_copy(const struct look *l, struct held *h)
{
	const struct statx *st;

	if (h->as != HELD_FD || h->is_copied || !held_is_path(h))
		return h->as == HELD_FD;
	st = held_status(h);
	return st && !served_is_of_a_server(&l->served, statx_dev(st));
}

const char *held_fdinfo(struct look *l, struct held *h)
{
	char path[64];
	int fd;

	if (h->fdinfo)
		return h->fdinfo;
	snprintf(path, sizeof(path), "%d/fdinfo/%d", h->pid, h->fd);
	fd = h->as == HELD_FD ? used_open(&l->used, l->facts->proc, path) : -1;
	if (fd < 0 || read_record(fd, MAX_FDINFO, &h->fdinfo) < 0)
		h->fdinfo = xstrdup("");
	return h->fdinfo;
}

const char *held_info(struct look *l, struct held *h)
{
	const bool has_copy = l->copies.self >= 0 && held_may_copy(l, h) && held_copy(l, h) >= 0;

	if (!has_copy)
		return held_fdinfo(l, h);
	if (!h->info)
		h->info = copies_info(&l->copies, h->copy);
	return h->info ? h->info : held_fdinfo(l, h);
}

bool look_has_process(const struct look *l, pid_t pid)
{
	for (size_t i = 0; i < l->n_pids; i++)
		if (l->pids[i] == pid)
			return true;
	return false;
}

const struct threads *look_threads(struct look *l, pid_t pid)
{
	const bool is_read = l->firsts && l->pids[l->at] == pid;

	if (l->threads.pid != pid) {
		threads_free(&l->threads);
		threads_read(l->facts->proc, pid, is_read ? &l->firsts[l->at] : NULL, &l->used,
			     &l->threads);
	}
	return &l->threads;
}

struct finding *look_found(struct look *l, enum finding_kind kind, struct held *h)
{
	const struct statx *st = held_status(h);
	struct finding x = {
		.kind = kind, .pid = h->pid, .as = h->as, .fd = h->fd, .path = xstrdup(h->path)
	};

	if (st) {
		x.mnt_id = (int)st->stx_mnt_id;
		x.dev = statx_dev(st);
		x.ino = st->stx_ino;
	}
	return findings_add(&l->facts->findings, &x);
}

const struct sockets *look_unix_sockets(struct look *l)
{
	struct facts *f = l->facts;
	_cleanup_close_ int ns_fd = -1;
	_cleanup_close_ int diag = -1;

	if (l->has_unix_sockets)
		return &l->unix_sockets;
	l->has_unix_sockets = true;
	if (f->own_network)
		ns_fd = procfs_open_namespace(f->proc, f->target.pid, "net");
	if (!f->own_network || ns_fd >= 0)
		diag = sockets_open(ns_fd);
	if (diag >= 0)
		(void)sockets_read(diag, AF_UNIX, 0, ~0U, &l->unix_sockets);
	return &l->unix_sockets;
}

/*
 * Each way through the target's /proc costs as much as all that a copy is asked. But a descriptor
 * of a served file must not be copied, and ruling that out for all of them pays only where there
 * are many.
 */
static void count_fds(struct look *l, size_t n)
{
	enum { FEW = 100 };
	const bool were_few = l->n_fds <= FEW;

	l->n_fds += n;
	if (!were_few || l->n_fds <= FEW)
		return;
	copies_begin(&l->copies, l->facts->proc);
	l->copies_all = l->copies.self >= 0 && served_rules_out(l->facts->proc);
}

static bool read_name(struct look *l, struct held *h)
{
	const size_t room = sizeof(h->path) - 1;
	const bool by_copy = h->as == HELD_FD && l->copies_all;
	ssize_t n;

	if (by_copy && held_copy(l, h) >= 0)
		n = copies_name(&l->copies, h->copy, h->path, room);
	else if (by_copy && errno == EBADF) /* there is none with that number */
		n = 0;
	else
		n = readlinkat(h->dir, h->link, h->path, room);
	h->path[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The next copy is to have the same number (copies.h). */
static void close_copy(struct look *l, struct held *h)
{
	if (!h->is_copied || h->copy < 0)
		return;
	if (l->copies.self >= 0)
		close(h->copy);
	else
		used_close_later(&l->used, h->copy);
}

static void show_held(struct walk *w, struct held *h)
{
	for (size_t i = 0; i < PROBES && !facts_must_end(w->look.facts); i++)
		if (w->wanted[i])
			probes[i]->held(&w->look, h, w->state[i]);
}

static void forget_held(struct walk *w, struct held *h)
{
	close_copy(&w->look, h);
	free(h->fdinfo);
}

static void look_held(struct walk *w, struct held *h)
{
	if (!facts_must_end(w->look.facts) && read_name(&w->look, h))
		show_held(w, h);
	forget_held(w, h);
}

/* There may be thousands: not all of it is cleared each time. */
static void begin_held(struct held *h, pid_t pid, enum held_as as, int dir)
{
	h->pid = pid;
	h->pidfd = -1;
	h->as = as;
	h->fd = -1;
	h->dir = dir;
	h->path[0] = '\0';
	h->asked = 0;
	h->is_copied = false;
	h->copy = -1;
	h->fdinfo = NULL;
	h->info = NULL;
}

/* The descriptors of a process. */
struct fds {
	struct walk *w;
	pid_t pid;
	int pidfd, dir;
	int *v;
};

static void begin_fd(const struct fds *f, size_t i, struct held *h)
{
	begin_held(h, f->pid, HELD_FD, f->dir);
	h->pidfd = f->pidfd;
	h->fd = f->v[i];
	put_path(h->link, sizeof(h->link), h->fd, NULL);
}

static void look_fd(size_t i, void *arg)
{
	const struct fds *f = arg;
	struct held h;

	begin_fd(f, i, &h);
	look_held(f->w, &h);
}

/* A regular file of which nothing is found is nothing to any probe (probe.h). */
static bool is_plain(struct walk *w, struct held *h)
{
	const size_t n = w->look.facts->findings.n;
	const struct statx *st = held_is_path(h) ? held_status(h) : NULL;

	if (!st || !S_ISREG(st->stx_mode) || !served_is_mounted(&w->look.served, statx_dev(st)))
		return false;
	show_held(w, h);
	return w->look.facts->findings.n == n && !facts_must_end(w->look.facts);
}

static bool is_plain_fd(size_t i, void *arg)
{
	const struct fds *f = arg;
	struct held h;
	bool plain;

	begin_fd(f, i, &h);
	plain = read_name(&f->w->look, &h) && is_plain(f->w, &h);
	forget_held(f->w, &h);
	return plain;
}

/* What was begun is about the parent's numbers. */
static void begin_again(void *arg)
{
	const struct fds *f = arg;

	copies_end(&f->w->look.copies);
	copies_begin(&f->w->look.copies, f->w->look.facts->proc);
}

static size_t list_fds(struct look *l, int dir, int **ret)
{
	enum { SOME = 32 };
	const size_t count = procfs_count_fds(dir);
	size_t n;

	if (count) {
		count_fds(l, count);
		return count > SOME && l->copies_all ? procfs_guess_fds(dir, count, ret)
						     : procfs_list_fds(dir, count, ret);
	}
	n = procfs_list_fds(dir, 0, ret);
	count_fds(l, n);
	return n;
}

static void look_fds(struct walk *w, pid_t pid)
{
	static const struct helped both = { .look = look_fd,
					    .is_idle = is_plain_fd,
					    .begin = begin_again };
	_cleanup_close_ int pidfd = pidfd_open(pid, 0);
	_cleanup_free_ int *fds = NULL;
	char path[64];
	size_t n;

	put_path(path, sizeof(path), pid, "fd");

	/* From there the way to each of them is short. */
	_cleanup_close_ int dir =
		openat(w->look.facts->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	n = list_fds(&w->look, dir, &fds);
	helped_each(n, &both,
		    &(struct fds){ .w = w, .pid = pid, .pidfd = pidfd, .dir = dir, .v = fds });
}

static void look_link(struct walk *w, pid_t pid, const char *name, enum held_as as)
{
	struct held h;

	begin_held(&h, pid, as, w->look.facts->proc);
	put_path(h.link, sizeof(h.link), pid, name);
	look_held(w, &h);
}

static bool is_wanted(const struct walk *w, const struct proc_map *m)
{
	for (size_t i = 0; i < PROBES; i++)
		if (w->wanted[i] && probes[i]->wants_map && probes[i]->wants_map(&w->look, m))
			return true;
	return false;
}

/* A program is mapped in several pieces, one after the other. */
static bool is_same_file(const struct proc_map *a, const struct proc_map *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->path_length == b->path_length &&
	       !memcmp(a->path, b->path, b->path_length);
}

/*
 * What a task has from fork(2) is at the same address as in its parent, where it has been looked
 * at.
 */
static bool is_inherited(struct walk *w, const struct proc_map *m)
{
	return seen_before(&w->mapped, major(m->dev) << 20 | minor(m->dev), m->start, m->ino);
}

static void look_map(struct walk *w, pid_t pid, const struct proc_map *m)
{
	for (size_t i = 0; i < PROBES; i++)
		if (probes[i]->map)
			probes[i]->map(&w->look, pid, m, w->state[i]);
}

/* A sandbox's own init may have mapped its program and libraries before it made its mounts. */
static void look_maps(struct walk *w, pid_t pid)
{
	_cleanup_free_ char *text = procfs_maps(w->look.facts->proc, pid);
	struct proc_map last = { .path = "" };
	const char *at = text;
	struct proc_map m;

	while (at && (at = procfs_parse_map(at, &m))) {
		char name[64];

		if (m.path_length)
			look_map(w, pid, &m);
		if (m.path[0] != '/' || is_same_file(&m, &last) || !is_wanted(w, &m))
			continue;
		last = m;
		if (is_inherited(w, &m))
			continue;
		snprintf(name, sizeof(name), "map_files/%lx-%lx", m.start, m.end);
		look_link(w, pid, name, HELD_MAP);
	}
}

/* The walk */

static void add_tasks(int proc, pid_t pid, int depth, pid_t **list, size_t *n)
{
	enum { TOO_DEEP = 1024 };
	_cleanup_free_ pid_t *children = NULL;
	size_t n_children = procfs_children(proc, pid, &children);

	*list = xgrow(*list, *n, sizeof(**list));
	(*list)[(*n)++] = pid;
	for (size_t i = 0; i < n_children && depth < TOO_DEEP; i++)
		add_tasks(proc, children[i], depth + 1, list, n);
}

size_t tree_list(int proc, pid_t pid, pid_t **ret)
{
	size_t n = 0;

	*ret = NULL;
	add_tasks(proc, pid, 0, ret, &n);
	return n;
}

static void learn_superblocks(struct look *l)
{
	struct facts *f = l->facts;
	struct err ignored;

	(void)facts_read_views(f, &ignored);
	served_learn(&l->served, &f->caller_view);
	if (f->ns_mnt_fd >= 0)
		served_learn(&l->served, &f->target_view);
	served_learn(&l->served, &f->nested_view);
}

static void look_all_held(struct walk *w)
{
	for (size_t i = 0; i < PROBES; i++)
		w->wanted[i] =
			probes[i]->held && (!probes[i]->wants || probes[i]->wants(w->look.facts));
	for (size_t k = 0; k < w->look.n_pids && !facts_must_end(w->look.facts); k++) {
		pid_t pid = w->look.pids[k];

		look_fds(w, pid);
		look_link(w, pid, "exe", HELD_PROGRAM);
		look_link(w, pid, "cwd", HELD_CWD);
		look_maps(w, pid);
	}
}

/* A process after the other, so that what is read of it serves all probes. */
static void look_tasks(struct walk *w)
{
	struct look *l = &w->look;

	l->firsts = threads_read_firsts(l->facts->proc, l->pids, l->n_pids, &l->used);
	for (l->at = 0; l->at < l->n_pids; l->at++)
		for (size_t i = 0; i < PROBES; i++)
			if (probes[i]->task)
				probes[i]->task(l, l->pids[l->at], w->state[i]);
	threads_free_firsts(l->firsts, l->n_pids);
	l->firsts = NULL;
}

void tree_look(struct facts *f)
{
	struct walk w = { .look = { .facts = f, .copies = COPIES_NONE } };

	for (size_t i = 0; i < PROBES; i++)
		w.state[i] = xcalloc(1, probes[i]->state_size);
	w.look.n_pids = tree_list(f->proc, f->target.pid, &w.look.pids);
	f->n_processes = w.look.n_pids;
	look_tasks(&w);
	learn_superblocks(&w.look);
	look_all_held(&w);
	/* Whoever looks for the other end of a socket now must not find our copy. */
	used_close(&w.look.used);
	for (size_t i = 0; i < PROBES; i++) {
		if (probes[i]->end && !facts_must_end(f))
			probes[i]->end(&w.look, w.state[i]);
		free(w.state[i]);
	}
	served_free(&w.look.served);
	sockets_free(&w.look.unix_sockets);
	seen_free(&w.look.seen);
	seen_free(&w.mapped);
	copies_end(&w.look.copies);
	threads_free(&w.look.threads);
	used_close(&w.look.used);
	free(w.look.pids);
}
