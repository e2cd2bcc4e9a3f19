// SPDX-License-Identifier: MIT
/* /proc/locks. */
#include "look/file_locks.h"
#include "unit.h"

#include <sys/sysmacros.h>

static void locks_are_found(void **state)
{
	static const char text[] = "1: FLOCK  ADVISORY  WRITE 4713 fe:00:1081400 0 EOF\n"
				   "1: -> FLOCK  ADVISORY  WRITE 4714 fe:00:1081401 0 EOF\n"
				   "2: POSIX  ADVISORY  READ  99 00:19:7 3 7\n"
				   "3: OFDLCK ADVISORY  WRITE -1 00:19:8 0 EOF\n"
				   "4: LEASE  ACTIVE    READ  812 fe:00:12 0 EOF\n"
				   "what is this";
	struct file_locks s = { 0 };
	const struct locked_file *x;

	(void)state;
	file_locks_parse(text, &s);
	assert_int_equal(s.n, 4);
	x = file_locks_find(&s, makedev(0xfe, 0), 1081400);
	assert_non_null(x);
	assert_int_equal(x->pid, 4713);
	assert_false(x->is_lease);
	assert_null(file_locks_find(&s, makedev(0xfe, 0), 1081401)); /* it waits */
	assert_null(file_locks_find(&s, makedev(0xfe, 1), 1081400));
	assert_int_equal(file_locks_find(&s, makedev(0, 0x19), 8)->pid, -1);
	assert_true(file_locks_find(&s, makedev(0xfe, 0), 12)->is_lease);
	file_locks_free(&s);
}

static void no_locks_are_none(void **state)
{
	struct file_locks s = { 0 };

	(void)state;
	file_locks_parse("", &s);
	assert_null(file_locks_find(&s, 1, 1));
	file_locks_free(&s);
}

int main(void)
{
	UNIT(locks_are_found);
	UNIT(no_locks_are_none);
	return unit_run("file_locks");
}
