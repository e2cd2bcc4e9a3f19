/* SPDX-License-Identifier: MIT */
/* The socket of an RPC client (SOCK_SEQPACKET), and the client at its other end. */
#ifndef CRIU_NS_CLIENT_H
#define CRIU_NS_CLIENT_H

#include "util/err.h"
#include "util/pass.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A message, with up to a few descriptors. */
struct rpc_message {
	char *bytes;
	size_t n;
	int fds[PASS_MOST];
	size_t n_fds;
};

/*
 * Wait for the next message, and read it. peek: it stays in the socket for whoever reads next. 0
 * with *ret filled; -1 if there will be none, it is larger than any request is, or this is no such
 * socket. rpc_message_free() closes the descriptors.
 */
int rpc_receive(int socket, bool peek, struct rpc_message *ret);
void rpc_message_free(struct rpc_message *m);

/*
 * The pid of who has made the other end, as this process sees it; 0: not visible, or no such
 * socket.
 */
pid_t rpc_peer(int socket);

/* Open what is a descriptor of the client's, as criu does. -1 with errno. */
int rpc_open_of(pid_t client, int fd, int flags);

#endif
