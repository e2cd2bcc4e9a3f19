// SPDX-License-Identifier: MIT
/*
 * criu makes a pipe of which the tree had one end again with what was in it, and closes the other
 * end (open_pipe() in criu/pipes.c): who reads from it finds the end of the file then, and who
 * writes gets SIGPIPE.
 */
#include "plan/plan_pipes.h"

#include "plan/planning.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const names[] = { "stdin", "stdout", "stderr" };

/* Which of the standard descriptors of the root task it was, in the right direction; -1: none. */
static int stdio_of(const struct image_pipe *pipe)
{
	for (int fd = 0; fd < 3; fd++)
		if (pipe->is_stdio[fd] && pipe->reads == (fd == 0))
			return fd;
	return -1;
}

/*
 * Keys that are typed on the caller's terminal are for the tree's, and a command in criu's place
 * has its own stdio.
 */
static bool is_free(const struct facts *f, const struct plan *p, int fd)
{
	return !p->wait_exec && !(fd == 0 && p->has_keyboard && f->stdin_is_tty);
}

/*
 * The caller's own pipe, so that the ends of what it is connected with are felt as before. But criu
 * opens the given pipe again by /proc/self/fd (reopen_pipe() in criu/pipes.c), which would write to
 * a file from its start, and puts nothing into it: then a pipe of our own is relayed, as long as
 * criu-ns runs.
 */
static void give_stdio(const struct facts *f, const struct image_pipe *pipe, int fd, struct plan *p,
		       size_t *at)
{
	bool is_handed = f->stdio_is_pipe[fd] && !pipe->n;
	_cleanup_free_ char *slot = plan_slot_pipe(p->n_pipes);

	plan_option(p, at, "--inherit-fd", slot);
	p->pipes[p->n_pipes++] =
		(struct plan_pipe){ .was = pipe, .fd = fd, .is_relayed = !is_handed };
	plan_step(p,
		  xasprintf(is_handed ? "hand this process's %s to the tree"
				      : "connect this process's %s with that of the tree",
			    names[fd]),
		  "it was a pipe whose other end was outside of the tree");
}

static char *outcome(const struct image_pipe *pipe)
{
	if (!pipe->reads)
		return xstrdup("writing there fails (SIGPIPE)");
	return pipe->n ? xasprintf(
				 "the tree reads the %zu bytes that were in it, and then the end of the file",
				 pipe->n)
		       : xstrdup("the tree reads the end of the file");
}

static const char *remedy(const struct cli *cli, const struct plan *p)
{
	if (p->wait_exec)
		return "thaw without --exec-cmd";
	if (cli->sibling)
		return "give criu-ns -S a pipe in its place";
	return cli->detach ? "thaw in the foreground" : "give criu-ns a stdin that is no terminal";
}

static void note_stdio(const struct cli *cli, const struct image_pipe *pipe, int fd, struct plan *p)
{
	_cleanup_free_ char *what = outcome(pipe);

	strv_take(&p->notes,
		  xasprintf("the tree's %s was a pipe whose other end was outside of the tree: %s. "
			    "To connect it, %s, or add --inherit-fd 'fd[N]:pipe:[%u]'",
			    names[fd], what, remedy(cli, p), pipe->id));
}

static void note_given(const struct image_pipe *pipe, struct plan *p)
{
	if (pipe->n)
		strv_take(
			&p->notes,
			xasprintf(
				"criu does not put the %zu bytes that were in pipe:[%u] into what it is given in its place: "
				"they are there only if that is the same pipe",
				pipe->n, pipe->id));
}

static void note_others(const struct image_pipe *first, size_t n, struct plan *p)
{
	_cleanup_free_ char *what = outcome(first);

	strv_take(&p->notes, xasprintf("the tree had a pipe of which it had one end only: %s, "
				       "unless it is given one: --inherit-fd 'fd[N]:pipe:[%u]'",
				       what, first->id));
	if (n > 1)
		strv_take(&p->notes, xasprintf("there are %zu more such pipes", n - 1));
}

/*
 * One descriptor of both ends (O_RDWR, as by exec 3<>/proc/self/fd/N) comes back from criu as that
 * for reading, because O_LARGEFILE is 0 where mark_pipe_master_cb() in criu/pipes.c looks for it. A
 * pipe that criu is given is opened again for each descriptor.
 */
static void keep(const struct image_pipe *pipe, struct plan *p)
{
	p->kept = xreallocarray(p->kept, p->n_kept + 1, sizeof(*p->kept));
	p->kept[p->n_kept++] = (struct plan_pipe){ .was = pipe, .fd = -1 };
}

/* After those for stdio. */
static void give_kept(struct plan *p, size_t *at)
{
	for (size_t i = 0; i < p->n_kept; i++) {
		_cleanup_free_ char *slot = plan_slot_pipe(p->n_pipes + i);

		plan_option(p, at, "--inherit-fd", slot);
	}
	if (p->n_kept)
		plan_step(
			p,
			xasprintf("make %zu pipe%s in criu's place", p->n_kept,
				  p->n_kept == 1 ? "" : "s"),
			"the tree had both ends in one descriptor, of which criu makes one for reading");
}

void plan_pipes(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	const struct image_pipe *first = NULL;
	size_t n_others = 0;

	if (cli->as_given || cli->by_rpc) /* whoever asks by RPC gives what it has (inherit_fd) */
		return;
	for (size_t i = 0; i < f->pipes.n; i++) {
		const struct image_pipe *pipe = &f->pipes.v[i];
		_cleanup_free_ char *name = xasprintf("pipe:[%u]", pipe->id);
		int fd = stdio_of(pipe);

		if (cli_inherits(cli, name)) {
			note_given(pipe, p);
		} else if (pipe->is_both) {
			keep(pipe, p);
		} else if (fd < 0) {
			first = first ? first : pipe;
			n_others++;
		} else if (is_free(f, p, fd) &&
			   (!cli->detach || (cli->sibling && f->stdio_is_pipe[fd] && !pipe->n))) {
			give_stdio(f, pipe, fd, p, at);
		} else {
			note_stdio(cli, pipe, fd, p);
		}
	}
	give_kept(p, at);
	if (first)
		note_others(first, n_others, p);
}
