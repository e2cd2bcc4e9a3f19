// SPDX-License-Identifier: MIT
#include "thaw/relay.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

/*
 * Open the terminal once more, for writes that do not wait, because the shell shares the caller's
 * descriptor and its O_NONBLOCK flag. Anything but a terminal accepts a page when poll(2) reports it writable.
 */
static int open_screen(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return isatty(fd) ? open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) : -1;
}

int relay_open(struct relay *r, struct err *e)
{
	/* It can be made non-blocking, because nobody shares it. */
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	struct winsize size;
	int on = 0;

	r->master = -1;
	r->screen = STDOUT_FILENO;
	if (fd < 0 || unlockpt(fd) < 0 || ioctl(fd, TIOCSPTLCK, &on) < 0 ||
	    ptsname_r(fd, r->slave, sizeof(r->slave)) != 0) {
		err_set(e, errno, "cannot make a pty for the shell job");
		cleanup_close(&fd);
		return -e->errnum;
	}
	/* On Linux, settings made on the master apply to its slave (ioctl_tty(2)). */
	if (tcgetattr(STDIN_FILENO, &r->saved) == 0)
		tcsetattr(fd, TCSANOW, &r->saved);
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(fd, TIOCSWINSZ, &size);
	r->master = fd;
	r->screen = open_screen(STDOUT_FILENO);
	if (r->screen < 0)
		r->screen = STDOUT_FILENO;
	r->input_open = false;
	return 0;
}

void relay_start(struct relay *r)
{
	struct termios raw = r->saved;

	/* Not TCSADRAIN, which would wait for a terminal that was stopped (Ctrl-S). */
	cfmakeraw(&raw);
	r->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	r->input_open = true;
}

static bool is_later(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void flow_read(struct flow *f, int from)
{
	ssize_t n = read(from, f->bytes, sizeof(f->bytes));

	f->ended = n <= 0 && !is_later(n); /* EIO: nobody has the other side of a pty */
	f->start = 0;
	f->n = n > 0 ? (size_t)n : 0;
}

static void flow_write(struct flow *f, int to)
{
	ssize_t n = write(to, f->bytes + f->start, f->n);

	if (n >= 0) {
		f->start += (size_t)n;
		f->n -= (size_t)n;
	} else if (!is_later(n)) { /* nobody will read it any more */
		f->n = 0;
		f->ended = true;
	}
}

static void flow_move(struct flow *f, int from, int to)
{
	if (!f->n && !f->ended)
		flow_read(f, from);
	if (f->n)
		flow_write(f, to);
}

void relay_wants(const struct relay *r, struct pollfd p[RELAY_POLLFDS])
{
	bool reads = r->input_open && !r->input.n && !r->input.ended;

	p[0] = (struct pollfd){ .fd = r->master >= 0 && reads ? STDIN_FILENO : -1,
				.events = POLLIN };
	p[1] = (struct pollfd){ .fd = r->master, .events = r->output.n ? 0 : POLLIN };
	p[2] = (struct pollfd){ .fd = r->output.n ? r->screen : -1, .events = POLLOUT };
	if (r->input.n)
		p[1].events |= POLLOUT;
	if (!p[1].events) /* or its hangup would make poll() return again and again */
		p[1].fd = -1;
}

void relay_move(struct relay *r, const struct pollfd p[RELAY_POLLFDS])
{
	bool tree_says = p[1].revents & (POLLIN | POLLHUP | POLLERR);

	if (p[0].revents || p[1].revents & POLLOUT)
		flow_move(&r->input, STDIN_FILENO, r->master);
	if ((tree_says && !r->output.n) || p[2].revents)
		flow_move(&r->output, r->master, r->screen);
	if (r->output.ended && !r->output.n) {
		cleanup_close(&r->master);
		r->master = -1;
	}
}

void relay_resize(const struct relay *r)
{
	struct winsize size;

	if (r->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(r->master, TIOCSWINSZ, &size);
}

/* It is a job of the terminal's session: when that ends, SIGHUP ends this process, and then the tree's session. */
static _Noreturn void show_output(int master, int terminal)
{
	struct relay r = { .master = 0, .screen = 1 };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, "criu-ns-tty");
	dup2(master, 0);
	dup2(terminal, 1);
	close_range(2, ~0U, 0);
	(void)!chdir("/");
	while (!r.output.ended || r.output.n) {
		struct pollfd p[RELAY_POLLFDS];

		relay_wants(&r, p);
		if (RETRY(poll(p, RELAY_POLLFDS, -1)) > 0)
			relay_move(&r, p);
	}
	_exit(0);
}

int relay_leave_behind(struct relay *r, struct err *e)
{
	char name[64];
	int terminal = -1;
	pid_t pid;

	if (ttyname_r(STDIN_FILENO, name, sizeof(name)) == 0)
		terminal = open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (terminal < 0)
		return err_set(e, errno, "cannot open the caller's terminal");
	pid = fork();
	if (pid == 0)
		show_output(r->master, terminal);
	close(terminal);
	close(r->master);
	r->master = -1;
	return pid < 0 ? err_set(e, errno, "cannot start the process that stays for the terminal")
		       : 0;
}

static bool has_output(const struct relay *r)
{
	int pending = 0;

	return r->output.n || (r->master >= 0 && !r->output.ended &&
			       ioctl(r->master, FIONREAD, &pending) == 0 && pending > 0);
}

/* As long as the terminal accepts output; if it does not, wait until it does, or until there is a signal. */
static void drain(struct relay *r, int signals)
{
	struct pollfd p[] = { { .fd = r->screen, .events = POLLOUT },
			      { .fd = signals, .events = POLLIN } };

	while (has_output(r) && RETRY(poll(p, ARRAY_SIZE(p), signals < 0 ? 0 : -1)) > 0 &&
	       p[0].revents)
		flow_move(&r->output, r->master, r->screen);
}

void relay_close(struct relay *r, int signals)
{
	drain(r, signals);
	cleanup_close(&r->master);
	r->master = -1;
	if (r->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &r->saved);
	r->raw = false;
	if (r->screen != STDOUT_FILENO)
		cleanup_close(&r->screen);
	r->screen = STDOUT_FILENO;
}
