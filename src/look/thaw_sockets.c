// SPDX-License-Identifier: MIT
/*
 * The internet sockets in the images: are their addresses ours, and their ports free? criu sets
 * SO_REUSEADDR and SO_REUSEPORT on each before it binds it, and frees the port of IPv6 sockets of
 * its address (open_inet_sk(), inet_bind() in criu/sk-inet.c).
 */
#include "look/thaw_look.h"

#include "look/sockets.h"
#include "util/seen.h"
#include "util/sorted.h"
#include "util/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct search {
	struct facts *f;
	bool has_tcp, has_listening,
		has_udp; /* those of the network namespace that have been read */
	struct sockets tcp, listening, udp;
	struct sorted connections; /* of tcp, by both ends */
	struct seen seen;          /* what has been asked: addresses, ports */
};

enum { SEEN_ADDRESS, SEEN_PORT };

/* Addresses */

/* Of both families in one form: IPv4 as IPv6 maps it (::ffff:0:0/96). */
struct end {
	uint8_t ip[16];
	unsigned port;
};

static struct end end_of(int family, const void *ip, unsigned port)
{
	struct end end = { .port = port };

	if (family == AF_INET6) {
		memcpy(end.ip, ip, 16);
	} else {
		end.ip[10] = end.ip[11] = 0xff;
		memcpy(end.ip + 12, ip, 4);
	}
	return end;
}

static bool is_mapped(const struct end *e)
{
	static const uint8_t prefix[12] = { [10] = 0xff, 0xff };

	return !memcmp(e->ip, prefix, sizeof(prefix));
}

/* 0.0.0.0 or :: */
static bool is_any(const struct end *e)
{
	static const uint8_t zeros[16];

	return !memcmp(is_mapped(e) ? e->ip + 12 : e->ip, zeros, is_mapped(e) ? 4 : 16);
}

static bool is_same(const struct end *a, const struct end *b)
{
	return a->port == b->port && !memcmp(a->ip, b->ip, sizeof(a->ip));
}

/*
 * Would the kernel take them for one, as inet_rcv_saddr_equal() does? :: takes IPv4 in unless it is
 * IPv6 only.
 */
static bool overlaps(const struct end *a, bool a_v6only, const struct end *b)
{
	if (a->port != b->port)
		return false;
	if (is_mapped(a) == is_mapped(b))
		return is_any(a) || is_any(b) || is_same(a, b);
	return !a_v6only && (is_any(a) || is_any(b));
}

static struct end local_end(const struct image_socket *s)
{
	return end_of((int)s->family, s->from, s->from_port);
}

static bool is_new(struct search *s, unsigned kind, const struct end *e, unsigned more)
{
	uint64_t high;
	uint64_t low;

	memcpy(&high, e->ip, 8);
	memcpy(&low, e->ip + 8, 8);
	return !seen_before(&s->seen, kind | e->port << 2 | more << 18, high, low);
}

static socklen_t address_of(const struct image_socket *s, unsigned port,
			    struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	*ret = (struct sockaddr_storage){ .ss_family = (sa_family_t)s->family };
	if (s->family == AF_INET) {
		v4->sin_port = htons((uint16_t)port);
		memcpy(&v4->sin_addr, s->from, sizeof(v4->sin_addr));
		return sizeof(*v4);
	}
	v6->sin6_port = htons((uint16_t)port);
	memcpy(&v6->sin6_addr, s->from, sizeof(v6->sin6_addr));
	return sizeof(*v6);
}

/* Findings */

static void found(struct search *s, enum thaw_finding_kind kind, const struct image_socket *socket,
		  ino_t ino)
{
	struct inet_end end = { .port = socket->from_port };
	struct thaw_finding x = { .kind = kind, .socket = socket, .ino = ino };

	memcpy(end.ip, socket->from, sizeof(end.ip));
	x.path = socket_end_text((int)socket->family, &end);
	if (socket->to_port) {
		memcpy(end.ip, socket->to, sizeof(end.ip));
		end.port = socket->to_port;
		x.peer = socket_end_text((int)socket->family, &end);
	}
	thaw_findings_add(&s->f->thaw_findings, &x);
}

static void read_table(struct sockets *ret, bool *has, int protocol, unsigned states)
{
	_cleanup_close_ int diag = *has ? -1 : sockets_open(-1);

	if (diag >= 0) {
		(void)sockets_read(diag, AF_INET, protocol, states, ret);
		(void)sockets_read(diag, AF_INET6, protocol, states, ret);
	}
	*has = true;
}

/* The sockets of the caller's network namespace, in which criu will make its own. */
static const struct sockets *all_tcp(struct search *s)
{
	read_table(&s->tcp, &s->has_tcp, IPPROTO_TCP, ~0U);
	return &s->tcp;
}

static const struct sockets *listening_tcp(struct search *s)
{
	read_table(&s->listening, &s->has_listening, IPPROTO_TCP, 1U << TCP_LISTEN);
	return &s->listening;
}

static const struct sockets *all_udp(struct search *s)
{
	read_table(&s->udp, &s->has_udp, IPPROTO_UDP, ~0U);
	return &s->udp;
}

/* Binding */

/* What the kernel says to a socket as criu makes it: 0 or an errno. */
static int try_bind(const struct image_socket *s, unsigned port)
{
	const int yes = 1;
	struct sockaddr_storage address;
	socklen_t length = address_of(s, port, &address);
	_cleanup_close_ int fd =
		socket((int)s->family, (int)s->type | SOCK_CLOEXEC, (int)s->protocol);

	if (fd < 0)
		return 0;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
	if (!port) /* only the address is in question: take no port */
		setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes));
	if (s->family == AF_INET6 && s->v6only)
		setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
	if (s->family == AF_INET6 && port)
		setsockopt(fd, SOL_IPV6, IPV6_FREEBIND, &yes, sizeof(yes));
	return bind(fd, (struct sockaddr *)&address, length) < 0 ? errno : 0;
}

/* A link-local address belongs to an interface, which is in the image by its name only. */
static bool is_link_local(const struct image_socket *s)
{
	return s->family == AF_INET6 &&
	       IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)(const void *)s->from);
}

static bool is_ours(struct search *s, const struct image_socket *socket)
{
	struct end end = local_end(socket);

	end.port = 0;
	if (is_any(&end) || is_link_local(socket) ||
	    !is_new(s, SEEN_ADDRESS, &end, image_socket_is_connection(socket)))
		return true;
	if (try_bind(socket, 0) != EADDRNOTAVAIL)
		return true;
	found(s, THAW_ADDRESS, socket, 0);
	return false;
}

/* The one that is most likely in the way: it listens or, else, has no peer. 0: none is seen. */
static ino_t find_blocker(const struct sockets *table, const struct image_socket *socket)
{
	const struct end wanted = local_end(socket);
	const struct socket *best = NULL;

	for (size_t i = 0; i < table->n; i++) {
		const struct socket *x = &table->v[i];
		const struct end end = end_of(x->family, x->local.ip, x->local.port);

		if (x->ino && overlaps(&wanted, socket->v6only, &end) &&
		    (!best || x->state == TCP_LISTEN ||
		     (best->state != TCP_LISTEN && best->remote.port && !x->remote.port)))
			best = x;
	}
	return best ? best->ino : 0;
}

/*
 * A TCP port. Only the kernel knows whether another socket shares it (SO_REUSEADDR, SO_REUSEPORT),
 * so it is asked; as long as the socket does not listen, nobody can connect to it. A port that criu
 * has bound before is shared even if the socket there does not want that any more: the kernel still
 * has it in the port (tb->fastreuseport).
 */
static void look_at_tcp(struct search *s, const struct image_socket *socket)
{
	const struct end end = local_end(socket);
	ino_t ino = 0;

	if (is_link_local(socket) || !is_new(s, SEEN_PORT, &end, 0))
		return;
	if (socket->family == AF_INET && !is_ours(s, socket))
		return;
	if (try_bind(socket, socket->from_port) == EADDRINUSE)
		found(s, THAW_PORT, socket, find_blocker(all_tcp(s), socket));
	else if (socket->state == TCP_LISTEN && !socket->reuseport)
		ino = find_blocker(listening_tcp(s), socket);
	if (ino)
		found(s, THAW_PORT_SHARED, socket, ino);
}

/* UDP */

struct wanted_socket {
	ino_t ino;
	int fd; /* -1: not found yet */
};

static void find_socket(int fd, const char *link, void *arg)
{
	struct wanted_socket *w = arg;

	if (w->fd < 0 && socket_number(link) == w->ino)
		w->fd = fd;
}

/*
 * A copy of that socket of another process, to ask it for its options; -1: it is not to be had. That
 * process is anybody's, and may have put a file of FUSE under the number of the socket.
 */
static int copy_socket(struct facts *f, pid_t pid, ino_t ino)
{
	_cleanup_close_ int pidfd = pidfd_open(pid, 0);
	struct wanted_socket w = { ino, -1 };
	struct statx st;
	int copy;

	if (pidfd >= 0)
		procfs_each_fd(f->proc, pid, find_socket, &w);
	copy = w.fd < 0 ? -1 : pidfd_getfd(pidfd, w.fd, 0);
	if (copy < 0 ||
	    (statx(copy, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) == 0 &&
	     S_ISSOCK(st.stx_mode)))
		return copy;
	facts_leave_open(f, pid, w.fd, copy);
	return -1;
}

static bool has_option(int fd, int level, int option)
{
	int value = 0;
	socklen_t length = sizeof(value);

	return getsockopt(fd, level, option, &value, &length) == 0 && value != 0;
}

/* udp_lib_lport_inuse() in the kernel, with the options that criu sets on its side. */
static bool shares_port(int fd)
{
	struct stat st;

	if (has_option(fd, SOL_SOCKET, SO_REUSEADDR))
		return true;
	return has_option(fd, SOL_SOCKET, SO_REUSEPORT) && fstat(fd, &st) == 0 &&
	       st.st_uid == geteuid();
}

static bool is_in_way(struct search *s, const struct image_socket *socket, const struct socket *x)
{
	const bool is_mixed = socket->family == AF_INET && x->family == AF_INET6;
	pid_t pid = 0;

	sockets_find_holders(s->f->proc, &x->ino, 1, &pid);

	_cleanup_close_ int fd = pid ? copy_socket(s->f, pid, x->ino) : -1;

	return fd >= 0 && !shares_port(fd) && !(is_mixed && has_option(fd, SOL_IPV6, IPV6_V6ONLY));
}

/*
 * A UDP port. A socket that only tries it would take what is sent to another one that shares it; so
 * that is asked for its options.
 */
static void look_at_udp(struct search *s, const struct image_socket *socket)
{
	const struct end wanted = local_end(socket);
	const struct sockets *table;

	if (is_link_local(socket) || !is_new(s, SEEN_PORT, &wanted, 1))
		return;
	if (socket->family == AF_INET && !is_ours(s, socket))
		return;
	table = all_udp(s);
	for (size_t i = 0; i < table->n && !facts_must_end(s->f); i++) {
		const struct socket *x = &table->v[i];
		const struct end end = end_of(x->family, x->local.ip, x->local.port);

		if (!overlaps(&wanted, socket->v6only, &end) || !is_in_way(s, socket, x))
			continue;
		found(s, THAW_PORT, socket, x->ino);
		return;
	}
}

/* Connections */

static int by_ends(const void *a, const void *b)
{
	const struct socket *one = a;
	const struct socket *other = b;
	struct end ends[2][2] = {
		{ end_of(one->family, one->local.ip, one->local.port),
		  end_of(one->family, one->remote.ip, one->remote.port) },
		{ end_of(other->family, other->local.ip, other->local.port),
		  end_of(other->family, other->remote.ip, other->remote.port) },
	};

	return memcmp(ends[0], ends[1], sizeof(ends[0]));
}

static void note_lock(struct facts *f, const struct image_socket *s)
{
	struct connection c;

	connection_set(&c, (int)s->family, s->from, s->from_port, s->to, s->to_port);
	network_lock_add(&f->locked, &c);
}

/*
 * criu binds and connects them in repair mode, in which a port is shared; but not a whole
 * connection.
 */
static void look_at_connection(struct search *s, const struct image_socket *socket)
{
	const struct sockets *table = all_tcp(s);
	struct socket like = { .family = (int)socket->family,
			       .local.port = socket->from_port,
			       .remote.port = socket->to_port };
	const struct socket *existing;
	struct sorted_run run;

	memcpy(like.local.ip, socket->from, sizeof(like.local.ip));
	memcpy(like.remote.ip, socket->to, sizeof(like.remote.ip));
	if (!s->connections.compare)
		sorted_make(&s->connections, table->v, table->n, sizeof(*table->v), by_ends);
	run = sorted_find(&s->connections, &like);
	existing = run.n ? run.v[0] : NULL;
	/* What has been closed stays while its end cannot be sent, because the address is gone. */
	if (((existing && existing->ino) || is_ours(s, socket)) && existing)
		found(s, THAW_CONNECTION, socket, existing->ino);
	note_lock(s->f, socket);
}

/* Who has them */

static int by_number(const void *a, const void *b)
{
	const ino_t *one = a;
	const ino_t *other = b;

	return (*one > *other) - (*one < *other);
}

/* The inodes in the findings, sorted, each once. */
static size_t list_inodes(const struct thaw_findings *s, ino_t *ret)
{
	size_t n = 0;
	size_t once = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].ino)
			ret[n++] = s->v[i].ino;
	qsort(ret, n, sizeof(*ret), by_number);
	for (size_t i = 0; i < n; i++)
		if (!once || ret[once - 1] != ret[i])
			ret[once++] = ret[i];
	return once;
}

void thaw_name_holders(struct facts *f)
{
	struct thaw_findings *all = &f->thaw_findings;
	_cleanup_free_ ino_t *inos = xcalloc(all->n, sizeof(*inos));
	_cleanup_free_ pid_t *pids = xcalloc(all->n, sizeof(*pids));
	size_t n = list_inodes(all, inos);
	struct task task;
	struct err e;

	if (n)
		sockets_find_holders(f->proc, inos, n, pids);
	for (size_t i = 0; n && i < all->n; i++) {
		struct thaw_finding *x = &all->v[i];
		const ino_t *ino = bsearch(&x->ino, inos, n, sizeof(*inos), by_number);

		if (!ino || !pids[ino - inos] ||
		    procfs_task(f->proc, pids[ino - inos], &task, &e) < 0)
			continue;
		x->holder = task.pid;
		memcpy(x->comm, task.comm, sizeof(x->comm));
	}
}

/* Will criu make it in the network namespace that it runs in, which is the caller's? */
static bool is_callers(const struct facts *f, const struct image_socket *s)
{
	return (s->family == AF_INET || s->family == AF_INET6) &&
	       (!s->ns_id || s->ns_id == f->images.crius_net);
}

static void look_at_bound(struct search *s, const struct image_socket *socket)
{
	if (socket->protocol == IPPROTO_TCP)
		look_at_tcp(s, socket);
	else if (socket->protocol == IPPROTO_UDP)
		look_at_udp(s, socket);
}

void thaw_look_sockets(const struct cli *cli, struct facts *f)
{
	const bool closes = f->images.closes_tcp || cli_says(cli, "tcp-close") > 0;
	struct search s = { .f = f };

	if (cli_says(cli, "join-ns") > 0 || cli_says(cli, "empty-ns") > 0)
		return; /* they come into another network namespace */
	for (size_t i = 0; i < f->files.n_sockets && !facts_must_end(f); i++) {
		const struct image_socket *socket = &f->files.sockets[i];

		if (!is_callers(f, socket) || !socket->from_port)
			continue;
		if (!image_socket_is_connection(socket))
			look_at_bound(&s, socket);
		else if (!closes)
			look_at_connection(&s, socket);
	}
	sorted_free(&s.connections);
	sockets_free(&s.tcp);
	sockets_free(&s.listening);
	sockets_free(&s.udp);
	seen_free(&s.seen);
}
