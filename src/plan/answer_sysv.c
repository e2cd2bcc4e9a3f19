// SPDX-License-Identifier: MIT
/*
 * FINDING_SYSV: criu takes an IPC namespace in which it is not itself for the tree's own, and saves
 * it; so it is given another one. What only the tree has mapped is in no other process's way then.
 */
#include "plan/answer.h"

#include <stdio.h>
#include <stdlib.h>

int answer_sysv(struct answer *a, const struct finding *x, struct err *e)
{
	const struct segment *s = &x->segment;

	if (s->attached == s->inside) {
		a->p->own_ipc = true;
		return 0;
	}
	a->n_told++;
	err_set(e, 0,
		"%s (segment %lu), which process %d has mapped, is System V shared memory of the caller's IPC namespace, "
		"and processes outside of the tree have it, too",
		x->path, (unsigned long)x->ino, x->pid);
	return err_hint(
		e,
		"freeze a tree that contains them all, or start it in an IPC namespace of its own: "
		"unshare --ipc");
}

static char *others(const struct facts *f)
{
	if (!f->n_other_ipc)
		return xstrdup("");
	return xasprintf(
		", with copies of the %zu other objects that are in here (ipcs), %llu bytes",
		f->n_other_ipc, f->other_ipc_size);
}

/* The kernel keeps a segment that nobody has mapped. */
static char *leftovers(const struct answer *a)
{
	struct strv ids = { 0 };
	char *text;

	findings_for_each (x, &a->f->findings)
		if (x->kind == FINDING_SYSV && x->segment.stays)
			strv_take(&ids, xasprintf(" -m %lu", (unsigned long)x->ino));
	if (a->p->leaves_tree || !ids.n) {
		text = xstrdup("");
	} else {
		_cleanup_free_ char *words = strv_join(&ids);

		text = xasprintf("; here it stays until: ipcrm%s", words);
	}
	strv_free(&ids);
	return text;
}

void note_sysv(struct answer *a)
{
	_cleanup_free_ char *copies = NULL;
	_cleanup_free_ char *stays = NULL;

	if (!a->p->own_ipc || a->n_told)
		return;
	copies = others(a->f);
	stays = leftovers(a);
	strv_take(
		&a->p->notes,
		xasprintf(
			"the tree has System V shared memory of the caller's IPC namespace, and goes on after "
			"a thaw in one of its own, where processes outside do not find it%s%s",
			copies, stays));
	plan_step(a->p, xstrdup("run criu in an IPC namespace of its own"),
		  "criu saves System V shared memory only together with its IPC namespace, "
		  "and that only from another one");
}
