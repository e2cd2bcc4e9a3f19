// SPDX-License-Identifier: MIT
/* Unix sockets that are connected (stream, seqpacket) to one outside of the tree. */
#include "look/probe.h"

#include "util/sorted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The first descriptor of a socket in the tree. */
struct end {
	pid_t pid;
	int fd;
	ino_t ino;
};

struct ends {
	struct end *v;
	size_t n;
	struct seen seen;
};

/* One that is connected to a peer outside. */
struct lone {
	const struct end *end;
	const struct socket *here, *peer;
	struct outside_stream found;
	pid_t holder;
};

static void look_held(struct look *l, struct held *h, void *state)
{
	ino_t ino = h->as == HELD_FD ? socket_number(h->path) : 0;
	struct ends *ends = state;

	(void)l;
	if (!ino || seen_before(&ends->seen, 0, ino, 0))
		return;
	ends->v = xgrow(ends->v, ends->n, sizeof(*ends->v));
	ends->v[ends->n++] = (struct end){ .pid = h->pid, .fd = h->fd, .ino = ino };
}

static int by_ino(const void *a, const void *b)
{
	const struct end *one = a;
	const struct end *other = b;

	return (one->ino > other->ino) - (one->ino < other->ino);
}

static bool is_in_tree(const struct sorted *ends, ino_t ino)
{
	return sorted_find(ends, &(struct end){ .ino = ino }).n > 0;
}

/* Is it connected to one that is not in the tree? */
static bool find_peer(struct look *l, const struct sorted *ends, const struct end *end,
		      struct lone *ret)
{
	const struct sockets *all = look_unix_sockets(l);
	const struct socket *s = sockets_by_ino(all, end->ino);
	const struct socket *peer;

	if (!s || !s->peer || s->peer == l->facts->service ||
	    (s->type != SOCK_STREAM && s->type != SOCK_SEQPACKET) || is_in_tree(ends, s->peer))
		return false;
	peer = sockets_by_ino(all, s->peer);
	*ret = (struct lone){ .end = end, .here = s, .peer = peer };
	return peer != NULL; /* else it is in another network namespace: probe_sockets.c */
}

/* Where to connect again */

/* The path by which the caller finds that socket, without symbolic links; NULL if it does not. */
static char *path_here(const struct facts *f, const struct socket *peer)
{
	_cleanup_close_ int fd = served_open(AT_FDCWD, peer->name, 0);
	struct statx st;

	if (fd < 0 ||
	    statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &st) < 0 ||
	    statx_dev(&st) != peer->file_dev || st.stx_ino != peer->file_ino)
		return NULL;
	return procfs_own_path(f->proc, fd);
}

/* Abstract names are those of a network namespace, and may have any bytes; a recipe has no NUL. */
static char *address_here(const struct facts *f, const struct socket *peer)
{
	if (!peer->name_size)
		return NULL;
	if (peer->name[0] == '/')
		return path_here(f, peer);
	if (f->own_network || !socket_is_abstract(peer) || peer->name_size < 2 ||
	    memchr(peer->name + 1, '\0', peer->name_size - 1))
		return NULL;
	return xasprintf("@%.*s", (int)peer->name_size - 1, peer->name + 1);
}

/* For a person: as ss(8) shows it, an abstract one with "@" for each NUL. */
static char *address_text(const struct socket *peer)
{
	char *text = peer->name_size ? xcalloc(peer->name_size + 1, 1) : NULL;

	for (size_t i = 0; text && i < peer->name_size; i++)
		text[i] = (char)(peer->name[i] ? peer->name[i] : '@');
	return text;
}

static char *read_of(const struct facts *f, pid_t pid, const char *name)
{
	enum { MOST = 64 << 10 };
	char path[64];
	char *text = NULL;

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	return read_file_at(f->proc, path, MOST, &text) < 0 ? xstrdup("") : text;
}

static char *comm_of(const struct facts *f, pid_t pid)
{
	char *comm = read_of(f, pid, "comm");

	comm[strcspn(comm, "\n")] = '\0';
	return comm;
}

/* The journal's own file about this connection, or else a guess. */
static void look_journal(const struct look *l, const struct end *end, const struct socket *peer,
			 struct recipe_unix *ret)
{
	const struct facts *f = l->facts;
	_cleanup_free_ char *state = NULL;
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *cgroup = NULL;
	_cleanup_free_ char *comm = NULL;
	char link[64];
	struct statx st;

	if (!journal_listens_at(ret->to))
		return;
	snprintf(link, sizeof(link), "%d/fd/%d", end->pid, end->fd);
	/* By now, the number may have a file whose server would be asked. */
	if (statx(f->proc, link, AT_STATX_DONT_SYNC, STATX_INO, &st) == 0) {
		path = journal_state_path(ret->to, statx_dev(&st), peer->ino);
		if (read_regular_at(AT_FDCWD, path, 4096, &state) > 0 &&
		    journal_read_state(state, &ret->journal))
			return;
	}
	comm = comm_of(f, end->pid);
	cgroup = read_of(f, end->pid, "cgroup");
	journal_guess(comm, cgroup, &ret->journal);
}

/* Whoever listens at /dev/log: a client of syslog(3) begins with its first message. */
static bool is_syslog(const char *path)
{
	static const char *const known[] = { "/dev/log", "/run/systemd/journal/dev-log" };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(path, known[i]))
			return true;
	return false;
}

/* Findings */

static void look_at(const struct look *l, struct lone *x)
{
	const struct facts *f = l->facts;
	_cleanup_free_ char *fdinfo = NULL;
	struct proc_fdinfo info = { 0 };
	struct recipe_unix *again = &x->found.again;
	char name[64];

	snprintf(name, sizeof(name), "fdinfo/%d", x->end->fd);
	fdinfo = read_of(f, x->end->pid, name);
	procfs_parse_fdinfo(fdinfo, &info);
	*again = (struct recipe_unix){ .id = xasprintf("%lu", (unsigned long)x->end->ino),
				       .type = x->here->type == SOCK_STREAM ? 's' : 'q',
				       .to = address_here(f, x->peer),
				       .flags = info.flags,
				       .shut = x->here->shut,
				       .rights = procfs_rights(f->proc, x->end->pid) };
	x->found.peer_name = address_text(x->peer);
	x->found.is_server = x->here->name_size && !x->peer->name_size;
	if (again->to)
		look_journal(l, x->end, x->peer, again);
	x->found.is_syslog = again->to && is_syslog(again->to);
}

static int compare_inos(const void *a, const void *b)
{
	const ino_t *one = a;
	const ino_t *other = b;

	return (*one > *other) - (*one < *other);
}

/*
 * For those to whom a thaw cannot connect as if nothing had happened; else nobody asks who is
 * there.
 */
static void find_holders(const struct look *l, struct lone *v, size_t n)
{
	_cleanup_free_ ino_t *inos = xcalloc(n, sizeof(*inos));
	_cleanup_free_ pid_t *holders = xcalloc(n, sizeof(*holders));
	size_t n_inos = 0;

	for (size_t i = 0; i < n; i++)
		if (!v[i].found.again.journal.is_one && !v[i].found.is_syslog)
			inos[n_inos++] = v[i].here->peer;
	if (!n_inos)
		return;
	qsort(inos, n_inos, sizeof(*inos), compare_inos);
	sockets_find_holders(l->facts->proc, inos, n_inos, holders);
	for (size_t i = 0; i < n; i++) {
		const ino_t *at =
			bsearch(&v[i].here->peer, inos, n_inos, sizeof(*inos), compare_inos);

		v[i].holder = at ? holders[at - inos] : 0;
	}
}

/* Processes that were started since the walk are below one of those that were there. */
static bool is_of_tree_now(const struct look *l, pid_t pid)
{
	struct err ignored;
	struct task t;

	while (pid > 1 && !look_has_process(l, pid)) {
		if (procfs_task(l->facts->proc, pid, &t, &ignored) < 0)
			return false;
		pid = t.ppid;
	}
	return pid > 1;
}

/*
 * Whoever has it may be in another pid namespace, or was seen before it had it: then it will be
 * seen next time.
 */
static bool is_unseen(const struct facts *f, const struct lone *x)
{
	for (size_t i = 0; i < f->n_unseen; i++)
		if (f->unseen[i] == x->end->ino)
			return false;
	return !x->holder;
}

static void add_finding(const struct look *l, struct lone *x)
{
	struct finding found = { .kind = FINDING_OUTSIDE_STREAM,
				 .pid = x->end->pid,
				 .as = HELD_FD,
				 .fd = x->end->fd,
				 .path = xasprintf("socket:[%lu]", (unsigned long)x->end->ino),
				 .ino = x->end->ino,
				 .other = x->holder,
				 .stream = x->found };
	_cleanup_free_ char *comm = x->holder ? comm_of(l->facts, x->holder) : xstrdup("");

	snprintf(found.stream.comm, sizeof(found.stream.comm), "%s", comm);
	found.stream.is_unseen = is_unseen(l->facts, x);
	found.stream.is_new = x->holder && is_of_tree_now(l, x->holder);
	findings_add(&l->facts->findings, &found);
}

static void find_lone(struct look *l, void *state)
{
	struct ends *ends = state;
	_cleanup_free_ struct lone *lone = xcalloc(ends->n, sizeof(*lone));
	struct sorted sorted;
	size_t n = 0;

	sorted_make(&sorted, ends->v, ends->n, sizeof(*ends->v), by_ino);
	for (size_t i = 0; i < ends->n; i++)
		if (find_peer(l, &sorted, &ends->v[i], &lone[n]))
			look_at(l, &lone[n++]);
	find_holders(l, lone, n);
	for (size_t i = 0; i < n; i++)
		add_finding(l, &lone[i]);
	sorted_free(&sorted);
	seen_free(&ends->seen);
	free(ends->v);
}

const struct probe probe_streams = { .state_size = sizeof(struct ends),
				     .held = look_held,
				     .end = find_lone };
