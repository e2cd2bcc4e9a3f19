// SPDX-License-Identifier: MIT
/* Namespaces that only a part of the tree is in. */
#include "plan/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * FINDING_NESTED_NS
 *
 * criu saves several mount and network namespaces (CLONE_SUBNS in criu/include/namespaces.h), but
 * thaws them only if the root task has one that criu itself is not in ("Can't restore sub-task in
 * NS", criu/pstree.c). For the other kinds, the whole tree has to be in one namespace. criu never
 * looks at the namespaces of a thread. If the mounts have already been refused, they are not
 * refused again.
 */
static bool is_thawed(const struct answer *a, const struct finding *x)
{
	_cleanup_free_ char *number = xasprintf("%lu", (unsigned long)x->ino);

	if (x->ns.tid != x->pid)
		return false;
	if (cli_external(a->cli, x->ns.kind, number)) /* named by hand: criu decides */
		return true;
	if (x->ns.is_crius)
		return false;
	if (!strcmp(x->ns.kind, "mnt"))
		return a->p->recipe.n_mounts > 0 || a->p->n_refusals > 0;
	return !strcmp(x->ns.kind, "net") && a->f->own_network;
}

static int refuse_thread(const struct finding *x, struct err *e)
{
	err_set(e, 0,
		"thread %d of process %d (%s) is in another %s than its process, "
		"which criu does not see: it would come back in that of the process",
		x->ns.tid, x->pid, x->ns.comm, plan_namespace(x->ns.kind));
	return err_hint(e, "move it back (setns(2)), or end it");
}

static int refuse_nested(const struct facts *f, const struct finding *x, struct err *e)
{
	const struct nested_ns *n = &x->ns;
	bool is_net = !strcmp(n->kind, "net");

	if (n->tid != x->pid)
		return refuse_thread(x, e);
	if (!strcmp(n->kind, "pid") && !n->is_crius) {
		err_set(e, 0,
			"process %d (%s), in the tree of process %d, "
			"lives in a pid namespace below that one's, which criu cannot freeze",
			x->pid, n->comm, f->target.pid);
		return err_hint(e, "freeze that pid namespace's init by itself, or end it");
	}
	err_set(e, 0,
		"process %d (%s), in the tree of process %d, is in another %s than that one, which criu cannot %s",
		x->pid, n->comm, f->target.pid, plan_namespace(n->kind),
		n->is_crius || !strcmp(n->kind, "mnt") || is_net ? "thaw" : "freeze");
	if (!n->is_crius && is_net)
		return err_hint(
			e,
			"freeze it by itself, or start the whole tree in a network namespace: unshare --net");
	return err_hint(e, "freeze it by itself, or end it");
}

/*
 * The lock of access times forbids nothing of importance, and every procfs of a user namespace has
 * it.
 */
static bool has_guards_locked(const struct recipe *r)
{
	recipe_for_each_mount (m, r)
		if (m->locks & ~(unsigned)LOCK_ATIME)
			return true;
	return false;
}

static bool loses_locks(const struct answer *a, const struct finding *x)
{
	return !strcmp(x->ns.kind, "mnt") && has_guards_locked(&a->p->recipe) &&
	       !a->cli->lose_locks;
}

/* Locks are made again only for the root task's mounts (thaw/relock.h). */
static int refuse_nested_locks(const struct facts *f, const struct finding *x, struct err *e)
{
	err_set(e, 0,
		"process %d (%s), in the tree of process %d, is in a mount namespace of its own, "
		"whose locked mounts would come back unlocked",
		x->pid, x->ns.comm, f->target.pid);
	return err_hint(e, "freeze it by itself, or end it; --lose-locks freezes it all the same");
}

int answer_nested_ns(struct answer *a, const struct finding *x, struct err *e)
{
	if (!is_thawed(a, x))
		return refuse_nested(a->f, x, e);
	return loses_locks(a, x) ? refuse_nested_locks(a->f, x, e) : 0;
}
