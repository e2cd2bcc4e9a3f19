// SPDX-License-Identifier: MIT
#include "unit.h"

#include "look/groups.h"

#include <stdlib.h>

static const char igmp[] = "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
			   "1\tlo        :     1      V3\n"
			   "\t\t\t\t010000E0     1 0:00000000\t\t0\n"
			   "4\teth0      :     2      V3\n"
			   "\t\t\t\tFB0000E0     1 0:00000000\t\t0\n"
			   "\t\t\t\t010000E0     1 0:00000000\t\t0\n";
static const char igmp6[] =
	"1    lo              ff020000000000000000000000000001     1 0000000C 0\n"
	"1    lo              ff010000000000000000000000000001     1 00000008 0\n"
	"4    eth0            ff0200000000000000000001ff000002     1 00000004 0\n"
	"4    eth0            ff0200000000000000000000000000fb     1 00000004 0\n";

static const struct row {
	const char *name, *text;
	int family;
	const char *wanted;
} rows[] = {
	{ "IPv4", igmp, AF_INET, "224.0.0.251" },
	{ "IPv6", igmp6, AF_INET6, "ff02::fb" },
	{ "nothing", "", AF_INET, NULL },
	{ "nothing of IPv6", "", AF_INET6, NULL },
	{ "no lines", "\n\t\n1 lo\n\t\t\t\tnone 1\n", AF_INET, NULL },
	{ "no lines of IPv6", "\n1 lo ff\n1 lo\n", AF_INET6, NULL },
};

static void groups_are_read(void **state)
{
	const struct row *r = *state;
	struct groups groups = { 0 };
	_cleanup_free_ char *name = NULL;

	groups_parse(r->text, r->family, &groups);
	assert_int_equal(groups.n, r->wanted != NULL);
	if (r->wanted) {
		name = group_name(&groups.v[0]);
		assert_string_equal(name, r->wanted);
		assert_string_equal(groups.v[0].device, "eth0");
		assert_int_equal(groups.v[0].index, 4);
	}
	groups_free(&groups);
}

int main(void)
{
	UNIT_ROWS(groups_are_read, rows);
	return unit_run("groups");
}
