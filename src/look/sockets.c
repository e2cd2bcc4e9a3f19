// SPDX-License-Identifier: MIT
#include "look/sockets.h"

#include "look/procfs.h"
#include "util/process.h"
#include "util/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/unix_diag.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE /* Linux 5.14 */
#define SO_NETNS_COOKIE 71
#endif

/* The table */

static int by_ino(const void *a, const void *b)
{
	const struct socket *one = a;
	const struct socket *other = b;

	return (one->ino > other->ino) - (one->ino < other->ino);
}

const struct socket *sockets_by_ino(const struct sockets *s, ino_t ino)
{
	const struct socket like = { .ino = ino };

	return s->n ? bsearch(&like, s->v, s->n, sizeof(*s->v), by_ino) : NULL;
}

const struct socket *sockets_listener(const struct sockets *s, ino_t client)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->v[i].n_clients; k++)
			if (s->v[i].clients[k] == client)
				return &s->v[i];
	return NULL;
}

void sockets_free(struct sockets *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].name);
		free(s->v[i].clients);
	}
	free(s->v);
	*s = (struct sockets){ 0 };
}

static struct socket *add(struct sockets *s, const struct socket *x)
{
	if ((s->n & (s->n - 1)) == 0) /* its room is always a power of two */
		s->v = xreallocarray(s->v, s->n ? 2 * s->n : 1, sizeof(*s->v));
	s->v[s->n] = *x;
	return &s->v[s->n++];
}

/* The kernel's answer */

/* An attribute, netlink(7): its type, and n bytes at data. */
struct attribute {
	unsigned type;
	const char *data;
	size_t n;
};

/*
 * The first of the *size bytes at *at, which move behind it; false at the end, or if it does not
 * fit.
 */
static bool next_attribute(const char **at, size_t *size, struct attribute *ret)
{
	struct nlattr head;
	size_t whole;

	if (*size < sizeof(head))
		return false;
	memcpy(&head, *at, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > *size)
		return false;
	*ret = (struct attribute){ .type = head.nla_type & NLA_TYPE_MASK,
				   .data = *at + sizeof(head),
				   .n = head.nla_len - sizeof(head) };
	whole = NLA_ALIGN(head.nla_len);
	*at += whole < *size ? whole : *size;
	*size -= whole < *size ? whole : *size;
	return true;
}

static uint32_t number(const struct attribute *a)
{
	uint32_t value = 0;

	if (a->n >= sizeof(value))
		memcpy(&value, a->data, sizeof(value));
	return value;
}

/* A path comes with the NUL that ends it. */
static void take_name(struct socket *s, const struct attribute *a)
{
	size_t n = a->n && a->data[0] ? strnlen(a->data, a->n) : a->n;

	free(s->name);
	s->name = xcalloc(n + 1, 1);
	memcpy(s->name, a->data, n);
	s->name_size = n;
}

static void take_clients(struct socket *s, const struct attribute *a)
{
	free(s->clients);
	s->n_clients = a->n / sizeof(*s->clients);
	s->clients = xcalloc(s->n_clients + 1, sizeof(*s->clients));
	memcpy(s->clients, a->data, s->n_clients * sizeof(*s->clients));
	s->waiting = (unsigned)s->n_clients;
}

/*
 * The kernel's own number of a device has 12 bits of major and 20 of minor (MKDEV() in
 * linux/kdev_t.h).
 */
static void take_file(struct socket *s, const struct attribute *a)
{
	struct unix_diag_vfs file = { 0 };

	if (a->n >= sizeof(file))
		memcpy(&file, a->data, sizeof(file));
	s->file_dev = makedev(file.udiag_vfs_dev >> 20, file.udiag_vfs_dev & 0xfffff);
	s->file_ino = file.udiag_vfs_ino;
}

static void take_unix_attribute(struct socket *s, const struct attribute *a)
{
	struct unix_diag_rqlen length = { 0 };

	switch (a->type) {
	case UNIX_DIAG_NAME:
		take_name(s, a);
		break;
	case UNIX_DIAG_VFS:
		take_file(s, a);
		break;
	case UNIX_DIAG_PEER:
		s->peer = number(a);
		break;
	case UNIX_DIAG_ICONS:
		take_clients(s, a);
		break;
	case UNIX_DIAG_RQLEN:
		if (a->n >= sizeof(length))
			memcpy(&length, a->data, sizeof(length));
		s->queued = length.udiag_wqueue;
		break;
	case UNIX_DIAG_SHUTDOWN:
		s->shut = a->n ? (unsigned char)a->data[0] : 0;
		break;
	default:
		break;
	}
}

static void parse_unix(const char *data, size_t size, struct sockets *ret)
{
	struct unix_diag_msg m;
	struct attribute a;
	struct socket *s;

	if (size < sizeof(m))
		return;
	memcpy(&m, data, sizeof(m));
	if (!m.udiag_ino) /* the other end of one that has not been accepted yet */
		return;
	s = add(ret, &(struct socket){ .ino = m.udiag_ino,
				       .family = AF_UNIX,
				       .type = m.udiag_type,
				       .state = m.udiag_state });
	data += sizeof(m);
	size -= sizeof(m);
	while (next_attribute(&data, &size, &a))
		take_unix_attribute(s, &a);
	if (s->state == TCP_LISTEN) /* it was the longest queue allowed */
		s->queued = 0;
}

static void take_end(struct inet_end *end, const void *ip, uint16_t port, unsigned device)
{
	memcpy(end->ip, ip, sizeof(end->ip));
	end->port = ntohs(port);
	end->device = device;
}

/*
 * Nobody has it any more, and the kernel keeps it until the other end has answered: nobody else can
 * have a connection with the same ends. One that it only remembers (TIME-WAIT, and FIN-WAIT-2 in
 * tcp_time_wait()) may be replaced, unless it was one without time stamps, which is not seen here
 * (__inet_check_established()).
 */
static bool is_closing(int state)
{
	return state == TCP_FIN_WAIT1 || state == TCP_CLOSING || state == TCP_LAST_ACK;
}

static void parse_inet(const char *data, size_t size, int protocol, struct sockets *ret)
{
	struct inet_diag_msg m;
	struct socket *s;

	if (size < sizeof(m))
		return;
	memcpy(&m, data, sizeof(m));
	if (!m.idiag_inode && !(protocol == IPPROTO_TCP && is_closing(m.idiag_state)))
		return;
	s = add(ret, &(struct socket){ .ino = m.idiag_inode,
				       .family = m.idiag_family,
				       .protocol = protocol,
				       .state = m.idiag_state });
	if (s->state == TCP_LISTEN)
		s->waiting = m.idiag_rqueue;
	take_end(&s->local, m.id.idiag_src, m.id.idiag_sport, m.id.idiag_if);
	take_end(&s->remote, m.id.idiag_dst, m.id.idiag_dport, 0);
}

static int parse_message(const struct nlmsghdr *head, const char *data, size_t size, int protocol,
			 struct sockets *ret)
{
	int error = 0;

	if (head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR) {
		if (size >= sizeof(error))
			memcpy(&error, data, sizeof(error));
		return error < 0 ? error : 0;
	}
	if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY || !size)
		return 1;
	if (*data == AF_UNIX)
		parse_unix(data, size, ret);
	else
		parse_inet(data, size, protocol, ret);
	return 1;
}

int sockets_parse(const void *data, size_t size, int protocol, struct sockets *ret)
{
	const char *at = data;
	struct nlmsghdr head;
	int r = 1;

	while (r == 1 && size >= sizeof(head)) {
		size_t whole;

		memcpy(&head, at, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > size)
			return -EBADMSG;
		r = parse_message(&head, at + sizeof(head), head.nlmsg_len - sizeof(head), protocol,
				  ret);
		whole = NLMSG_ALIGN(head.nlmsg_len);
		at += whole < size ? whole : size;
		size -= whole < size ? whole : size;
	}
	return r;
}

/* Asking for it */

/*
 * Whoever is root in that network namespace could send to our socket, too: connected to the kernel,
 * it takes messages from nobody else.
 */
static int open_here(void)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	return steal_fd(&fd);
}

/*
 * The child shares our descriptors (CLONE_FILES), and puts the new one in the place of one that we
 * have made.
 */
int sockets_open(int ns_fd)
{
	_cleanup_close_ int fd = open_here();
	int status = -1;
	pid_t pid;

	if (ns_fd < 0 || fd < 0)
		return steal_fd(&fd);
	pid = process_clone(CLONE_FILES, 0, NULL);
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		int there = setns(ns_fd, CLONE_NEWNET) < 0 ? -errno : open_here();

		if (there >= 0 && dup3(there, fd, O_CLOEXEC) < 0)
			there = -errno;
		_exit(there < 0 ? -there & 0xff : 0);
	}
	if (RETRY(waitpid(pid, &status, 0)) < 0 || !WIFEXITED(status))
		return -EIO;
	return WEXITSTATUS(status) ? -WEXITSTATUS(status) : steal_fd(&fd);
}

static int request(int diag, int family, int protocol, unsigned states)
{
	struct {
		struct nlmsghdr head;
		union {
			struct unix_diag_req un;
			struct inet_diag_req_v2 in;
		};
	} q = { .head = { .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	size_t size = family == AF_UNIX ? sizeof(q.un) : sizeof(q.in);

	q.head.nlmsg_len = (uint32_t)(sizeof(q.head) + size);
	if (family == AF_UNIX)
		q.un = (struct unix_diag_req){ .sdiag_family = AF_UNIX,
					       .udiag_states = states,
					       .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER |
							     UDIAG_SHOW_ICONS | UDIAG_SHOW_RQLEN |
							     UDIAG_SHOW_VFS };
	else
		q.in = (struct inet_diag_req_v2){ .sdiag_family = (uint8_t)family,
						  .sdiag_protocol = (uint8_t)protocol,
						  .idiag_states = states };
	return send(diag, &q, q.head.nlmsg_len, 0) < 0 ? -errno : 0;
}

int sockets_read(int diag, int family, int protocol, unsigned states, struct sockets *ret)
{
	enum { ROOM = 32 << 10 }; /* what the kernel fills at most, if it can */
	_cleanup_free_ char *data = xcalloc(ROOM, 1);
	int r = request(diag, family, protocol, states);

	if (r == 0)
		r = 1;
	while (r == 1) {
		struct sockaddr_nl from = { 0 };
		socklen_t size = sizeof(from);
		ssize_t n = RETRY(
			recvfrom(diag, data, ROOM, MSG_TRUNC, (struct sockaddr *)&from, &size));

		if (n < 0)
			r = -errno;
		else if (n > ROOM)
			r = -EMSGSIZE;
		else if (!from.nl_pid) /* else sent before our socket was connected */
			r = sockets_parse(data, (size_t)n, protocol, ret);
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_ino);
	return r;
}

/* A socket that is held */

static int option(int fd, int name)
{
	int value = 0;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) < 0 ? -errno : value;
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* The interface of a link-local address is the one that it is bound to. */
static void take_address(struct inet_end *end, const union address *a)
{
	if (a->any.sa_family == AF_INET) {
		memcpy(end->ip, &a->in.sin_addr, sizeof(a->in.sin_addr));
		end->port = ntohs(a->in.sin_port);
	} else if (a->any.sa_family == AF_INET6) {
		take_end(end, &a->in6.sin6_addr, a->in6.sin6_port, a->in6.sin6_scope_id);
	}
}

/*
 * Only the first part of the kernel's structure; for a listening socket, `unacked` is the queue
 * (tcp_get_info()).
 */
static void ask_tcp(int fd, struct socket *s)
{
	struct tcp_info info = { 0 };
	socklen_t size = offsetof(struct tcp_info, tcpi_sacked);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		return;
	s->state = info.tcpi_state;
	if (s->state == TCP_LISTEN)
		s->waiting = info.tcpi_unacked;
}

int socket_ask(int fd, struct socket *ret)
{
	struct socket s = { .family = option(fd, SO_DOMAIN) };

	if (s.family < 0)
		return s.family;
	s.type = option(fd, SO_TYPE);
	if (s.family != AF_UNIX)
		s.protocol = option(fd, SO_PROTOCOL);
	if (socket_is_tcp(&s))
		ask_tcp(fd, &s);
	*ret = s;
	return 0;
}

/*
 * Unlike getpeername(2), SO_PEERNAME also tells whom it was connected to, or is to be; its size
 * must not be more.
 */
void socket_ask_ends(int fd, struct socket *s)
{
	union address local = { 0 };
	union address remote = { 0 };
	socklen_t size = sizeof(local);

	if (getsockname(fd, &local.any, &size) == 0)
		take_address(&s->local, &local);
	size = s->family == AF_INET ? sizeof(remote.in) : sizeof(remote.in6);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &remote, &size) == 0)
		take_address(&s->remote, &remote);
}

uint64_t socket_net_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	return getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0 ? 0 : cookie;
}

int socket_net(int fd)
{
	return ioctl(fd, SIOCGSKNS);
}

/* Words */

char *socket_end_text(int family, const struct inet_end *end)
{
	char ip[INET6_ADDRSTRLEN] = "?";

	inet_ntop(family, end->ip, ip, sizeof(ip));
	if (family == AF_INET)
		return xasprintf("%s:%u", ip, end->port);
	return end->device ? xasprintf("[%s%%%u]:%u", ip, end->device, end->port)
			   : xasprintf("[%s]:%u", ip, end->port);
}

/* Who has it */

ino_t socket_number(const char *link)
{
	const char *digits = text_after(link, "socket:[");

	return digits ? strtoul(digits, NULL, 10) : 0;
}

static int by_number(const void *a, const void *b)
{
	const ino_t *one = a;
	const ino_t *other = b;

	return (*one > *other) - (*one < *other);
}

struct holders {
	const ino_t *inos;
	size_t n;
	pid_t *ret;
	pid_t pid; /* the process that is being looked at */
};

static void look_holder(int fd, const char *link, void *arg)
{
	const struct holders *h = arg;
	ino_t ino = socket_number(link);
	const ino_t *found = ino ? bsearch(&ino, h->inos, h->n, sizeof(ino), by_number) : NULL;

	(void)fd;
	if (found && !h->ret[found - h->inos])
		h->ret[found - h->inos] = h->pid;
}

void sockets_find_holders(int proc, const ino_t *inos, size_t n, pid_t *ret)
{
	_cleanup_free_ int *pids = NULL;
	size_t n_pids = procfs_list(proc, ".", &pids);

	memset(ret, 0, n * sizeof(*ret));
	for (size_t i = 0; i < n_pids; i++) {
		struct holders h = { inos, n, ret, pids[i] };

		procfs_each_fd(proc, pids[i], look_holder, &h);
	}
}
