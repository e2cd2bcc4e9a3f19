// SPDX-License-Identifier: MIT
#include "freeze/enter.h"

#include "freeze/whole_root.h"
#include "util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

bool enter_pid_ns(const struct plan *p, const struct facts *f)
{
	return !p->enter_pid || setns(f->frame_ns_pid_fd, CLONE_NEWPID) == 0;
}

bool enter_leave_pid_ns(const struct plan *p, const struct facts *f)
{
	if (!p->enter_pid)
		return true;

	_cleanup_close_ int own = openat(f->proc, "self/ns/pid", O_RDONLY | O_CLOEXEC);

	return own >= 0 && setns(own, CLONE_NEWPID) == 0;
}

/*
 * The order of two tables differs where mounts were not made in the order of the tree, as on most
 * hosts.
 */
static int compare_mounts(struct mounts *caller, struct mounts *here, bool *ret_same, struct err *e)
{
	struct mount_diff *diff = NULL;
	bool own_proc;
	int r;

	*ret_same = mounts_surely_same(caller->text, here->text, &own_proc);
	if (*ret_same)
		return 0;
	r = mounts_parse(caller, "mountinfo", e);
	if (!r)
		r = mounts_parse(here, "mountinfo", e);
	*ret_same = !r && mounts_compare(caller, here, &diff) == 0;
	free(diff);
	return r;
}

/*
 * Compare the mount table of the namespace that this process has joined with the caller's, as both
 * are at this moment: whoever lives in it may have changed it since, or may have shown less than
 * there is (a task in a chroot). The tables are compared, without looking up a path, because paths
 * lead to the target's files in here.
 */
static int prove_mounts(const struct entry *n, struct err *e)
{
	const struct facts *f = n->facts;
	const struct mounts *seen =
		n->plan->mounts == MOUNTS_TARGET ? &f->target_view : &f->frame_view;
	struct mounts here = { 0 };
	struct mounts caller = { 0 };
	char path[32];
	bool same = false;
	int r;

	if (mounts_unchanged(f->proc, "self/mountinfo", seen))
		return 0;
	snprintf(path, sizeof(path), "%d/mountinfo", n->self);
	r = mounts_read_text(f->proc, "self/mountinfo", &here, e);
	if (!r)
		r = mounts_read_text(f->proc, path, &caller, e);
	if (!r)
		r = compare_mounts(&caller, &here, &same, e);
	if (!r && !same) {
		err_set(e, 0, "the mounts of process %d have changed while criu-ns looked at them",
			f->target.pid);
		e->passes = true;
		r = err_hint(e, "nothing was touched; try again");
	}
	mounts_free(&caller);
	mounts_free(&here);
	return r;
}

/* After joining: is this the frame that the plan is about? See stage 3 in src/README.md. */
static int prove_frame(const struct entry *n, struct err *e)
{
	const struct facts *f = n->facts;
	char self[32] = "";
	int r = prove_mounts(n, e);

	if (r < 0)
		return r;
	if (readlink("/proc/self", self, sizeof(self) - 1) < 0 || parse_pid(self) != getpid()) {
		err_set(e, 0,
			"/proc in the mount namespace of process %d does not show its pid namespace",
			f->target.pid);
		return err_hint(e,
				"it was started without --mount-proc, or /proc was mounted over");
	}
	return 0;
}

static int join_mounts(const struct entry *n, struct err *e)
{
	const struct facts *f = n->facts;
	bool target = n->plan->mounts == MOUNTS_TARGET;
	const struct task *whose = target ? &f->target : &f->frame;

	if (n->plan->mounts == MOUNTS_CALLER)
		return 0;
	if (setns(target ? f->ns_mnt_fd : f->frame_ns_mnt_fd, CLONE_NEWNS) < 0) {
		err_set(e, errno, "cannot join the mount namespace of process %d (%s)", whose->pid,
			whose->comm);
		return err_hint(e, "this needs CAP_SYS_ADMIN and CAP_SYS_CHROOT");
	}
	return prove_frame(n, e);
}

static int enter(struct entry *n, struct err *e)
{
	int r = join_mounts(n, e);

	if (!r && n->plan->own_ipc && unshare(CLONE_NEWIPC) < 0)
		r = err_set(e, errno, "cannot make an IPC namespace for criu");
	if (!r && n->plan->copy_mounts && unshare(CLONE_NEWNS) < 0)
		r = err_set(e, errno, "cannot make a mount namespace");
	if (!r)
		r = whole_root_show(n->plan, n->facts, e);
	if (!r)
		r = recheck_hand(&n->recheck, n->plan, n->facts, n->log->fd >= 0, &n->args, e);
	/* setns() has set the working directory to the root of the namespace */
	if (!r && n->plan->mounts != MOUNTS_CALLER && fchdir(n->cwd) < 0)
		r = err_set(e, errno, "cannot go back to the working directory");
	return r;
}

static int hand(struct entry *n, struct err *e)
{
	int r = process_hand(n->log->fd, &n->handed.log, e);

	if (!r && n->plan->mounts != MOUNTS_CALLER)
		r = process_hand(n->facts->images_dir.fd, &n->handed.images, e);
	if (!r && n->plan->mounts != MOUNTS_CALLER)
		r = process_hand(n->facts->work_dir.fd, &n->handed.work, e);
	return r;
}

void enter_fill_slots(const struct handed *h, struct strv *args)
{
	strv_replace(args, criu_log_slot, "/proc/self/fd/%d", h->log);
	strv_replace(args, plan_slot_images, "/proc/self/fd/%d", h->images);
	strv_replace(args, plan_slot_work, "/proc/self/fd/%d", h->work);
}

/*
 * These signals must not end criu: it has no handlers for them, and its parasite would stay in the
 * target. They are blocked, not ignored, so that the programs that criu starts can get them:
 * cr_system() (criu/util.c) empties the mask of every program that it executes. criu needs SIGALRM
 * for --timeout.
 */
static void block_signals(const sigset_t *callers)
{
	sigset_t set;

	process_signal_set(&set);
	sigdelset(&set, SIGALRM);
	sigprocmask(SIG_SETMASK, callers, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

_Noreturn void enter_become_criu(struct entry *n)
{
	struct err e = { 0 };
	char byte;
	int r;

	setsid();
	n->handed = HANDED_NONE;
	r = enter(n, &e);
	if (!r)
		r = hand(n, &e);
	if (!r && n->prepare)
		r = n->prepare(n->prepare_arg, &n->args, &e);
	if (n->waits && RETRY(read(n->go, &byte, 1)) != 1)
		_exit(EXIT_OWN);
	if (!r) {
		enter_fill_slots(&n->handed, &n->args);
		block_signals(&n->mask);
		criu_start(n->criu, &n->args, n->plan->mounts != MOUNTS_CALLER, &e);
	}
	(void)write_all(n->errors, &e, sizeof(e));
	_exit(EXIT_OWN);
}

int enter_await(pid_t criu, int errors, struct err *e)
{
	ssize_t n = RETRY(read(errors, e, sizeof(*e)));

	if (n == 0)
		return 0;
	RETRY(waitpid(criu, NULL, 0));
	if (n != sizeof(*e))
		return err_set(e, EIO, "cannot start criu");
	return e->errnum ? -e->errnum : -EINVAL;
}
