// SPDX-License-Identifier: MIT
#include "look/socket_options.h"

#include "util/util.h"

#include <limits.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* linux/tcp.h, linux/in6.h and linux/udp.h, which cannot be included beside those of libc */
#ifndef TCP_NOTSENT_LOWAT
#define TCP_NOTSENT_LOWAT 25
#endif
#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT 73
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif

#define OPTION(level, name, usual, ...)                                                            \
	{                                                                                          \
#name, level, name, usual, __VA_ARGS__                                             \
	}
#define IPV4    .inet = true
#define IPV6    .inet6 = true
#define STREAMS .stream = true
#define PACKETS .packet = true

/*
 * Those of dump_socket_opts() in criu/sockets.c, dump_ip_opts() in criu/sk-inet.c and
 * dump_tcp_opts() in criu/sk-tcp.c are not here. A number of a device is not either, because it is
 * another one elsewhere.
 */
static const struct known_option known[] = {
	OPTION(SOL_SOCKET, SO_TIMESTAMPNS, 0, IPV4, IPV6, PACKETS),
	OPTION(SOL_SOCKET, SO_TIMESTAMPING, 0, IPV4, IPV6, PACKETS),
	OPTION(SOL_SOCKET, SO_RXQ_OVFL, 0, IPV4, IPV6, PACKETS),
	OPTION(SOL_SOCKET, SO_ZEROCOPY, 0, IPV4, IPV6, STREAMS, PACKETS),
	OPTION(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT, IPV4, STREAMS, PACKETS),
	OPTION(IPPROTO_IP, IP_MINTTL, 0, IPV4, STREAMS, PACKETS),
	OPTION(IPPROTO_IP, IP_TRANSPARENT, 0, IPV4, STREAMS, PACKETS),
	OPTION(IPPROTO_IP, IP_RECVERR, 0, IPV4, PACKETS),
	OPTION(IPPROTO_IP, IP_RECVTTL, 0, IPV4, PACKETS),
	OPTION(IPPROTO_IP, IP_RECVTOS, 0, IPV4, PACKETS),
	OPTION(IPPROTO_IP, IP_RECVORIGDSTADDR, 0, IPV4, PACKETS),
	OPTION(IPPROTO_IP, IP_MULTICAST_TTL, 1, IPV4, PACKETS),
	OPTION(IPPROTO_IP, IP_MULTICAST_LOOP, 1, IPV4, PACKETS),
	OPTION(IPPROTO_IP, IP_MULTICAST_ALL, 1, IPV4, PACKETS),
	OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 64, IPV6, STREAMS, PACKETS),
	OPTION(IPPROTO_IPV6, IPV6_TCLASS, 0, IPV6, STREAMS, PACKETS),
	OPTION(IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_WANT, IPV6, STREAMS, PACKETS),
	OPTION(IPPROTO_IPV6, IPV6_TRANSPARENT, 0, IPV6, STREAMS, PACKETS),
	OPTION(IPPROTO_IPV6, IPV6_MINHOPCOUNT, 0, IPV6, STREAMS, PACKETS),
	OPTION(IPPROTO_IPV6, IPV6_RECVERR, 0, IPV6, PACKETS),
	OPTION(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 0, IPV6, PACKETS),
	OPTION(IPPROTO_IPV6, IPV6_RECVTCLASS, 0, IPV6, PACKETS),
	OPTION(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1, IPV6, PACKETS),
	OPTION(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1, IPV6, PACKETS),
	OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT, 0, IPV4, IPV6, STREAMS),
	OPTION(IPPROTO_TCP, TCP_DEFER_ACCEPT, 0, IPV4, IPV6, STREAMS),
	OPTION(IPPROTO_TCP, TCP_FASTOPEN, 0, IPV4, IPV6, STREAMS),
	OPTION(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 0, IPV4, IPV6, STREAMS),
	OPTION(IPPROTO_UDP, UDP_SEGMENT, 0, IPV4, IPV6, PACKETS),
	OPTION(IPPROTO_UDP, UDP_GRO, 0, IPV4, IPV6, PACKETS),
	OPTION(SOL_NETLINK, NETLINK_PKTINFO, 0, PACKETS),
	OPTION(SOL_NETLINK, NETLINK_BROADCAST_ERROR, 0, PACKETS),
	OPTION(SOL_NETLINK, NETLINK_NO_ENOBUFS, 0, PACKETS),
	OPTION(SOL_NETLINK, NETLINK_CAP_ACK, 0, PACKETS),
	OPTION(SOL_NETLINK, NETLINK_EXT_ACK, 0, PACKETS),
	OPTION(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 0, PACKETS),
};

const struct known_option *socket_options(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(known);
	return known;
}

bool socket_option_is_of(const struct known_option *o, int family, int type)
{
	bool is_family = family == AF_INET      ? o->inet
			 : family == AF_INET6   ? o->inet6
			 : family == AF_NETLINK ? !o->inet && !o->inet6
						: false;

	return is_family && (type == SOCK_STREAM ? o->stream : o->packet);
}

char *socket_option_format(const struct socket_option *o)
{
	return xasprintf("%s:%d", o->is->word, o->value);
}

bool socket_option_parse(const char *text, struct socket_option *ret)
{
	size_t length = strcspn(text, ":");
	char *end;
	long value;

	if (text[length] != ':' || text[length + 1] == '\0')
		return false;
	value = strtol(text + length + 1, &end, 10);
	if (*end || value < INT_MIN || value > INT_MAX)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		_cleanup_free_ char *same = NULL;

		if (strlen(known[i].word) != length || strncmp(known[i].word, text, length) != 0)
			continue;
		*ret = (struct socket_option){ &known[i], (int)value };
		same = socket_option_format(ret);
		return !strcmp(same, text); /* one spelling of a number */
	}
	return false;
}
