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

/* The kernel has copied the descriptors into our table. */
static void take_descriptors(struct msghdr *h, struct rpc_message *ret)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		    n > ARRAY_SIZE(ret->fds))
			continue;
		memcpy(ret->fds, CMSG_DATA(c), n * sizeof(int));
		ret->n_fds = n;
	}
}

int rpc_receive(int socket, bool peek, struct rpc_message *ret)
{
	char control[CMSG_SPACE(sizeof(ret->fds))] = { 0 };
	ssize_t n = RETRY(recv(socket, NULL, 0, MSG_PEEK | MSG_TRUNC));

	*ret = (struct rpc_message){ 0 };
	if (n <= 0 || n > MOST)
		return -1;
	ret->bytes = xcalloc((size_t)n, 1);

	struct iovec iov = { ret->bytes, (size_t)n };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (!peek) {
		h.msg_control = control;
		h.msg_controllen = sizeof(control);
	}
	n = RETRY(recvmsg(socket, &h, MSG_CMSG_CLOEXEC | (peek ? MSG_PEEK : 0)));
	if (n <= 0 || h.msg_flags & MSG_TRUNC) {
		free(ret->bytes);
		ret->bytes = NULL;
		return -1;
	}
	ret->n = (size_t)n;
	take_descriptors(&h, ret);
	return 0;
}

void rpc_message_free(struct rpc_message *m)
{
	for (size_t i = 0; i < m->n_fds; i++)
		cleanup_close(&m->fds[i]);
	free(m->bytes);
	*m = (struct rpc_message){ 0 };
}

bool rpc_send(int socket, const void *bytes, size_t n, const int *fds, size_t n_fds)
{
	char control[CMSG_SPACE(sizeof(((struct rpc_message *)NULL)->fds))] = { 0 };
	struct iovec iov = { (void *)bytes, n };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c = (struct cmsghdr *)control;

	if (n_fds) {
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
		h.msg_control = control;
		h.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
	}
	return RETRY(sendmsg(socket, &h, MSG_NOSIGNAL)) == (ssize_t)n;
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
