// SPDX-License-Identifier: MIT
#include "look/groups.h"

#include "util/util.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct groups *ret, const struct group *g)
{
	ret->v = xgrow(ret->v, ret->n, sizeof(*ret->v));
	ret->v[ret->n++] = *g;
}

/* 224.0.0.1, ff01::1, ff02::1, and ff02::1:ffXX:XXXX of each address */
static bool is_automatic(const struct group *g)
{
	static const unsigned char all[] = { 224, 0, 0, 1 };
	static const unsigned char of_node[16] = { 0xff, 1, [15] = 1 };
	static const unsigned char of_link[16] = { 0xff, 2, [15] = 1 };
	static const unsigned char of_address[13] = { 0xff, 2, [11] = 1, [12] = 0xff };

	if (g->family == AF_INET)
		return !memcmp(g->ip, all, sizeof(all));
	return !memcmp(g->ip, of_node, sizeof(of_node)) ||
	       !memcmp(g->ip, of_link, sizeof(of_link)) ||
	       !memcmp(g->ip, of_address, sizeof(of_address));
}

/* igmp_mc_seq_show() in net/ipv4/igmp.c: a line for each device, and below it one for each of its groups */
static void parse_line(const char *line, struct group *device, struct groups *ret)
{
	char name[IF_NAMESIZE];
	unsigned index;
	uint32_t ip;
	int users;

	if (sscanf(line, "%u %15s :", &index, name) == 2 && line[0] != '\t') {
		device->index = index;
		snprintf(device->device, sizeof(device->device), "%s", name);
	} else if (line[0] == '\t' && sscanf(line, " %8x %d", &ip, &users) == 2) {
		struct group g = *device;

		memcpy(g.ip, &ip, sizeof(ip));
		if (!is_automatic(&g))
			add(ret, &g);
	}
}

/* igmp6_mc_seq_show() in net/ipv6/mcast.c */
static void parse_line6(const char *line, struct groups *ret)
{
	struct group g = { .family = AF_INET6 };
	char ip[33];

	if (sscanf(line, "%u %15s %32[0-9a-f]", &g.index, g.device, ip) != 3 || strlen(ip) != 32)
		return;
	for (size_t i = 0; i < sizeof(g.ip); i++) {
		unsigned byte;

		if (sscanf(ip + 2 * i, "%2x", &byte) != 1)
			return;
		g.ip[i] = (unsigned char)byte;
	}
	if (!is_automatic(&g))
		add(ret, &g);
}

void groups_parse(const char *igmp, int family, struct groups *ret)
{
	struct group device = { .family = AF_INET };

	for (const char *line = igmp; line && *line; line = text_next_line(line)) {
		if (family == AF_INET)
			parse_line(line, &device, ret);
		else
			parse_line6(line, ret);
	}
}

int group_level(const struct group *g)
{
	return g->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

struct sockaddr_storage group_address(const struct group *g)
{
	struct sockaddr_storage ret = { .ss_family = (sa_family_t)g->family };

	if (g->family == AF_INET)
		memcpy(&((struct sockaddr_in *)&ret)->sin_addr, g->ip, 4);
	else
		memcpy(&((struct sockaddr_in6 *)&ret)->sin6_addr, g->ip, 16);
	return ret;
}

bool group_parse(const char *name, struct group *ret)
{
	*ret = (struct group){ .family = strchr(name, ':') ? AF_INET6 : AF_INET };
	return inet_pton(ret->family, name, ret->ip) == 1 &&
	       (ret->family == AF_INET ? ret->ip[0] >> 4 == 0xe : ret->ip[0] == 0xff);
}

char *group_name(const struct group *g)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(g->family, g->ip, text, sizeof(text));
	return xstrdup(text);
}

void groups_free(struct groups *g)
{
	free(g->v);
	*g = (struct groups){ 0 };
}
