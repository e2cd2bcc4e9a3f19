// SPDX-License-Identifier: MIT
#include "init.h"

#include "litter.h"
#include "powerless.h"
#include "run.h"
#include "settle.h"
#include "verify.h"
#include "yard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* No dashes: criu must take it for an operand. */
const char init_stub_word[] = "criu-ns-exec-stub";

struct init {
	const struct init_args *args;
	int socket;
	int signals; /* signalfd: SIGCHLD */
	int scratch; /* a tmpfs that is mounted nowhere: criu's pidfile is in it, gone with us */
	int notify;  /* --exec-cmd: read end of what the stub writes to */
	int litter;  /* what criu makes in /tmp (litter.h); -1: none */
	int gate;    /* criu waits there until its mounts have been verified; -1: none, or done */
	bool verified;
	struct mounts view; /* of this mount namespace, without the yard */
	struct err err; /* what is wrong with the mounts, when verified is false after the gate */
	pid_t criu;     /* 0: not our child (-S), or gone */
	pid_t root;     /* the root task, 0 until it runs */
};

static void add_control(struct msghdr *h, struct cmsghdr *c, int type, const void *data,
			size_t size)
{
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), data, size);
	h->msg_controllen += CMSG_SPACE(size);
}

/*
 * Tell criu-ns; false when it is gone. With fd goes a descriptor, and with pid a process of ours
 * whose number the kernel translates for the other side (unix(7), SCM_CREDENTIALS), also when the
 * process has ended by then.
 */
static bool say(const struct init *i, enum init_event event, int status, const struct err *e,
		int fd, pid_t pid)
{
	struct init_message m = { .event = event, .status = status };
	struct iovec iov = { &m, sizeof(m) };
	char control[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))] = { 0 };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };
	struct cmsghdr *c = (struct cmsghdr *)control;
	struct ucred who = { .pid = pid };

	if (e)
		m.err = *e;
	if (fd >= 0)
		add_control(&h, c, SCM_RIGHTS, &fd, sizeof(fd));
	if (pid > 0)
		add_control(&h, (struct cmsghdr *)(control + h.msg_controllen), SCM_CREDENTIALS,
			    &who, sizeof(who));
	return RETRY(sendmsg(i->socket, &h, MSG_NOSIGNAL)) >= 0;
}

/*
 * Nothing came of the thaw. The kernel would end everything in our namespace with us
 * (pid_namespaces(7)); what criu leaves in /tmp can be removed only when criu has ended.
 */
static _Noreturn void end(const struct init *i, int status)
{
	if (i->litter >= 0) {
		kill(-1, SIGKILL);
		while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
			;
		litter_clear(i->litter);
	}
	_exit(status);
}

static _Noreturn void fail(const struct init *i, const struct err *e)
{
	(void)say(i, INIT_FAILED, 0, e, -1, 0);
	end(i, EXIT_OWN);
}

/* Stage: namespaces */

/* With the flags of the caller's, where it is known: a thawed view may be made of it. */
static unsigned long proc_flags(const struct facts *f)
{
	const struct mount *m = f->caller_view.n ? mounts_covering(&f->caller_view, "/proc") : NULL;

	return m ? m->flags & MOUNT_GUARDS : MS_NOSUID | MS_NODEV | MS_NOEXEC;
}

static int make_mounts(const struct facts *f, struct err *e)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) {
		err_set(e, errno, "cannot make the mounts of the new mount namespace slaves");
		return errno == EINVAL ? err_hint(e, "/ is not a mountpoint: leave the chroot")
				       : -e->errnum;
	}
	if (mount("proc", "/proc", "proc", proc_flags(f), NULL) < 0) {
		err_set(e, errno, "cannot mount /proc in the new pid namespace");
		/* mount_too_revealing(): a user namespace may only mount what it sees in full */
		return errno == EPERM
			       ? err_hint(e, "in a container nothing may be mounted over parts of "
					     "/proc (Docker: --security-opt "
					     "systempaths=unconfined)")
			       : -e->errnum;
	}
	/* criu copies sharing from it: MOVE_MOUNT_SET_GROUP fails with EINVAL on a private mount.
	 */
	if (mount(NULL, "/proc", NULL, MS_SHARED, NULL) < 0)
		return err_set(e, errno, "cannot make the new /proc shared");
	return 0;
}

static int make_scratch(int *ret, struct err *e)
{
	_cleanup_close_ int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_set(e, errno, "cannot make a tmpfs for criu's pidfile");
	*ret = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	return *ret < 0 ? err_set(e, errno, "cannot open a tmpfs for criu's pidfile") : 0;
}

/*
 * Move the cursor from which the kernel gives pids, so that criu and its helpers sit where the
 * images need nothing. Where /proc/sys is read-only, clone3(set_tid) still moves criu.
 */
static bool move_cursor(pid_t next)
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", next - 1);

	return fd >= 0 && write(fd, text, (size_t)n) == n;
}

/*
 * The terminal is opened here, by path, in the new mount namespace: a descriptor from the caller's
 * would make the next freeze fail ("Can't lookup mount=N for fd=0").
 */
static int open_tty(const struct init_args *a, struct err *e)
{
	int fd = open(a->tty, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "cannot open the terminal %s", a->tty);
	/* criu restores the foreground process group: the terminal must be our session's. */
	if (ioctl(fd, TIOCSCTTY, 0) < 0)
		return err_set(e, errno, "cannot make %s the terminal of the new session", a->tty);
	return fd;
}

static int make_yard(struct init *i, struct err *e)
{
	_cleanup_close_ int proc = -1;
	int r;

	if (i->args->facts->images.own_mounts)
		i->litter = litter_watch();
	if (!i->args->plan->recipe.n_mounts)
		return 0;
	proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = mounts_read(proc, "self/mountinfo", &i->view, e);
	if (!r)
		r = yard_build(i->args->plan, i->args->facts, i->args->root, e);
	if (!r)
		i->gate = gate_open(i->scratch);
	return r;
}

/* Stage: criu */

/* `-- cmd` of --exec-cmd becomes `-- stub FD cmd`: it tells us that the tree runs. */
static void insert_stub(struct strv *args, const struct plan *p, int notify)
{
	_cleanup_free_ char *number = xasprintf("%d", notify);
	size_t at = p->exec_at;

	strv_insert(args, at++, "/proc/1/exe"); /* pseudo-init is us */
	strv_insert(args, at++, init_stub_word);
	strv_insert(args, at, number);
}

static int hand_files(const struct facts *f, struct strv *args, struct err *e)
{
	for (size_t i = 0; i < f->sources.n_files; i++) {
		_cleanup_free_ char *slot = plan_slot_file(i);
		int copy;

		if (!f->sources.files[i].wanted)
			continue;
		copy = run_hand_over(f->sources.files[i].fd, e);
		if (copy < 0)
			return copy;
		run_fill_slot(args, slot, "fd[%d]:file[%s]", copy, f->recipe.files[i].id);
	}
	return 0;
}

int init_become_criu(const struct init_args *a, int scratch, int tty, int notify, struct err *e)
{
	struct strv args = { 0 };

	for (size_t i = 0; i < a->plan->args.n; i++)
		strv_add(&args, a->plan->args.v[i]);
	run_fill_slot(&args, plan_slot_pidfile, "/proc/1/fd/%d/pid", scratch);
	if (hand_files(a->facts, &args, e) < 0)
		return -EMFILE;
	if (notify >= 0)
		insert_stub(&args, a->plan, notify);
	if (tty >= 0)
		for (int fd = 0; fd <= 2; fd++)
			if (isatty(fd) && dup2(tty, fd) < 0)
				return err_set(e, errno, "cannot hand the terminal to criu");
	sigprocmask(SIG_SETMASK, &a->mask, NULL);
	return run_exec(a->criu, args.v, false, e);
}

int init_exec_stub(char *argv[])
{
	int fd = atoi(argv[2]);

	if (write(fd, "", 1) != 1)
		return EXIT_OWN;
	close(fd);
	execvp(argv[3], argv + 3);
	fprintf(stderr, "criu-ns: cannot run %s: %m\n", argv[3]);
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE;
}

static int start_criu(struct init *i, int tty, struct err *e)
{
	const struct plan *p = i->args->plan;
	bool moved = move_cursor(p->criu_pid);
	int notify[2] = { -1, -1 };
	pid_t pid;

	if (p->sibling) {
		(void)say(i, INIT_READY, i->scratch, NULL, tty, 0);
		return 0;
	}
	if (p->wait_exec && pipe2(notify, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot make a pipe");
	/*
	 * vfork: there is nothing to do here until criu has been executed, and nothing that the
	 * child changes in our memory before is used again.
	 */
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid = moved ? vfork() : run_clone(0, p->criu_pid, NULL);
	if (pid == 0) {
		if (notify[1] >= 0)
			fcntl(notify[1], F_SETFD, 0);
		init_become_criu(i->args, i->scratch, tty, notify[1], e);
		(void)say(i, INIT_FAILED, 0, e, -1, 0);
		_exit(EXIT_OWN);
	}
	if (pid < 0)
		return err_set(e, errno, "cannot start a process in the new pid namespace");
	i->criu = pid;
	i->notify = notify[0];
	cleanup_close(&notify[1]);
	return 0;
}

/* Stage: the mounts */

/*
 * The root task, before criu has said so. An init has another number here than in the images: it is
 * the only one in this namespace that is pid 1 in one below.
 */
static pid_t find_root(const struct init *i, int proc)
{
	_cleanup_free_ int *pids = NULL;
	size_t n;

	if (i->args->facts->images.root != 1)
		return i->args->facts->images.root;
	n = procfs_list(proc, ".", &pids);
	for (size_t p = 0; p < n; p++) {
		struct task t = { 0 };
		struct err ignored;

		if (procfs_task(proc, pids[p], &t, &ignored) == 0 && task_is_init(&t))
			return t.pid;
	}
	return 0;
}

static int verify(struct init *i, struct err *e)
{
	const struct plan *p = i->args->plan;
	_cleanup_close_ int proc = -1;

	if (i->verified || !p->recipe.n_mounts)
		return 0;
	proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (verify_mounts(&(struct verify){ .plan = p,
					    .facts = i->args->facts,
					    .proc = proc,
					    .pid = find_root(i, proc),
					    .frame = &i->view },
			  e) < 0)
		return -EINVAL;
	i->verified = true;
	return 0;
}

static void on_gate(struct init *i)
{
	gate_answer(i->gate, i->scratch, verify(i, &i->err) == 0);
	i->gate = -1; /* and nobody waits there any more */
}

/* Stage: the tree runs */

/* Keep `fd` under the number `as`, where it is above all others that are to stay. */
static int keep(int fd, int as)
{
	return fd < 0 ? -1 : dup3(fd, as, O_CLOEXEC);
}

/* criu has written its pidfile just before it let the tree run. */
static int open_root_task(struct init *i, int *ret_fd, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_file_at(i->scratch, "pid", 32, &text);
	pid_t pid = n > 0 ? parse_pid(text) : -1;

	if (pid < 0)
		return err_set(e, n < 0 ? (int)-n : 0,
			       "criu succeeded and has not said which pid "
			       "the root task has");
	*ret_fd = pidfd_open(pid, 0);
	if (*ret_fd < 0)
		return err_set(e, errno, "cannot hold the root task (pid %d inside)", pid);
	i->root = pid;
	return 0;
}

static _Noreturn void tree_runs(struct init *i)
{
	const struct plan *p = i->args->plan;
	struct init_message ended = { .event = p->wait_exec ? INIT_CRIU : INIT_ENDED };
	struct settle s = { .packet = &ended,
			    .packet_size = sizeof(ended),
			    .status_at = offsetof(struct init_message, status) };
	struct err e;
	int fd = -1;
	char known;

	if (i->gate >= 0) /* or we would wait for ourselves when we read criu's pidfile */
		gate_answer(i->gate, i->scratch, true);
	if (verify(i, &e) < 0 || open_root_task(i, &fd, &e) < 0)
		fail(i, &e);
	yard_remove(p, i->args->facts);
	/* criu-ns answers when the pidfile is there; without it nobody would know of the tree. */
	if (!say(i, INIT_RUNNING, 0, NULL, fd, i->root) ||
	    RETRY(recv(i->socket, &known, sizeof(known), 0)) != sizeof(known))
		end(i, EXIT_OWN);
	/* The command of --exec-cmd has criu's pid; its end is what criu-ns waits for. */
	s.root = p->wait_exec ? i->criu : i->root;
	s.report = keep(p->detach ? -1 : i->socket, 0);
	s.root_fd = keep(p->sibling ? fd : -1, 1);
	if (s.report < 0)
		close(0);
	if (s.root_fd < 0)
		close(1);
	close_range(2, ~0U, 0);
	powerless_become();
	(void)!chdir("/");
	settle(&s);
}

static _Noreturn void criu_ended(struct init *i, int status)
{
	bool success = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	i->criu = 0;
	if (success)
		tree_runs(i);
	if (*i->err.what)
		fail(i, &i->err);
	(void)say(i, INIT_CRIU, status, NULL, -1, 0);
	end(i, 0);
}

/* -S: criu-ns tells how criu, which is not our child, has ended. */
static void on_message(struct init *i)
{
	int status;
	ssize_t n = RETRY(recv(i->socket, &status, sizeof(status), MSG_DONTWAIT));

	if (n == 0) /* criu-ns is gone: as long as the tree does not run there shall be nothing */
		end(i, EXIT_OWN);
	if (n == sizeof(status) && i->args->plan->sibling)
		criu_ended(i, status);
}

/* Nothing but criu is reaped yet: any other child might be the root task. */
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

/* Until the tree runs, or there is nothing. */
static _Noreturn void watch(struct init *i)
{
	for (;;) {
		struct pollfd p[] = { { .fd = i->signals, .events = POLLIN },
				      { .fd = i->socket, .events = POLLIN },
				      { .fd = i->notify, .events = POLLIN },
				      { .fd = i->gate, .events = POLLIN } };

		if (RETRY(poll(p, ARRAY_SIZE(p), -1)) < 0)
			continue;
		if (p[3].revents)
			on_gate(i);
		if (p[2].revents)
			on_notify(i);
		if (p[0].revents)
			on_child(i);
		if (p[1].revents)
			on_message(i);
	}
}

_Noreturn void init_main(const struct init_args *args)
{
	struct init i = { .args = args,
			  .socket = args->socket,
			  .signals = -1,
			  .scratch = -1,
			  .litter = -1,
			  .notify = -1,
			  .gate = -1 };
	struct err e = { 0 };
	sigset_t all;
	int tty = -1;

	/* Nothing may end or stop pid 1 but the kernel; SIGCHLD is read, the rest stays pending. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, plan_init_comm);
	setsid();
	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	i.signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (i.signals < 0)
		err_set(&e, errno, "cannot watch for the end of processes");
	if (i.signals < 0 || make_mounts(args->facts, &e) < 0 || make_scratch(&i.scratch, &e) < 0 ||
	    make_yard(&i, &e) < 0 ||
	    (args->plan->tty != TTY_NONE && (tty = open_tty(args, &e)) < 0) ||
	    start_criu(&i, tty, &e) < 0)
		fail(&i, &e);
	cleanup_close(&tty);
	watch(&i);
}
