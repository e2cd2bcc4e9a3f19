// SPDX-License-Identifier: MIT
/* Descriptors whose other end is outside of the tree. */
#include "plan/answer.h"

#include <stdio.h>
#include <stdlib.h>

/* FINDING_LONE_PIPE: criu makes a new pipe, of which nobody has the other end, and does not say so (criu/pipes.c) */

int answer_lone_pipe(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *name = xasprintf("pipe:[%lu]", (unsigned long)x->ino);

	(void)e;
	if (!cli_inherits(a->cli, name) && a->n_told++ == 0)
		strv_take(
			&a->p->notes,
			xasprintf(
				"descriptor %d of process %d is a pipe "
				"whose other end is outside of the tree: a thaw makes a new pipe "
				"with nobody at the other end, unless it is given one: --inherit-fd 'fd[N]:%s'",
				x->fd, x->pid, name));
	return 0;
}

void note_more_pipes(struct answer *a)
{
	if (a->n_told > 1)
		strv_take(&a->p->notes,
			  xasprintf("the same goes for %zu more of its pipes", a->n_told - 1));
}
