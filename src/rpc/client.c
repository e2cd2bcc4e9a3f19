// SPDX-License-Identifier: MIT
#include "rpc/client.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 64 << 20 }; /* of bytes, in a message */

static int receive(int socket, bool peek, struct rpc_message *ret)
{
	ssize_t n = RETRY(recv(socket, NULL, 0, MSG_PEEK | MSG_TRUNC));

	*ret = (struct rpc_message){ 0 };
	if (n <= 0 || n > MOST)
		return n < 0 ? -errno : -1;
	ret->bytes = xcalloc((size_t)n, 1);
	n = pass_receive(socket, ret->bytes, (size_t)n, peek ? NULL : ret->fds, &ret->n_fds);
	if (n <= 0) {
		int failed = n < 0 ? -errno : -1;

		free(ret->bytes);
		ret->bytes = NULL;
		return failed;
	}
	ret->n = (size_t)n;
	return 0;
}

/*
 * Of an end that was closed with something unread in it, the kernel tells once, even before what
 * that end has sent.
 */
int rpc_receive(int socket, bool peek, struct rpc_message *ret)
{
	int r = receive(socket, peek, ret);

	if (r == -ECONNRESET)
		r = receive(socket, peek, ret);
	return r < 0 ? -1 : 0;
}

void rpc_message_free(struct rpc_message *m)
{
	for (size_t i = 0; i < m->n_fds; i++)
		cleanup_close(&m->fds[i]);
	free(m->bytes);
	*m = (struct rpc_message){ 0 };
}

pid_t rpc_peer(int socket)
{
	struct ucred who = { 0 };
	socklen_t size = sizeof(who);

	return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 ? 0 : who.pid;
}

int rpc_open_of(pid_t client, int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", client, fd);
	return open(path, flags | O_CLOEXEC);
}
