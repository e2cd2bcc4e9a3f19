// SPDX-License-Identifier: MIT
#include "freeze/connections.h"

#include "look/procfs.h"
#include "look/sockets.h"
#include "util/util.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 64 << 20 };

struct inodes {
	unsigned long *v;
	size_t n;
};

static void note_socket(int fd, const char *link, void *arg)
{
	struct inodes *ret = arg;
	ino_t ino = socket_number(link);

	(void)fd;
	if (!ino)
		return;
	ret->v = xreallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
	ret->v[ret->n++] = ino;
}

static void note_tree(int proc, pid_t pid, struct inodes *ret)
{
	_cleanup_free_ pid_t *children = NULL;
	size_t n = procfs_children(proc, pid, &children);

	procfs_each_fd(proc, pid, note_socket, ret);
	for (size_t i = 0; i < n; i++)
		note_tree(proc, children[i], ret);
}

static int by_inode(const void *a, const void *b)
{
	const unsigned long *x = a;
	const unsigned long *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * "0100007F:1F90": an address is printed as words in host byte order, whose bytes are in network
 * order.
 */
static const char *parse_address(const char *text, size_t words, struct in6_addr *ret,
				 unsigned *ret_port)
{
	for (size_t i = 0; i < words; i++, text += 8)
		if (sscanf(text, "%8x", &ret->s6_addr32[i]) != 1)
			return NULL;
	return sscanf(text, ":%4x", ret_port) == 1 ? text + 5 : NULL;
}

bool connections_parse(const char *line, int family, struct connection *ret, unsigned long *ret_ino)
{
	size_t words = family == AF_INET ? 1 : 4;
	struct in6_addr local = { 0 };
	struct in6_addr remote = { 0 };
	const char *at = strchr(line, ':');
	unsigned local_port = 0;
	unsigned remote_port = 0;

	at = at ? parse_address(at + 2, words, &local, &local_port) : NULL;
	at = at && *at ? parse_address(at + 1, words, &remote, &remote_port) : NULL;
	if (!at || sscanf(at, " %*x %*x:%*x %*x:%*x %*x %*u %*u %lu", ret_ino) != 1 ||
	    remote_port == 0)
		return false;
	connection_set(ret, family, &local, local_port, &remote, remote_port);
	return true;
}

static void note_connections(const struct facts *f, const char *name, int family,
			     const struct inodes *sockets, struct network_lock *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[64];
	char *save;

	snprintf(path, sizeof(path), "%d/net/%s", f->target.pid, name);
	if (read_file_at(f->proc, path, MAX_TEXT, &text) <= 0)
		return;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct connection c;
		unsigned long ino;

		if (!connections_parse(line, family, &c, &ino) ||
		    !bsearch(&ino, sockets->v, sockets->n, sizeof(ino), by_inode))
			continue;
		network_lock_add(ret, &c);
	}
}

void connections_look(const struct facts *f, struct network_lock *ret)
{
	struct inodes sockets = { 0 };

	note_tree(f->proc, f->target.pid, &sockets);
	if (sockets.n) {
		qsort(sockets.v, sockets.n, sizeof(*sockets.v), by_inode);
		note_connections(f, "tcp", AF_INET, &sockets, ret);
		note_connections(f, "tcp6", AF_INET6, &sockets, ret);
	}
	free(sockets.v);
}
