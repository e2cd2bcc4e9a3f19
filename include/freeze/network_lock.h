/* SPDX-License-Identifier: MIT */
/*
 * criu's network lock: packet filter rules that keep the other side of a frozen TCP connection quiet
 * until the thaw. A criu that is killed, or that fails in the middle of the tree, leaves them behind, and
 * the connection is dead for ever although its process runs.
 */
#ifndef CRIU_NS_NETWORK_LOCK_H
#define CRIU_NS_NETWORK_LOCK_H

#include "look/facts.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct connection {
	int family;
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];
	unsigned local_port, remote_port;
};

struct network_lock {
	struct connection *v;
	size_t n;
};

/*
 * The TCP connections of the target and all below it, before the freeze. The caller frees *ret with
 * network_lock_free().
 */
void network_lock_look(const struct facts *f, struct network_lock *ret);
void network_lock_free(struct network_lock *l);

/*
 * The freeze has failed: remove the rules for these connections, which cannot belong to another freeze. Runs
 * the tools that criu uses, iptables-save, iptables-restore and nft, as far as they are installed.
 */
void network_lock_clear(const struct network_lock *l);

/* For tests. A line of /proc/net/tcp or tcp6: is it a connection, and whose (inode)? */
bool network_lock_parse(const char *line, int family, struct connection *ret,
			unsigned long *ret_ino);

/* Does a line of iptables-save, or a table as nft lists it, lock the connection? */
bool network_lock_is_rule(const char *line, const struct connection *c);
bool network_lock_is_table(const char *text, const struct connection *c);

#endif
