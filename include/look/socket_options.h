/* SPDX-License-Identifier: MIT */
/*
 * Options of sockets (setsockopt(2)) that criu neither saves nor sets: those whose values are
 * numbers, and by which programs notice something else when they are gone. Pure.
 */
#ifndef CRIU_NS_SOCKET_OPTIONS_H
#define CRIU_NS_SOCKET_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct known_option {
	const char *word; /* "IP_RECVERR" */
	int level, name;
	int usual;           /* its value in a new socket */
	bool inet, inet6;    /* of which families sockets have it; neither: of netlink(7) */
	bool stream, packet; /* of which types; packet: SOCK_DGRAM and SOCK_RAW */
};

struct socket_option {
	const struct known_option *is;
	int value;
};

/* All of them. */
const struct known_option *socket_options(size_t *ret_n);

/* Does a socket of this family and type have it? */
bool socket_option_is_of(const struct known_option *o, int family, int type);

/* "IP_RECVERR:1"; the caller frees it. Reading it gives false if it is none of those. */
char *socket_option_format(const struct socket_option *o);
bool socket_option_parse(const char *text, struct socket_option *ret);

#endif
