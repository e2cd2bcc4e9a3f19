// SPDX-License-Identifier: MIT
#include "thaw/flow.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

static bool is_later(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

void flow_read(struct flow *f, int from)
{
	ssize_t n = read(from, f->bytes, sizeof(f->bytes));

	f->ended = n <= 0 && !is_later(n); /* EIO: nobody has the other side of a pty */
	f->start = 0;
	f->n = n > 0 ? (size_t)n : 0;
}

void flow_write(struct flow *f, int to)
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

void flow_move(struct flow *f, int from, int to)
{
	if (!f->n && !f->ended)
		flow_read(f, from);
	if (f->n)
		flow_write(f, to);
}

static bool has_more(const struct flow *f, int from)
{
	int pending = 0;

	return f->n ||
	       (from >= 0 && !f->ended && ioctl(from, FIONREAD, &pending) == 0 && pending > 0);
}

void flow_drain(struct flow *f, int from, int to, int signals)
{
	struct pollfd p[] = { { .fd = to, .events = POLLOUT },
			      { .fd = signals, .events = POLLIN } };

	while (has_more(f, from) && RETRY(poll(p, ARRAY_SIZE(p), signals < 0 ? 0 : -1)) > 0 &&
	       p[0].revents)
		flow_move(f, from, to);
}

int flow_open_screen(int fd)
{
	char path[32];
	int screen;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	screen = isatty(fd) ? open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) : -1;
	return screen < 0 ? fd : screen;
}
