// SPDX-License-Identifier: MIT
/* The options of cgroups of version 2, as a mount table tells them. */
#include "unit.h"

#include "util/cgroup2.h"

#include <stdlib.h>

#define ROOT "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"

static void check(const char *table, const char *place, const char *options)
{
	char *found_place, *found_options;
	bool found = cgroup2_find(table, &found_place, &found_options);

	UNIT_CHECK(found == (place != NULL), "%s", table);
	if (place) {
		assert_string_equal(found_place, place);
		assert_string_equal(found_options, options);
	}
	free(found_place);
	free(found_options);
}

static void options_are_found(void **state)
{
	(void)state;
	check(ROOT
	      "30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n" ROOT,
	      "/sys/fs/cgroup", "rw,nsdelegate");
	check("30 22 0:26 / /cg rw - cgroup2 none rw,nsdelegate,memory_recursiveprot", "/cg",
	      "rw,nsdelegate,memory_recursiveprot");
	check("30 22 0:26 / /a\\040b rw - cgroup2 none rw,nsdelegate\n"
	      "31 22 0:26 / /b rw - cgroup2 none rw,nsdelegate\n",
	      "/b", "rw,nsdelegate");
}

static void what_has_none_is_not(void **state)
{
	(void)state;
	check("", NULL, NULL);
	check(ROOT, NULL, NULL);
	check(ROOT "30 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n", NULL, NULL);
	check("30 22 0:26 / /sys/fs/cgroup rw - cgroup cgroup rw,cpu\n", NULL, NULL);
	check(" - cgroup2 ", NULL, NULL);
}

int main(void)
{
	UNIT(options_are_found);
	UNIT(what_has_none_is_not);
	return unit_run("cgroup2");
}
