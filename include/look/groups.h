/* SPDX-License-Identifier: MIT */
/*
 * Multicast groups that sockets have joined (ip(7), ipv6(7)). A socket does not list its groups, but answers whether it is
 * in one; which ones there are, the kernel lists for the network namespace. Pure.
 */
#ifndef CRIU_NS_GROUPS_H
#define CRIU_NS_GROUPS_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct group {
	int family;           /* AF_INET or AF_INET6 */
	unsigned char ip[16]; /* in the order of the network; of AF_INET, the first 4 */
	char device[IF_NAMESIZE];
	unsigned index; /* of the device */
};

/* Zero-initialise. */
struct groups {
	struct group *v;
	size_t n;
};

/* Add those of the text of /proc/net/igmp or /proc/net/igmp6, without those that each host is in by itself. */
void groups_parse(const char *igmp, int family, struct groups *ret);

/* What setsockopt(2) and getsockopt(2) take, for that level. */
int group_level(const struct group *g);
struct sockaddr_storage group_address(const struct group *g);

/* From its name, without the device; false if it is none. */
bool group_parse(const char *name, struct group *ret);

/* "224.0.0.251"; the caller frees it. */
char *group_name(const struct group *g);

void groups_free(struct groups *g);

#endif
