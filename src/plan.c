// SPDX-License-Identifier: MIT
#include "plan.h"

#include "caps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

const char plan_slot_images[] = "/proc/self/fd/<images>";
const char plan_slot_work[] = "/proc/self/fd/<work>";
const char plan_slot_pidfile[] = "/proc/1/fd/<scratch>/pid";

const char plan_init_comm[] = "criu-ns-init";

/* Takes ownership of what. */
/* NOLINTNEXTLINE(readability-non-const-parameter) */
static void step(struct plan *p, char *what, const char *why)
{
	p->steps = xreallocarray(p->steps, p->n_steps + 1, sizeof(*p->steps));
	p->steps[p->n_steps++] = (struct plan_step){ what, xstrdup(why) };
}

/* Put an option in at *at, with its value unless that is NULL; *at moves behind it. */
static void add_option(struct plan *p, size_t *at, const char *name, const char *value)
{
	strv_insert(&p->args, (*at)++, name);
	if (value)
		strv_insert(&p->args, (*at)++, value);
}

static void copy_args(const struct cli *cli, struct plan *p)
{
	for (size_t i = 0; i < cli->args.n; i++)
		strv_add(&p->args, cli->args.v[i]);
}

/* `--external mnt[]:m` or `:s`, unless it was given by hand. */
static void add_external(const struct cli *cli, struct plan *p, size_t *at, char letter,
			 const char *why)
{
	_cleanup_free_ char *value = xasprintf("mnt[]:%c", letter);

	if (letter == 'm' ? cli->external_masters : cli->external_sharing)
		return;
	add_option(p, at, "--external", value);
	step(p, xasprintf("add --external %s", value), why);
}

static const char meant[] = "criu reads one letter of mnt[]:sm";

/* Freeze */

static int refuse_target(const struct facts *f, struct err *e)
{
	const struct task *t = &f->target;

	if (t->state == 'Z' || t->state == 'X')
		return err_set(e, 0,
			       "process %d (%s) is a zombie: it has ended, only its parent %d "
			       "has not noticed",
			       t->pid, t->comm, t->ppid);
	if (t->kthread)
		return err_set(e, 0, "%d (%s) is a kernel thread, which cannot be frozen", t->pid,
			       t->comm);
	if (t->tgid != t->pid) {
		err_set(e, 0, "%d is a thread of process %d (%s)", t->pid, t->tgid, t->comm);
		return err_hint(e, "freeze the process: -t %d", t->tgid);
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
	if (t->session == 0) {
		err_set(e, 0,
			"process %d (%s) belongs to a session outside of its pid namespace, "
			"which criu cannot freeze",
			t->pid, t->comm);
		return err_hint(e, "start it with setsid");
	}
	return 0;
}

static int check_dir(const struct dir *d, const char *name, bool write, struct err *e)
{
	if (d->fd < 0) {
		err_set(e, d->errnum, "cannot open the %s directory %s", name, d->path);
		return err_hint(e, write ? "make it first: mkdir %s" : "is it the right one?",
				d->path);
	}
	if (write && !d->writable)
		return err_set(e, d->errnum, "cannot write to the %s directory %s", name, d->path);
	return 0;
}

/* Own procfs on top of /proc in the view: criu in there needs the pid namespace that it shows. */
static bool has_own_proc(const struct facts *f, const struct mounts *view)
{
	const struct mount *target = mounts_covering(view, "/proc");
	const struct mount *caller = mounts_covering(&f->caller_view, "/proc");

	return target && caller && target->dev != caller->dev;
}

static int refuse_outside_fds(const struct facts *f, struct err *e)
{
	const struct outside_fd *o = f->outside;

	if (!f->n_outside)
		return 0;
	err_set(e, 0,
		"descriptor %d of process %d (%s)%s was opened in another mount namespace than "
		"the process lives in, which criu cannot freeze",
		o->fd, o->pid, o->path, f->n_outside > 1 ? " and others" : "");
	return err_hint(e, "reopen it from inside (for stdio: exec </dev/null >/dev/null 2>&1)");
}

static int refuse_no_proc(const struct facts *f, struct err *e)
{
	const struct task *t = &f->target;

	err_set(e, 0,
		"process %d (%s) lives in a pid namespace whose /proc is not mounted in its "
		"mount namespace",
		t->pid, t->comm);
	return err_hint(e,
			"freeze the init of that pid namespace instead (-t %d), or start it with "
			"unshare --mount-proc",
			f->frame.pid);
}

static void explain_frame(const struct facts *f, struct plan *p)
{
	const struct task *t = &f->target;

	if (!f->frame.pid) {
		step(p, xstrdup("run criu in the caller's pid namespace"),
		     task_is_init(t) && t->depth > 1 ? "the target is the init of its pid "
						       "namespace, which is frozen as a whole "
						       "from one level up"
						     : "the target lives in it");
		return;
	}
	step(p,
	     xasprintf("join the pid namespace of process %d (%s), and hold it until criu is done",
		       f->frame.pid, f->frame.comm),
	     "criu has to run in the frame of the init of the target's pid namespace; the kernel "
	     "ends everything in it when that init ends");
	/* Our own waits for all of its children, and one of them is what holds the namespace. */
	p->stop_init = strcmp(f->frame.comm, plan_init_comm) != 0;
	if (p->stop_init)
		step(p,
		     xasprintf("stop process %d (%s) until criu is done", f->frame.pid,
			       f->frame.comm),
		     "an init that waits for the target only would end with it, and criu in the "
		     "namespace with the init");
	step(p, xasprintf("translate pid %d to %d", t->pid, p->tree),
	     "that is the target's number in there (NSpid)");
}

/* The target sees what the caller sees: criu runs in its mount namespace and saves no mounts. */
static int plan_same_view(const struct facts *f, struct plan *p, struct err *e)
{
	int r = refuse_outside_fds(f, e);

	if (r < 0)
		return r;
	p->mounts = MOUNTS_TARGET;
	step(p,
	     xasprintf("join the mount namespace of process %d (%s)", f->target.pid,
		       f->target.comm),
	     "its mounts are the caller's, so criu need not save them, and their masters are in "
	     "reach");
	return 0;
}

/* Is the folder of that superblock what the caller has on / ? */
static bool is_callers_root(const struct facts *f, dev_t dev, const char *folder)
{
	const struct mount *ours = mounts_covering(&f->caller_view, "/");

	return ours && dev == ours->dev && !strcmp(folder, ours->root);
}

static int refuse_root(const struct facts *f, const struct mount *root, struct err *e)
{
	const struct task *t = &f->target;

	if (!root)
		err_set(e, 0, "process %d (%s) has a root that is no mount", t->pid, t->comm);
	else if (!strcmp(root->fstype, "tmpfs") || !strcmp(root->fstype, "ramfs"))
		err_set(e, 0,
			"process %d (%s) has a %s of its own as /, whose content criu does not "
			"save",
			t->pid, t->comm, root->fstype);
	else
		err_set(e, 0,
			"process %d (%s) has a root of its own (%s of a file system of type %s), "
			"which a thaw would have to be told",
			t->pid, t->comm, root->root, root->fstype);
	return err_hint(e, "that takes options about mounts (--external, --ext-mount-map...), and "
			   "--root at the thaw; where they are given by hand criu-ns goes along");
}

/*
 * What criu 4.2 would freeze without a word, and thaw as something else. Measured: what is in a
 * tmpfs on / is not saved; a read-only bind of the root's file system comes back writable; and
 * which folder was the root is for the user to say again. With options about mounts given by hand
 * (as LXC does) the user is taken at their word.
 */
static int refuse_mounts(const struct cli *cli, const struct facts *f, struct err *e)
{
	const struct mount *root = mounts_covering(&f->target_view, "/");

	if (cli->mounts_by_hand)
		return 0;
	if (!root || !is_callers_root(f, root->dev, root->root))
		return refuse_root(f, root, e);
	mounts_for_each (m, &f->target_view) {
		if (m == root || m->dev != root->dev || !(m->flags & MS_RDONLY))
			continue;
		err_set(e, 0,
			"process %d (%s) has a read-only bind of its root's file system on %s, "
			"which criu would thaw writable",
			f->target.pid, f->target.comm, m->at);
		return err_hint(
			e, "this criu-ns cannot freeze it so that it could be thawed as it is");
	}
	return 0;
}

/* An own view is saved from the frame's view; that has to be the caller's, with a /proc that fits.
 */
static int plan_frame_view(const struct facts *f, struct plan *p, struct err *e)
{
	_cleanup_free_ struct view_diff *own = NULL;

	if (!f->frame.pid)
		return 0;
	if (f->frame_ns_mnt_fd < 0)
		return refuse_no_proc(f, e);
	if (f->foreign_user_ns || f->frame.ns_mnt == f->target.ns_mnt ||
	    mounts_compare(&f->caller_view, &f->frame_view, &own) > 0) {
		err_set(e, 0,
			"process %d (%s) lives below a container: the init of its pid namespace, "
			"%d (%s), has mounts of its own",
			f->target.pid, f->target.comm, f->frame.pid, f->frame.comm);
		return err_hint(e, "freeze the container as a whole: -t %d", f->frame.pid);
	}
	if (!has_own_proc(f, &f->frame_view))
		return refuse_no_proc(f, e);
	p->mounts = MOUNTS_FRAME;
	step(p,
	     xasprintf("join the mount namespace of process %d (%s)", f->frame.pid, f->frame.comm),
	     "criu runs in the init's frame, never in the target's own view");
	return 0;
}

/* criu saves the target's mounts, seen from the frame; mnt[] lets it recognise the frame's. */
static int plan_own_view(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at,
			 struct err *e)
{
	const struct mounts *frame = f->frame_view.n ? &f->frame_view : &f->caller_view;
	_cleanup_free_ struct view_diff *diff = NULL;
	bool masters = mounts_have_outside_master(&f->target_view);
	bool peers = mounts_have_outside_peer(frame, &f->target_view);
	int r = refuse_outside_fds(f, e);

	if (!r)
		r = plan_frame_view(f, p, e);
	if (!r)
		r = refuse_mounts(cli, f, e);
	if (r < 0)
		return r;

	size_t n = mounts_compare(frame, &f->target_view, &diff);

	step(p,
	     xasprintf("let criu save the mounts of process %d (%s)", f->target.pid,
		       f->target.comm),
	     n ? "its view is its own" : "it has a /proc of its own");
	for (size_t i = 0; i < n; i++)
		step(p, xasprintf("  own mount %s", diff[i].mount->at), view_why_text(diff[i].why));
	if (masters || cli->meant_masters)
		add_external(cli, p, at, 'm',
			     masters ? "some of its mounts are slaves of mounts outside" : meant);
	if (peers || cli->meant_sharing)
		add_external(cli, p, at, 's',
			     peers ? "some of its mounts are peers of mounts outside" : meant);
	return 0;
}

static int plan_views(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at,
		      struct err *e)
{
	_cleanup_free_ struct view_diff *diff = NULL;

	if (f->ns_mnt_fd < 0) {
		if (p->enter_pid)
			return refuse_no_proc(f, e);
		step(p, xstrdup("stay in the caller's mount namespace"), "the target lives in it");
		return 0;
	}

	if (f->same_view)
		return plan_same_view(f, p, e);

	bool own =
		f->foreign_user_ns || mounts_compare(&f->caller_view, &f->target_view, &diff) > 0;

	if (own || (has_own_proc(f, &f->target_view) && !p->enter_pid))
		return plan_own_view(cli, f, p, at, e);
	if (p->enter_pid && !has_own_proc(f, &f->target_view))
		return refuse_no_proc(f, e);
	return plan_same_view(f, p, e);
}

static int check_freeze(const struct cli *cli, const struct facts *f, const struct plan *p,
			struct err *e)
{
	bool enters = p->enter_pid || p->mounts != MOUNTS_CALLER;
	char doing[64];
	int r = 0;

	snprintf(doing, sizeof(doing), "freeze process %d", f->target.pid);
	if (enters || !cli->unprivileged)
		r = caps_check(f->caps, CAP_USE_FREEZE | (enters ? CAP_USE_ENTER : 0), doing, e);
	if (!r && !cli->stream)
		r = check_dir(&f->images_dir, "images", true, e);
	if (!r)
		r = check_dir(&f->work_dir, "work", true, e);
	return r;
}

int plan_freeze(const struct cli *cli, const struct facts *f, struct plan *ret, struct err *e)
{
	struct plan p = { .kind = PLAN_FREEZE };
	size_t at = cli->insert_at;
	int r = refuse_target(f, e);

	if (r < 0)
		return r;
	copy_args(cli, &p);
	p.enter_pid = f->frame.pid != 0;
	p.tree = f->target.nspid[p.enter_pid ? f->frame.depth - 1 : 0];
	explain_frame(f, &p);
	r = plan_views(cli, f, &p, &at, e);
	if (!r)
		r = check_freeze(cli, f, &p, e);
	if (r < 0) {
		plan_free(&p);
		return r;
	}
	if (p.mounts != MOUNTS_CALLER) {
		add_option(&p, &at, "--images-dir", plan_slot_images);
		add_option(&p, &at, "--work-dir", plan_slot_work);
		step(&p,
		     xasprintf("hand criu the directories %s and %s as open descriptors",
			       f->images_dir.path, f->work_dir.path),
		     "they are the caller's, whatever the path means over there");
	}
	if (p.enter_pid) {
		_cleanup_free_ char *number = xasprintf("%d", p.tree);

		add_option(&p, &at, "--tree", number);
	}
	*ret = p;
	return 0;
}

/* Thaw */

static int refuse_thaw(const struct cli *cli, const struct facts *f, struct err *e)
{
	int r = 0;

	if (cli->sibling && !cli->detach)
		return err_set(e, 0, "--restore-sibling only makes sense with --restore-detached");
	if (cli->exec_cmd && cli->detach)
		return err_set(e, 0, "--restore-detached and --exec-cmd cannot be used together");
	if (cli->exec_cmd && !cli->command_at)
		return err_set(e, 0, "--exec-cmd requires a command, behind \"--\"");
	if (!cli->exec_cmd && cli->command_at && !cli->unknown.n)
		return err_set(e, 0, "excessive word '%s' behind the command %s",
			       cli->args.v[cli->command_at], cli->word);
	if (cli->exit_status && f->images.root == 1)
		return err_set(e, 0,
			       "--exit-status is not for images of an init (pid 1): criu waits "
			       "for it there, and keeps what it returned to itself");
	if (cli->exit_status && (cli->detach || cli->exec_cmd))
		return err_set(e, 0,
			       "--exit-status is for a thaw in the foreground: nobody waits for "
			       "the root task with %s",
			       cli->detach ? "--restore-detached" : "--exec-cmd");
	if (!cli->stream)
		r = check_dir(&f->images_dir, "images", false, e);
	if (!r && !cli->stream && !f->images.present) {
		err_set(e, 0, "there are no images in %s: it has no inventory.img",
			f->images_dir.path);
		r = err_hint(e, "name the directory of a freeze with -D");
	} else if (!r && !cli->stream && !f->images.has_tree) {
		/* criu 4.2.1 dies of SIGSEGV there */
		err_set(e, 0, "the images in %s are incomplete: they have no pstree.img",
			f->images_dir.path);
		r = err_hint(e, "was the freeze interrupted, or is it a pre-dump?");
	}
	if (!r)
		r = check_dir(&f->work_dir, "work", true, e);
	if (!r && cli->pidfile && f->pidfile_errnum)
		return err_set(e, f->pidfile_errnum, "cannot make the pidfile %s", cli->pidfile);
	if (!r && cli->pidfile && f->pidfile_exists) {
		err_set(e, 0, "the pidfile %s already exists", cli->pidfile);
		r = err_hint(e, "remove it, or name another");
	}
	return r;
}

/* The images' own init: criu makes the pid namespace, as it was, and pids are as criu has them. */
static void plan_plain(struct plan *p)
{
	p->kind = PLAN_THAW_PLAIN;
	step(p, xstrdup("run criu in the caller's namespaces"),
	     "the root task in the images is the init of a pid namespace (pid 1): criu makes that "
	     "namespace itself");
}

/*
 * A shell job needs a terminal in its own session, and criu to be in that session: the caller's is
 * outside of the new pid namespace ("Failed to set group 0", criu 4.2.1), and its shell shall keep
 * its terminal. So the job gets a pty.
 */
static void plan_tty(const struct cli *cli, const struct facts *f, struct plan *p)
{
	if (!cli->shell_job || !f->stdin_is_tty)
		return;
	p->tty = TTY_RELAY;
	step(p, xstrdup("open a pty and relay it to this terminal"),
	     cli->detach
		     ? "a shell job needs a terminal in its own session; detached, its output goes "
		       "on being shown"
		     : "a shell job needs a terminal in its own session");
}

static int plan_namespaces(const struct cli *cli, const struct facts *f, struct plan *p,
			   struct err *e)
{
	p->criu_pid = images_free_pid(f->images.ids, f->images.n_ids, f->pid_max);
	if (!p->criu_pid) {
		err_set(e, 0, "the images leave no room for criu's own pid below pid_max %d",
			f->pid_max);
		return err_hint(e, "raise it: sysctl kernel.pid_max=4194304");
	}
	step(p, xstrdup("make a new pid and mount namespace with a small pseudo-init as pid 1"),
	     "every pid of the images is free in there, whatever runs outside");
	step(p, xstrdup("make all mounts in it slaves, mount a fresh /proc, make that shared"),
	     "nothing flows back to the caller, mounts made later still arrive, and criu reads its "
	     "own pid namespace");
	plan_tty(cli, f, p);
	step(p, xasprintf("start criu there as pid %d", p->criu_pid),
	     "neither criu nor its helpers may sit on a pid that the images need");
	if (f->images.root)
		step(p, xasprintf("thaw the root task as pid %d in there", f->images.root),
		     "as in the images; the pidfile gets the number that the caller sees");
	return 0;
}

/*
 * criu 4.1.1 and 4.2 crash without --root when a mount namespace is thawed (BUG at mount.c:48); and
 * with the wrong one a container would come back on the host's root.
 */
static int plan_own_mounts(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at,
			   struct err *e)
{
	const struct images *i = &f->images;

	if (!i->own_mounts)
		return 0;
	if (!cli->root) {
		if (!i->root_folder || !is_callers_root(f, i->root_dev, i->root_folder)) {
			err_set(e, 0,
				"the images in %s are of a process with a root of its own (%s of "
				"another file system, or folder, than / here)",
				f->images_dir.path, i->root_folder ? i->root_folder : "unknown");
			return err_hint(e, "name it, as a mountpoint: --root DIR");
		}
		add_option(p, at, "--root", "/");
		step(p, xstrdup("add --root /"),
		     "the images hold a mount namespace on the host's root, and criu needs to be "
		     "told");
	}
	if (i->auto_external) {
		static const char why[] = "some of its mounts were the host's, and are to be found "
					  "there again";

		add_external(cli, p, at, 'm', why);
		add_external(cli, p, at, 's', why);
	}
	return 0;
}

int plan_thaw(const struct cli *cli, const struct facts *f, struct plan *ret, struct err *e)
{
	struct plan p = { .kind = PLAN_THAW };
	size_t at = cli->insert_at;
	int r = refuse_thaw(cli, f, e);

	if (!r)
		r = caps_check(f->caps, CAP_USE_THAW, "thaw", e);
	if (r < 0)
		return r;
	copy_args(cli, &p);
	p.detach = cli->detach;
	p.sibling = cli->sibling;
	p.wait_exec = cli->exec_cmd;
	r = plan_own_mounts(cli, f, &p, &at, e);
	if (r < 0) {
		plan_free(&p);
		return r;
	}
	if (f->images.root == 1) {
		plan_plain(&p);
		*ret = p;
		return 0;
	}
	r = plan_namespaces(cli, f, &p, e);
	if (r < 0) {
		plan_free(&p);
		return r;
	}
	if (!cli->exec_cmd)
		add_option(&p, &at, "--restore-detached", NULL);
	add_option(&p, &at, "--pidfile", plan_slot_pidfile);
	if (cli->exec_cmd) /* behind what was put in, unless that went to the very end */
		p.exec_at = cli->command_at +
			    (cli->insert_at <= cli->command_at ? at - cli->insert_at : 0);
	step(&p,
	     xstrdup(p.detach      ? "return when the tree runs, with criu's verdict"
		     : p.wait_exec ? "wait for the command that takes criu's place"
				   : "wait for the root task to end, forwarding signals to it"),
	     p.detach      ? "--restore-detached"
	     : p.wait_exec ? "--exec-cmd"
			   : "as criu does");
	*ret = p;
	return 0;
}

void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n_steps; i++) {
		free(p->steps[i].what);
		free(p->steps[i].why);
	}
	free(p->steps);
	strv_free(&p->args);
	*p = (struct plan){ 0 };
}
