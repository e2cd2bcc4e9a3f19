/* SPDX-License-Identifier: MIT */
/*
 * Sockets: one that is held, as it tells itself (getsockopt(2)), and all of a network namespace, as
 * the kernel tables them (sock_diag(7)). A socket is known by its inode, the number in
 * "socket:[N]".
 */
#ifndef CRIU_NS_SOCKETS_H
#define CRIU_NS_SOCKETS_H

#include <netinet/in.h>
#include <netinet/tcp.h> /* TCP_ESTABLISHED, TCP_LISTEN... */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct inet_end {
	unsigned char ip[16]; /* in the order of the network; of AF_INET, the first 4 */
	unsigned port;
	unsigned device; /* that it is bound to, or that a link-local address is of; 0: none */
};

struct socket {
	ino_t ino; /* 0: a TCP connection that has been closed here, and not yet at its other end */
	int family, type, protocol; /* of socket(2); a table does not have the type of AF_INET */
	int state;        /* of TCP and UNIX sockets: one of <netinet/tcp.h>; of others 0 */
	unsigned waiting; /* listening: so many connections have not been accepted yet */

	/* AF_INET, AF_INET6 */
	struct inet_end local, remote;

	/* AF_UNIX; only a table has them */
	ino_t peer; /* the other end; 0: none, or it has been closed, or not been accepted yet */
	unsigned queued;    /* bytes that were sent and not yet read by the peer */
	unsigned char shut; /* 1: it does not receive any more (SHUT_RD), 2: nor send; 3: both */
	char *name;       /* NULL: none. Ends with a NUL; an abstract one begins with a NUL, too */
	size_t name_size; /* without the last NUL */
	dev_t file_dev;   /* a name with a path: the file that was made by binding to it; else 0 */
	ino_t file_ino;
	uint32_t *clients; /* listening: the inodes of those that wait; 0: that has been closed */
	size_t n_clients;
};

static inline bool socket_is_abstract(const struct socket *s)
{
	return s->name_size && !s->name[0];
}

static inline bool socket_is_tcp(const struct socket *s)
{
	return (s->family == AF_INET || s->family == AF_INET6) && s->type == SOCK_STREAM &&
	       s->protocol == IPPROTO_TCP;
}

/* A table of sockets, by their inodes. Zero-initialise. */
struct sockets {
	struct socket *v;
	size_t n;
};

/*
 * A descriptor for sockets_read(), in the network namespace with that descriptor, or in the
 * caller's (-1). Another one than the caller's is joined by a child, which opens nothing but that.
 * A descriptor or a negative errno.
 */
int sockets_open(int ns_fd);

/*
 * Add the sockets of one kind to the table: AF_UNIX with protocol 0, or AF_INET and AF_INET6 with
 * IPPROTO_TCP, IPPROTO_UDP... in one of these states (1 << TCP_LISTEN | ..., or ~0U for all). TCP
 * in other states than listening takes the time of walking through the kernel's table of
 * connections, which is large on a large host. 0, or a negative errno: -ENOENT if the kernel does
 * not have that table.
 */
int sockets_read(int diag, int family, int protocol, unsigned states, struct sockets *ret);

/* The socket with that inode; NULL: not in the table. */
const struct socket *sockets_by_ino(const struct sockets *s, ino_t ino);

/* The listening socket whose queue a client is in that has not been accepted yet; NULL: none. */
const struct socket *sockets_listener(const struct sockets *s, ino_t client);

void sockets_free(struct sockets *s);

/*
 * Ask a socket for its family, type, protocol and, if it is a TCP socket, its state and how many
 * wait. 0, or a negative errno: -ENOTSOCK. The ends of one of IPv4 or IPv6 are asked for
 * separately, because it takes time.
 */
int socket_ask(int fd, struct socket *ret);
void socket_ask_ends(int fd, struct socket *s);

/*
 * Which network namespace it is in: a cookie to compare, 0 before Linux 5.14; a descriptor, or -1
 * with errno.
 */
uint64_t socket_net_cookie(int fd);
int socket_net(int fd);

/* Of "socket:[N]", which a link in /proc/PID/fd reads, the inode; else 0. */
ino_t socket_number(const char *link);

/*
 * Who has them open? For each of n inodes, in rising order, the first process with such a
 * descriptor, as the reader of the procfs sees it; 0: none is seen. Reads the descriptors of all
 * processes: only for a message.
 */
void sockets_find_holders(int proc, const ino_t *inos, size_t n, pid_t *ret);

/* "10.0.0.1:80", "[::1]:80", "[fe80::1%2]:80" in fresh memory. */
char *socket_end_text(int family, const struct inet_end *end);

/*
 * The kernel's answer to sockets_read(), one datagram of it. 1: there will be more; 0: that was the
 * end; or the negative errno that it tells. For tests: the table is not in order before the end.
 * Pure.
 */
int sockets_parse(const void *data, size_t size, int protocol, struct sockets *ret);

#endif
