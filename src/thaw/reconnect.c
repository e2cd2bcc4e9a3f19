// SPDX-License-Identifier: MIT
#include "thaw/reconnect.h"

#include "look/recipe_host.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

static int introduce(int fd, const struct journal *j)
{
	/*
	 * As systemd does for each of them (fd_inc_sndbuf() in its connect_logger_as()), so that
	 * few writers wait.
	 */
	const int room = 8 << 20;
	_cleanup_free_ char *header = journal_header(j);
	size_t n = strlen(header);

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	return send(fd, header, n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n ? 0 : -errno;
}

static int shut_down(int fd, unsigned shut)
{
	static const int how[] = { [UNIX_SHUT_READ] = SHUT_RD,
				   [UNIX_SHUT_WRITE] = SHUT_WR,
				   [UNIX_SHUT_READ | UNIX_SHUT_WRITE] = SHUT_RDWR };

	return shut && shutdown(fd, how[shut]) < 0 ? -errno : 0;
}

static int prepare(const struct recipe_unix *s)
{
	int fd = s->from->fd;
	int r = s->journal.is_one ? introduce(fd, &s->journal) : 0;

	if (!r)
		r = shut_down(fd, s->shut);
	if (!r && fcntl(fd, F_SETFL, (int)s->flags & (O_NONBLOCK | O_ASYNC)) < 0)
		r = -errno;
	return r;
}

int reconnect_prepare(const struct recipe *r, struct err *e)
{
	recipe_for_each_unix (s, r) {
		int errnum = s->from ? -prepare(s) : 0;

		if (errnum)
			return err_set(e, errnum, "the new connection to %s has ended",
				       s->cut ? "nobody" : s->to);
	}
	return 0;
}

void reconnect_release(const struct recipe *r)
{
	recipe_for_each_unix (s, r) {
		if (!s->from)
			continue;
		cleanup_close(&s->from->fd);
		s->from->fd = -1;
	}
}
