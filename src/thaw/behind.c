// SPDX-License-Identifier: MIT
#include "thaw/behind.h"

#include "thaw/flow.h"
#include "util/powerless.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>

/*
 * Whose is what is typed? The terminal has a foreground process group, and the kernel lets only its
 * members read (job control, tcsetpgrp(3)). criu-ns-tty stays a member of the caller's group. A
 * script that runs on is the leader of that group, and what is typed while it has the terminal
 * reaches the tree. Under a shell with job control criu-ns is the leader itself, or its leader
 * (sudo, a subshell) ends with it: the shell is about to take the terminal back, and what is typed
 * then is the shell's. So nothing is read before PATIENCE has passed, nor when the leader has
 * ended. Between these, read(2) fails with EIO when the terminal is another group's, and is tried
 * again later.
 */
enum { PATIENCE = 300, LATER = 1000 /* ms */ };

struct behind {
	int master;
	int terminal; /* non-blocking; -1: nobody sees what the tree writes */
	int leader; /* pidfd of the leader of our process group; -1: nothing is typed to the tree */
	int timer;  /* when to look at what was typed */
	int signals;
	/* pidfd of the leader of our session; -1: it is gone, or no terminal is served */
	int session;
	int held;  /* the tree's side, so that it is not hung up; or -1 */
	int until; /* pidfd of the process with which the tree ends */
	bool reading;
	struct flow input, output;
};

static void look_later(const struct behind *b, int ms)
{
	struct itimerspec when = { .it_value = { .tv_sec = ms / 1000,
						 .tv_nsec = ms % 1000 * 1000000L } };

	timerfd_settime(b->timer, 0, &when, NULL);
}

static void stop_reading(struct behind *b)
{
	cleanup_close(&b->leader);
	cleanup_close(&b->timer);
	b->leader = b->timer = -1;
	b->reading = false;
}

/*
 * The terminal has to be that of our session: in any other, the kernel would let us read at any
 * time.
 */
static void on_timer(struct behind *b)
{
	uint64_t ignored;

	(void)!read(b->timer, &ignored, sizeof(ignored));
	b->reading = tcgetpgrp(b->terminal) == getpgrp();
	if (!b->reading)
		look_later(b, LATER);
}

/* A character that the terminal acts on, for the tree's pty to act on, if it is to. */
static void type_character(const struct behind *b, int which)
{
	struct termios modes;

	if (tcgetattr(b->terminal, &modes) == 0)
		(void)!write(b->master, &modes.c_cc[which], 1);
}

static void on_typed(struct behind *b)
{
	errno = 0;
	flow_read(&b->input, b->terminal);
	if (!b->input.ended)
		return;
	b->input.ended = false;
	if (errno == EIO) { /* it is another group's */
		b->reading = false;
		look_later(b, LATER);
	} else {
		type_character(b, VEOF);
	}
}

static void resize(const struct behind *b)
{
	struct winsize size;

	if (ioctl(b->terminal, TIOCGWINSZ, &size) == 0)
		ioctl(b->master, TIOCSWINSZ, &size);
}

/* False if the signal is to end this process. One that was typed is for the tree, too. */
static bool on_signal(struct behind *b)
{
	struct signalfd_siginfo info;

	if (read(b->signals, &info, sizeof(info)) != sizeof(info))
		return true;

	bool is_typed = info.ssi_code == SI_KERNEL && b->leader >= 0;

	switch (info.ssi_signo) {
	case SIGWINCH:
		resize(b);
		return true;
	case SIGINT:
		if (is_typed)
			type_character(b, VINTR);
		return is_typed;
	case SIGQUIT:
		if (is_typed)
			type_character(b, VQUIT);
		return is_typed;
	default:
		return false;
	}
}

/* What nobody sees is read all the same, or the tree would wait when the pty is full. */
static void show(struct behind *b)
{
	if (b->terminal < 0)
		flow_read(&b->output, b->master);
	else
		flow_move(&b->output, b->master, b->terminal);
	if (b->terminal < 0)
		b->output.n = 0;
}

static int wait_for_something(const struct behind *b, struct pollfd p[7])
{
	bool reads = b->reading && !b->input.n;

	p[0] = (struct pollfd){ .fd = b->master, .events = b->output.n ? 0 : POLLIN };
	p[1] = (struct pollfd){ .fd = b->terminal,
				.events = (short)((reads ? POLLIN : 0) |
						  (b->output.n ? POLLOUT : 0)) };
	p[2] = (struct pollfd){ .fd = b->signals, .events = POLLIN };
	p[3] = (struct pollfd){ .fd = b->leader, .events = POLLIN };
	p[4] = (struct pollfd){ .fd = b->timer, .events = POLLIN };
	if (b->input.n)
		p[0].events |= POLLOUT;
	if (!p[0].events) /* or its hangup would make poll() return again and again */
		p[0].fd = -1;
	p[5] = (struct pollfd){ .fd = b->session, .events = POLLIN };
	p[6] = (struct pollfd){ .fd = b->until, .events = POLLIN };
	return RETRY(poll(p, 7, -1));
}

/*
 * Until nobody has the tree's side any more, the terminal is hung up, or a signal ends it. The
 * kernel hangs up the terminal when the leader of its session ends, but sends SIGHUP only to the
 * group that has the terminal then, and wakes nobody who does not poll(2) for input.
 */
static void serve(struct behind *b)
{
	struct pollfd p[7];

	while (!b->output.ended || b->output.n) {
		if (wait_for_something(b, p) <= 0)
			continue;
		if (p[2].revents && !on_signal(b))
			return;
		if (p[1].revents & (POLLHUP | POLLERR) || p[5].revents || p[6].revents)
			return;
		if (p[3].revents)
			stop_reading(b);
		if (p[4].revents & POLLIN && b->timer >= 0)
			on_timer(b);
		if (p[1].revents & POLLIN && b->reading)
			on_typed(b);
		if (b->input.n)
			flow_write(&b->input, b->master);
		if ((p[0].revents & ~POLLOUT && !b->output.n) || p[1].revents & POLLOUT)
			show(b);
	}
}

static _Noreturn void behind_main(struct behind *b)
{
	sigset_t set;

	signal(SIGTTIN, SIG_IGN); /* so that read(2) fails where the terminal is not ours */
	signal(SIGTTOU, SIG_IGN); /* so that output is shown there, too */
	sigemptyset(&set);
	for (const int *s = (const int[]){ SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH, 0 }; *s; s++)
		sigaddset(&set, *s);
	sigprocmask(SIG_SETMASK, &set, NULL);
	b->signals = signalfd(-1, &set, SFD_CLOEXEC);
	prctl(PR_SET_NAME, "criu-ns-tty");
	powerless_keep_only((int[]){ b->master, b->terminal, b->leader, b->timer, b->signals,
				     b->session, b->held, b->until },
			    8);
	powerless_hide();
	powerless_forget_command_line("criu-ns-tty");
	powerless_become();
	(void)!chdir("/");
	serve(b);
	_exit(0);
}

/*
 * Its own descriptor of the terminal, because the shell shares the caller's, and its O_NONBLOCK
 * flag.
 */
static int open_terminal(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

static int prepare(struct behind *b, const char *slave, const struct behind_args *args,
		   struct err *e)
{
	if (args->hold && (b->held = open(slave, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
		return err_set(e, errno, "cannot open the terminal %s", slave);
	if (args->terminal < 0)
		return 0;
	b->terminal = open_terminal(args->terminal);
	if (b->terminal < 0)
		return err_set(e, errno, "cannot open the caller's terminal");
	b->session = pidfd_open(getsid(0), 0);
	resize(b);
	if (!args->keyboard)
		return 0;
	b->leader = pidfd_open(getpgrp(), 0);
	b->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	look_later(b, PATIENCE);
	return 0;
}

int behind_start(struct pty *pty, const struct behind_args *args, struct err *e)
{
	struct behind b = { .master = pty->master,
			    .terminal = -1,
			    .leader = -1,
			    .timer = -1,
			    .session = -1,
			    .held = -1,
			    .until = args->until };
	int r = prepare(&b, pty->slave, args, e);
	pid_t pid = r < 0 ? -1 : fork();

	if (pid == 0)
		behind_main(&b);
	if (!r && pid < 0)
		r = err_set(e, errno, "cannot start the process that stays for the terminal");
	cleanup_close(&b.terminal);
	cleanup_close(&b.leader);
	cleanup_close(&b.timer);
	cleanup_close(&b.session);
	cleanup_close(&b.held);
	cleanup_close(&pty->master);
	pty->master = -1;
	return r;
}
