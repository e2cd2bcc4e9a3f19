// SPDX-License-Identifier: MIT
#include "plan/plan_findings.h"

#include "plan/planning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* What an answer is made from, and where the answer goes. */
struct answer {
	const struct cli *cli;
	const struct facts *f;
	struct plan *p;
	size_t at;     /* where options are inserted */
	size_t n_told; /* how many findings of this kind were reported */
};

/* Words for what was found */

/* What was found and who has it, as the subject of a sentence. */
static char *subject(const struct finding *x)
{
	switch (x->as) {
	case HELD_FD:
		return xasprintf("descriptor %d of process %d (%s)", x->fd, x->pid, x->path);
	case HELD_CWD:
		return xasprintf("the working directory of process %d (%s)", x->pid, x->path);
	case HELD_PROGRAM:
		return xasprintf("the program of process %d (%s)", x->pid, x->path);
	default:
		return xasprintf("the file %s that process %d has mapped", x->path, x->pid);
	}
}

/* The id by which criu identifies a file (files-reg.c), whichever descriptors it has. */
static char *file_id(const struct finding *x)
{
	return xasprintf("%x:%lx", (unsigned)x->mnt_id, (unsigned long)x->ino);
}

/* FINDING_SILENT_FILE, FINDING_SERVED_FILE */

/*
 * criu asks for the status of each file when all tasks are stopped, and waits in the kernel, where not even
 * SIGKILL ends it.
 */
static int answer_silent_file(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = subject(x);

	(void)a;
	err_set(e, 0,
		"%s is in a file system (device %u:%u) whose server does not answer, so criu would wait for ever",
		what, major(x->dev), minor(x->dev));
	return err_hint(
		e,
		"end the server or, for FUSE, abort the connection: echo 1 >/sys/fs/fuse/connections/%u/abort",
		minor(x->dev));
}

static int answer_served_file(struct answer *a, const struct finding *x, struct err *e)
{
	const struct finding *server = findings_first(&a->f->findings, FINDING_FUSE_SERVER);
	_cleanup_free_ char *what = subject(x);

	if (!server)
		return 0;
	err_set(e, 0,
		"%s is in a FUSE or network file system, and process %d of the same tree serves one "
		"(its descriptor %d is /dev/fuse): criu would stop that process, and then wait for its answer",
		what, server->pid, server->fd);
	return err_hint(e, "freeze the processes without their server, or close the file");
}

/* FINDING_PROC_FILE: "Can't open file proc/...", at the thaw */

static int answer_proc_file(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *id = file_id(x);
	_cleanup_free_ char *what = subject(x);

	if (cli_external(a->cli, "file", id))
		return 0;
	err_set(e, 0,
		"%s is in the /proc directory of process %d, which is outside of the tree, "
		"so a thaw would not find it",
		what, x->other);
	if (x->as == HELD_CWD)
		return err_hint(
			e,
			"make it change to another directory, or freeze a tree that contains both");
	return err_hint(
		e,
		"close it, freeze a tree that contains both, or name it by hand: --external 'file[%s]'",
		id);
}

/* FINDING_OWNER: "file owner pid", at the thaw */

static int answer_owner(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = subject(x);

	(void)a;
	err_set(e, 0,
		"%s sends its signals to process or group %d (F_SETOWN), "
		"which is outside of the tree, so a thaw would not find it",
		what, x->other);
	return err_hint(e, "end that process or group, or freeze a tree that contains both");
}

/* FINDING_NESTED_NS */

static const char *kind_text(const char *kind)
{
	static const struct {
		const char *kind, *text;
	} texts[] = {
		{ "pid", "pid namespace" },     { "mnt", "mount namespace" },
		{ "net", "network namespace" }, { "uts", "UTS namespace (host name)" },
		{ "ipc", "IPC namespace" },     { "cgroup", "cgroup namespace" },
		{ "time", "time namespace" },   { "user", "user namespace" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(texts[i].kind, kind))
			return texts[i].text;
	return kind;
}

/*
 * criu saves several mount and network namespaces (CLONE_SUBNS in criu/include/namespaces.h), but thaws them only
 * if the root task has one that criu itself is not in ("Can't restore sub-task in NS", criu/pstree.c). For the
 * other kinds, the whole tree has to be in one namespace. criu never looks at the namespaces of a thread. If the
 * mounts have already been refused, they are not refused again.
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
		x->ns.tid, x->pid, x->ns.comm, kind_text(x->ns.kind));
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
		x->pid, n->comm, f->target.pid, kind_text(n->kind),
		n->is_crius || !strcmp(n->kind, "mnt") || is_net ? "thaw" : "freeze");
	if (!n->is_crius && is_net)
		return err_hint(
			e,
			"freeze it by itself, or start the whole tree in a network namespace: unshare --net");
	return err_hint(e, "freeze it by itself, or end it");
}

/* The lock of access times forbids nothing of importance, and every procfs of a user namespace has it. */
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

static int answer_nested_ns(struct answer *a, const struct finding *x, struct err *e)
{
	if (!is_thawed(a, x))
		return refuse_nested(a->f, x, e);
	return loses_locks(a, x) ? refuse_nested_locks(a->f, x, e) : 0;
}

/* FINDING_OUTSIDE_FILE */

static int refuse_outside(const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = subject(x);
	_cleanup_free_ char *id = file_id(x);

	if (x->file.is_tty) {
		err_set(e, 0, "%s is a terminal outside of its mount namespace", what);
		return err_hint(e, "add --shell-job (-j)");
	}
	err_set(e, 0,
		"%s was opened in another mount namespace, and cannot be found here under that path",
		what);
	return err_hint(e,
			"reopen it from inside (for stdio: exec </dev/null >/dev/null 2>&1), "
			"or name it by hand: --external 'file[%s]'",
			id);
}

static int refuse_stream(const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = subject(x);
	_cleanup_free_ char *id = file_id(x);

	err_set(e, 0,
		"%s was opened in another mount namespace, "
		"and with --stream there is no directory for what a thaw has to know about it",
		what);
	return err_hint(
		e, "name it by hand, and give --inherit-fd at the thaw: --external 'file[%s]'", id);
}

static int answer_outside_file(struct answer *a, const struct finding *x, struct err *e)
{
	const struct outside_file *o = &x->file;
	_cleanup_free_ char *id = file_id(x);
	_cleanup_free_ char *name = xasprintf("file[%s]", id);
	struct recipe_file *file;

	if (cli_external(a->cli, "file", id) || recipe_by_id(&a->p->recipe, id) ||
	    (o->is_tty && a->cli->shell_job))
		return 0;
	if (o->is_tty || !o->is_here || o->type == 's')
		return refuse_outside(x, e);
	if (a->cli->stream)
		return refuse_stream(x, e);
	file = recipe_add_file(&a->p->recipe);
	*file = (struct recipe_file){ .id = xstrdup(id),
				      .path = xstrdup(x->path),
				      .type = o->type,
				      .flags = o->flags,
				      .pos = o->pos > 0 ? o->pos : 0 };
	identity_copy(&o->was, &file->was);
	plan_option(a->p, &a->at, "--external", name);
	plan_step(a->p, xasprintf("add --external %s", name),
		  "it was opened, or mapped, outside of the target's mount namespace");
	plan_step(a->p, xasprintf("  file %s", x->path),
		  "the thaw opens it again and hands it to criu");
	return 0;
}

/* FINDING_LONE_PIPE: criu makes a new pipe, of which nobody has the other end, and does not say so (criu/pipes.c) */

static int answer_lone_pipe(struct answer *a, const struct finding *x, struct err *e)
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

static void note_more_pipes(struct answer *a)
{
	if (a->n_told > 1)
		strv_take(&a->p->notes,
			  xasprintf("the same goes for %zu more of its pipes", a->n_told - 1));
}

/* The table */

static const struct {
	/* Called for each finding: 0, or a refusal. */
	int (*answer)(struct answer *a, const struct finding *x, struct err *e);
	/* Called when all findings of the kind have been answered. */
	void (*end)(struct answer *a);
} rows[FINDING_KINDS] = {
	[FINDING_SILENT_FILE] = { answer_silent_file, NULL },
	[FINDING_SERVED_FILE] = { answer_served_file, NULL },
	[FINDING_FUSE_SERVER] = { NULL, NULL }, /* answered together with the file that it serves */
	[FINDING_PROC_FILE] = { answer_proc_file, NULL },
	[FINDING_OWNER] = { answer_owner, NULL },
	[FINDING_NESTED_NS] = { answer_nested_ns, NULL },
	[FINDING_OUTSIDE_FILE] = { answer_outside_file, NULL },
	[FINDING_LONE_PIPE] = { answer_lone_pipe, note_more_pipes },
};

void plan_findings(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	struct answer a = { .cli = cli, .f = f, .p = p, .at = *at };
	struct err e;

	for (int kind = 0; kind < FINDING_KINDS; kind++) {
		a.n_told = 0;
		findings_for_each (x, &f->findings)
			if ((int)x->kind == kind && rows[kind].answer)
				plan_refuse(p, rows[kind].answer(&a, x, &e), &e);
		if (rows[kind].end)
			rows[kind].end(&a);
	}
	*at = a.at;
}
