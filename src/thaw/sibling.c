// SPDX-License-Identifier: MIT
#include "thaw/sibling.h"

#include "look/procfs.h"
#include "util/inject.h"
#include "util/pause.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* As waitid(2) gives it for a tracee that is stopped: the signal, and the event above it. */
enum { AT_CALL = SIGTRAP | 0x80, EVENT = 8 };

bool sibling_prepare(struct sibling *s, const struct facts *f)
{
	char name[32];

	snprintf(name, sizeof(name), "core-%d.img", f->images.root);
	s->images = pause_open_file(f->images_dir.fd, name);
	return s->images >= 0;
}

/* Two processes */

static int watch_stops(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* In the child. It tells its parent when it traces that. */
static void begin(struct sibling *s, pid_t parent, int begun)
{
	s->criu = parent;
	s->stops = watch_stops();
	if (s->stops < 0 ||
	    ptrace(PTRACE_SEIZE, parent, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD) < 0 ||
	    write(begun, &(int){ 0 }, sizeof(int)) != sizeof(int)) {
		(void)!write(begun, &errno, sizeof(errno));
		_exit(EXIT_OWN);
	}
}

int sibling_split(struct sibling *s, const sigset_t *mask, struct err *e)
{
	const pid_t self = getpid();
	int errnum = ECHILD;
	int begun[2];
	pid_t pid;

	s->mask = *mask;
	if (pipe2(begun, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0) {
		close(begun[0]);
		begin(s, self, begun[1]);
		close(begun[1]);
		return 1;
	}
	close(begun[1]);
	if (pid < 0)
		err_set(e, errno, "cannot start a process");
	else if (RETRY(read(begun[0], &errnum, sizeof(errnum))) < 0 || errnum)
		err_set(e, errnum, "cannot trace this process, which is to become criu");
	close(begun[0]);
	if (pid > 0 && errnum)
		RETRY(waitpid(pid, NULL, 0));
	return pid > 0 && !errnum ? 0 : err_result(e);
}

void sibling_close(struct sibling *s)
{
	if (s->images >= 0) /* the pseudo-init may have it, too */
		pause_lift_file(s->images);
	cleanup_close(&s->images);
	cleanup_close(&s->stops);
	*s = SIBLING_NONE;
}

/* Stops */

/* Is it stopped? Then *ret tells where. Nothing is taken from the kernel: who has ended stays so. */
static bool look_at_stop(struct sibling *s, int *ret)
{
	siginfo_t info = { 0 };

	if (s->ended || waitid(P_PID, (id_t)s->criu, &info,
			       WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) < 0)
		return false;
	s->ended = info.si_code == CLD_EXITED || info.si_code == CLD_KILLED ||
		   info.si_code == CLD_DUMPED;
	*ret = info.si_status;
	return info.si_pid && !s->ended;
}

static bool is_signal(int stop)
{
	return stop >> EVENT == 0 && stop != AT_CALL;
}

static void resume(const struct sibling *s, int signo)
{
	ptrace(s->to_fork ? PTRACE_SYSCALL : PTRACE_CONT, s->criu, 0, signo);
}

/* -1: not at the beginning of a system call. */
static long call_at(const struct sibling *s)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, s->criu, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return -1;
	return (long)info.entry.nr;
}

static void set_mask(const struct sibling *s, uint64_t mask)
{
	ptrace(PTRACE_SETSIGMASK, s->criu, sizeof(mask), &mask);
}

/*
 * criu blocks all signals (criu_signals_setup()). What asks it to end shall reach it, too, but not
 * before it has made the root task, because the tasks have the mask from it.
 */
static void hear_signals(const struct sibling *s)
{
	uint64_t mask = 0;

	if (ptrace(PTRACE_GETSIGMASK, s->criu, sizeof(mask), &mask) < 0)
		return;
	for (int signo = 1; signo < SIGRTMIN; signo++)
		if (process_asks_for_an_end(signo) && !sigismember(&s->mask, signo))
			mask &= ~(UINT64_C(1) << (signo - 1));
	set_mask(s, mask);
}

static void on_call(struct sibling *s)
{
	long number = call_at(s);

	if (number < 0 && s->in_fork) {
		s->to_fork = false;
		hear_signals(s);
	}
	s->in_fork = number == SYS_clone3 || number == SYS_clone;
}

/* Signals that a thaw does not forward before the tree runs are not for criu, either. */
static bool is_withheld(int signo)
{
	sigset_t set;

	process_signal_set(&set);
	return sigismember(&set, signo);
}

static bool is_ignored(int signo)
{
	struct sigaction action;

	return sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void on_stop(struct sibling *s, int stop)
{
	if (is_signal(stop)) {
		if (process_asks_for_an_end(stop) && !is_ignored(stop))
			s->asked = stop;
		else
			resume(s, is_withheld(stop) ? 0 : stop);
	} else if (stop >> EVENT == PTRACE_EVENT_STOP && (stop & 0x7f) != SIGTRAP) {
		ptrace(PTRACE_LISTEN, s->criu, 0, 0); /* SIGSTOP; until SIGCONT */
	} else {
		if (stop == AT_CALL)
			on_call(s);
		resume(s, 0);
	}
}

static void attend(struct sibling *s)
{
	struct signalfd_siginfo info;
	int stop;

	while (read(s->stops, &info, sizeof(info)) > 0)
		;
	while (!s->asked && look_at_stop(s, &stop))
		on_stop(s, stop);
}

/* Where the root task is made */

/* It may be another thaw of the same images. */
static bool is_at_root(struct sibling *s)
{
	pid_t who = 0;
	int waiting = pause_next(s->images, &who);

	if (waiting < 0 || who != s->criu || s->waiting >= 0) {
		pause_answer(s->images, waiting, true);
		return false;
	}
	pause_lift_file(s->images);
	s->waiting = waiting;
	return true;
}

void sibling_go_on(struct sibling *s)
{
	s->to_fork = true;
	sibling_stop(s);
	pause_answer(s->images, s->waiting, true);
	s->waiting = -1;
}

void sibling_wants(const struct sibling *s, struct pollfd *p)
{
	p[0] = (struct pollfd){ .fd = s->criu ? s->stops : -1, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = s->criu ? s->images : -1, .events = POLLIN };
}

bool sibling_move(struct sibling *s, const struct pollfd *p)
{
	if (p[0].revents)
		attend(s);
	return p[1].revents && is_at_root(s);
}

/* The end */

void sibling_stop(const struct sibling *s)
{
	if (s->criu && !s->ended)
		ptrace(PTRACE_INTERRUPT, s->criu, 0, 0);
}

bool sibling_is_over(struct sibling *s, int proc)
{
	struct proc_stat stat;
	int ignored;

	if (!s->criu)
		return false;
	sibling_stop(s);
	look_at_stop(s, &ignored);
	return s->ended || (procfs_stat(proc, s->criu, &stat) == 0 && stat.flags & PROC_EXITING);
}

/* It is stopped somewhere: a step on the way to its death by that signal. */
static void lead_to_signal(struct sibling *s, int stop, int signo)
{
	bool is_it = is_signal(stop) && stop == signo;

	if (!is_it) {
		set_mask(s, ~(UINT64_C(1) << (signo - 1)));
		kill(s->criu, signo);
	}
	ptrace(PTRACE_CONT, s->criu, 0, is_it ? signo : 0);
}

/* The same to its end with that status. */
static void lead_to_exit(struct sibling *s, int stop, int status)
{
	if (stop == AT_CALL && call_at(s) >= 0) {
		if (!inject_exit(s->criu, status))
			kill(s->criu, SIGKILL);
		ptrace(PTRACE_CONT, s->criu, 0, 0);
	} else {
		ptrace(PTRACE_SYSCALL, s->criu, 0, 0);
	}
}

void sibling_end(struct sibling *s, int signo, int status)
{
	enum { PATIENCE = 2000 /* ms */ };
	struct pollfd p = { .fd = s->stops, .events = POLLIN };
	const long long until = milliseconds_now() + PATIENCE;

	if (!s->criu)
		return;
	pause_answer(s->images, s->waiting, true);
	cleanup_close(&s->images);
	s->images = s->waiting = -1;
	for (;;) {
		struct signalfd_siginfo info;
		int stop;

		while (read(s->stops, &info, sizeof(info)) > 0)
			;
		while (look_at_stop(s, &stop))
			signo ? lead_to_signal(s, stop, signo) : lead_to_exit(s, stop, status);
		if (s->ended)
			return;
		if (milliseconds_now() > until)
			kill(s->criu, SIGKILL);
		poll(&p, 1, PATIENCE);
	}
}
