// SPDX-License-Identifier: MIT
#include "relay.h"

#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

int relay_open(struct relay *r, struct err *e)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct winsize size;
	int on = 0;

	r->master = -1;
	if (fd < 0 || unlockpt(fd) < 0 || ioctl(fd, TIOCSPTLCK, &on) < 0 ||
	    ptsname_r(fd, r->slave, sizeof(r->slave)) != 0) {
		err_set(e, errno, "cannot make a pty for the shell job");
		cleanup_close(&fd);
		return -e->errnum;
	}
	/* On Linux the master takes the settings for its slave (ioctl_tty(2)). */
	if (tcgetattr(STDIN_FILENO, &r->saved) == 0)
		tcsetattr(fd, TCSANOW, &r->saved);
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(fd, TIOCSWINSZ, &size);
	r->master = fd;
	r->input_open = false;
	return 0;
}

void relay_start(struct relay *r)
{
	struct termios raw = r->saved;

	cfmakeraw(&raw);
	r->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
	r->input_open = true;
}

static bool move(int from, int to)
{
	char buf[4096];
	ssize_t n = RETRY(read(from, buf, sizeof(buf)));

	return n > 0 && write_all(to, buf, (size_t)n) == 0;
}

void relay_input(struct relay *r)
{
	if (!move(STDIN_FILENO, r->master))
		r->input_open = false;
}

void relay_output(struct relay *r)
{
	if (!move(r->master, STDOUT_FILENO)) { /* EIO: nobody has the other side any more */
		close(r->master);
		r->master = -1;
	}
}

void relay_resize(const struct relay *r)
{
	struct winsize size;

	if (r->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(r->master, TIOCSWINSZ, &size);
}

/* As a job of the terminal's session: when that goes away, SIGHUP ends it, and then the tree's. */
static _Noreturn void show(int master, int terminal)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, "criu-ns-tty");
	dup2(master, 0);
	dup2(terminal, 1);
	close_range(2, ~0U, 0);
	(void)!chdir("/");
	while (move(0, 1))
		;
	_exit(0);
}

int relay_leave_behind(struct relay *r, struct err *e)
{
	char name[64];
	int terminal = -1;
	pid_t pid;

	if (ttyname_r(STDIN_FILENO, name, sizeof(name)) == 0)
		terminal = open(name, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0)
		return err_set(e, errno, "cannot open the caller's terminal");
	pid = fork();
	if (pid == 0)
		show(r->master, terminal);
	close(terminal);
	close(r->master);
	r->master = -1;
	return pid < 0 ? err_set(e, errno, "cannot leave a process for the terminal behind") : 0;
}

void relay_close(struct relay *r)
{
	int pending;

	while (r->master >= 0 && ioctl(r->master, FIONREAD, &pending) == 0 && pending > 0)
		relay_output(r);
	cleanup_close(&r->master);
	r->master = -1;
	if (r->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &r->saved);
	r->raw = false;
}
