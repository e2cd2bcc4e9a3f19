// SPDX-License-Identifier: MIT
#include "thaw/pipes.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* As many bytes as had room before; a pipe that is new takes all of them at once. */
static int fill(const struct image_pipe *was, int to, struct err *e)
{
	if (was->size)
		(void)fcntl(to, F_SETPIPE_SZ, (int)was->size);
	if (was->n && write(to, was->bytes, was->n) != (ssize_t)was->n)
		return err_set(e, errno,
			       "cannot put the %zu bytes that were in pipe:[%u] into a new pipe",
			       was->n, was->id);
	return 0;
}

static int open_callers(int fd, const char *tty)
{
	int open_tty =
		tty && isatty(fd) ? open(tty, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) : -1;

	return open_tty >= 0 ? open_tty : flow_open_screen(fd);
}

static int make(struct pipe_relay *r, const char *tty, struct err *e)
{
	const struct plan_pipe *plan = r->plan;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot make a pipe");
	r->tree = ends[!plan->was->reads];
	r->ours = ends[plan->was->reads];
	r->callers = plan->was->reads ? plan->fd : open_callers(plan->fd, tty);
	(void)fcntl(r->ours, F_SETFL,
		    O_NONBLOCK); /* of this end only: that is what is open, not the pipe */
	return plan->was->reads ? fill(plan->was, r->ours, e) : 0;
}

/* What is in a pipe stays there as long as it is open anywhere. */
static int make_kept(const struct image_pipe *was, int *ret, struct err *e)
{
	int ends[2];
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot make a pipe");
	*ret = ends[0];
	r = fill(was, ends[1], e);
	close(ends[1]);
	return r;
}

int pipes_make(const struct plan *p, const char *tty, struct pipes *ret, struct err *e)
{
	int r = 0;

	*ret = (struct pipes){ 0 };
	for (size_t i = 0; i < p->n_pipes && !r; i++) {
		const struct plan_pipe *plan = &p->pipes[i];

		ret->v[ret->n++] = (struct pipe_relay){
			.plan = plan, .tree = plan->fd, .ours = -1, .callers = plan->fd
		};
		if (plan->is_relayed)
			r = make(&ret->v[i], tty, e);
	}
	ret->kept = xcalloc(p->n_kept + 1, sizeof(*ret->kept));
	for (size_t i = 0; i < p->n_kept && !r; i++)
		r = make_kept(p->kept[i].was, &ret->kept[ret->n_kept++], e);
	return r;
}

/* Errors are still to be seen: stderr stays. */
static void leave_stdio(int fd)
{
	_cleanup_close_ int null = fd == STDERR_FILENO ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0)
		dup2(null, fd);
}

/* Nothing more will pass. */
static void end(struct pipe_relay *r)
{
	cleanup_close(&r->ours);
	r->ours = -1;
	if (r->callers != r->plan->fd)
		cleanup_close(&r->callers);
	r->callers = r->plan->fd;
}

static void close_kept(struct pipes *p)
{
	for (size_t i = 0; i < p->n_kept; i++)
		cleanup_close(&p->kept[i]);
	p->n_kept = 0;
}

void pipes_start(struct pipes *p, bool keep_stdio)
{
	p->runs = true;
	close_kept(p);
	for (size_t i = 0; i < p->n; i++) {
		struct pipe_relay *r = &p->v[i];

		if (r->plan->is_relayed) {
			cleanup_close(&r->tree);
			r->tree = -1;
		} else if (!keep_stdio) {
			leave_stdio(r->plan->fd);
		}
	}
}

/* From which it reads, and to which it writes. */
static int from_of(const struct pipe_relay *r)
{
	return r->plan->was->reads ? r->callers : r->ours;
}

static int to_of(const struct pipe_relay *r)
{
	return r->plan->was->reads ? r->ours : r->callers;
}

/*
 * The side that is written to is always looked at, because poll(2) tells when nobody reads there
 * any more.
 */
void pipes_wants(const struct pipes *p, struct pollfd v[PIPES_POLLFDS])
{
	for (size_t i = 0; i < PIPES_POLLFDS; i++)
		v[i] = (struct pollfd){ .fd = -1 };
	for (size_t i = 0; i < p->n; i++) {
		const struct pipe_relay *r = &p->v[i];

		if (!p->runs || r->ours < 0)
			continue;
		v[2 * i] = (struct pollfd){ .fd = r->flow.n ? -1 : from_of(r), .events = POLLIN };
		v[2 * i + 1] = (struct pollfd){ .fd = to_of(r), .events = r->flow.n ? POLLOUT : 0 };
	}
}

void pipes_move(struct pipes *p, const struct pollfd v[PIPES_POLLFDS])
{
	for (size_t i = 0; i < p->n; i++) {
		struct pipe_relay *r = &p->v[i];

		if (r->ours < 0)
			continue;
		if (v[2 * i + 1].revents & (POLLERR | POLLHUP | POLLNVAL))
			end(r);
		else if (v[2 * i].revents || v[2 * i + 1].revents)
			flow_move(&r->flow, from_of(r), to_of(r));
		if (r->ours >= 0 && r->flow.ended && !r->flow.n)
			end(r);
	}
}

void pipes_close(struct pipes *p, int signals)
{
	for (size_t i = 0; i < p->n; i++) {
		struct pipe_relay *r = &p->v[i];

		if (r->plan->is_relayed)
			cleanup_close(&r->tree);
		if (r->ours < 0)
			continue;
		if (p->runs && !r->plan->was->reads)
			flow_drain(&r->flow, r->ours, r->callers, signals);
		end(r);
	}
	close_kept(p);
	free(p->kept);
	*p = (struct pipes){ 0 };
}
