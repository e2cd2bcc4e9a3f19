/* SPDX-License-Identifier: MIT */
/* The TCP connections of a tree, which criu will lock (util/network_lock.h). */
#ifndef CRIU_NS_CONNECTIONS_H
#define CRIU_NS_CONNECTIONS_H

#include "look/facts.h"
#include "util/network_lock.h"

#include <stdbool.h>

/*
 * Those of the target and all below it, before the freeze. The caller frees *ret with
 * network_lock_free().
 */
void connections_look(const struct facts *f, struct network_lock *ret);

/* For tests. A line of /proc/net/tcp or tcp6: is it a connection, and whose (inode)? */
bool connections_parse(const char *line, int family, struct connection *ret,
		       unsigned long *ret_ino);

#endif
