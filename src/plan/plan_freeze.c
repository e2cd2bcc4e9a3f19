// SPDX-License-Identifier: MIT
#include "plan/planning.h"

#include "look/caps.h"
#include "plan/mount_groups.h"
#include "plan/mount_keys.h"
#include "plan/mount_sort.h"
#include "plan/mount_stacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

static const char meant[] = "criu reads only one letter of mnt[]:sm";

/* Namespaces of a part of the tree */

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
 * criu saves several mount and network namespaces (CLONE_SUBNS in criu/include/namespaces.h), but
 * thaws them only where the root task has one that criu is not in ("Can't restore sub-task in NS",
 * criu/pstree.c). Of the other kinds all of the tree has to be in one. It never looks at those of
 * a thread.
 */
static bool is_thawed(const struct cli *cli, const struct facts *f, const struct plan *p,
		      const struct nested_ns *n)
{
	_cleanup_free_ char *number = xasprintf("%lu", (unsigned long)n->ns);

	if (n->tid != n->pid)
		return false;
	if (cli_external(cli, n->kind, number)) /* by hand: criu's word is the last */
		return true;
	if (n->is_crius)
		return false;
	if (!strcmp(n->kind, "mnt"))
		return p->recipe.n_mounts > 0;
	return !strcmp(n->kind, "net") && f->own_network;
}

static int refuse_thread(const struct nested_ns *n, struct err *e)
{
	err_set(e, 0,
		"thread %d of process %d (%s) is in another %s than its process, "
		"which criu does not see: it would come back in that of the process",
		n->tid, n->pid, n->comm, kind_text(n->kind));
	return err_hint(e, "move it back (setns(2)), or end it");
}

static int refuse_nested(const struct facts *f, const struct nested_ns *n, struct err *e)
{
	bool is_pid = !strcmp(n->kind, "pid");

	if (n->tid != n->pid)
		return refuse_thread(n, e);
	if (is_pid && !n->is_crius) {
		err_set(e, 0,
			"process %d (%s), in the tree of process %d, "
			"lives in a pid namespace below that one's, which criu cannot freeze",
			n->pid, n->comm, f->target.pid);
		return err_hint(e, "freeze that pid namespace's init by itself, or end it");
	}
	err_set(e, 0,
		"process %d (%s), in the tree of process %d, is in another %s than that one, which criu cannot %s",
		n->pid, n->comm, f->target.pid, kind_text(n->kind),
		n->is_crius || !strcmp(n->kind, "mnt") || !strcmp(n->kind, "net") ? "thaw"
										  : "freeze");
	if (!n->is_crius && !strcmp(n->kind, "net"))
		return err_hint(
			e,
			"freeze it by itself, or start the whole tree in a network namespace: unshare --net");
	return err_hint(e, "freeze it by itself, or end it");
}

/* They are made again for the root task's mounts only (locks.h). */
static int refuse_nested_locks(const struct facts *f, const struct nested_ns *n, struct err *e)
{
	err_set(e, 0,
		"process %d (%s), in the tree of process %d, is in a mount namespace of its own, "
		"whose locked mounts would come back unlocked",
		n->pid, n->comm, f->target.pid);
	return err_hint(e, "freeze it by itself, or end it; --lose-locks freezes it all the same");
}

/* That of access times keeps nobody from anything, and each procfs of a user namespace has it. */
static bool has_guards_locked(const struct recipe *r)
{
	recipe_for_each_mount (m, r)
		if (m->locks & ~(unsigned)LOCK_ATIME)
			return true;
	return false;
}

static bool loses_locks(const struct cli *cli, const struct plan *p, const struct nested_ns *n)
{
	return !strcmp(n->kind, "mnt") && has_guards_locked(&p->recipe) && !cli->lose_locks;
}

static int check_nested(const struct cli *cli, const struct facts *f, const struct plan *p,
			struct err *e)
{
	for (size_t i = 0; i < f->n_nested; i++)
		if (!is_thawed(cli, f, p, &f->nested[i]))
			return refuse_nested(f, &f->nested[i], e);
	for (size_t i = 0; i < f->n_nested; i++)
		if (loses_locks(cli, p, &f->nested[i]))
			return refuse_nested_locks(f, &f->nested[i], e);
	return 0;
}

static int refuse_target(const struct facts *f, struct err *e)
{
	const struct task *t = &f->target;

	if (t->state == 'Z' || t->state == 'X')
		return err_set(e, 0, "process %d (%s) is a zombie: its parent %d has not reaped it",
			       t->pid, t->comm, t->ppid);
	if (t->kthread)
		return err_set(e, 0, "%d (%s) is a kernel thread, which cannot be frozen", t->pid,
			       t->comm);
	if (t->tgid != t->pid) {
		err_set(e, 0, "%d is a thread of process %d (%s)", t->pid, t->tgid, t->comm);
		return err_hint(e, "freeze the process: -t %d", t->tgid);
	}
	if (f->is_ancestor && t->pid == 1) {
		err_set(e, 0,
			"process 1 (%s) is the init of this system, and criu-ns runs below it",
			t->comm);
		return err_hint(e, "freeze a single service or process: -t with its pid");
	}
	if (f->is_ancestor) {
		err_set(e, 0, "process %d (%s) is criu-ns itself or one of its ancestors", t->pid,
			t->comm);
		return err_hint(e, "start criu-ns from outside of the tree that is to be frozen");
	}
	if (task_is_init(t) && !strcmp(t->comm, plan_init_comm)) {
		err_set(e, 0, "process %d is the pseudo-init of a thawed tree", t->pid);
		return err_hint(e, "freeze the root task, its child (pgrep -P %d)", t->pid);
	}
	/* Its root task mounts a procfs (mount_proc() in criu/cr-restore.c), as that user
	 * namespace. */
	if (f->target_user_ns != f->user_ns && !task_is_init(t)) {
		err_set(e, 0,
			"process %d (%s) has a user namespace of its own, but no pid namespace of its own, "
			"which criu can freeze, but not thaw",
			t->pid, t->comm);
		return err_hint(e, "start it in both: unshare --user --pid --fork --mount-proc");
	}
	if (t->session == 0) {
		err_set(e, 0,
			"process %d (%s) belongs to a session outside of its pid namespace, which criu cannot freeze",
			t->pid, t->comm);
		return err_hint(e, "start it with setsid");
	}
	return 0;
}

static bool same_proc(const struct mounts *a, const struct mounts *b)
{
	const struct mount *one = mounts_covering(a, "/proc");
	const struct mount *other = mounts_covering(b, "/proc");

	return one && other && one->dev == other->dev;
}

/* Own procfs on top of /proc in the view: criu in there needs the pid namespace that it shows. */
static bool has_own_proc(const struct facts *f, const struct mounts *view)
{
	return mounts_covering(view, "/proc") && mounts_covering(&f->caller_view, "/proc") &&
	       !same_proc(view, &f->caller_view);
}

/*
 * Could criu, run in the target's mount namespace, find itself in the /proc there? An init in the
 * frame's may have one that shows its own pid namespace, a level further down.
 */
static bool proc_fits(const struct facts *f)
{
	if (!f->frame.pid)
		return !has_own_proc(f, &f->target_view);
	if (!task_is_init(&f->target) || f->frame.ns_mnt == f->target.ns_mnt)
		return has_own_proc(f, &f->target_view);
	return same_proc(&f->target_view, f->frame_view.n ? &f->frame_view : &f->caller_view);
}

/* Descriptors from another mount namespace */

static char *holder(pid_t pid, int fd, const char *path)
{
	return fd < 0 ? xasprintf("the file %s that process %d has mapped", path, pid)
		      : xasprintf("descriptor %d of process %d (%s)", fd, pid, path);
}

/*
 * criu asks for the status of each file when all tasks are stopped, and waits in the kernel, where not
 * even KILL ends it.
 */
static int refuse_served(const struct facts *f, struct err *e)
{
	const struct served_file *s = &f->served;

	if (!s->path || (!s->is_silent && !f->server.pid))
		return 0;

	_cleanup_free_ char *what = holder(s->pid, s->fd, s->path);

	if (s->is_silent) {
		err_set(e, 0,
			"%s is in a file system (device %u:%u) whose server does not answer, "
			"so criu would wait for ever",
			what, major(s->dev), minor(s->dev));
		return err_hint(e,
				"end the server or, for FUSE, abort the connection: "
				"echo 1 >/sys/fs/fuse/connections/%u/abort",
				minor(s->dev));
	}
	err_set(e, 0,
		"%s is in a FUSE or network file system, and process %d of the same tree serves one "
		"(its descriptor %d is /dev/fuse): criu would stop that process, and then wait for its answer",
		what, f->server.pid, f->server.fd);
	return err_hint(e, "freeze the processes without their server, or close the file");
}

/* "Can't open file proc/..." or "file owner pid", at the thaw. */
static int refuse_reference(const struct cli *cli, const struct facts *f, struct err *e)
{
	const struct reference *r = &f->reference;
	_cleanup_free_ char *id = xasprintf("%x:%lx", (unsigned)r->mnt_id, (unsigned long)r->ino);

	if (!r->path || (!r->is_owner && cli_external(cli, "file", id)))
		return 0;

	_cleanup_free_ char *what =
		r->fd < 0 ? xasprintf("the working directory of process %d (%s)", r->pid, r->path)
			  : holder(r->pid, r->fd, r->path);

	if (r->is_owner) {
		err_set(e, 0,
			"%s sends its signals to process or group %d (F_SETOWN), "
			"which is outside of the tree, so a thaw would not find it",
			what, r->to);
		return err_hint(e,
				"end that process or group, or freeze a tree that contains both");
	}
	err_set(e, 0,
		"%s is in the /proc directory of process %d, which is outside of the tree, "
		"so a thaw would not find it",
		what, r->to);
	if (r->fd < 0)
		return err_hint(
			e,
			"make it change to another directory, or freeze a tree that contains both");
	return err_hint(
		e,
		"close it, freeze a tree that contains both, or name it by hand: --external 'file[%s]'",
		id);
}

static int refuse_outside(const struct outside_fd *o, struct err *e)
{
	_cleanup_free_ char *what = holder(o->pid, o->fd, o->path);

	if (o->is_tty) {
		err_set(e, 0, "%s is a terminal outside of its mount namespace", what);
		return err_hint(e, "add --shell-job (-j)");
	}
	err_set(e, 0,
		"%s was opened in another mount namespace, and cannot be found here under that path",
		what);
	return err_hint(e,
			"reopen it from inside (for stdio: exec </dev/null >/dev/null 2>&1), "
			"or name it by hand: --external 'file[%x:%lx]'",
			(unsigned)o->mnt_id, (unsigned long)o->ino);
}

static int refuse_stream(const struct outside_fd *o, struct err *e)
{
	_cleanup_free_ char *what = holder(o->pid, o->fd, o->path);

	err_set(e, 0,
		"%s was opened in another mount namespace, "
		"and with --stream there is no directory for what a thaw has to know about it",
		what);
	return err_hint(
		e, "name it by hand, and give --inherit-fd at the thaw: --external 'file[%x:%lx]'",
		(unsigned)o->mnt_id, (unsigned long)o->ino);
}

/* criu knows them by mount and inode (files-reg.c), whatever descriptors they are. */
static int plan_outside_fd(const struct cli *cli, const struct outside_fd *o, struct plan *p,
			   size_t *at, struct err *e)
{
	_cleanup_free_ char *id = xasprintf("%x:%lx", (unsigned)o->mnt_id, (unsigned long)o->ino);
	_cleanup_free_ char *name = xasprintf("file[%s]", id);
	struct recipe_file *file;

	if (cli_external(cli, "file", id) || recipe_by_id(&p->recipe, id) ||
	    (o->is_tty && cli->shell_job))
		return 0;
	if (o->is_tty || !o->is_here || o->type == 's')
		return refuse_outside(o, e);
	if (cli->stream)
		return refuse_stream(o, e);
	file = recipe_add_file(&p->recipe);
	*file = (struct recipe_file){ .id = xstrdup(id),
				      .path = xstrdup(o->path),
				      .type = o->type,
				      .flags = o->flags,
				      .pos = o->pos > 0 ? o->pos : 0 };
	identity_copy(&o->was, &file->was);
	plan_option(p, at, "--external", name);
	plan_step(p, xasprintf("add --external %s", name),
		  "it was opened, or mapped, outside of the target's mount namespace");
	plan_step(p, xasprintf("  file %s", o->path),
		  "the thaw opens it again and hands it to criu");
	return 0;
}

static int plan_outside_fds(const struct cli *cli, const struct facts *f, struct plan *p,
			    size_t *at, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < f->n_outside && !r; i++)
		r = plan_outside_fd(cli, &f->outside[i], p, at, e);
	return r;
}

static int refuse_no_proc(const struct facts *f, struct err *e)
{
	const struct task *t = &f->target;

	err_set(e, 0,
		"process %d (%s) lives in a pid namespace whose /proc is not mounted in its mount namespace",
		t->pid, t->comm);
	return err_hint(
		e,
		"freeze the init of that pid namespace instead (-t %d), or start it with unshare --mount-proc",
		f->frame.pid);
}

static void explain_frame(const struct facts *f, struct plan *p)
{
	const struct task *t = &f->target;

	if (!f->frame.pid) {
		plan_step(p, xstrdup("run criu in the caller's pid namespace"),
			  task_is_init(t) && t->depth > 1
				  ? "the target is the init of its pid namespace, "
				    "which is frozen as a whole from one level up"
				  : "the target lives in it");
		return;
	}
	plan_step(
		p,
		xasprintf(
			"join the pid namespace of process %d (%s), and hold it until criu is done",
			f->frame.pid, f->frame.comm),
		"criu has to run in the frame of the init of the target's pid namespace; "
		"the kernel ends everything in it when that init ends");
	/* Our own waits for all of its children, and one of them is what holds the namespace. */
	p->stop_init = strcmp(f->frame.comm, plan_init_comm) != 0;
	if (p->stop_init)
		plan_step(p,
			  xasprintf("stop process %d (%s) until criu is done", f->frame.pid,
				    f->frame.comm),
			  "an init that waits only for the target would end with it, "
			  "and the kernel would end criu with that init");
	plan_step(p, xasprintf("translate pid %d to %d", t->pid, p->tree),
		  "that is the target's number in there (NSpid)");
}

/* The target sees what the caller sees: criu runs in its mount namespace and saves no mounts. */
static int plan_same_view(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at,
			  struct err *e)
{
	p->mounts = MOUNTS_TARGET;
	plan_step(
		p,
		xasprintf("join the mount namespace of process %d (%s)", f->target.pid,
			  f->target.comm),
		"its mounts are the caller's, so criu need not save them, and their masters are in reach");
	p->recipe.init = task_is_init(&f->target);
	return plan_outside_fds(cli, f, p, at, e);
}

/* Does the target live in the mount namespace that criu has to run in? */
static bool is_in_crius_place(const struct facts *f)
{
	return f->frame.pid ? f->frame.ns_mnt == f->target.ns_mnt : f->ns_mnt_fd < 0;
}

static bool has_nested_mounts(const struct facts *f)
{
	for (size_t i = 0; i < f->n_nested; i++)
		if (!strcmp(f->nested[i].kind, "mnt") && f->nested[i].tid == f->nested[i].pid)
			return true;
	return false;
}

/* What is mounted where criu runs. */
static const struct mounts *frame_view(const struct facts *f)
{
	if (!f->frame.pid)
		return &f->caller_view;
	return is_in_crius_place(f) ? &f->target_view : &f->frame_view;
}

/*
 * criu saves the nested mount namespaces only with the root task's, and that only when it is not in
 * it itself ("Can't restore sub-task in NS", criu/pstree.c).
 */
static void plan_copy(const struct facts *f, struct plan *p)
{
	if (!is_in_crius_place(f))
		return;
	p->copy_mounts = true;
	plan_step(
		p, xstrdup("run criu in a copy of the mount namespace that it is in"),
		"a process of the tree has a mount namespace of its own, which criu saves only together "
		"with the target's, and the target's only from another one");
}

/* own: one of the frame's mounts that the caller does not have; NULL: there is none. */
static int refuse_frame(const struct facts *f, const struct mount_diff *own, struct err *e)
{
	_cleanup_free_ char *what =
		own ? xasprintf(" (%s: %s)", own->mount->at, mounts_difference_text(own->why))
		    : xstrdup("");

	err_set(e, 0,
		"process %d (%s) lives below a container: the init of its pid namespace, "
		"%d (%s), has mounts of its own%s",
		f->target.pid, f->target.comm, f->frame.pid, f->frame.comm, what);
	return err_hint(e, "freeze the container as a whole: -t %d", f->frame.pid);
}

/* An own view is saved from the frame's view; that has to be the caller's, with a /proc that fits.
 */
static int plan_frame_view(const struct facts *f, struct plan *p, struct err *e)
{
	_cleanup_free_ struct mount_diff *own = NULL;
	const struct mounts *view = frame_view(f);
	size_t n;

	if (!f->frame.pid)
		return 0;
	if (f->frame_ns_mnt_fd < 0)
		return refuse_no_proc(f, e);
	n = mounts_compare(&f->caller_view, view, &own);
	if (f->foreign_frame || (is_in_crius_place(f) && !has_nested_mounts(f)) || n)
		return refuse_frame(f, n ? own : NULL, e);
	if (!has_own_proc(f, view))
		return refuse_no_proc(f, e);
	p->mounts = is_in_crius_place(f) ? MOUNTS_TARGET : MOUNTS_FRAME;
	plan_step(p,
		  xasprintf("join the mount namespace of process %d (%s)", f->frame.pid,
			    f->frame.comm),
		  "criu runs in the init's frame, never in the target's own view");
	return 0;
}

/*
 * A mount namespace of another user namespace is criu's to save only together with that one, the
 * target's (check_user_ns() in criu/namespaces.c).
 */
static int refuse_owner(const struct facts *f, struct err *e)
{
	const struct task *t = &f->target;

	if (f->chroot) { /* "The root task has another root than mntns", or an empty mountinfo */
		err_set(e, 0,
			"process %d (%s) has a root (%s) that is not the root of its mount namespace, "
			"which criu cannot freeze",
			t->pid, t->comm, f->chroot);
		return err_hint(
			e, "start it with pivot_root (bwrap, runc, LXC do) rather than chroot, "
			   "or with chroot in the caller's mount namespace");
	}
	if (f->mnt_owner == f->target_user_ns || f->mnt_owner == f->user_ns)
		return 0;
	err_set(e, 0,
		"the mounts of process %d (%s) belong to another user namespace than the process itself, "
		"which criu cannot freeze",
		t->pid, t->comm);
	return err_hint(e, "freeze the process that made the sandbox, its parent: -t %d", t->ppid);
}

/*
 * criu sets peers and masters by way of /proc/self/fd, in the thawed view (restore_one_sharing() in
 * criu/mount-v2.c).
 */
static int refuse_peers(const struct facts *f, const struct plan *p, struct err *e)
{
	const struct mount *proc = mounts_covering(&f->target_view, "/proc");
	bool mounted = proc && !strcmp(proc->at, "/proc");

	if (mounted && !strcmp(proc->fstype, "proc") && !strcmp(proc->root, "/"))
		return 0;
	if (mounted) { /* "Can't readlink /proc/self" */
		err_set(e, 0, "process %d (%s) has a %s on /proc, where criu needs a procfs",
			f->target.pid, f->target.comm, proc->fstype);
		return err_hint(e, "unmount it");
	}
	recipe_for_each_mount (m, &p->recipe) {
		if (m->owner == OWNER_NONE || (!m->shared && !m->master))
			continue;
		err_set(e, 0,
			"process %d (%s) has mounts that are shared or slaves (%s), but no procfs on /proc, "
			"without which criu cannot make them shared or slaves again",
			f->target.pid, f->target.comm, m->at);
		return err_hint(
			e,
			"start it with a /proc, or with private mounts (unshare --propagation private)");
	}
	return 0;
}

/* For each mount that is not criu's to make: `--external mnt[AT]:KEY`. */
static int add_keys(struct plan *p, size_t *at, struct err *e)
{
	_cleanup_free_ size_t *order = xcalloc(p->recipe.n_mounts, sizeof(*order));
	int n = mount_keys_order(&p->recipe, order, e);

	for (int i = 0; i < n; i++) {
		const struct recipe_mount *m = &p->recipe.mounts[order[i]];
		_cleanup_free_ char *value = xasprintf("mnt[%s]:%s", m->at, m->key);

		plan_option(p, at, "--external", value);
	}
	return n < 0 ? n : 0;
}

static void add_skipped(struct plan *p, size_t *at)
{
	recipe_for_each_mount (m, &p->recipe)
		if (m->owner == OWNER_NONE)
			plan_option(p, at, "--skip-mnt", m->at);
}

static void explain_mounts(struct plan *p)
{
	recipe_for_each_mount (m, &p->recipe) {
		_cleanup_free_ char *flags = recipe_flags_text(m->flags);
		char *what;

		if (m->owner == OWNER_HOST)
			what = xasprintf("  mount %s (%s, %s): %s of %s%s%s", m->at, m->fstype,
					 flags, m->folder, m->host, m->key ? ", key " : "",
					 m->key ? m->key : "");
		else
			what = xasprintf("  mount %s (%s, %s)%s%s", m->at, m->fstype, flags,
					 m->key ? ": key " : "", m->key ? m->key : "");
		plan_step(p, what, mount_why(m));
	}
}

/* mnt[], where the user wants it, or two mounts on one mountpoint leave no other way. */
static void add_automatic(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	bool needed = cli->auto_external;
	bool masters = needed && mounts_have_outside_master(&f->target_view);
	bool peers = needed && mounts_have_outside_peer(&f->caller_view, &f->target_view);

	recipe_for_each_mount (m, &p->recipe) {
		if (m->owner != OWNER_AUTO)
			continue;
		needed = true;
		masters |= m->master != 0;
		peers |= m->shared != 0;
	}
	if (needed && (masters || cli->meant_masters))
		plan_external(cli, p, at, 'm',
			      masters ? "some of its mounts are slaves of mounts outside" : meant);
	if (needed && (peers || cli->meant_sharing))
		plan_external(cli, p, at, 's',
			      peers ? "some of its mounts are shared, with or without others"
				    : meant);
	/* --enable-external-masters and -sharing alone do not switch it on (criu/config.c). */
	if (needed && !cli->auto_external && (!masters || cli->external_masters) &&
	    (!peers || cli->external_sharing))
		plan_option(p, at, "--external", "mnt[]");
}

/* When all tasks are frozen and none is gone: what was decided on must still be true. */
static void plan_recheck(struct plan *p, size_t *at)
{
	p->recheck = true;
	plan_option(p, at, "--action-script", plan_slot_recheck);
	plan_step(p,
		  xstrdup("look at the mounts again when all tasks are frozen (--action-script)"),
		  "if they have changed by then, criu lets the tree run on as before");
	recipe_for_each_mount (m, &p->recipe)
		p->keep_root |= m->owner == OWNER_KEPT;
	if (p->keep_root)
		plan_step(p, xasprintf("keep the content of / in %s, with tar", recipe_root_name),
			  "criu does not save the root");
}

/* criu saves the target's mounts, seen from the frame. */
static int plan_own_view(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at,
			 struct err *e)
{
	int r = plan_frame_view(f, p, e);

	if (!r && cli->stream)
		r = err_set(
			e, 0,
			"process %d (%s) has mounts of its own, "
			"and with --stream there is no directory for what a thaw has to know about them",
			f->target.pid, f->target.comm);

	if (!r)
		r = refuse_owner(f, e);
	if (!r)
		r = mount_sort(cli, &f->caller_view, frame_view(f), &f->target_view,
			       &f->nested_view, &p->recipe, e);
	if (!r)
		r = add_keys(p, at, e);
	if (!r)
		r = refuse_peers(f, p, e);
	if (!r)
		r = mount_groups_check(&p->recipe, &f->nested_view, e);
	if (!r)
		r = mount_stacks_check(&p->recipe, &f->caller_view, &f->nested_view,
				       f->mnt_owner != f->user_ns, e);
	if (r < 0)
		return r;
	p->recipe.init = task_is_init(&f->target);
	plan_copy(f, p);
	plan_step(
		p,
		xasprintf("let criu save the mounts of process %d (%s)", f->target.pid,
			  f->target.comm),
		"its view is its own; criu is told which mounts are the host's (--external mnt[AT]:KEY)");
	explain_mounts(p);
	add_skipped(p, at);
	add_automatic(cli, f, p, at);
	if (p->record)
		plan_recheck(p, at);
	return plan_outside_fds(cli, f, p, at, e);
}

/* criu makes a new pipe, which nobody else has; and says nothing (criu/pipes.c). */
static void note_pipes(const struct cli *cli, const struct facts *f, struct plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_pipes; i++) {
		const struct lone_pipe *l = &f->pipes[i];
		_cleanup_free_ char *name = xasprintf("pipe:[%lu]", (unsigned long)l->ino);

		if (!cli_inherits(cli, name) && n++ == 0)
			strv_take(
				&p->notes,
				xasprintf(
					"descriptor %d of process %d is a pipe "
					"whose other end is outside of the tree: a thaw makes a new pipe "
					"with nobody at the other end, unless it is given one: "
					"--inherit-fd 'fd[N]:%s'",
					l->fd, l->pid, name));
	}
	if (n > 1)
		strv_take(&p->notes, xasprintf("the same goes for %zu more of its pipes", n - 1));
}

/* Locking stops packets from the outside between the freeze and the thaw. */
static void plan_network(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	if (!f->own_network || f->has_iptables || cli->network_lock)
		return;
	plan_option(p, at, "--network-lock", "nftables");
	plan_step(
		p, xstrdup("add --network-lock nftables"),
		"criu locks the target's network namespace with iptables, which is not installed here");
}

static int plan_views(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at,
		      struct err *e)
{
	_cleanup_free_ struct mount_diff *diff = NULL;

	bool nested = has_nested_mounts(f);

	if (f->ns_mnt_fd < 0) {
		if (p->enter_pid)
			return refuse_no_proc(f, e);
		if (nested)
			return plan_own_view(cli, f, p, at, e);
		plan_step(p, xstrdup("stay in the caller's mount namespace"),
			  "the target lives in it");
		return 0;
	}

	if (f->same_view && !nested)
		return plan_same_view(cli, f, p, at, e);

	bool own = nested || f->mnt_owner != f->user_ns || f->foreign_frame ||
		   mounts_compare(&f->caller_view, &f->target_view, &diff) > 0;

	if (own || (has_own_proc(f, &f->target_view) && !proc_fits(f)))
		return plan_own_view(cli, f, p, at, e);
	if (!proc_fits(f))
		return refuse_no_proc(f, e);
	return plan_same_view(cli, f, p, at, e);
}

static int check_freeze(const struct cli *cli, const struct facts *f, const struct plan *p,
			struct err *e)
{
	bool enters = p->enter_pid || p->mounts != MOUNTS_CALLER;
	char doing[64];
	int r = 0;

	snprintf(doing, sizeof(doing), "freeze process %d", f->target.pid);
	if (enters || !cli->unprivileged)
		r = caps_check(f->caps, CAP_USE_FREEZE | (enters ? CAP_USE_ENTER : 0), cli->verbose,
			       doing, e);
	if (!r && !cli->stream)
		r = plan_check_dir(&f->images_dir, "images", true, e);
	if (!r)
		r = plan_check_dir(&f->work_dir, "work", true, e);
	return r;
}

/* What the thaw would not read is known before anything is frozen. */
static int check_recipe(const struct recipe *r, struct err *e)
{
	_cleanup_free_ char *text = recipe_format(r);
	struct recipe again = { 0 };
	int result = recipe_parse(text, strlen(text), &again, e);

	recipe_free(&again);
	if (result < 0) {
		_cleanup_free_ char *why = xstrdup(e->what);

		return err_set(e, 0, "the recipe, which a thaw would need, cannot be written: %s",
			       why);
	}
	return 0;
}

static int decide(const struct cli *cli, const struct facts *f, struct plan *p, struct err *e)
{
	size_t at = cli->insert_at;
	int r = refuse_target(f, e);

	if (!r)
		r = refuse_served(f, e);
	if (!r)
		r = refuse_reference(cli, f, e);
	if (r < 0)
		return r;
	plan_copy_args(cli, p);
	p->record = cli->command == CMD_DUMP && !cli->stream;
	p->locks_tcp = cli->command == CMD_DUMP && cli->tcp && !f->own_network;
	p->leaves_tree = cli->command != CMD_DUMP || cli->leave_running || cli->leave_stopped;
	p->enter_pid = f->frame.pid != 0;
	p->tree = f->target.nspid[p->enter_pid ? f->frame.depth - 1 : 0];
	explain_frame(f, p);
	r = plan_views(cli, f, p, &at, e);
	if (!r)
		r = check_nested(cli, f, p, e);
	plan_network(cli, f, p, &at);
	note_pipes(cli, f, p);
	if (!r)
		r = check_freeze(cli, f, p, e);
	if (r < 0)
		return r;
	if (p->mounts != MOUNTS_CALLER) {
		plan_option(p, &at, "--images-dir", plan_slot_images);
		plan_option(p, &at, "--work-dir", plan_slot_work);
		plan_step(p,
			  xasprintf("hand criu the directories %s and %s as open descriptors",
				    f->images_dir.path, f->work_dir.path),
			  "they are the caller's, whatever these paths lead to in there");
	}
	if (p->enter_pid) {
		_cleanup_free_ char *number = xasprintf("%d", p->tree);

		plan_option(p, &at, "--tree", number);
	}
	if (p->record && !recipe_is_empty(&p->recipe))
		plan_step(p, xasprintf("write %s beside the images", recipe_file_name),
			  "a thaw needs it");
	return recipe_is_empty(&p->recipe) ? 0 : check_recipe(&p->recipe, e);
}

int plan_freeze(const struct cli *cli, const struct facts *f, struct plan *ret)
{
	struct err e;

	*ret = (struct plan){ 0 };
	plan_refuse(ret, decide(cli, f, ret, &e), &e);
	return plan_verdict(ret);
}
