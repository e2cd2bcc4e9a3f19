// SPDX-License-Identifier: MIT
/* Which packet filter rules are criu's, and for which connection. */
#include "unit.h"

#include "freeze/connections.h"

/* As the kernel prints it on a little-endian machine, with the inode 16384. */
#define LINE(local, remote)                                                                        \
	"   0: " local " " remote                                                                  \
	" 01 00000000:00000000 00:00000000 00000000     0        0 16384 1 "                       \
	"0000000000000000 20 4 30 10 -1"
#define V6(last) "00000000000000000000000001000000:" last

static const struct connection v4 = { AF_INET, "127.0.0.1", "10.0.0.2", 8080, 40470 };
static const struct connection v6 = { AF_INET6, "::1", "::1", 8080, 40470 };

static const struct line {
	const char *name, *line;
	int family;
	const struct connection *wanted;
} lines[] = {
	{ "an IPv4 connection", LINE("0100007F:1F90", "0200000A:9E16"), AF_INET, &v4 },
	{ "an IPv6 connection", LINE(V6("1F90"), V6("9E16")), AF_INET6, &v6 },
	{ "an IPv4 connection of an IPv6 socket",
	  LINE("0000000000000000FFFF00000100007F:1F90", "0000000000000000FFFF00000200000A:9E16"),
	  AF_INET6, &v4 },
	{ "a listening socket has no other side", LINE("0100007F:1F90", "00000000:0000"), AF_INET,
	  NULL },
	{ "the heading is none",
	  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
	  "inode",
	  AF_INET, NULL },
	{ "an empty line is none", "", AF_INET, NULL },
	{ "a line that ends early is none", "   0: 0100007F:1F90 02", AF_INET, NULL },
};

static void line_is_read(void **state)
{
	const struct line *l = *state;
	struct connection c = { 0 };
	unsigned long ino = 0;

	assert_int_equal(connections_parse(l->line, l->family, &c, &ino), l->wanted != NULL);
	if (!l->wanted)
		return;
	assert_int_equal(ino, 16384);
	assert_int_equal(c.family, l->wanted->family);
	assert_string_equal(c.local, l->wanted->local);
	assert_string_equal(c.remote, l->wanted->remote);
	assert_int_equal(c.local_port, l->wanted->local_port);
	assert_int_equal(c.remote_port, l->wanted->remote_port);
}

#define RULE(chain, from, to, ports, mark)                                                         \
	"-A " chain " -s " from " -d " to " -p tcp -m mark " mark " -m tcp " ports " -j DROP"
#define MARK "! --mark 0xc114"
#define OUT  "--sport 8080 --dport 40470"
#define IN   "--sport 40470 --dport 8080"

static const struct rule {
	const char *name, *line;
	const struct connection *connection;
	bool locks;
} rules[] = {
	{ "what comes in", RULE("INPUT", "10.0.0.2/32", "127.0.0.1/32", IN, MARK), &v4, true },
	{ "what goes out", RULE("OUTPUT", "127.0.0.1/32", "10.0.0.2/32", OUT, MARK), &v4, true },
	{ "IPv6", RULE("OUTPUT", "::1/128", "::1/128", OUT, MARK), &v6, true },
	{ "the other side's own lock", RULE("INPUT", "127.0.0.1/32", "10.0.0.2/32", OUT, MARK), &v4,
	  false },
	{ "another port", RULE("OUTPUT", "127.0.0.1/32", "10.0.0.2/32", IN, MARK), &v4, false },
	{ "a rule of the user's, without the mark",
	  RULE("OUTPUT", "127.0.0.1/32", "10.0.0.2/32", OUT, "--mark 0xc114"), &v4, false },
	{ "a policy", ":INPUT ACCEPT [0:0]", &v4, false },
};

static void rule_is_known(void **state)
{
	const struct rule *r = *state;

	assert_int_equal(network_lock_is_rule(r->line, r->connection), r->locks);
}

static void table_is_known_by_its_elements(void **state)
{
	(void)state;
	assert_true(
		network_lock_is_table("elements = { 127.0.0.1 . 8080 . 10.0.0.2 . 40470 }", &v4));
	assert_true(
		network_lock_is_table("elements = { 10.0.0.2 . 40470 . 127.0.0.1 . 8080 }", &v4));
	assert_false(
		network_lock_is_table("elements = { 10.0.0.2 . 8080 . 127.0.0.1 . 40470 }", &v4));
	assert_false(
		network_lock_is_table("elements = { 10.0.0.2 . 40470 . 127.0.0.1 . 80801 }", &v4));
	assert_false(
		network_lock_is_table("elements = { 110.0.0.2 . 40470 . 127.0.0.1 . 8080 }", &v4));
}

int main(void)
{
	UNIT_ROWS(line_is_read, lines);
	UNIT_ROWS(rule_is_known, rules);
	UNIT(table_is_known_by_its_elements);
	return unit_run("netlock");
}
