// SPDX-License-Identifier: MIT
/*
 * The caller's side of a thaw: make the namespaces with a pseudo-init in them (init.c), receive its
 * messages, write the pidfile, and in the foreground stay until the root task ends. Until the tree
 * runs, the pseudo-init ends when criu-ns does, and with it everything in its pid namespace.
 */
#include "thaw/thaw.h"

#include "cli/criu.h"
#include "thaw/ahead.h"
#include "thaw/criu_tmp.h"
#include "thaw/inherit.h"
#include "thaw/init.h"
#include "thaw/init_criu.h"
#include "thaw/links.h"
#include "thaw/pidfile.h"
#include "thaw/pipes.h"
#include "thaw/reconnect.h"
#include "thaw/sibling.h"
#include "thaw/staging.h"
#include "thaw/terminals.h"
#include "util/cgroup2.h"
#include "util/err.h"
#include "util/network_lock.h"
#include "util/pass.h"
#include "util/premap.h"
#include "util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct thaw {
	const struct cli *cli;
	const struct plan *plan;
	const struct facts *facts;
	const struct criu_binary *criu;
	struct criu_log *log;
	struct thaw_guard *guard; /* or NULL */
	struct thaw_ahead *ahead; /* what has been started by it; NULL: nothing */
	struct init_args init_args;
	int socket;
	int signals;
	pid_t init;
	int init_fd;
	int root_fd;    /* -1 until the tree runs */
	pid_t criu_pid; /* with -S, and if criu-ns may have to clean up after it; else 0 */
	int criu_fd;    /* -S only */
	struct sibling sibling;
	int scratch; /* the pseudo-init's, if criu has not got that place; else -1 */
	int own_tmp; /* of criu_tmp_watch(), if the pseudo-init has another one; else -1 */
	struct init_uncover told;
	struct terminals terminals;
	struct pipes pipes;
	bool named;   /* criu-ns has written the pidfile */
	bool settled; /* the tree no longer needs criu-ns */
	bool hurried; /* a signal has asked criu-ns to stop */
	bool done;
	struct verdict verdict;
};

/*
 * Until the tree runs, the pseudo-init cleans up and ends when criu-ns is gone: returns true when
 * it has.
 *
 * With -S it cannot end before criu is reaped (zap_pid_ns_processes() in the kernel), and our
 * caller, whose child criu is, may do that only after we have ended. So when the pseudo-init closes
 * its end of the socket, it has cleaned up.
 */
static bool let_tree_go(struct thaw *t)
{
	enum { PATIENCE = 2000 /* ms */ };
	struct pollfd of_socket = { .fd = t->socket };
	struct pollfd of_init = { .fd = t->init_fd, .events = POLLIN };
	bool has_sibling = t->plan->sibling;

	shutdown(t->socket, SHUT_WR);
	return RETRY(poll(has_sibling ? &of_socket : &of_init, 1, PATIENCE)) > 0;
}

/* With which criu-ns ends, if that is not criu's. */
static int own_status(const struct thaw *t, const struct err *e)
{
	return t->cli->by_rpc ? 1 : e->status ? e->status : EXIT_OWN;
}

/*
 * Everything that a thaw makes is in the pseudo-init's namespaces, and ends with it, except the
 * pidfile, and what criu left in /tmp if the pseudo-init was killed and could not clean up. A criu
 * that is in the place of criu-ns is outside of them, and ends as that would; if it has ended
 * already, with success, its status stays, because nobody can change it: that happens if the
 * pidfile cannot get its name although it could be made, because another file has got it meanwhile.
 */
static void undo_thaw(struct thaw *t, const struct err *e)
{
	if (t->init <= 0)
		return;
	sibling_stop(&t->sibling);
	if (t->root_fd >= 0 || !let_tree_go(t))
		pidfd_send_signal(t->init_fd, SIGKILL, NULL, 0);
	close(t->socket);
	t->socket = -1;
	RETRY(waitpid(t->init, NULL, t->plan->sibling ? WNOHANG : 0));
	t->init = 0;
	sibling_end(&t->sibling, t->verdict.signal, own_status(t, e));
	if (t->criu_pid > 0)
		criu_tmp_clear(t->own_tmp >= 0 ? t->own_tmp : t->init_args.criu_tmp, t->criu_pid);
	criu_tmp_remove(t->told.criu_tmp);
	if (t->named)
		unlinkat(t->facts->work_dir.fd, t->cli->pidfile, 0);
}

/*
 * Receive a packet from the pseudo-init, and the descriptor that comes with it or -1. False at the
 * end of file.
 */
static bool receive(const struct thaw *t, struct init_message *m, int *ret_fd)
{
	int fds[PASS_MOST];
	size_t n_fds;
	ssize_t n = pass_receive(t->socket, m, sizeof(*m), fds, &n_fds);
	enum freeze_news news;

	*ret_fd = n_fds ? fds[0] : -1;
	if (n == sizeof(news) && n_fds) {
		memcpy(&news, m, sizeof(news));
		*m = (struct init_message){ .event = INIT_FREEZER, .status = (int)news };
		return true;
	}
	return n == sizeof(*m);
}

static bool asks_for_an_end(const struct thaw *t, int signo)
{
	return process_asks_for_an_end(signo) || (t->guard && signo == t->guard->undone);
}

static void undo_for(struct thaw *t, int signo)
{
	t->verdict.interrupted = true;
	t->verdict.signal = signo;
}

/*
 * Until name_tree() a signal undoes the thaw; after that, signals are forwarded to the root task.
 * But when a criu that is in the place of criu-ns ends, it decides.
 */
static void on_signal(struct thaw *t)
{
	struct signalfd_siginfo info;

	if (read(t->signals, &info, sizeof(info)) != sizeof(info))
		return;

	int signo = (int)info.ssi_signo;

	if (t->guard && t->guard->signal(t->guard, &info, t->verdict.root, t->root_fd))
		return;
	if (signo == SIGWINCH && t->terminals.relay.master >= 0) {
		relay_resize(&t->terminals.relay);
	} else if (t->root_fd >= 0 && t->plan->detach) {
		return; /* the tree has been named, and stays */
	} else if (t->root_fd >= 0) {
		t->hurried |= asks_for_an_end(t, signo);
		pidfd_send_signal(t->root_fd, signo, NULL, 0);
	} else if (asks_for_an_end(t, signo) && !sibling_is_over(&t->sibling, t->facts->proc)) {
		undo_for(t, signo);
	}
}

/* Those that have come by now, if any. */
static void take_signals(struct thaw *t)
{
	struct pollfd p = { .fd = t->signals, .events = POLLIN };

	while (!t->verdict.interrupted && RETRY(poll(&p, 1, 0)) > 0)
		on_signal(t);
}

/*
 * The root task's pid in our pid namespace. The pseudo-init reaps the root task only when it has
 * our answer; with -S, our parent may already have done so.
 */
static int write_pidfile(struct thaw *t, struct err *e)
{
	const char *path = t->cli->pidfile;
	pid_t pid = t->verdict.root;
	int r;

	if (pid <= 0)
		return err_set(e, ESRCH, "cannot write the pidfile %s: the root task is gone",
			       path);
	r = pidfile_write(t->facts->work_dir.fd, path, t->init_args.pidfile, pid, e);
	t->named = !r;
	return r;
}

/*
 * This is the border: a signal that came before undoes the thaw, one that comes later is for the
 * tree. Once the pidfile exists the tree stays, whatever happens to criu-ns: the pseudo-init looks
 * for it if it gets no answer. Where there is none, the answer is the border.
 */
static int name_tree(struct thaw *t, int root_fd, struct err *e)
{
	int r = 0;

	take_signals(t);
	if (t->verdict.interrupted) {
		close(root_fd);
		return 0;
	}
	t->root_fd = root_fd;
	if (t->cli->pidfile)
		r = write_pidfile(t, e);
	if (!r && RETRY(send(t->socket, "", 1, MSG_NOSIGNAL)) < 0)
		r = err_set(e, errno, "the pseudo-init of the thaw has ended");
	return r;
}

static int note_running(struct thaw *t, int root_fd, struct err *e)
{
	int r;

	t->verdict.root = procfs_pidfd(t->facts->proc, root_fd);
	cgroup2_put_back(t->facts->caller_view.text);
	links_opened(t->facts);
	reconnect_release(&t->plan->recipe);
	pipes_start(&t->pipes, t->terminals.use == TTY_RELAY);
	r = terminals_serve(&t->terminals, t->init_fd, e);
	if (r < 0) {
		close(root_fd);
		return r;
	}
	r = name_tree(t, root_fd, e);
	if (!r && !t->verdict.interrupted)
		network_lock_clear(&t->facts->locked);
	return r;
}

/*
 * After setns() into a mount namespace, the working directory is its root; the old one exists
 * there, too.
 */
static int return_to(const char *path, int cwd, struct err *e)
{
	struct stat before;
	struct stat after;

	if (chdir(path) == 0 && fstat(cwd, &before) == 0 && stat(".", &after) == 0 &&
	    before.st_dev == after.st_dev && before.st_ino == after.st_ino)
		return 0;
	return fchdir(cwd) < 0 ? err_set(e, errno, "cannot go back to the working directory") : 0;
}

/*
 * -S: this process becomes criu. It is not the pseudo-init's child, has not inherited anything from
 * it, and joins its mount namespace, which criu-ns does not: there the tree's mounts are visible.
 */
static _Noreturn void become_sibling(struct thaw *t, int scratch, int tty, struct err *e)
{
	_cleanup_close_ int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *path = getcwd(NULL, 0);

	inherit_defaults(&t->plan->recipe.tree);
	if (setns(t->init_fd, CLONE_NEWNS) < 0)
		err_set(e, errno, "cannot join the mount namespace of the thaw");
	else if (return_to(path ? path : "/", cwd, e) == 0)
		init_become_criu(&t->init_args, &HAND_DOWN_NONE, scratch, tty, -1, e);
	_exit(err_report(e));
}

/*
 * The pseudo-init takes the caller's /proc away. criu has made its directory in /tmp by now
 * (read_mnt_ns_img() in criu/mount.c), and nobody else could remove that if criu-ns is killed.
 */
static void uncover(struct thaw *t)
{
	if (t->criu_pid)
		criu_tmp_take(t->own_tmp, t->criu_pid, t->told.criu_tmp);
	(void)RETRY(send(t->socket, &t->told, sizeof(t->told), MSG_NOSIGNAL));
}

static int join_for_children(const struct thaw *t, struct err *e)
{
	return setns(t->init_fd, CLONE_NEWPID) < 0
		       ? err_set(e, errno, "cannot join the pid namespace of the thaw")
		       : 0;
}

/*
 * In the place of criu-ns, which goes on in another process. If it cannot trace this one, because
 * somebody else does, the place is not given.
 */
static int give_place(struct thaw *t, int scratch, int tty, struct err *e)
{
	const pid_t self = getpid();
	int r = sibling_split(&t->sibling, &t->init_args.mask, e);

	if (r == 0) {
		if (join_for_children(t, e) < 0)
			_exit(err_report(e));
		become_sibling(t, scratch, tty, e);
	}
	if (r == -EPERM) {
		sibling_close(&t->sibling);
		t->init_args.takes_place = false;
		t->scratch = scratch;
		uncover(t);
		return 0;
	}
	if (r < 0)
		return r;
	t->criu_pid = self;
	t->criu_fd = pidfd_open(self, 0);
	return t->criu_fd < 0 ? err_set(e, errno, "cannot open a pidfd of criu") : 0;
}

/*
 * Where criu cannot have that place, it is another child of the caller, as whose sibling it makes
 * the root task. When it has ended, only the caller can reap it: with CLONE_PARENT it has the exit
 * signal of its maker, 0 if that has none, but execve(2) makes that SIGCHLD again (de_thread() in
 * the kernel); only the caller can ask for children that need no wait(2), for all of its own; and
 * children of a process that ends go to an init or a subreaper, which the caller is not.
 */
static int start_sibling(struct thaw *t, int scratch, int tty, struct err *e)
{
	if (join_for_children(t, e) < 0)
		return err_result(e);
	t->criu_pid = process_clone(CLONE_PARENT, 0, &t->criu_fd);
	if (t->criu_pid == 0)
		become_sibling(t, scratch, tty, e);
	return t->criu_pid < 0 ? err_set(e, errno, "cannot start criu as a child of the caller")
			       : 0;
}

static void on_sibling(struct thaw *t)
{
	int status = process_status_of(t->facts->proc, t->criu_pid, t->criu_fd);

	t->sibling.ended = t->sibling.criu;
	(void)RETRY(send(t->socket, &status, sizeof(status), MSG_NOSIGNAL));
	close(t->criu_fd);
	t->criu_fd = -1;
}

static void on_freezer(struct thaw *t, int pidfd, enum freeze_news news)
{
	if (t->guard)
		t->guard->freezer(t->guard, procfs_pidfd(t->facts->proc, pidfd), pidfd, news);
	else
		close(pidfd);
}

/* For that, criu-ns has to find it while it lives. */
static void note_criu(struct thaw *t, int pidfd)
{
	if (pidfd >= 0)
		t->criu_pid = procfs_pidfd(t->facts->proc, pidfd);
	cleanup_close(&pidfd);
}

static int on_message(struct thaw *t, struct err *e)
{
	struct init_message m = { 0 };
	int fd;

	if (!receive(t, &m, &fd)) {
		if (!t->settled)
			return err_set(e, 0, "the pseudo-init of the thaw was killed");
		/* It was killed from outside, and the tree with it. */
		t->verdict.status = t->cli->exit_status ? EXIT_SIGNAL + SIGKILL : 0;
		t->done = true;
		return 0;
	}
	switch (m.event) {
	case INIT_FAILED:
		*e = m.err;
		t->verdict.failed = e->passes; /* then it is thawed again */
		return e->errnum ? -e->errnum : -EINVAL;
	case INIT_READY:
		if (t->init_args.takes_place)
			return give_place(t, m.status, fd, e);
		if (!t->ahead)
			return start_sibling(t, m.status, fd, e);
		note_criu(t, fd);
		thaw_ahead_go(t->ahead, &(struct thaw_order){ t->plan, t->log, t->criu->talk },
			      m.status, t->socket);
		return 0;
	case INIT_CRIU:
		t->verdict.status = process_exit_code(m.status);
		t->verdict.failed = t->root_fd < 0; /* else it is the --exec-cmd command's status */
		t->done = true;
		return 0;
	case INIT_CRIU_STARTS:
		note_criu(t, fd);
		(void)RETRY(send(t->socket, "", 1, MSG_NOSIGNAL));
		return 0;
	case INIT_UNCOVERED:
		if (!t->sibling.criu)
			return start_sibling(t, t->scratch, -1, e);
		sibling_go_on(&t->sibling);
		return 0;
	case INIT_RUNNING:
		return note_running(t, fd, e);
	case INIT_SETTLED:
		t->settled = true;
		t->done = t->plan->detach;
		if (t->plan->wait_exec)
			criu_talk_runs(t->criu, t->verdict.root);
		return 0;
	case INIT_ENDED:
		if (t->plan->wait_exec)
			return 0;
		t->verdict.status = t->cli->exit_status ? process_exit_code(m.status) : 0;
		t->done = true;
		return 0;
	case INIT_FREEZER:
		on_freezer(t, fd, (enum freeze_news)m.status);
		return 0;
	}
	return 0;
}

static void move_sibling(struct thaw *t, const struct pollfd *p)
{
	if (!t->sibling.criu)
		return;
	if (sibling_move(&t->sibling, p))
		uncover(t);
	if (t->sibling.asked && !t->sibling.ended)
		undo_for(t, t->sibling.asked);
}

static int loop(struct thaw *t, struct err *e)
{
	int r = 0;

	while (!r && !t->done && !t->verdict.interrupted) {
		struct pollfd p[5 + RELAY_POLLFDS + CRIU_TALK_POLLFDS + PIPES_POLLFDS +
				SIBLING_POLLFDS] = {
			{ .fd = t->socket, .events = POLLIN },
			{ .fd = t->signals, .events = POLLIN },
			{ .fd = t->criu_fd, .events = POLLIN },
			{ .fd = t->log->changes, .events = POLLIN },
			{ .fd = t->guard ? t->guard->fd : -1, .events = POLLIN },
		};

		relay_wants(&t->terminals.relay, p + 5);
		criu_talk_wants(t->criu, p + 5 + RELAY_POLLFDS);
		pipes_wants(&t->pipes, p + 5 + RELAY_POLLFDS + CRIU_TALK_POLLFDS);
		sibling_wants(&t->sibling, p + ARRAY_SIZE(p) - SIBLING_POLLFDS);
		if (RETRY(poll(p, ARRAY_SIZE(p), criu_log_patience(t->log))) < 0)
			return err_set(e, errno, "cannot wait for the thaw");
		criu_log_follow(t->log);
		if (p[0].revents)
			r = on_message(t, e);
		if (p[1].revents)
			take_signals(t);
		move_sibling(t, p + ARRAY_SIZE(p) - SIBLING_POLLFDS);
		if (p[2].revents)
			on_sibling(t);
		if (p[3].revents)
			criu_log_show(t->log, false);
		if (t->guard && p[4].revents)
			t->guard->ready(t->guard, t->root_fd);
		relay_move(&t->terminals.relay, p + 5);
		criu_talk_move(t->criu, p + 5 + RELAY_POLLFDS);
		pipes_move(&t->pipes, p + 5 + RELAY_POLLFDS + CRIU_TALK_POLLFDS);
	}
	return r;
}

static void take_init(struct thaw *t, const struct init_child *init)
{
	t->init = init->pid;
	t->init_fd = init->pidfd;
	t->socket = init->socket;
}

static int start_init(struct thaw *t, struct err *e)
{
	struct init_child init = { .pidfd = -1, .socket = -1 };
	int r = init_start(&t->init_args, &init, e);

	take_init(t, &init);
	return r;
}

/* Take over what was started ahead, if it suits. */
static void take_ahead(struct thaw *t, struct thaw_ahead *a)
{
	if (!a)
		return;
	if (!thaw_ahead_fits(a, &(struct thaw_order){ t->plan, t->log, t->criu->talk })) {
		thaw_ahead_end(a);
		return;
	}
	take_init(t, &a->init);
	t->init_args.pidfile = a->pidfile;
	t->init_args.criu_tmp = a->criu_tmp;
	t->ahead = a;
	thaw_ahead_taken(a);
}

/*
 * Whoever reads what is relayed may end at any time, and so may the tree: that is an error of
 * write(2) like others.
 */
static void block_sigpipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* The caller's terminal is in raw mode then. */
static const char *relayed_tty(const struct terminals *t)
{
	return t->use == TTY_RELAY && t->keyboard ? t->v[0].slave : NULL;
}

static int block_signals(struct thaw *t, struct err *e)
{
	sigset_t set;

	process_signal_set(&set);
	if (t->guard)
		sigaddset(&set, SIGURG);
	sigprocmask(SIG_BLOCK, &set, &t->init_args.mask);
	t->signals = signalfd(-1, &set, SFD_CLOEXEC);
	block_sigpipe();
	return t->signals < 0 ? err_set(e, errno, "cannot watch for signals") : 0;
}

/* What the pseudo-init gets, made in the caller's namespaces. */
static int prepare(struct thaw *t, struct err *e)
{
	struct init_args *args = &t->init_args;
	int r;

	if (!t->ahead)
		init_open_files(args);
	args->takes_place = t->plan->takes_place && sibling_prepare(&t->sibling, t->facts);
	if (args->takes_place && args->criu_tmp >= 0)
		t->own_tmp = criu_tmp_watch();
	r = staging_make_kept(t->plan, t->facts, &args->kept, e);
	if (!r)
		r = reconnect_prepare(&t->plan->recipe, e);
	if (!r)
		r = terminals_make(t->plan, t->facts, t->cli, &t->terminals, e);
	args->ptys = t->terminals.v;
	args->devpts = t->terminals.own.fd;
	if (!r)
		r = pipes_make(t->plan, relayed_tty(&t->terminals), &t->pipes, e);
	args->pipes = &t->pipes;
	if (!r)
		r = images_view_make(t->plan, t->facts, &args->images, e);
	return r < 0 ? r : links_make(t->facts, e);
}

static void close_all(struct thaw *t)
{
	int until = t->hurried ? -1 : t->signals;

	links_clear(t->facts);
	staging_close_kept(&t->init_args.kept);
	cleanup_close(&t->init_args.pidfile);
	cleanup_close(&t->init_args.criu_tmp);
	cleanup_close(&t->own_tmp);
	sibling_close(&t->sibling);
	images_view_close(&t->init_args.images);
	pipes_close(&t->pipes, until);
	terminals_close(&t->terminals, until);
}

int thaw_run(const struct thaw_work *w, struct verdict *ret, struct err *e)
{
	struct thaw t = { .cli = w->cli,
			  .plan = w->plan,
			  .facts = w->facts,
			  .criu = w->criu,
			  .log = w->log,
			  .guard = w->guard,
			  .init_args = { .cli = w->cli,
					 .plan = w->plan,
					 .facts = w->facts,
					 .criu = w->criu,
					 .log = w->log,
					 .ends_with_caller = w->guard != NULL,
					 .kept = STAGING_KEPT_NONE,
					 .pidfile = -1,
					 .criu_tmp = -1,
					 .images = { -1, -1 } },
			  .terminals = TERMINALS_NONE,
			  .socket = -1,
			  .init_fd = -1,
			  .criu_fd = -1,
			  .sibling = SIBLING_NONE,
			  .scratch = -1,
			  .own_tmp = -1,
			  .root_fd = -1 };
	int r = block_signals(&t, e);

	if (r < 0)
		return r;
	take_ahead(&t, w->ahead);
	r = prepare(&t, e);
	if (!r && t.ahead)
		init_go(t.socket, &t.init_args.kept);
	else if (!r)
		r = start_init(&t, e);
	if (!r)
		r = loop(&t, e);
	if (r < 0 || t.verdict.failed || t.verdict.interrupted) {
		undo_thaw(&t, e);
		cgroup2_put_back(t.facts->caller_view.text);
	}
	close_all(&t);
	*ret = t.verdict;
	return r;
}
