/* SPDX-License-Identifier: MIT */
/* --console-socket: whoever listens there gets the terminal of the tree, as with runc. */
#ifndef CRIU_NS_CONSOLE_H
#define CRIU_NS_CONSOLE_H

#include "util/err.h"

/* Connect to the socket, before anything starts; gives the connection. */
int console_connect(const char *path, int *ret, struct err *e);

/*
 * Send the master side of a pty through it, as runc does: one message, with a name, and the
 * descriptor with it.
 */
int console_send(int socket, int master, struct err *e);

#endif
