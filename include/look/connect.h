/* SPDX-License-Identifier: MIT */
/*
 * A new connection to a unix socket of the caller's, as the process would make it that had the old
 * one.
 */
#ifndef CRIU_NS_CONNECT_H
#define CRIU_NS_CONNECT_H

#include "look/recipe.h"

/*
 * Connect to where s->to says, without waiting, and with the rights that the recipe has: the server
 * sees them (SO_PEERCRED, unix(7)), and no process must become root for it by being frozen and
 * thawed. No symbolic link is followed. is_trial: only find out whether the socket is there and may
 * be connected to. proc is the caller's procfs. Gives the descriptor, which does not block, in *ret
 * (-1 in a trial), and 0 or a negative errno: ENOTSOCK if something else is there, EAGAIN if the
 * server does not accept connections, ETIMEDOUT if the server of the file system does not answer.
 * If s->cut, to a peer that has been closed.
 */
int connect_again(int proc, const struct recipe_unix *s, bool is_trial, int *ret);

#endif
