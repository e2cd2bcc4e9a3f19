// SPDX-License-Identifier: MIT
#include "relay.h"

#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
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
