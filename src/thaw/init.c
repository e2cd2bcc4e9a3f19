// SPDX-License-Identifier: MIT
#include "thaw/init.h"

#include "thaw/adopt.h"
#include "thaw/criu_tmp.h"
#include "thaw/hand_down.h"
#include "thaw/inherit.h"
#include "thaw/init_criu.h"
#include "thaw/init_mounts.h"
#include "thaw/init_namespaces.h"
#include "thaw/own_devpts.h"
#include "thaw/pidfile.h"
#include "thaw/put_back.h"
#include "thaw/reap.h"
#include "thaw/staging.h"
#include "util/pass.h"
#include "util/pause.h"
#include "util/powerless.h"
#include "util/premap.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct init {
	const struct init_args *args;
	int socket;
	int signals; /* signalfd: SIGCHLD */
	/* a tmpfs that is mounted nowhere, for criu's pidfile; it ends with this process */
	int scratch;
	int notify;  /* --exec-cmd: read end of the pipe that the stub writes to */
	int pidfile; /* O_PATH: the file that criu-ns will name as its pidfile; -1: none */
	/* criu waits there until the mounts have been verified; -1: it does not, or that is done */
	int pause;
	/* the root task waits there when it has its mounts, and nothing is open on them */
	int locks;
	struct adopt adopt;
	struct hand_down handed;
	int callers_proc; /* a copy of its mount, until it is on top of ours; else -1 */
	struct init_uncover told;
	bool verified;
	struct staging_kept kept; /* as in the arguments, or as it came late */
	bool given_back;          /* what criu forgets of the tasks (put_back.h) */
	bool dropped;        /* everything that needs privileges is done, and they are dropped */
	struct mounts view;  /* the table of this mount namespace, without the staging area */
	struct mounts ahead; /* that of the root task, if it was good before criu waited */
	struct err err; /* what is wrong with the mounts, if verified is false after the pause */
	pid_t criu;     /* 0: not our child (-S), or gone */
	pid_t root;     /* the root task, 0 until it runs */
};

/* Tell criu-ns; false if it has ended. Passes a descriptor along unless fd is -1. */
static bool send_message(const struct init *i, const struct init_message *m, int fd)
{
	return pass_send(i->socket, m, sizeof(*m), &fd, fd >= 0);
}

static bool say(const struct init *i, enum init_event event, int status, int fd)
{
	return send_message(i, &(struct init_message){ .event = event, .status = status }, fd);
}

/*
 * The thaw has failed. The kernel would end everything in our pid namespace together with us
 * (pid_namespaces(7)), but what criu leaves in /tmp can be removed only after criu has ended.
 * Without privileges we cannot do that; then either criu has done it, or criu-ns does.
 */
static _Noreturn void end(struct init *i, int status)
{
	if (i->args->criu_tmp >= 0 && !i->dropped) {
		kill(-1, SIGKILL);
		while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
			;
		criu_tmp_clear(i->args->criu_tmp, CRIU_TMP_OF_NAMESPACE);
		criu_tmp_remove(i->told.criu_tmp);
	}
	_exit(status);
}

/*
 * criu-ns is about to return to its caller, or has got an error and ends criu. What is left to do
 * here takes as long as that, and the scheduler often has both on one processor, so it is done when
 * criu-ns has ended.
 */
static void let_end(const struct init *i)
{
	char none[sizeof(int)];

	while (RETRY(recv(i->socket, none, sizeof(none), 0)) > 0)
		;
}

/* A criu that has taken the place of criu-ns may wait for us, and has to do so until that is told. */
static _Noreturn void fail(struct init *i, const struct err *e)
{
	(void)send_message(i, &(struct init_message){ .event = INIT_FAILED, .err = *e }, -1);
	if (i->args->takes_place)
		let_end(i);
	end(i, EXIT_OWN);
}

/* Stage: namespaces */

static int make_staging(struct init *i, struct err *e)
{
	_cleanup_close_ int proc = -1;
	int r;

	if (!i->args->plan->recipe.n_mounts)
		return 0;
	proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = mounts_read(proc, "self/mountinfo", &i->view, e);
	return r ? r : staging_build(i->args->plan, i->args->facts, i->args->ptys, &i->kept, e);
}

/* Stage: no privileges */

/*
 * From now on we hold only what the thaw still needs, and nothing that is of use to the tree,
 * because the tree may have the right to trace us. `also` and `too` are descriptors that are needed
 * now, or -1.
 */
static void drop(struct init *i, int also, int too)
{
	int keep[] = { i->socket, i->signals,        i->scratch, i->notify,        i->pause,
		       i->locks,  i->args->criu_tmp, i->pidfile, i->args->log->fd, also,
		       too };

	powerless_keep_only(keep, ARRAY_SIZE(keep));
	powerless_become();
	if (i->args->ends_with_caller) /* now, because changing the ids clears it (prctl(2)) */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)!chdir("/");
	i->adopt.pause = i->handed.pause = -1; /* closed, so that nobody waits for them */
	i->dropped = true;
}

/*
 * What needs privileges while criu runs: comparing and repairing mounts, cleaning up after criu,
 * and reading criu's pidfile if there is no other way to know the root task.
 */
static bool is_needed_later(const struct init *i)
{
	return !i->args->plan->start &&
	       (i->args->plan->recipe.n_mounts || i->args->plan->recipe.n_tasks ||
		i->args->plan->recipe.n_groups || i->args->plan->recipe.n_options ||
		i->args->plan->adopts || i->args->plan->n_sessions || i->args->criu_tmp >= 0 ||
		!i->args->facts->images.root);
}

static void drop_early(struct init *i, int also, int too)
{
	if (!is_needed_later(i))
		drop(i, also, too);
}

/* Stage: criu */

/* A child that becomes criu, and what it gets from us. */
struct start {
	const struct init *init;
	int tty, notify;
	int go[2];  /* a byte: begin; end of file: we have ended */
	int ran[2]; /* end of file: it has executed criu */
};

/* In the child. */
static _Noreturn void become_criu(const struct init *i, int tty, int notify)
{
	struct err e;

	init_become_criu(i->args, &i->handed, i->scratch, tty, notify, &e);
	(void)send_message(i, &(struct init_message){ .event = INIT_FAILED, .err = e }, -1);
	_exit(EXIT_OWN);
}

/*
 * In the child: wait until the pseudo-init has dropped its privileges, unless it still needs them.
 */
static int criu_main(void *arg)
{
	const struct start *s = arg;
	char byte;

	close(s->go[1]);
	if (RETRY(read(s->go[0], &byte, 1)) != 1)
		_exit(EXIT_OWN);
	if (s->notify >= 0)
		fcntl(s->notify, F_SETFD, 0);
	become_criu(s->init, s->tty, s->notify);
}

/*
 * Nobody waits until the privileges are dropped, because criu does nothing of the thaw before it is
 * told, and that is after INIT_READY.
 */
static int start_early(struct init *i, struct err *e)
{
	const pid_t pid = i->args->plan->criu_pid;
	bool moved = init_move_cursor(pid);

	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	i->criu = moved ? vfork() : process_clone(0, pid, NULL);
	if (i->criu == 0)
		become_criu(i, -1, -1);
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	return i->criu < 0 ? err_set(e, errno, "cannot start a process in the new pid namespace")
			   : 0;
}

/* The program of `run` is looked for on PATH, with errno; and only clone3(2) can choose a pid. */
static pid_t clone_criu(struct start *s, int *ret_fd, void **ret_stack)
{
	const struct plan *p = s->init->args->plan;
	bool moved = init_move_cursor(p->criu_pid);
	pid_t pid = -1;

	*ret_stack = NULL;
	if (moved && !p->start)
		pid = process_share(criu_main, s, ret_fd, ret_stack);
	if (pid < 0)
		pid = process_clone(0, moved ? 0 : p->criu_pid, ret_fd);
	if (pid == 0)
		_exit(criu_main(s));
	return pid;
}

/*
 * If we are killed, criu-ns cleans up after criu. For that it needs criu's pid in its own pid
 * namespace, which it can find out only while criu lives.
 */
static void introduce(struct init *i, int pidfd)
{
	char seen;

	if (i->args->criu_tmp >= 0 &&
	    (!say(i, INIT_CRIU_STARTS, 0, pidfd) ||
	     RETRY(recv(i->socket, &seen, sizeof(seen), 0)) != sizeof(seen)))
		end(i, EXIT_OWN);
}

/* The child may share our memory: until it has executed criu, either it runs, or we do. */
static int start_child(struct init *i, int tty, struct err *e)
{
	struct start s = { .init = i, .tty = tty, .notify = -1 };
	int notify[2] = { -1, -1 };
	_cleanup_close_ int pidfd = -1;
	void *stack;
	char none;

	if (pipe2(s.go, O_CLOEXEC) < 0 || pipe2(s.ran, O_CLOEXEC) < 0 ||
	    (i->args->plan->wait_exec && pipe2(notify, O_CLOEXEC) < 0))
		return err_set(e, errno, "cannot make a pipe");
	s.notify = notify[1];
	i->criu = clone_criu(&s, &pidfd, &stack);
	if (i->criu < 0)
		return err_set(e, errno, "cannot start a process in the new pid namespace");
	i->notify = notify[0];
	close(s.go[0]);
	close(s.ran[1]);
	if (notify[1] >= 0)
		close(notify[1]);
	drop_early(i, s.go[1], s.ran[0]);
	introduce(i, pidfd);
	(void)!write(s.go[1], "", 1); /* a child that has already ended is reaped like all others */
	close(s.go[1]);
	(void)!RETRY(read(s.ran[0], &none, 1));
	close(s.ran[0]);
	process_free_stack(stack);
	return 0;
}

/* With -S, criu-ns starts criu. */
static int start_criu(struct init *i, int tty, struct err *e)
{
	if (!i->args->plan->sibling)
		return start_child(i, tty, e);
	init_move_cursor(i->args->plan->criu_pid);
	if (!i->args->takes_place)
		drop_early(i, tty, -1);
	else if (init_cover_proc(i->callers_proc, e) < 0)
		return -EINVAL;
	cleanup_close(&i->callers_proc);
	i->callers_proc = -1;
	(void)say(i, INIT_READY, i->scratch, tty);
	return 0;
}

/* criu has opened what it needs of the caller's /proc. */
static void uncover(struct init *i)
{
	struct err e;

	if (init_uncover_proc(&e) < 0)
		fail(i, &e);
	drop_early(i, -1, -1);
	(void)say(i, INIT_UNCOVERED, 0, -1);
}

/* Stage: the mounts */

static int verify(struct init *i, struct err *e)
{
	if (i->verified || !i->args->plan->recipe.n_mounts)
		return 0;
	if (init_verify_mounts(i->args, &i->view, &i->ahead, e) < 0)
		return -EINVAL;
	i->verified = true;
	return 0;
}

static void give_back(struct init *i)
{
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!i->given_back) {
		put_back(&i->args->plan->recipe, proc);
		if (i->args->plan->adopts)
			adopt_end(i->args, &i->adopt);
		hand_down_end(&i->handed);
	}
	i->given_back = true;
}

/*
 * Nothing runs until criu gets its answer: everything that needs privileges is done here, then they
 * are dropped.
 */
static void finish(struct init *i, int waiting)
{
	bool good = verify(i, &i->err) == 0;

	if (good)
		give_back(i);
	else if (i->args->takes_place)
		fail(i, &i->err);
	if (good && i->args->facts->images.root) {
		staging_remove(i->args->plan, i->args->facts);
		criu_tmp_stop(i->args->criu_tmp);
		drop(i, waiting, -1);
	}
	pause_answer(i->pause, waiting, good);
	i->pause = -1; /* nobody will wait there any more */
}

/* criu waits, or goes on and tells that the root task has its mounts. */
static void on_pause(struct init *i)
{
	struct pause_event event;

	if (!pause_next_event(i->pause, &event))
		return;
	if (event.waiting < 0) {
		if (init_verify_ahead(i->args, &i->view, event.pid, &i->ahead))
			pause_lift_file(i->pause);
		return;
	}
	pause_lift(i->pause, i->scratch);
	finish(i, event.waiting);
}

/* Stage: the tree runs */

/* Keep `fd` under the number `as`; it must be above all others that are to stay. */
static int keep(int fd, int as)
{
	return fd < 0 ? -1 : dup3(fd, as, O_CLOEXEC);
}

/*
 * If the images do not tell the root task: criu writes its pidfile just before it lets the tree
 * run.
 */
static pid_t read_pidfile(const struct init *i)
{
	_cleanup_free_ char *text = NULL;

	return read_file_at(i->scratch, "pid", 32, &text) > 0 ? parse_pid(text) : -1;
}

static int open_root_task(struct init *i, int *ret_fd, struct err *e)
{
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = i->args->plan->start          ? i->criu
		    : i->args->facts->images.root ? init_find_root(i->args->facts, proc)
						  : read_pidfile(i);

	if (pid <= 0)
		return err_set(e, 0, "criu succeeded, but there is no root task");

	_cleanup_close_ int fd = pidfd_open(pid, 0);

	if (fd < 0) {
		err_set(e, errno, "cannot open a pidfd of the root task (pid %d inside)", pid);
		return err_hint(e, "it has ended, or the program that was run is not criu");
	}
	*ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3); /* what stays is moved to 0 and 1, see keep() */
	i->root = pid;
	return 0;
}

/*
 * The tree may stay only if somebody knows about it: if criu-ns says so, or if criu-ns was killed
 * after it had named the tree in the pidfile. At the end of file on the socket, criu-ns can do
 * nothing more.
 */
static bool tree_is_known(const struct init *i)
{
	char known;

	return RETRY(recv(i->socket, &known, sizeof(known), 0)) == sizeof(known) ||
	       pidfile_is_named(i->pidfile);
}

/* The rest that needs privileges, if it could not be done while criu waited. */
static void finish_late(struct init *i, struct err *e)
{
	struct pause_event event;

	if (i->pause >= 0) { /* or reading criu's pidfile would wait for ourselves */
		pause_lift(i->pause, i->scratch);
		while (pause_next_event(i->pause, &event))
			pause_answer(i->pause, event.waiting, true);
	}
	i->pause = -1;
	if (verify(i, e) < 0)
		fail(i, e);
	give_back(i);
	staging_remove(i->args->plan, i->args->facts);
}

static _Noreturn void tree_runs(struct init *i)
{
	const struct plan *p = i->args->plan;
	struct init_message ended = { .event = p->wait_exec ? INIT_CRIU : INIT_ENDED };
	struct reap s = { .packet = &ended,
			  .packet_size = sizeof(ended),
			  .status_at = offsetof(struct init_message, status) };
	struct err e;
	int fd = -1;

	if (!i->dropped)
		finish_late(i, &e);
	if (open_root_task(i, &fd, &e) < 0)
		fail(i, &e);
	if (!i->dropped)
		drop(i, fd, -1);
	if (!say(i, INIT_RUNNING, 0, fd) || !tree_is_known(i))
		end(i, EXIT_OWN);
	/*
	 * Whoever looks when criu-ns has returned finds nothing of the caller's here. The last
	 * descriptor of a tmpfs takes longer to close, because the kernel waits until nobody looks
	 * for its mount (namespace_unlock()).
	 */
	powerless_keep_only((int[]){ i->socket, i->scratch, p->sibling ? fd : -1 }, 3);
	(void)say(i, INIT_SETTLED, 0, -1);
	if (p->detach)
		let_end(i);
	/* The command of --exec-cmd has criu's pid; criu-ns waits for its end. */
	s.root = p->wait_exec ? i->criu : i->root;
	s.report = keep(p->detach ? -1 : i->socket, 0);
	s.root_fd = keep(p->sibling ? fd : -1, 1);
	if (s.report < 0)
		close(0);
	if (s.root_fd < 0)
		close(1);
	close_range(2, ~0U, 0);
	reap(&s);
}

static _Noreturn void criu_ended(struct init *i, int status)
{
	bool success = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	i->criu = 0;
	if (success)
		tree_runs(i);
	if (*i->err.what)
		fail(i, &i->err);
	(void)say(i, INIT_CRIU, status, -1);
	end(i, 0);
}

/*
 * Before Linux 6.15, nobody else can learn the status of a process that its parent has collected.
 * criu writes its pidfile when all tasks are complete, and kills the root task if it fails after
 * that (restore_root_task() in criu/cr-restore.c).
 */
static int guess_status(struct init *i)
{
	_cleanup_close_ int root = -1;
	struct pollfd p = { .events = POLLIN };
	struct stat pidfile;
	struct err ignored;

	if (fstatat(i->scratch, "pid", &pidfile, 0) < 0 || pidfile.st_size == 0 ||
	    open_root_task(i, &root, &ignored) < 0)
		return W_EXITCODE(EXIT_OWN, 0);
	p.fd = root;
	return RETRY(poll(&p, 1, 0)) == 0 ? 0 : W_EXITCODE(EXIT_OWN, 0);
}

/*
 * -S: criu-ns tells how criu, which is not our child, has ended; less than 0: it does not know. Or
 * it is time to uncover.
 */
static void on_socket(struct init *i)
{
	struct init_uncover told;
	int status;
	ssize_t n = RETRY(recv(i->socket, &told, sizeof(told), MSG_DONTWAIT));

	if (n == 0) /* criu-ns has ended: unless the tree runs, nothing may stay */
		end(i, EXIT_OWN);
	if (n == sizeof(told) && i->args->takes_place) {
		i->told = told;
		uncover(i);
	}
	if (n == sizeof(status) && i->args->plan->sibling) {
		memcpy(&status, &told, sizeof(status));
		criu_ended(i, status < 0 ? guess_status(i) : status);
	}
}

/* Reap nothing but criu yet, because any other child may be the root task. */
static void on_child(struct init *i)
{
	struct signalfd_siginfo info;
	int status = 0;

	(void)!read(i->signals, &info, sizeof(info));
	if (i->criu && RETRY(waitpid(i->criu, &status, WNOHANG)) == i->criu)
		criu_ended(i, status);
}

static void on_notify(struct init *i)
{
	char byte;

	if (RETRY(read(i->notify, &byte, 1)) == 1)
		tree_runs(i);
	close(i->notify);
	i->notify = -1;
}

/* Wait until the tree runs, or the thaw has failed. */
static _Noreturn void watch(struct init *i)
{
	enum { SIGNALS, SOCKET, NOTIFY, PAUSE, LOCKS, ADOPT, HANDED };

	for (;;) {
		struct pollfd p[] = { [SIGNALS] = { .fd = i->signals, .events = POLLIN },
				      [SOCKET] = { .fd = i->socket, .events = POLLIN },
				      [NOTIFY] = { .fd = i->notify, .events = POLLIN },
				      [PAUSE] = { .fd = i->pause, .events = POLLIN },
				      [LOCKS] = { .fd = i->locks, .events = POLLIN },
				      [ADOPT] = { .fd = i->adopt.pause, .events = POLLIN },
				      [HANDED] = { .fd = i->handed.pause, .events = POLLIN } };

		if (RETRY(poll(p, ARRAY_SIZE(p), -1)) < 0)
			continue;
		if (p[HANDED].revents)
			hand_down_next(&i->handed);
		if (p[ADOPT].revents)
			adopt_next(i->args, &i->adopt);
		if (p[LOCKS].revents &&
		    init_lock_mounts(i->args, &i->view, i->locks, &i->err) < 0 &&
		    i->args->takes_place)
			fail(i, &i->err);
		if (p[PAUSE].revents)
			on_pause(i);
		if (p[NOTIFY].revents)
			on_notify(i);
		if (p[SIGNALS].revents)
			on_child(i);
		if (p[SOCKET].revents)
			on_socket(i);
	}
}

/* O_PATH, so that whoever gets our descriptors cannot write another pid to it. */
static int hold_pidfile(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd < 0 ? -1 : open(path, O_PATH | O_CLOEXEC);
}

/* Only the kernel may end or stop pid 1; SIGCHLD is read, all other signals stay pending. */
static int block_signals(struct init *i, struct err *e)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	i->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return i->signals < 0 ? err_set(e, errno, "cannot watch for the end of processes") : 0;
}

/* Where criu will wait for us, and what else is needed when it does. */
static void open_gates(struct init *i)
{
	const struct init_args *args = i->args;

	i->pidfile = hold_pidfile(args->pidfile);
	if (is_needed_later(i))
		i->pause = pause_open(i->scratch);
	if (i->pause >= 0)
		init_ask_for_mounts(args, i->pause);
	if (recipe_has_locks(&args->plan->recipe) && !args->plan->unlock)
		i->locks = init_open_lock_pause(args->facts);
	if (args->plan->adopts)
		adopt_begin(args, &i->adopt);
}

/* Everything that criu is to find, and then criu. */
static int prepare(struct init *i, struct err *e)
{
	const struct init_args *args = i->args;
	int tty = -1;
	int r = 0;

	if (args->devpts >= 0)
		r = own_devpts_mount(args->devpts, e);
	if (!r)
		r = init_make_scratch(&i->scratch, e);
	if (!r)
		r = make_staging(i, e);
	if (r < 0)
		return r;
	if (!args->plan->start)
		inherit_defaults(&args->plan->recipe.tree);
	r = hand_down_make(args->plan, args->facts, args->ptys, &i->handed, e);
	if (r < 0)
		return r;
	open_gates(i);
	if (args->plan->job_pty)
		tty = init_open_tty(args->ptys[0].slave, e);
	r = args->plan->job_pty && tty < 0 ? tty : start_criu(i, tty, e);
	cleanup_close(&tty);
	return r;
}

/* Which of them come with it, in this order. */
struct go {
	bool root, tmpfs;
};

void init_go(int socket, const struct staging_kept *kept)
{
	struct go go = { kept->root >= 0, kept->tmpfs >= 0 };
	int fds[] = { go.root ? kept->root : kept->tmpfs, kept->tmpfs };

	(void)pass_send(socket, &go, sizeof(go), fds, (size_t)go.root + go.tmpfs);
}

/* Until then, nothing is done that others could see, or that could not be done once more. */
static void await_plan(struct init *i)
{
	int fds[PASS_MOST];
	struct go go = { 0 };
	size_t n;

	if (pass_receive(i->socket, &go, sizeof(go), fds, &n) != sizeof(go) ||
	    n != (size_t)go.root + go.tmpfs)
		end(i, EXIT_OWN);
	if (go.root)
		i->kept.root = fds[0];
	if (go.tmpfs)
		i->kept.tmpfs = fds[go.root];
}

/* criu, and then what it will find when it is told what to do. */
static int prepare_late(struct init *i, struct err *e)
{
	_cleanup_close_ int criu = -1;
	int r;

	inherit_defaults(&i->args->plan->recipe.tree);
	r = start_early(i, e);
	late_close(i->args->late); /* criu reads until nobody can write any more */
	sched_yield(); /* to criu, which often is on the same processor, and takes longer */
	if (!r)
		r = init_make_scratch(&i->scratch, e);
	if (r < 0)
		return r;
	await_plan(i);
	r = make_staging(i, e);
	if (r < 0)
		return r;
	open_gates(i);
	if (i->args->criu_tmp >= 0)
		criu = pidfd_open(i->criu, 0);
	drop_early(i, criu, -1);
	(void)say(i, INIT_READY, i->scratch, criu);
	return 0;
}

/* The main function of the pseudo-init. */
static _Noreturn void init_main(const struct init_args *args)
{
	struct init i = { .args = args,
			  .kept = args->kept,
			  .socket = args->socket,
			  .signals = -1,
			  .scratch = -1,
			  .pidfile = -1,
			  .notify = -1,
			  .pause = -1,
			  .locks = -1,
			  .adopt = ADOPT_NONE,
			  .handed = HAND_DOWN_NONE,
			  .callers_proc = -1 };
	struct err e = { 0 };
	int r = block_signals(&i, &e);

	prctl(PR_SET_NAME, plan_init_comm);
	powerless_hide();
	setsid();
	if (!r)
		r = init_make_mounts(args->facts, args->takes_place ? &i.callers_proc : NULL, &e);
	if (!r)
		r = args->late ? prepare_late(&i, &e) : prepare(&i, &e);
	if (r < 0)
		fail(&i, &e);
	powerless_forget_command_line(
		plan_init_comm); /* not before: criu has got the environment */
	powerless_programs();
	premap(); /* while criu works */
	watch(&i);
}

void init_open_files(struct init_args *args)
{
	if (args->cli->pidfile)
		args->pidfile = pidfile_prepare(args->facts->work_dir.fd, args->cli->pidfile);
	if (args->facts->images.own_mounts)
		args->criu_tmp = criu_tmp_watch();
}

int init_start(struct init_args *args, struct init_child *ret, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, errno, "cannot make a socket");
	ret->socket = pair[0];
	args->socket = pair[1];
	ret->pid = process_clone(CLONE_NEWPID | CLONE_NEWNS, 0, &ret->pidfd);
	if (ret->pid == 0) {
		if (!args->late)
			premap();
		close(pair[0]);
		init_main(args);
	}
	close(pair[1]);
	if (ret->pid > 0)
		return 0;
	err_set(e, errno, "cannot make a pid and a mount namespace");
	if (errno == ENOSPC || errno == EUSERS)
		return err_hint(
			e,
			"there are too many, or they are nested too deep (sysctl user.max_pid_namespaces)");
	return -e->errnum;
}
