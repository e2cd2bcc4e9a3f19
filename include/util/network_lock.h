/* SPDX-License-Identifier: MIT */
/*
 * criu's network lock: packet filter rules that keep the other side of a frozen TCP connection
 * quiet until the thaw. Two kinds of them outlive what they are for, and the connection is dead for
 * ever although its process runs:
 * - those of a criu that is killed in a freeze, or that fails in the middle of the tree
 * - those of a freeze after which the tree was thawed, and frozen again, elsewhere. When it comes
 *   back, criu removes those of its last freeze only (nftables_get_table() in criu/netfilter.c).
 */
#ifndef CRIU_NS_NETWORK_LOCK_H
#define CRIU_NS_NETWORK_LOCK_H

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
 * From addresses in network order. An IPv4 connection of an IPv6 socket becomes IPv4, as criu locks
 * it.
 */
void connection_set(struct connection *ret, int family, const void *local, unsigned local_port,
		    const void *remote, unsigned remote_port);

void network_lock_add(struct network_lock *l, const struct connection *c);
void network_lock_free(struct network_lock *l);

/*
 * Remove the rules for these connections, which nobody is to be kept from any more. Runs the tools
 * that criu uses, iptables-save, iptables-restore and nft, as far as they are installed.
 */
void network_lock_clear(const struct network_lock *l);

/* For tests. Does a line of iptables-save, or a table as nft lists it, lock the connection? */
bool network_lock_is_rule(const char *line, const struct connection *c);
bool network_lock_is_table(const char *text, const struct connection *c);

#endif
