// SPDX-License-Identifier: MIT
/*
 * Stages 3 and 4 of a freeze (src/README.md, "Threat model"). Three processes take part:
 *
 *   criu-ns          stays where the caller is; waits; never interrupts criu
 *     ├─ criu        in the target's frame, in a session of its own: Ctrl-C must not reach it
 *     └─ (gone) ─▶ holder   a child of the frame's init: keeps that init from ending when criu has
 *                           killed the tree, because the kernel would kill criu with it
 *
 * See holder.h; see watch.h for what criu-ns waits for.
 */
#include "freeze/freeze.h"

#include "cli/criu.h"
#include "freeze/connections.h"
#include "freeze/gate.h"
#include "freeze/holder.h"
#include "freeze/keep_links.h"
#include "freeze/outcome.h"
#include "freeze/recheck.h"
#include "freeze/restart.h"
#include "freeze/sessions.h"
#include "freeze/watch.h"
#include "freeze/whole_root.h"
#include "look/recipe_file.h"
#include "look/root_archive.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child that becomes criu has to know. */
struct entry {
	const struct plan *plan;
	const struct facts *facts;
	const struct criu_binary *criu;
	const struct criu_log *log;
	struct strv args;
	pid_t self; /* criu-ns, which stays in the caller's namespaces */
	int cwd;
	int go;        /* read end: a byte says "go", end of file "criu-ns is gone" */
	bool asks;     /* criu asks before it ends the tree */
	bool has_gate; /* it waits before it saves the tree */
	struct recheck recheck;
	struct sessions *sessions; /* NULL: nobody has to leave one */
	int errors;    /* write end, close-on-exec: a struct err, or end of file when criu runs */
	sigset_t mask; /* the caller's */
};

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
	if (r < 0)
		return r;
	if (n->plan->mounts != MOUNTS_CALLER) {
		int images = process_hand_over(n->facts->images_dir.fd, e);
		int work = images < 0 ? images : process_hand_over(n->facts->work_dir.fd, e);

		if (work < 0)
			return work;
		strv_replace(&n->args, plan_slot_images, "/proc/self/fd/%d", images);
		strv_replace(&n->args, plan_slot_work, "/proc/self/fd/%d", work);
		/* setns() has set the working directory to the root of the namespace */
		if (fchdir(n->cwd) < 0)
			return err_set(e, errno, "cannot go back to the working directory");
	}
	return 0;
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

static int hand_log(struct entry *n, struct err *e)
{
	int copy = n->log->fd < 0 ? -1 : process_hand_over(n->log->fd, e);

	if (n->log->fd >= 0 && copy >= 0)
		strv_replace(&n->args, criu_log_slot, "/proc/self/fd/%d", copy);
	return n->log->fd < 0 || copy >= 0 ? 0 : copy;
}

/*
 * The holder is needed when criu has ended the tree, which is the last thing that criu does. criu
 * waits for criu-ns before that, at the gate or with a question, so the holder can be started while
 * criu works. Where it does not (--stream), or if an init has to be stopped, criu begins when the
 * holder is there. Were criu-ns killed before it has started the holder, the images would be
 * complete, as they are when somebody kills the holder.
 */
static bool waits_for_holder(const struct entry *n)
{
	const struct plan *p = n->plan;

	return p->enter_pid && (p->stop_init || (!n->asks && !n->has_gate && !p->leaves_tree));
}

static _Noreturn void become_criu(struct entry *n)
{
	struct err e = { 0 };
	int entered;
	char byte;

	setsid();
	process_outlive(n->facts->proc);
	entered = enter(n, &e);
	if (!entered)
		entered = hand_log(n, &e);
	if (waits_for_holder(n) && RETRY(read(n->go, &byte, 1)) != 1)
		_exit(EXIT_OWN);
	if (entered == 0) {
		block_signals(&n->mask);
		criu_start(n->criu, &n->args, n->plan->mounts != MOUNTS_CALLER, &e);
	}
	(void)write_all(n->errors, &e, sizeof(e));
	_exit(EXIT_OWN);
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

/*
 * What is executed without waiting for this process needs no copy of its memory: vfork().
 * recheck_hand() changes the environment where criu is not told by message.
 */
static pid_t fork_criu(struct entry *n, int go)
{
	bool by_script = n->asks && !n->recheck.by_message;
	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid_t criu = waits_for_holder(n) || by_script ? fork() : vfork();

	if (criu == 0) {
		close(go);
		become_criu(n);
	}
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	return criu;
}

/*
 * criu's process has been forked, and waits: start the holder, which may have to stop the init,
 * then let criu begin.
 */
static int hold_and_go(const struct entry *n, int go, struct watch *w, struct err *e)
{
	int r = holder_start(n->facts, n->plan->stop_init, w->criu_fd, w->holder, e);

	/*
	 * This process has the read end, too, so there is no SIGPIPE if the child has failed and
	 * ended.
	 */
	if (!r)
		(void)write_all(go, "", 1);
	return r;
}

/*
 * criu runs. If this fails, it is as if the holder had been killed: the kernel may end criu when
 * the tree has ended.
 */
static void hold(const struct entry *n, struct watch *w)
{
	struct err ignored;

	if (n->plan->enter_pid && !waits_for_holder(n))
		(void)holder_start(n->facts, false, w->criu_fd, w->holder, &ignored);
}

static int start(struct entry *n, int go, struct watch *w, struct err *e)
{
	const struct facts *f = n->facts;

	if (n->plan->enter_pid && setns(f->frame_ns_pid_fd, CLONE_NEWPID) < 0)
		return err_set(e, errno, "cannot join the pid namespace of process %d (%s)",
			       f->frame.pid, f->frame.comm);
	/* Check the pidfd a last time: from here on, criu works with the pid. */
	if (pidfd_send_signal(f->target_fd, 0, NULL, 0) < 0)
		return err_set(e, errno, "process %d has ended", f->target.pid);
	w->criu = fork_criu(n, go);
	if (w->criu < 0) {
		err_set(e, errno, "cannot start a process in the frame of process %d",
			f->target.pid);
		return errno == ENOMEM ? err_hint(e, "the init of its pid namespace has ended")
				       : -e->errnum;
	}
	w->criu_fd = pidfd_open(w->criu, 0);

	int r = w->criu_fd < 0 ? err_set(e, errno, "cannot watch criu") : 0;

	if (!r && waits_for_holder(n))
		r = hold_and_go(n, go, w, e);
	close(go);
	if (r < 0)
		RETRY(waitpid(w->criu, NULL, 0));
	return r;
}

/* Told by RPC, criu would not write its log to stderr. */
static bool can_notify(const struct entry *n)
{
	return n->plan->notify && (n->log->fd >= 0 || n->log->out < 0);
}

/* What is not asked is looked at at a gate, or where there can be none, asked after all. */
static void make_criu_wait(struct entry *n, struct watch *w)
{
	n->asks = n->plan->recheck;
	if (n->asks || !n->plan->record)
		return;
	n->has_gate = gate_make(w->gate, n->facts);
	n->asks = !n->has_gate && can_notify(n);
}

static int run_criu(struct entry *n, struct watch *w, int *ret_status, struct err *e)
{
	int go[2];
	int errors[2];
	int r;

	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot prepare the freeze of process %d",
			       n->facts->target.pid);
	n->go = go[0];
	n->errors = errors[1];
	make_criu_wait(n, w);
	r = n->asks ? recheck_make(&n->recheck, can_notify(n), e) : 0;
	if (!r)
		r = start(n, go[1], w, e);
	close(errors[1]);
	recheck_close_inner(&n->recheck);
	if (!r)
		r = await_start(w->criu, errors[0], e);
	if (!r)
		hold(n, w);
	if (!r)
		r = watch_criu(w, ret_status, e);
	recheck_close(&n->recheck);
	gate_close(w->gate, n->facts);
	holder_close(w->holder);
	cleanup_close(&w->criu_fd);
	return r;
}

/*
 * The recipe is written before criu begins, so that a freeze can be thawed even if criu-ns is
 * killed during it.
 */
static int record(const struct plan *p, const struct facts *f, char **ret_old, struct err *e)
{
	const struct recipe *r = recipe_is_empty(&p->recipe) ? NULL : &p->recipe;

	return p->record ? recipe_file_write(f->images_dir.fd, r, ret_old, e) : 0;
}

/*
 * The freeze has failed: undo what was written beside the images, and what criu left in the packet
 * filter. Because a tree cannot be thawed without its recipe, that is removed only if the target
 * certainly lives.
 */
static void undo(const struct plan *p, const struct facts *f, const char *old,
		 const struct network_lock *locked, const struct outcome *o)
{
	if (p->record && (o->target == TARGET_RUNS || o->target == TARGET_STOPPED))
		recipe_file_undo(f->images_dir.fd, old);
	if (!o->images || o->target == TARGET_RUNS || o->target == TARGET_STOPPED)
		network_lock_clear(locked);
}

/* Run criu, and find out what the result is. */
static int run_and_judge(struct entry *n, struct watch *w, struct outcome *o, struct verdict *ret,
			 struct err *e)
{
	int status = 0;
	int r = n->sessions ? sessions_leave(n->facts, n->sessions, e) : 0;

	n->recheck.sessions = n->sessions;
	if (!r)
		r = run_criu(n, w, &status, e);

	outcome_look(n->plan, n->facts, w->before, r < 0 ? EXIT_OWN << 8 : status, o);
	if (!r)
		r = outcome_judge(n->plan, n->facts, o, ret, e);
	/*
	 * criu looks at the mounts and networks of all tasks before it comes to the gate, and fails
	 * if it cannot save those of a namespace that nobody knew of.
	 */
	if (!r && ret->repeatable && n->plan->record)
		r = gate_check(n->facts, e);
	return r;
}

/*
 * If `run` (run/run.c) is the parent of that pseudo-init, it wants to know whose freeze ends its
 * program.
 */
static void announce(const struct plan *p, const struct facts *f, enum freeze_news news)
{
	const union sigval value = { .sival_int = news };

	if (p->record && !p->leaves_tree && f->frame.ppid > 1 &&
	    !strcmp(f->frame.comm, plan_init_comm))
		sigqueue(f->frame.ppid, SIGURG, value); /* all others ignore it: signal(7) */
}

/*
 * Another try may follow, which joins what it needs itself; before it begins, a signal ends criu-
 * ns.
 */
static bool be_as_before(const struct entry *n)
{
	bool good = true;

	if (n->plan->enter_pid) {
		_cleanup_close_ int own =
			openat(n->facts->proc, "self/ns/pid", O_RDONLY | O_CLOEXEC);

		good = own >= 0 && setns(own, CLONE_NEWPID) == 0;
	}
	sigprocmask(SIG_SETMASK, &n->mask, NULL);
	return good;
}

/*
 * Those that ask for an end are read (watch.h). The terminal must not stop criu-ns either: criu
 * would wait for it, and the tree, stopped, with criu. Nobody can keep SIGSTOP from doing so.
 */
static void hold_signals(sigset_t *ret_mask)
{
	static const int of_terminals[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	sigset_t set;

	process_signal_set(&set);
	for (size_t i = 0; i < ARRAY_SIZE(of_terminals); i++)
		sigaddset(&set, of_terminals[i]);
	sigprocmask(SIG_BLOCK, &set, ret_mask);
}

/* What is left to do when the result is known. */
static void conclude(const struct plan *p, const struct facts *f, const char *old,
		     const struct network_lock *locked, const struct outcome *o, bool good)
{
	if (!good) {
		undo(p, f, old, locked, o);
		announce(p, f, FREEZE_FAILED);
		return;
	}
	if (p->restart)
		restart_polls(f->images_dir.fd);
	if (p->keeps_links)
		keep_links(p, f);
	if (p->record && !p->keep_root)
		root_archive_remove(f->images_dir.fd);
}

int freeze_run(const struct freeze_work *work, struct verdict *ret, struct err *e)
{
	const struct plan *p = work->plan;
	const struct facts *f = work->facts;
	struct entry n = { .plan = p,
			   .facts = f,
			   .criu = work->criu,
			   .log = work->log,
			   .self = getpid(),
			   .recheck = RECHECK_NONE };
	struct holder holder = HOLDER_NONE;
	struct gate gate = GATE_NONE;
	struct outcome_mark before;
	struct outcome outcome;
	struct network_lock locked = { 0 };
	struct sessions sessions = { 0 };
	_cleanup_free_ char *old = NULL;
	sigset_t set;

	*ret = (struct verdict){ 0 };
	hold_signals(&n.mask);
	process_signal_set(&set);
	outcome_mark(f, &before);

	_cleanup_close_ int signals = signalfd(-1, &set, SFD_CLOEXEC);
	_cleanup_close_ int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct watch w = { .plan = p,
			   .facts = f,
			   .before = &before,
			   .recheck = &n.recheck,
			   .gate = &gate,
			   .signals = signals,
			   .log = work->log,
			   .progress = work->progress,
			   .criu_fd = -1,
			   .holder = &holder };

	if (signals < 0 || cwd < 0)
		return err_set(e, errno, "cannot prepare the freeze of process %d", f->target.pid);

	int r = record(p, f, &old, e);

	if (r < 0)
		return r;
	n.cwd = cwd;
	strv_copy(&p->args, &n.args);
	criu_log_add_options(work->log, &n.args);
	if (p->locks_tcp)
		connections_look(f, &locked);
	if (p->own_session)
		n.sessions = &sessions;
	announce(p, f, FREEZE_BEGINS);
	r = run_and_judge(&n, &w, &outcome, ret, e);
	ret->signalled = w.signalled;
	conclude(p, f, old, &locked, &outcome, !r && !ret->failed);
	if (r < 0 && e->passes)
		*ret = (struct verdict){ .failed = true,
					 .repeatable = outcome.target == TARGET_RUNS,
					 .signalled = w.signalled };
	if (ret->repeatable)
		ret->repeatable = be_as_before(&n);
	network_lock_free(&locked);
	strv_free(&n.args);
	sessions_free(&sessions);
	return r;
}
