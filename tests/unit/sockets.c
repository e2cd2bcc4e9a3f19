// SPDX-License-Identifier: MIT
/*
 * Sockets: what the kernel answers (recorded by hand, cut and damaged), and real ones of this
 * process.
 */
#include "unit.h"

#include "look/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A datagram of the kernel's, as it is put together. */
struct datagram {
	char v[4096] __attribute__((aligned(8)));
	size_t n, head; /* head: where its last message begins */
};

static void add_bytes(struct datagram *d, const void *data, size_t n)
{
	memcpy(d->v + d->n, data, n);
	d->n += n;
	((struct nlmsghdr *)(d->v + d->head))->nlmsg_len = (uint32_t)(d->n - d->head);
	d->n = (d->n + 3) & ~(size_t)3;
}

static void add_message(struct datagram *d, unsigned type, const void *data, size_t n)
{
	const struct nlmsghdr head = { .nlmsg_type = (uint16_t)type };

	d->head = d->n;
	add_bytes(d, &head, sizeof(head));
	add_bytes(d, data, n);
}

static void add_attribute(struct datagram *d, unsigned type, const void *data, size_t n)
{
	const struct nlattr head = { .nla_type = (uint16_t)type,
				     .nla_len = (uint16_t)(sizeof(head) + n) };

	add_bytes(d, &head, sizeof(head));
	add_bytes(d, data, n);
}

static void add_unix(struct datagram *d, unsigned ino, int type, int state)
{
	const struct unix_diag_msg m = { .udiag_family = AF_UNIX,
					 .udiag_type = (uint8_t)type,
					 .udiag_state = (uint8_t)state,
					 .udiag_ino = ino };

	add_message(d, SOCK_DIAG_BY_FAMILY, &m, sizeof(m));
}

static void add_end(struct datagram *d, int error)
{
	add_message(d, NLMSG_DONE, &error, sizeof(error));
}

/* Three of UNIX: a listening one, one in its queue, and half of a pair. */
static struct datagram three(void)
{
	static const uint32_t clients[] = { 12, 0 };
	static const uint32_t peer = 14;
	static const struct unix_diag_rqlen queue = { .udiag_rqueue = 2, .udiag_wqueue = 128 };
	static const struct unix_diag_rqlen written = { .udiag_wqueue = 7 };
	struct datagram d = { .n = 0 };

	add_unix(&d, 13, SOCK_STREAM, TCP_ESTABLISHED);
	add_attribute(&d, UNIX_DIAG_PEER, &peer, sizeof(peer));
	add_attribute(&d, UNIX_DIAG_RQLEN, &written, sizeof(written));
	add_attribute(&d, UNIX_DIAG_SHUTDOWN, "\2", 1);
	add_unix(&d, 11, SOCK_STREAM, TCP_LISTEN);
	add_attribute(&d, UNIX_DIAG_NAME, "/run/x", sizeof("/run/x"));
	add_attribute(&d, UNIX_DIAG_ICONS, clients, sizeof(clients));
	add_attribute(&d, UNIX_DIAG_RQLEN, &queue, sizeof(queue));
	add_unix(&d, 0, SOCK_STREAM, TCP_ESTABLISHED);
	add_unix(&d, 12, SOCK_STREAM, TCP_ESTABLISHED);
	add_attribute(&d, UNIX_DIAG_NAME, "\0a\0b", 4);
	add_end(&d, 0);
	return d;
}

static void unix_sockets(void **state)
{
	struct datagram d = three();
	struct sockets s = { 0 };

	(void)state;
	assert_int_equal(sockets_parse(d.v, d.n, 0, &s), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.v[0].ino, 13);
	assert_int_equal(s.v[0].peer, 14);
	assert_int_equal(s.v[0].queued, 7);
	assert_int_equal(s.v[0].shut, 2);
	assert_null(s.v[0].name);
	assert_int_equal(s.v[1].type, SOCK_STREAM);
	assert_int_equal(s.v[1].state, TCP_LISTEN);
	assert_string_equal(s.v[1].name, "/run/x");
	assert_int_equal(s.v[1].name_size, 6);
	assert_int_equal(s.v[1].waiting, 2);
	assert_int_equal(s.v[1].queued, 0);
	assert_false(socket_is_abstract(&s.v[1]));
	assert_true(socket_is_abstract(&s.v[2]));
	assert_int_equal(s.v[2].name_size, 4);
	assert_memory_equal(s.v[2].name, "\0a\0b", 5);
	assert_ptr_equal(sockets_listener(&s, 12), &s.v[1]);
	assert_null(sockets_listener(&s, 13));
	sockets_free(&s);
}

static void inet_sockets(void **state)
{
	struct inet_diag_msg m = { .idiag_family = AF_INET6,
				   .idiag_state = TCP_LISTEN,
				   .idiag_rqueue = 3,
				   .idiag_inode = 21,
				   .id = { .idiag_sport = htons(80), .idiag_if = 5 } };
	struct datagram d = { .n = 0 };
	struct sockets s = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	add_message(&d, SOCK_DIAG_BY_FAMILY, &m, sizeof(m));
	m.idiag_inode = 0;
	add_message(&d, SOCK_DIAG_BY_FAMILY, &m, sizeof(m));
	m.idiag_state = TCP_TIME_WAIT;
	add_message(&d, SOCK_DIAG_BY_FAMILY, &m, sizeof(m));
	m.idiag_state = TCP_LAST_ACK;
	add_message(&d, SOCK_DIAG_BY_FAMILY, &m, sizeof(m));
	assert_int_equal(sockets_parse(d.v, d.n, IPPROTO_TCP, &s), 1);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.v[1].state, TCP_LAST_ACK);
	assert_int_equal(s.v[0].waiting, 3);
	assert_int_equal(s.v[0].protocol, IPPROTO_TCP);
	text = socket_end_text(s.v[0].family, &s.v[0].local);
	assert_string_equal(text, "[::%5]:80");
	sockets_free(&s);
}

static void the_kernel_refuses(void **state)
{
	struct datagram d = { .n = 0 };
	struct sockets s = { 0 };
	const struct nlmsgerr error = { .error = -ENOENT };

	(void)state;
	add_message(&d, NLMSG_ERROR, &error, sizeof(error));
	assert_int_equal(sockets_parse(d.v, d.n, 0, &s), -ENOENT);
	d.n = 0;
	add_end(&d, -EINVAL);
	assert_int_equal(sockets_parse(d.v, d.n, 0, &s), -EINVAL);
	assert_int_equal(s.n, 0);
}

/* Each byte changed, and cut at each length: nothing outside of it is read (make asan). */
static void damaged(void **state)
{
	const struct datagram d = three();

	(void)state;
	for (size_t i = 0; i < d.n; i++) {
		for (int how = 0; how < 3; how++) {
			size_t n = how == 2 ? i : d.n;
			char *copy = malloc(n ? n : 1);
			struct sockets s = { 0 };

			memcpy(copy, d.v, n);
			if (how < 2)
				copy[i] = (char)(how ? 0xff : ~copy[i]);
			sockets_parse(copy, n, 0, &s);
			sockets_free(&s);
			free(copy);
		}
	}
}

static ino_t number_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static void of_this_process(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct sockets s = { 0 };
	struct socket asked;
	int pair[2];
	int listening = socket(AF_UNIX, SOCK_STREAM, 0);
	int diag = sockets_open(-1);
	int proc = open("/proc", O_RDONLY | O_DIRECTORY);
	ino_t inos[2];
	pid_t pids[2];

	(void)state;
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "criu-ns-unit-%d", getpid());
	assert_int_equal(bind(listening, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(listening, 3), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	if (diag < 0 || sockets_read(diag, AF_UNIX, 0, ~0U, &s) < 0) {
		print_message("no sock_diag here\n");
		skip();
	}
	const struct socket *one = sockets_by_ino(&s, number_of(pair[0]));
	const struct socket *l = sockets_by_ino(&s, number_of(listening));

	assert_non_null(one);
	assert_int_equal(one->type, SOCK_SEQPACKET);
	assert_int_equal(one->peer, number_of(pair[1]));
	assert_non_null(l);
	assert_true(socket_is_abstract(l));
	assert_int_equal(l->name_size, sizeof(name.sun_path));
	assert_memory_equal(l->name, name.sun_path, l->name_size);
	assert_null(sockets_by_ino(&s, 1));
	sockets_free(&s);

	assert_int_equal(socket_ask(pair[0], &asked), 0);
	assert_int_equal(asked.family, AF_UNIX);
	assert_int_equal(asked.type, SOCK_SEQPACKET);
	assert_int_equal(socket_ask(proc, &asked), -ENOTSOCK);
	inos[0] = 1;
	inos[1] = number_of(pair[0]);
	sockets_find_holders(proc, inos, 2, pids);
	assert_int_equal(pids[0], 0);
	assert_int_equal(pids[1], getpid());
}

static void tcp_of_this_process(void **state)
{
	struct sockaddr_in end = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(end);
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	struct socket asked;

	(void)state;
	if (bind(listening, (struct sockaddr *)&end, size) < 0 || listen(listening, 3) < 0 ||
	    getsockname(listening, (struct sockaddr *)&end, &size) < 0 ||
	    connect(client, (struct sockaddr *)&end, size) < 0) {
		print_message("no TCP here\n");
		skip();
	}
	assert_int_equal(socket_ask(listening, &asked), 0);
	assert_int_equal(asked.state, TCP_LISTEN);
	assert_int_equal(asked.waiting, 1);
	socket_ask_ends(listening, &asked);
	assert_int_equal(asked.local.port, ntohs(end.sin_port));
	assert_int_equal(asked.remote.port, 0);
	assert_int_equal(socket_ask(client, &asked), 0);
	assert_int_equal(asked.state, TCP_ESTABLISHED);
	assert_true(socket_is_tcp(&asked));
	socket_ask_ends(client, &asked);
	assert_int_equal(asked.remote.port, ntohs(end.sin_port));
	assert_memory_equal(asked.remote.ip, &end.sin_addr, 4);
}

static void numbers(void **state)
{
	(void)state;
	assert_int_equal(socket_number("socket:[4711]"), 4711);
	assert_int_equal(socket_number("pipe:[4711]"), 0);
	assert_int_equal(socket_number("/socket:[4711]"), 0);
}

int main(void)
{
	UNIT(unix_sockets);
	UNIT(inet_sockets);
	UNIT(the_kernel_refuses);
	UNIT(damaged);
	UNIT(of_this_process);
	UNIT(tcp_of_this_process);
	UNIT(numbers);
	return unit_run("sockets");
}
