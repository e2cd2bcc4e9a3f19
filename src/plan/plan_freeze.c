// SPDX-License-Identifier: MIT
#include "plan/planning.h"

#include "look/caps.h"
#include "plan/answer.h"
#include "plan/frame.h"
#include "plan/mount_groups.h"
#include "plan/mount_keys.h"
#include "plan/mount_sort.h"
#include "plan/mount_stacks.h"
#include "plan/plan_findings.h"
#include "util/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char meant[] = "criu reads only one letter of mnt[]:sm";

/* The target */

static int refuse_dead(const struct task *t, struct err *e)
{
	_cleanup_free_ char *task = xasprintf("process %d (%s)", t->pid, t->comm);

	if (t->threads > 1)
		return answer_leaderless(task, e);
	return err_set(e, 0, "%s is a zombie: its parent %d has not reaped it", task, t->ppid);
}

static int refuse_target(const struct facts *f, struct err *e)
{
	const struct task *t = &f->target;

	if (t->state == 'Z' || t->state == 'X')
		return refuse_dead(t, e);
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
	return 0;
}

/*
 * At the thaw, its root task mounts a procfs, as root of that user namespace (mount_proc() in
 * criu/cr-restore.c).
 */
static int refuse_user_ns(const struct facts *f, struct err *e)
{
	const struct task *t = &f->target;

	if (f->target_user_ns == f->user_ns || task_is_init(t))
		return 0;
	err_set(e, 0,
		"process %d (%s) has a user namespace of its own, but no pid namespace of its own, "
		"which criu can freeze, but not thaw",
		t->pid, t->comm);
	return err_hint(e, "start it in both: unshare --user --pid --fork --mount-proc");
}

/*
 * "One or more namespaces doesn't belong to the target user namespace" (check_user_ns() in
 * criu/namespaces.c)
 */
static int refuse_foreign_ns(const struct facts *f, struct err *e)
{
	const struct task *t = &f->target;

	if (!f->foreign_ns)
		return 0;
	err_set(e, 0,
		"process %d (%s) has a user namespace of its own, and its %s namespace belongs to another user namespace above that, "
		"which criu cannot freeze",
		t->pid, t->comm,
		!strcmp(f->foreign_ns, "net")   ? "network"
		: !strcmp(f->foreign_ns, "uts") ? "UTS"
		: !strcmp(f->foreign_ns, "ipc") ? "IPC"
						: "time");
	return err_hint(
		e,
		"freeze it from within that namespace (nsenter --%s=/proc/%d/ns/%s), or start the program "
		"in one that is made together with its user namespace",
		f->foreign_ns, t->pid, f->foreign_ns);
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

/* The frame */

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
	/* The pseudo-init waits for all of its children, and one of them is the holder. */
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
static void plan_same_view(const struct facts *f, struct plan *p)
{
	p->mounts = MOUNTS_TARGET;
	plan_step(
		p,
		xasprintf("join the mount namespace of process %d (%s)", f->target.pid,
			  f->target.comm),
		"its mounts are the caller's, so criu need not save them, and their masters are in reach");
}

/*
 * criu saves the nested mount namespaces only together with the root task's, and that one only if
 * criu itself is in another ("Can't restore sub-task in NS", criu/pstree.c).
 */
static void plan_copy(const struct facts *f, struct plan *p)
{
	recipe_for_each_view (w, &p->recipe)
		p->whole_roots |= w->mounts[0].whole;
	if (p->whole_roots && !frame_is_targets(f))
		plan_step(p, xstrdup("run criu in a copy of the mount namespace that it is in"),
			  "a root of the tree is a directory of a tmpfs, which criu saves only "
			  "if its table of mounts says that it is all of it");
	p->copy_mounts = p->whole_roots;
	if (!frame_is_targets(f))
		return;
	p->copy_mounts = true;
	plan_step(
		p, xstrdup("run criu in a copy of the mount namespace that it is in"),
		"a process of the tree has a mount namespace of its own, which criu saves only together "
		"with the target's, and the target's only from another one");
}

/* own: a mount of the frame's that the caller does not have; NULL: there is none. */
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

/*
 * An own view is saved from the frame's view, which has to be the caller's, with a /proc that fits.
 */
static int plan_frame_view(const struct facts *f, struct plan *p, struct err *e)
{
	struct mount_diff own = { 0 };

	if (!f->frame.pid)
		return 0;
	switch (frame_check(f, findings_have_nested_mounts(&f->findings), &own)) {
	case FRAME_WITHOUT_PROC:
		return refuse_no_proc(f, e);
	case FRAME_OF_CONTAINER:
		return refuse_frame(f, own.mount ? &own : NULL, e);
	case FRAME_GOOD:
		break;
	}
	p->mounts = frame_is_targets(f) ? MOUNTS_TARGET : MOUNTS_FRAME;
	plan_step(p,
		  xasprintf("join the mount namespace of process %d (%s)", f->frame.pid,
			    f->frame.comm),
		  "criu runs in the init's frame, never in the target's own view");
	return 0;
}

/* Mounts of its own */

/*
 * criu takes the root of the root task for that of the mount namespace: its link has to be "/"
 * (__mntns_get_root_fd() in criu/mount.c), and no option changes that. If the root is not even a
 * mount, the table of the task has none ("No parent found", "No root found", or it is empty). A
 * mount can be made the root, with all that is open on it.
 */
static int refuse_chroot(const struct facts *f, struct err *e)
{
	const struct task *t = &f->target;

	err_set(e, 0,
		"process %d (%s) has a root (%s) that is not the root of its mount namespace, "
		"which criu cannot freeze",
		t->pid, t->comm, f->chroot);
	if (mounts_at(&f->target_view, f->chroot).n)
		return err_hint(
			e,
			"make that mount the root of all processes in there: nsenter -t %d -m pivot_root ROOT ROOT "
			"&& nsenter -t %d -m umount -l /",
			t->pid, t->pid);
	return err_hint(e, "start it with pivot_root (bwrap, runc, LXC do) rather than chroot, "
			   "or with chroot in the caller's mount namespace");
}

/*
 * criu saves a mount namespace of another user namespace only together with that user namespace,
 * which has to be the target's (check_user_ns() in criu/namespaces.c).
 */
static int refuse_owner(const struct facts *f, struct err *e)
{
	const struct task *t = &f->target;

	if (f->chroot)
		return refuse_chroot(f, e);
	if (f->mnt_owner == f->target_user_ns || f->mnt_owner == f->user_ns)
		return 0;
	err_set(e, 0,
		"the mounts of process %d (%s) belong to another user namespace than the process itself, "
		"which criu cannot freeze",
		t->pid, t->comm);
	return err_hint(e, "freeze the process that made the sandbox, its parent: -t %d", t->ppid);
}

/*
 * criu sets peers and masters through /proc/self/fd in the thawed view (restore_one_sharing() in
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

/* For each mount that criu must not make: `--external mnt[AT]:KEY`. */
static int add_keys(struct plan *p, size_t *at, struct err *e)
{
	_cleanup_free_ size_t *order = xcalloc(p->recipe.n_mounts, sizeof(*order));
	int n = mount_keys_order(&p->recipe, order, e);

	for (int i = 0; i < n; i++) {
		const struct recipe_mount *m = &p->recipe.mounts[order[i]];
		_cleanup_free_ char *value = xconcat("mnt[", m->at, "]:", m->key);

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

/* There may be thousands, and nobody reads them but in a dry run. */
static void explain_mounts(const struct cli *cli, struct plan *p, const struct recipe *r)
{
	if (!cli->dry_run)
		return;
	recipe_for_each_mount (m, r) {
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

/*
 * mnt[], if the user wants it, or if a mount of the host's and one of its own are on one
 * mountpoint: then criu must find the former, which gets its key afterwards (freeze/rekey.h).
 */
static void add_automatic(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	bool needed = cli->auto_external;
	bool masters = needed && mounts_have_outside_master(&f->target_view);
	bool peers = needed && mounts_have_outside_peer(&f->caller_view, &f->target_view);

	bool searched = mount_keys_need_search(&p->recipe);

	recipe_for_each_mount (m, &p->recipe) {
		if (m->owner != OWNER_AUTO && !(searched && m->key))
			continue;
		needed = true;
		masters |= m->master != 0;
		peers |= m->shared != 0;
	}
	recipe_for_each_view (w, &p->recipe) {
		recipe_for_each_mount (m, w) {
			needed |= m->key || m->owner == OWNER_AUTO;
			masters |= m->master != 0;
			peers |= m->shared != 0;
		}
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

/*
 * When all tasks are frozen and none is ended, the facts that the plan was made from must still be
 * true.
 */
static void plan_recheck(struct plan *p, size_t *at)
{
	p->recheck = p->check_mounts = true;
	plan_option(p, at, "--action-script", plan_slot_recheck);
	plan_step(p, xstrdup("look at the mounts again when all tasks are frozen"),
		  "if they have changed by then, criu lets the tree run on as before");
	recipe_for_each_mount (m, &p->recipe) {
		_cleanup_free_ char *name = NULL;

		if (m->owner != OWNER_KEPT)
			continue;
		p->keeps = true;
		name = recipe_archive_name(m);
		plan_step(p, xasprintf("keep the content of %s in %s, with tar", m->at, name),
			  m->key ? "criu does not save a part of a tmpfs"
				 : "criu does not save the root");
	}
}

/* With mnt[] by hand, criu decides about the mounts of the other mount namespaces. */
static int sort_mounts(const struct cli *cli, const struct facts *f, struct plan *p, struct err *e)
{
	const struct mount_tables tables = { .caller = &f->caller_view,
					     .frame = frame_view(f),
					     .target = &f->target_view,
					     .nested = &f->nested_view };
	int r = mount_sort(cli, &tables, &p->recipe, e);

	for (size_t i = 0; i < f->n_views && !r && !cli->auto_external; i++) {
		struct mounts view = mounts_part(&f->nested_view, f->views[i].first, f->views[i].n);

		r = mount_sort_view(cli, &tables, &view, &p->recipe, e);
		p->recipe.views[i].pid = f->views[i].pid;
		mounts_end_part(&view);
	}
	return r;
}

/*
 * criu makes an empty one (do_bind_mount_v2() in criu/mount-v2.c). A directory that has been
 * deleted is empty.
 */
static void note_deleted(const struct recipe *r, struct plan *p)
{
	recipe_for_each_mount (m, r)
		if (m->owner == OWNER_OWN && mounts_root_is_deleted(m->root) && !m->hidden)
			strv_take(&p->notes,
				  xasprintf("the mount %s is of %s, which has been deleted: "
					    "if that was a file, it comes back empty",
					    m->at, m->root));
}

/*
 * The directories of PrivateTmp=: remove_tmpdir_thread() in systemd's src/core/execute.c. Only systemd
 * itself knows what settings the unit has: no file of the unit's tells which are in effect.
 */
static void note_private_tmp(const struct recipe *r, struct plan *p)
{
	recipe_for_each_mount (m, r) {
		_cleanup_free_ char *path = NULL;

		if (m->owner != OWNER_HOST || p->leaves_tree)
			continue;
		path = mounts_path_join(m->host, m->folder);
		if (!strstr(path, "/systemd-private-"))
			continue;
		strv_take(
			&p->notes,
			xasprintf(
				"%s is the private %s of a unit of systemd, which takes a freeze for the end of "
				"the unit, and then deletes this directory, so that the thaw cannot be made, "
				"unless the unit has RemainAfterExit=yes and SuccessExitStatus=SIGKILL",
				path, m->at));
		return;
	}
}

/*
 * A unit with credentials sees only its own, on a mount that hides those of all others (systemd 252 and
 * 257).
 */
static bool is_units_credentials(const struct recipe *r, const struct recipe_mount *m)
{
	static const char all[] = "/run/credentials";

	if (m->owner != OWNER_HOST || m->hidden || !mounts_is_below(m->at, all) ||
	    strcmp(m->at, m->host) != 0)
		return false;
	recipe_for_each_mount (other, r)
		if (!strcmp(other->at, all))
			return true;
	return false;
}

/* Unlike a private /tmp, RemainAfterExit= does not keep them (systemd 252 and 257). */
static void note_credentials(const struct recipe *r, struct plan *p)
{
	recipe_for_each_mount (m, r) {
		if (p->leaves_tree || !is_units_credentials(r, m))
			continue;
		strv_take(
			&p->notes,
			xasprintf(
				"%s has the credentials of a unit of systemd, which unmounts them when the "
				"main process of the unit has ended, so that the thaw cannot be made: "
				"before the freeze, bind that to another directory (mount --bind), and "
				"before the thaw, bind it there again",
				m->host));
		return;
	}
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
		r = sort_mounts(cli, f, p, e);
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
	plan_copy(f, p);
	plan_step(
		p,
		xasprintf("let criu save the mounts of process %d (%s)", f->target.pid,
			  f->target.comm),
		"its view is its own; criu is told which mounts are the host's (--external mnt[AT]:KEY)");
	explain_mounts(cli, p, &p->recipe);
	recipe_for_each_view (w, &p->recipe) {
		plan_step(p, xasprintf("  those of process %d in that tree:", w->pid),
			  "its mount namespace is not that of the target");
		explain_mounts(cli, p, w);
	}
	note_deleted(&p->recipe, p);
	note_private_tmp(&p->recipe, p);
	note_credentials(&p->recipe, p);
	recipe_for_each_view (w, &p->recipe)
		note_deleted(w, p);
	add_skipped(p, at);
	add_automatic(cli, f, p, at);
	if (p->record)
		plan_recheck(p, at);
	return 0;
}

/* What else criu has to be told */

/*
 * In the caller's network namespace criu locks connections only, each by itself (lock_connection()
 * in criu/sk-tcp.c).
 */
static bool locks_connections(const struct cli *cli, const struct facts *f, const struct plan *p)
{
	return cli->command == CMD_DUMP && !f->own_network &&
	       findings_first(&f->findings, FINDING_CONNECTION) &&
	       plan_has(cli, p, "tcp-established") && !plan_has(cli, p, "tcp-close");
}

/*
 * The lock stops packets from outside between the freeze and the thaw; the images remember of what
 * kind it is.
 */
static void plan_network(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	p->locks_tcp = cli->command == CMD_DUMP && !f->own_network &&
		       (cli->tcp || plan_has(cli, p, "tcp-established"));
	if (f->has_iptables || cli->network_lock)
		return;
	if (f->own_network) {
		plan_option(p, at, "--network-lock", "nftables");
		plan_step(
			p, xstrdup("add --network-lock nftables"),
			"criu locks the target's network namespace with iptables, which is not installed here");
	} else if (locks_connections(cli, f, p)) {
		plan_auto(cli, p, at, "network-lock", "nftables",
			  "criu locks TCP connections with iptables, which is not installed here");
	}
}

/* "The root process %d is not a session leader" (dump_pstree() in criu/pstree.c) */
static void plan_session(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	const struct task *t = &f->target;

	if (t->session && t->session != task_inner_pid(t))
		plan_auto(
			cli, p, at, "shell-job", NULL,
			"the process is not the leader of its session, as that of a shell's job is");
}

/* Whoever gave such an option, the thaw has to give it again. */
static void remember_needs(const struct cli *cli, struct plan *p)
{
	struct strv again = { 0 };

	for (unsigned i = 0; i < RECIPE_NEEDS && !cli->as_given; i++) {
		if (!plan_has(cli, p, recipe_need_names[i]))
			continue;
		p->recipe.needs |= 1U << i;
		if (cli->stream && !cli_says(cli, recipe_need_names[i]))
			strv_take(&again, xasprintf(" --%s", recipe_need_names[i]));
	}
	if (again.n) {
		_cleanup_free_ char *words = strv_join(&again);

		strv_take(&p->notes,
			  xasprintf("with --stream there is no recipe: give the thaw%s", words));
	}
	strv_free(&again);
}

static int plan_views(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at,
		      struct err *e)
{
	bool nested = findings_have_nested_mounts(&f->findings);

	if (f->ns_mnt_fd < 0) {
		if (p->enter_pid)
			return refuse_no_proc(f, e);
		if (nested)
			return plan_own_view(cli, f, p, at, e);
		plan_step(p, xstrdup("stay in the caller's mount namespace"),
			  "the target lives in it");
		return 0;
	}

	if (f->same_view && !nested) {
		plan_same_view(f, p);
		return 0;
	}

	if (nested || frame_target_has_own_view(f))
		return plan_own_view(cli, f, p, at, e);
	if (!frame_proc_fits(f))
		return refuse_no_proc(f, e);
	plan_same_view(f, p);
	return 0;
}

/* What is needed for it, and what is written down */

static int check_caps(const struct cli *cli, const struct facts *f, const struct plan *p,
		      struct err *e)
{
	bool enters = p->own_ipc || p->enter_pid || p->mounts != MOUNTS_CALLER;
	char doing[64];

	if (!enters && cli->unprivileged)
		return 0;
	snprintf(doing, sizeof(doing), "freeze process %d", f->target.pid);
	return caps_check(f->caps, CAP_USE_FREEZE | (enters ? CAP_USE_ENTER : 0), cli->verbose,
			  doing, e);
}

/* For a person who finds the images later. */
static char *about_tree(const struct facts *f)
{
	size_t more = f->n_processes ? f->n_processes - 1 : 0;
	_cleanup_free_ char *others = more ? xasprintf(" and %zu more", more) : xstrdup("");
	char when[64] = "";
	struct tm tm;

	if (gmtime_r(&f->now, &tm))
		(void)strftime(when, sizeof(when), " on %Y-%m-%d %H:%M:%S UTC", &tm);
	return xasprintf("process %d (%s)%s, frozen%s%s%s with criu-ns " CRIU_NS_VERSION,
			 f->target.pid, f->target.comm, others, when,
			 *f->machine.nodename ? " on " : "", f->machine.nodename);
}

int plan_recipe_text(const struct plan *p, char **ret, struct err *e)
{
	char *text = *ret = recipe_format(&p->recipe);
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

/*
 * At the same moment the images are given what criu does not put there: the sessions that had been,
 * the cgroups that criu itself is in (look/image_cgroups.h), and programs that can be opened
 * (look/image_programs.h).
 */
static void plan_additions(const struct facts *f, struct plan *p, size_t *at)
{
	const bool has_cgroups = p->record && f->n_tasks > 1 && f->target_view.in_cgroup_ns;

	if ((!p->own_session && !has_cgroups && !p->keep_programs) || p->recheck)
		return;
	p->recheck = true;
	plan_option(p, at, "--action-script", plan_slot_recheck);
}

/*
 * Starting a program twice takes longer than all that is asked then. Scripts of the user's, which
 * before 3.19 exclude messages (add_rpc_notify() in criu/action-scripts.c), and what criu cannot do
 * when told by RPC, or does other than it would (setup_images_and_workdir(),
 * setup_logging_from_req() in criu/cr-service.c), are left to the script.
 */
void plan_notify(const struct cli *cli, struct plan *p)
{
	p->notify = p->record && !cli->by_rpc && cli->word_at < cli->insert_at &&
		    !cli_says(cli, "action-script") && !cli->log_pid;
	p->word_at = cli->word_at;
	p->verbosity = cli->verbosity;
}

/* getopt(3) finds the options wherever they are; the two words have to follow each other. */
void plan_say_swrk(const struct plan *p, const char *socket, struct strv *args)
{
	struct strv said = { 0 };

	for (size_t i = 0; i < args->n; i++) {
		if (i + 1 < args->n && !strcmp(args->v[i + 1], plan_slot_recheck)) {
			i++; /* the option, and the script */
			continue;
		}
		if (i == p->word_at) {
			strv_add(&said, "swrk");
			strv_add(&said, socket);
			continue;
		}
		strv_take(&said, args->v[i]);
		args->v[i] = NULL;
	}
	strv_free(args);
	*args = said;
}

/*
 * criu gives up after ten seconds if it has not stopped all tasks, for each of which it needs about
 * half of 1 ms.
 */
static void plan_timeout(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	enum { USUAL = 10, MANY = 1000, EACH = 100 /* of a second */ };
	_cleanup_free_ char *seconds = xasprintf("%zu", USUAL + f->n_tasks / EACH);

	if (f->n_tasks > MANY)
		plan_auto(
			cli, p, at, "timeout", seconds,
			"it may take criu longer than the usual ten seconds to stop so many tasks");
}

/* criu may see other paths there than the caller does. */
static void plan_handed(const struct facts *f, struct plan *p, size_t *at)
{
	if (p->mounts != MOUNTS_CALLER) {
		plan_option(p, at, "--images-dir", plan_slot_images);
		plan_option(p, at, "--work-dir", plan_slot_work);
		plan_step(p,
			  xasprintf("hand criu the directories %s and %s as open descriptors",
				    f->images_dir.path, f->work_dir.path),
			  "they are the caller's, whatever these paths lead to in there");
	}
	if (p->enter_pid) {
		_cleanup_free_ char *number = xasprintf("%d", p->tree);

		plan_option(p, at, "--tree", number);
	}
}

/*
 * In whichever mode, criu 4.2 aborts with its code in the target (task_reset_dirty_track() in
 * criu/mem.c); only of a dump with --track-mem it says so beforehand (check_options() in
 * criu/config.c).
 */
static int check_tracking(const struct cli *cli, const struct facts *f, struct err *e)
{
	if (!f->tracks_no_memory || cli->as_given)
		return 0;
	err_set(e, 0,
		"this kernel does not track which memory a process writes (CONFIG_MEM_SOFT_DIRTY), which a pre-dump needs");
	return err_hint(e, "freeze the tree without one; --leave-running lets it run on");
}

/*
 * What the user has named may make a recipe that a thaw could not read, and that is refused before
 * anything is frozen. What criu-ns has named itself would be a bug of its own. It is checked, too,
 * but while criu works, if criu asks before it ends the tree (freeze/record.h): with thousands of
 * mounts that takes as long as all other decisions.
 */
static bool is_text_needed(const struct cli *cli, const struct plan *p)
{
	if (cli->dry_run || !p->recheck)
		return true;
	recipe_for_each_mount (m, &p->recipe)
		if (m->owner == OWNER_GIVEN)
			return true;
	return false;
}

/* All of it */

/* Each check is independent of the others, so that all refusals are found. */
static void check_all(const struct cli *cli, const struct facts *f, struct plan *p)
{
	struct err e;

	plan_refuse(p, check_caps(cli, f, p, &e), &e);
	plan_refuse(p, check_tracking(cli, f, &e), &e);
	if (!cli->stream)
		plan_refuse(p, plan_check_dir(&f->images_dir, "images", true, &e), &e);
	if (cli->stream || strcmp(f->work_dir.path, f->images_dir.path) != 0)
		plan_refuse(p, plan_check_dir(&f->work_dir, "work", true, &e), &e);
	plan_refuse(p, plan_check_log(cli, f, &e), &e);
}

static void decide(const struct cli *cli, const struct facts *f, struct plan *p)
{
	size_t at = cli->insert_at;
	struct err e;

	plan_copy_args(cli, p);
	p->record = cli->command == CMD_DUMP && !cli->stream;
	p->streams = cli->command == CMD_DUMP && cli->stream;
	p->restart = p->record && !cli->as_given;
	p->leaves_tree = cli->command != CMD_DUMP || cli->leave_running || cli->leave_stopped;
	p->enter_pid = f->frame.pid != 0;
	p->tree = f->target.nspid[p->enter_pid ? f->frame.depth - 1 : 0];
	plan_refuse(p, refuse_user_ns(f, &e), &e);
	plan_refuse(p, refuse_foreign_ns(f, &e), &e);
	explain_frame(f, p);
	plan_refuse(p, plan_views(cli, f, p, &at, &e), &e);
	p->recipe.init = task_is_init(&f->target); /* mount_sort() makes the recipe */
	p->recipe.about = about_tree(f);
	plan_session(cli, f, p, &at);
	plan_findings(cli, f, p, &at);
	remember_needs(cli, p);
	plan_network(cli, f, p, &at);
	plan_timeout(cli, f, p, &at);
	plan_additions(f, p, &at);
	plan_notify(cli, p);
	check_all(cli, f, p);
	plan_handed(f, p, &at);
	if (p->record && !recipe_is_empty(&p->recipe))
		plan_step(p, xasprintf("write %s beside the images", recipe_file_name),
			  "a thaw needs it");
	if (!p->n_refusals && !recipe_is_empty(&p->recipe) && is_text_needed(cli, p))
		plan_refuse(p, plan_recipe_text(p, &p->recipe_text, &e), &e);
}

int plan_freeze(const struct cli *cli, const struct facts *f, struct plan *ret)
{
	struct err e;

	*ret = (struct plan){ 0 };
	if (plan_refuse(ret, refuse_target(f, &e), &e) == 0)
		decide(cli, f, ret);
	return plan_verdict(ret);
}
