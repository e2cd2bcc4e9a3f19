// SPDX-License-Identifier: MIT
/* Pipes of which the tree has one end only. */
#include "look/probe.h"

#include "util/sorted.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>

struct pipe_end {
	pid_t pid;
	int fd;
	ino_t ino;
	bool reads, writes;
	int flags; /* of open(2); 0 if they are not known */
};

struct pipe_ends {
	struct pipe_end *v;
	size_t n;
};

/*
 * Was it opened for reading or writing? The copy, which is made anyway to ask for its owner
 * (probe_references.c), tells that at once; if there is none, the permissions of the link do
 * (proc_pid_fd(5)).
 */
static void look_mode(struct look *l, struct held *h, struct pipe_end *end)
{
	int copy = held_copy(l, h);
	int flags = copy < 0 ? -1 : fcntl(copy, F_GETFL);
	int mode = flags & O_ACCMODE;
	struct stat st;

	if (flags >= 0) {
		end->flags = flags;
		end->reads = !(flags & O_PATH) && (mode == O_RDONLY || mode == O_RDWR);
		end->writes = !(flags & O_PATH) && (mode == O_WRONLY || mode == O_RDWR);
	} else {
		bool is_known = fstatat(h->dir, h->link, &st, AT_SYMLINK_NOFOLLOW) == 0;

		end->reads = !is_known || (st.st_mode & S_IRUSR);
		end->writes = !is_known || (st.st_mode & S_IWUSR);
	}
}

/*
 * criu knows the one by which the kernel talks to the server of autofs (dump_one_pipe() in
 * criu/pipes.c).
 */
static bool is_of_autofs(struct facts *f, ino_t ino)
{
	_cleanup_free_ char *option = xasprintf("pipe_ino=%lu", (unsigned long)ino);
	size_t length = strlen(option);
	struct err ignored;

	if (facts_parse_views(f, &ignored) < 0)
		return false;
	mounts_for_each (m, f->target_view.n ? &f->target_view : &f->caller_view) {
		const char *at =
			!mounts_is_automount(m->fstype) ? NULL : strstr(m->options, option);

		if (at && strchr(",", at[length]))
			return true;
	}
	return false;
}

/*
 * "Can't obtain piped data size", because a descriptor that only stands for a path does not tell
 * it; one of a pipe's writing end can be frozen, and not thawed. "The packetized mode for pipes is
 * not supported yet".
 */
static void look_flags(struct look *l, struct held *h, const struct pipe_end *end)
{
	if (end->flags & O_PATH)
		look_unsupported(l, UNSUPPORTED_PATH, h, 0);
	else if ((end->flags & O_DIRECT) && !held_is_path(h) && !is_of_autofs(l->facts, end->ino))
		look_unsupported(l, UNSUPPORTED_PACKETS, h, 0);
}

/*
 * criu puts what was in a FIFO there again (restore_pipe_data() in criu/fifo.c), but it has never
 * left it if somebody outside has the FIFO open, too. Which of them will have it open at the thaw
 * cannot be known.
 */
static void look_fifo(struct look *l, struct held *h)
{
	const struct statx *st = held_status(h);
	struct pipe_end end = { 0 };
	int unread = 0;

	if (!st || !S_ISFIFO(st->stx_mode) || served_is_of_a_server(&l->served, statx_dev(st)))
		return;
	look_mode(l, h, &end);
	look_flags(l, h, &end);
	if (end.reads && !seen_before(&l->seen, FINDING_FULL_FIFO, st->stx_ino, statx_dev(st)) &&
	    held_copy(l, h) >= 0 && ioctl(h->copy, FIONREAD, &unread) == 0 && unread > 0)
		look_found(l, FINDING_FULL_FIFO, h)->size = (unsigned long long)unread;
}

static void look_held(struct look *l, struct held *h, void *state)
{
	const char *number = h->as == HELD_FD ? text_after(h->path, "pipe:[") : NULL;
	struct pipe_end end = { .pid = h->pid, .fd = h->fd };
	struct pipe_ends *ends = state;

	if (h->as == HELD_FD && held_is_path(h))
		look_fifo(l, h);
	if (!number)
		return;
	end.ino = strtoul(number, NULL, 10);
	look_mode(l, h, &end);
	look_flags(l, h, &end);
	ends->v = xgrow(ends->v, ends->n, sizeof(*ends->v));
	ends->v[ends->n++] = end;
}

static int by_ino(const void *a, const void *b)
{
	const struct pipe_end *one = a;
	const struct pipe_end *other = b;

	return (one->ino > other->ino) - (one->ino < other->ino);
}

/*
 * Is it the first descriptor of a pipe from which nothing in the tree reads, or to which nothing
 * writes?
 */
static bool is_lone(const struct sorted *sorted, const struct pipe_end *end, bool *ret_reads)
{
	struct sorted_run run = sorted_find(sorted, end);
	bool reads = false;
	bool writes = false;

	if (run.v[0] != end)
		return false;
	for (size_t i = 0; i < run.n; i++) {
		reads |= ((const struct pipe_end *)run.v[i])->reads;
		writes |= ((const struct pipe_end *)run.v[i])->writes;
	}
	*ret_reads = reads;
	return !(reads && writes);
}

/*
 * Does nobody have the other end any more? So it is with pipes of make(1) and of Python's
 * multiprocessing. Then a thaw gives the tree what it had. The kernel tells that only to whoever
 * polls the same open file (pipe_poll() in fs/pipe.c), and not if it is opened again.
 */
static bool is_hung_up(struct look *l, const struct pipe_end *end)
{
	_cleanup_close_ int pidfd = pidfd_open(end->pid, 0);
	struct statx ignored;
	_cleanup_close_ int copy =
		pidfd < 0 ? -1 : look_copy(l, end->pid, pidfd, end->fd, &ignored);
	struct pollfd ask = { .fd = copy };

	return copy >= 0 && poll(&ask, 1, 0) > 0 && (ask.revents & (POLLHUP | POLLERR));
}

static void find_lone(struct look *l, void *state)
{
	struct pipe_ends *ends = state;
	struct sorted sorted;

	sorted_make(&sorted, ends->v, ends->n, sizeof(*ends->v), by_ino);
	for (size_t i = 0; i < ends->n && !facts_must_end(l->facts); i++) {
		const struct pipe_end *end = &ends->v[i];
		bool is_read;

		if (is_lone(&sorted, end, &is_read) && !is_hung_up(l, end))
			findings_add(&l->facts->findings,
				     &(struct finding){ .kind = FINDING_LONE_PIPE,
							.pid = end->pid,
							.as = HELD_FD,
							.fd = end->fd,
							.ino = end->ino,
							.is_read = is_read });
	}
	sorted_free(&sorted);
	free(ends->v);
}

const struct probe probe_pipes = { .state_size = sizeof(struct pipe_ends),
				   .held = look_held,
				   .end = find_lone };
