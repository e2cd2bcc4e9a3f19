// SPDX-License-Identifier: MIT
#include "util/pass.h"

#include "util/util.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union control {
	struct cmsghdr header; /* for its alignment */
	char bytes[CMSG_SPACE(PASS_MOST * sizeof(int))];
};

bool pass_send(int socket, const void *bytes, size_t n, const int *fds, size_t n_fds)
{
	union control control = { 0 };
	struct iovec iov = { (void *)bytes, n };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n_fds) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, n_fds * sizeof(int));
		h.msg_control = &control;
		h.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
	}
	return RETRY(sendmsg(socket, &h, MSG_NOSIGNAL)) == (ssize_t)n;
}

/* The kernel puts no more into our table than the buffer has room for (unix(7)). */
static size_t take(struct msghdr *h, int *fds)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
			return (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		}
	}
	return 0;
}

ssize_t pass_receive(int socket, void *bytes, size_t n, int *fds, size_t *ret_n_fds)
{
	union control control = { 0 };
	struct iovec iov = { bytes, n };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t got;

	if (fds) {
		h.msg_control = &control;
		h.msg_controllen = sizeof(control);
	}
	got = RETRY(recvmsg(socket, &h, fds ? MSG_CMSG_CLOEXEC : MSG_PEEK));
	if (fds)
		*ret_n_fds = got < 0 ? 0 : take(&h, fds);
	if (got >= 0 && h.msg_flags & MSG_TRUNC) {
		for (size_t i = 0; fds && i < *ret_n_fds; i++)
			cleanup_close(&fds[i]);
		errno = EMSGSIZE;
		return -1;
	}
	return got;
}
