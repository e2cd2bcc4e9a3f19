// SPDX-License-Identifier: MIT
/*
 * Stages 3 and 4 of a freeze (src/run.c). Three processes take part beside the caller's:
 *
 *   criu-ns          stays where the caller is; waits; never interrupts criu
 *     ├─ criu        in the target's frame, in a session of its own: Ctrl-C must not reach it
 *     └─ (gone) ─▶ holder   a child of the frame's init, so that this init does not end, and the
 *                           kernel not kill criu with it, when criu has killed the tree
 *
 * The holder waits for criu, not for criu-ns: a criu-ns that is killed does not take the freeze
 * with it. An init that ends with the target whatever other children it has (a shell, tini) is
 * stopped by the holder meanwhile: by ptrace, which the kernel undoes when the holder ends, however
 * it ends.
 */
#include "beside.h"
#include "hook.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child that becomes criu has to know. */
struct entry {
	const struct plan *plan;
	const struct facts *facts;
	const struct criu_binary *criu;
	struct strv args;
	int cwd;
	int go; /* read end: a byte says "go", end of file "criu-ns is gone" */
	struct hook hook;
	int errors;    /* write end, close-on-exec: a struct err, or end of file when criu runs */
	sigset_t mask; /* the caller's */
};

/*
 * The table of the namespace that we are in now, against the caller's again: whoever lives in it
 * may have changed it since, or have shown us less than there is (a task in a chroot).
 */
static int prove_mounts(const struct entry *n, struct err *e)
{
	const struct facts *f = n->facts;
	const struct mounts *seen =
		n->plan->mounts == MOUNTS_TARGET ? &f->target_view : &f->frame_view;
	struct mounts caller = { 0 };
	struct mounts here = { 0 };
	struct view_diff *diff = NULL;
	int r;

	if (mounts_unchanged(f->proc, "self/mountinfo", seen))
		return 0;
	r = mounts_read(f->proc, "self/mountinfo", &here, e);
	caller.text = xstrdup(f->caller_view.text); /* the facts may hold the text only */
	if (!r)
		r = mounts_parse(&caller, "of the caller", e);
	if (!r && mounts_compare(&caller, &here, &diff) > 0) {
		err_set(e, 0,
			"the mounts of process %d have changed while criu-ns looked at them: %s",
			f->target.pid, diff->mount->at);
		r = err_hint(e, "nothing was touched; try again");
	}
	free(diff);
	mounts_free(&caller);
	mounts_free(&here);
	return r;
}

/* After joining: are we where the plan wanted to be? See stage 3 in src/run.c. */
static int prove_frame(const struct entry *n, struct err *e)
{
	const struct facts *f = n->facts;
	char self[32] = "";
	int r = prove_mounts(n, e);

	if (r < 0)
		return r;
	if (readlink("/proc/self", self, sizeof(self) - 1) < 0 || parse_pid(self) != getpid()) {
		err_set(e, 0,
			"/proc in the mount namespace of process %d does not show its pid "
			"namespace",
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
		return err_hint(e, "it takes CAP_SYS_ADMIN and CAP_SYS_CHROOT");
	}
	return prove_frame(n, e);
}

static int enter(struct entry *n, struct err *e)
{
	int r = join_mounts(n, e);

	if (!r)
		r = hook_hand(&n->hook, &n->args, e);
	if (r < 0)
		return r;
	if (n->plan->mounts != MOUNTS_CALLER) {
		int images = run_hand_over(n->facts->images_dir.fd, e);
		int work = images < 0 ? images : run_hand_over(n->facts->work_dir.fd, e);

		if (work < 0)
			return work;
		run_fill_slot(&n->args, plan_slot_images, "/proc/self/fd/%d", images);
		run_fill_slot(&n->args, plan_slot_work, "/proc/self/fd/%d", work);
		/* setns() has set the working directory to the root of the namespace */
		if (fchdir(n->cwd) < 0)
			return err_set(e, errno, "cannot go back to the working directory");
	}
	return 0;
}

/* All that can be done before the holder is there is done while it is being made. */
static _Noreturn void become_criu(struct entry *n)
{
	struct err e = { 0 };
	int entered;
	char byte;

	setsid();
	entered = enter(n, &e);
	if (n->plan->enter_pid && RETRY(read(n->go, &byte, 1)) != 1)
		_exit(EXIT_OWN);
	if (entered == 0) {
		sigprocmask(SIG_SETMASK, &n->mask, NULL);
		run_exec(n->criu, n->args.v, n->plan->mounts != MOUNTS_CALLER, &e);
	}
	(void)write_all(n->errors, &e, sizeof(e));
	_exit(EXIT_OWN);
}

/* What the holder works with; see the top. */
struct hold {
	int criu;       /* pidfd */
	int ready;      /* write end: a byte when the init is stopped */
	pid_t *threads; /* of the init to stop, as they are numbered in its pid namespace */
	size_t n_threads;
};

/* One that is traced already, or has just ended, is left alone. */
static void stop_threads(const struct hold *h)
{
	for (size_t i = 0; i < h->n_threads; i++)
		if (ptrace(PTRACE_SEIZE, h->threads[i], NULL, NULL) == 0 &&
		    ptrace(PTRACE_INTERRUPT, h->threads[i], NULL, NULL) == 0)
			RETRY(waitpid(h->threads[i], NULL, __WALL));
}

static _Noreturn void hold(const struct hold *h)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "criu-ns-hold");
	dup2(h->criu, 0);
	dup2(h->ready, 1);
	close_range(2, ~0U, 0);
	if (chdir("/") < 0)
		_exit(1);
	if (h->n_threads)
		stop_threads(h);
	(void)write_all(1, "", 1);
	close(1);
	RETRY(poll(&p, 1, -1));
	_exit(0);
}

/*
 * Fork the holder, and let it become an orphan: the frame's init inherits it. The one in between
 * borrows our memory, for it does nothing but this.
 */
static int fork_holder(const struct hold *h)
{
	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid_t middle = vfork();
	int status;

	if (middle == 0) {
		pid_t holder = run_clone(0, 0, NULL);

		if (holder == 0)
			hold(h);
		_exit(holder < 0);
	}
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	if (middle < 0 || RETRY(waitpid(middle, &status, 0)) < 0)
		return -errno;
	return status ? -EAGAIN : 0;
}

static int start_holder(const struct entry *n, pid_t criu, struct err *e)
{
	_cleanup_free_ pid_t *threads = NULL;
	_cleanup_close_ int criu_fd = pidfd_open(criu, 0);
	struct hold h = { .criu = criu_fd };
	int ready[2];
	char byte;

	if (criu_fd < 0 || pipe2(ready, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot prepare to hold the target's pid namespace");
	h.ready = ready[1];
	if (n->plan->stop_init)
		h.n_threads = procfs_inner_threads(n->facts->proc, n->facts->frame.pid, &threads);
	h.threads = threads;

	int r = fork_holder(&h);

	close(ready[1]);
	if (!r && n->plan->stop_init && RETRY(read(ready[0], &byte, 1)) != 1)
		r = -ECHILD;
	close(ready[0]);
	return r < 0 ? err_set(e, -r, "cannot hold the pid namespace of process %d",
			       n->facts->target.pid)
		     : 0;
}

/* criu 4.2 cannot be cancelled; say so once, and wait. */
static int await_criu(const struct entry *n, pid_t criu, int signals, struct verdict *ret,
		      struct err *e)
{
	_cleanup_close_ int criu_fd = pidfd_open(criu, 0);
	struct pollfd p[] = { { .fd = criu_fd, .events = POLLIN },
			      { .fd = signals, .events = POLLIN },
			      { .fd = n->hook.ask[0], .events = POLLIN } };
	struct err kept = { 0 };
	bool said = false;
	int status;

	while (criu_fd >= 0 && !(p[0].revents & POLLIN)) {
		struct signalfd_siginfo info;

		if (RETRY(poll(p, ARRAY_SIZE(p), -1)) < 0)
			break;
		if (p[2].revents & POLLIN)
			hook_answer(&n->hook, n->plan, n->facts, &kept);
		if (!(p[1].revents & POLLIN) || read(signals, &info, sizeof(info)) < 0 || said ||
		    info.ssi_signo == SIGWINCH)
			continue;
		said = true;
		fprintf(stderr,
			"criu-ns: got %s, and wait for criu: a freeze that has begun cannot be "
			"cancelled without harm to the target\n",
			strsignal((int)info.ssi_signo));
	}
	if (RETRY(waitpid(criu, &status, 0)) < 0)
		return err_set(e, errno, "cannot wait for criu");
	ret->status = run_exit_code(status);
	ret->failed = ret->status != 0;
	if (*kept.what) {
		*e = kept;
		return -EINVAL;
	}
	return 0;
}

/* End of file: criu runs. Anything else is the error of the child, which has ended. */
static int await_start(pid_t criu, int errors, struct err *e)
{
	ssize_t n = RETRY(read(errors, e, sizeof(*e)));

	if (n == 0)
		return 0;
	RETRY(waitpid(criu, NULL, 0));
	if (n != sizeof(*e))
		return err_set(e, EIO, "cannot start criu");
	return e->errnum ? -e->errnum : -EINVAL;
}

/* Without a holder to wait for, criu can be executed at once, and our memory need not be copied. */
static pid_t fork_criu(struct entry *n, int go)
{
	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid_t criu = n->plan->enter_pid || n->plan->hook ? fork() : vfork();

	if (criu == 0) {
		close(go);
		become_criu(n);
	}
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	return criu;
}

static int start(struct entry *n, int go, pid_t *ret, struct err *e)
{
	const struct facts *f = n->facts;

	if (n->plan->enter_pid && setns(f->frame_ns_pid_fd, CLONE_NEWPID) < 0)
		return err_set(e, errno, "cannot join the pid namespace of process %d (%s)",
			       f->frame.pid, f->frame.comm);
	/* A last look through the pidfd: from here on the pid is criu's to trust. */
	if (pidfd_send_signal(f->target_fd, 0, NULL, 0) < 0)
		return err_set(e, errno, "process %d has ended", f->target.pid);
	*ret = fork_criu(n, go);
	if (*ret < 0) {
		err_set(e, errno, "cannot start a process in the frame of process %d",
			f->target.pid);
		return errno == ENOMEM ? err_hint(e, "the init of its pid namespace has ended")
				       : -e->errnum;
	}
	if (!n->plan->enter_pid)
		return 0;

	int r = start_holder(n, *ret, e);

	/* The read end is ours, too: no SIGPIPE from a child that has failed and ended. */
	if (!r)
		(void)write_all(go, "", 1);
	close(go);
	if (r < 0)
		RETRY(waitpid(*ret, NULL, 0));
	return r;
}

static int run_criu(struct entry *n, int signals, struct verdict *ret, struct err *e)
{
	int go[2];
	int errors[2];
	pid_t pid = -1;
	int r;

	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot prepare the freeze of process %d",
			       n->facts->target.pid);
	n->go = go[0];
	n->errors = errors[1];
	r = n->plan->hook ? hook_make(&n->hook, e) : 0;
	if (!r)
		r = start(n, go[1], &pid, e);
	close(errors[1]);
	hook_close_inner(&n->hook);
	if (!r)
		r = await_start(pid, errors[0], e);
	if (!r)
		r = await_criu(n, pid, signals, ret, e);
	hook_close(&n->hook);
	return r;
}

/*
 * The recipe lies there before criu begins: a criu-ns that is killed does not take the freeze with
 * it. What nothing has come of takes it away again.
 */
static int record(const struct plan *p, const struct facts *f, char **ret_old, struct err *e)
{
	const struct recipe *r = recipe_is_empty(&p->recipe) ? NULL : &p->recipe;

	return p->record ? beside_write(f->images_dir.fd, r, ret_old, e) : 0;
}

int freeze_run(const struct plan *p, const struct facts *f, const struct criu_binary *criu,
	       struct verdict *ret, struct err *e)
{
	struct entry n = {
		.plan = p, .facts = f, .criu = criu, .args = p->args, .hook = HOOK_NONE
	};
	_cleanup_free_ char *old = NULL;
	sigset_t set;

	run_signal_set(&set);
	sigprocmask(SIG_BLOCK, &set, &n.mask);

	_cleanup_close_ int signals = signalfd(-1, &set, SFD_CLOEXEC);
	_cleanup_close_ int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (signals < 0 || cwd < 0)
		return err_set(e, errno, "cannot prepare the freeze of process %d", f->target.pid);
	n.cwd = cwd;

	int r = record(p, f, &old, e);

	if (r < 0)
		return r;
	r = run_criu(&n, signals, ret, e);
	if (p->record && (r < 0 || ret->failed))
		beside_undo(f->images_dir.fd, old);
	else if (p->record && !p->keep_root)
		beside_forget_root(f->images_dir.fd);
	return r;
}
