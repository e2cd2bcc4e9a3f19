// SPDX-License-Identifier: MIT
/* The table of mounts in which a root that is a directory of its file system is all of it. */
#include "unit.h"

#include "freeze/whole_root.h"

static const struct row {
	const char *name, *table, *expected;
} rows[] = {
	{ "the root, and what else of it is mounted",
	  "20 1 0:50 /newroot / rw,nosuid - tmpfs tmpfs rw\n"
	  "21 20 8:1 /newroot /usr ro - ext4 /dev/sda rw\n"
	  "22 20 0:50 /newroot/a\\040b /x rw - tmpfs tmpfs rw\n"
	  "23 20 0:50 /newroots /y rw - tmpfs tmpfs rw\n"
	  "24 20 0:51 /newroot /z rw - tmpfs tmpfs rw\n",
	  "20 1 0:50 / / rw,nosuid - tmpfs tmpfs rw\n"
	  "21 20 8:1 /newroot /usr ro - ext4 /dev/sda rw\n"
	  "22 20 0:50 /a\\040b /x rw - tmpfs tmpfs rw\n"
	  "23 20 0:50 /newroots /y rw - tmpfs tmpfs rw\n"
	  "24 20 0:51 /newroot /z rw - tmpfs tmpfs rw\n" },
	{ "one that lies over another",
	  "20 1 0:50 /a / rw - tmpfs t rw\n21 20 0:51 /b / rw - tmpfs t rw\n",
	  "20 1 0:50 /a / rw - tmpfs t rw\n21 20 0:51 / / rw - tmpfs t rw\n" },
	{ "no root", "20 1 0:50 /a /x rw - tmpfs t rw\n", "20 1 0:50 /a /x rw - tmpfs t rw\n" },
	{ "a line that is cut", "20 1 0:50 /a / rw - tmpfs t rw\n21 20 0:50 /a",
	  "20 1 0:50 / / rw - tmpfs t rw\n21 20 0:50 /a" },
	{ "no line", "", "" },
};

static void table_is_made(void **state)
{
	const struct row *x = *state;
	char *table = whole_root_table(x->table);

	assert_string_equal(table, x->expected);
	free(table);
}

int main(void)
{
	UNIT_ROWS(table_is_made, rows);
	return unit_run("whole_root");
}
