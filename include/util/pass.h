/* SPDX-License-Identifier: MIT */
/*
 * Messages on a unix socket, and the descriptors that are passed along with them (unix(7),
 * SCM_RIGHTS).
 */
#ifndef CRIU_NS_PASS_H
#define CRIU_NS_PASS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PASS_MOST = 8 }; /* descriptors with one message */

/*
 * Send the n bytes as one message with copies of n_fds descriptors, at most PASS_MOST. False with
 * errno.
 */
bool pass_send(int socket, const void *bytes, size_t n, const int *fds, size_t n_fds);

/*
 * Receive one message of at most n bytes. Returns its size, 0 at the end of file, -1 with errno; a
 * message that is longer fails with EMSGSIZE. Its descriptors, close-on-exec, go to `fds` (room for
 * PASS_MOST) and are the caller's. With `fds` NULL the message is only looked at (MSG_PEEK), and
 * stays in the socket together with its descriptors.
 */
ssize_t pass_receive(int socket, void *bytes, size_t n, int *fds, size_t *ret_n_fds);

#endif
