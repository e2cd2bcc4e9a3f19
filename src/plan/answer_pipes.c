// SPDX-License-Identifier: MIT
/* Descriptors whose other end is outside of the tree. */
#include "plan/answer.h"

#include <stdio.h>
#include <stdlib.h>

/* As plan_pipes() does it. */
static const char *at_the_thaw(const struct answer *a, const struct finding *x)
{
	static const char *const texts[] = {
		"a thaw in the foreground connects its own stdin with it, a detached one gives it",
		"a thaw in the foreground connects its own stdout with it, a detached one gives it",
		"a thaw in the foreground connects its own stderr with it, a detached one gives it",
	};
	bool is_stdio = x->pid == a->f->target.pid && x->fd <= 2 && x->is_read == (x->fd == 0);

	return is_stdio ? texts[x->fd] : "a thaw gives it";
}

/*
 * FINDING_LONE_PIPE: criu makes a new pipe, of which nobody has the other end, and does not say so
 * (criu/pipes.c)
 */

int answer_lone_pipe(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *name = xasprintf("pipe:[%lu]", (unsigned long)x->ino);

	(void)e;
	if (!cli_inherits(a->cli, name) && a->n_told++ == 0)
		strv_take(
			&a->p->notes,
			xasprintf(
				"descriptor %d of process %d is a pipe whose other end is outside of the tree: "
				"%s a new pipe with nobody at the other end, "
				"unless it is given another: --inherit-fd 'fd[N]:%s'",
				x->fd, x->pid, at_the_thaw(a, x), name));
	return 0;
}

void note_more_pipes(struct answer *a)
{
	if (a->n_told > 1)
		strv_take(&a->p->notes,
			  xasprintf("the same goes for %zu more of its pipes", a->n_told - 1));
}

/* FINDING_FULL_FIFO */

int answer_full_fifo(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *subject = answer_subject(x);

	(void)e;
	strv_take(
		&a->p->notes,
		xasprintf(
			"%s is a FIFO with %llu bytes that the tree has not read: a thaw puts them there again, "
			"so the tree reads them twice if a process outside has the FIFO open until then",
			subject, x->size));
	return 0;
}
