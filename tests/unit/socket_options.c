// SPDX-License-Identifier: MIT
#include "unit.h"

#include "look/socket_options.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void each_is_read_as_it_is_written(void **state)
{
	size_t n;
	const struct known_option *known = socket_options(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct socket_option o = { &known[i], (int)i - 5 };
		_cleanup_free_ char *text = socket_option_format(&o);
		struct socket_option got;

		assert_true(socket_option_parse(text, &got));
		assert_ptr_equal(got.is, o.is);
		assert_int_equal(got.value, o.value);
	}
}

/* A name without a value, another option, and all but one spelling of a value */
static void nothing_else_is_read(void **state)
{
	static const char *const texts[] = {
		"",
		":",
		"IP_RECVERR",
		"IP_RECVERR:",
		":1",
		"IP_RECV:1",
		"IP_RECVERRS:1",
		"SO_RCVBUF:1",
		"IP_RECVERR:x",
		"IP_RECVERR:1x",
		"IP_RECVERR: 1",
		"IP_RECVERR:+1",
		"IP_RECVERR:01",
		"IP_RECVERR:-0",
		"IP_RECVERR:1:2",
		"IP_RECVERR:2147483648",
		"IP_RECVERR:99999999999999999999",
	};
	struct socket_option got;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_false(socket_option_parse(texts[i], &got));
}

static bool is_of(const char *word, int family, int type)
{
	struct socket_option o;
	_cleanup_free_ char *text = xasprintf("%s:1", word);

	return socket_option_parse(text, &o) && socket_option_is_of(o.is, family, type);
}

static void each_is_of_its_sockets(void **state)
{
	(void)state;
	assert_true(is_of("IP_RECVERR", AF_INET, SOCK_DGRAM));
	assert_true(is_of("IP_RECVERR", AF_INET, SOCK_RAW));
	assert_false(is_of("IP_RECVERR", AF_INET, SOCK_STREAM));
	assert_false(is_of("IP_RECVERR", AF_INET6, SOCK_DGRAM));
	assert_true(is_of("IPV6_TCLASS", AF_INET6, SOCK_STREAM));
	assert_true(is_of("TCP_USER_TIMEOUT", AF_INET6, SOCK_STREAM));
	assert_false(is_of("TCP_USER_TIMEOUT", AF_INET, SOCK_DGRAM));
	assert_true(is_of("NETLINK_EXT_ACK", AF_NETLINK, SOCK_RAW));
	assert_false(is_of("NETLINK_EXT_ACK", AF_INET, SOCK_RAW));
	assert_false(is_of("SO_TIMESTAMPNS", AF_UNIX, SOCK_DGRAM));
}

int main(void)
{
	UNIT(each_is_read_as_it_is_written);
	UNIT(nothing_else_is_read);
	UNIT(each_is_of_its_sockets);
	return unit_run("socket_options");
}
