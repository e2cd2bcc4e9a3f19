/*
 * listener LOG PATH [OPTION...]: a server on a unix socket, which writes what happens to LOG, one
 * line each:
 *
 *   N from UID GID    the Nth connection
 *   N TEXT            a line that came through it
 *   N end
 *
 * It answers a line "ping" with "pong". PATH may be @NAME, an abstract one. OPTIONs:
 *   seqpacket         of that type, not a stream
 *   deaf              accepts no connection, and has room for one
 *   at=PATH           when it listens, its socket is renamed to that
 *   link=PATH         ... or linked to that, and unlinked from where it was
 */
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 60 };

struct client {
	int fd, number;
	char rest[4096]; /* a line that is not yet complete */
	size_t n;
};

static struct client clients[MOST];
static int n_clients, number, log_fd;

static void note(int of, const char *fmt, ...)
{
	char line[4200];
	va_list ap;
	int n = snprintf(line, sizeof(line), "%d ", of);

	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	line[n++] = '\n';
	if (write(log_fd, line, (size_t)n) != n)
		exit(1);
}

static void say_line(struct client *c, const char *line)
{
	note(c->number, "%s", line);
	if (!strcmp(line, "ping"))
		(void)!send(c->fd, "pong\n", 5, MSG_NOSIGNAL);
}

static void cut_lines(struct client *c)
{
	char *end;

	while ((end = memchr(c->rest, '\n', c->n))) {
		*end++ = '\0';
		say_line(c, c->rest);
		c->n -= (size_t)(end - c->rest);
		memmove(c->rest, end, c->n);
	}
}

static void hear(struct client *c)
{
	ssize_t n = read(c->fd, c->rest + c->n, sizeof(c->rest) - c->n);

	if (n > 0) {
		c->n += (size_t)n;
		cut_lines(c);
		return;
	}
	note(c->number, "end");
	close(c->fd);
	*c = clients[--n_clients];
}

static void welcome(int sock)
{
	int fd = accept4(sock, NULL, NULL, SOCK_CLOEXEC);
	struct ucred who;
	socklen_t n = sizeof(who);

	if (fd < 0 || n_clients == MOST || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0)
		exit(1);
	clients[n_clients++] = (struct client){ .fd = fd, .number = ++number };
	note(number, "from %u %u", who.uid, who.gid);
}

static int listen_at(const char *path, int type, int backlog)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	socklen_t n = offsetof(struct sockaddr_un, sun_path);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(at.sun_path))
		exit(2);
	memcpy(at.sun_path, path, strlen(path));
	n += (socklen_t)strlen(path) + (path[0] != '@');
	if (path[0] == '@')
		at.sun_path[0] = '\0';
	else
		unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) < 0 || listen(fd, backlog) < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static void move(const char *from, const char *word)
{
	const char *to = strchr(word, '=') + 1;

	unlink(to);
	if (!strncmp(word, "at=", 3) ? rename(from, to) < 0
				     : link(from, to) < 0 || unlink(from) < 0)
		exit(1);
}

static void serve(int sock)
{
	struct pollfd p[1 + MOST];

	for (;;) {
		int n = n_clients;

		p[0] = (struct pollfd){ .fd = sock, .events = POLLIN };
		for (int i = 0; i < n; i++)
			p[1 + i] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
		if (poll(p, (nfds_t)n + 1, -1) < 0) /* a freeze has interrupted it */
			continue;
		for (int i = n; i-- > 0;)
			if (p[1 + i].revents)
				hear(&clients[i]);
		if (p[0].revents)
			welcome(sock);
	}
}

int main(int argc, char *argv[])
{
	int type = SOCK_STREAM;
	int backlog = 16;
	const char *moved = NULL;

	if (argc < 3)
		return 2;
	for (int i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "seqpacket"))
			type = SOCK_SEQPACKET;
		else if (!strcmp(argv[i], "deaf"))
			backlog = 0;
		else if (strchr(argv[i], '='))
			moved = argv[i];
	}
	log_fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (log_fd < 0)
		return 1;

	int sock = listen_at(argv[2], type, backlog);

	if (moved)
		move(argv[2], moved);
	note(0, "listens");
	if (backlog)
		serve(sock);
	pause();
}
