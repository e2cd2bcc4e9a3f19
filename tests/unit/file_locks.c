// SPDX-License-Identifier: MIT
/* /proc/locks. */
#include "look/file_locks.h"
#include "look/image_locks.h"
#include "unit.h"

#include <errno.h>
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

/* A lock of the tree's, against the table: whose is in the way. */
static const struct {
	ino_t ino;
	struct locked_file wanted;
	pid_t holder; /* 0: nobody's */
} blockings[] = {
	{ 1, { .is_flock = true, .writes = true }, 10 },
	{ 1, { .is_flock = true }, 10 },
	{ 1,
	  { .writes = true, .last = UINT64_MAX },
	  11 }, /* fcntl(2) does not see those of flock(2) */
	{ 1, { .last = 99 }, 0 },
	{ 1, { .first = 99, .last = 100 }, 11 },
	{ 1, { .first = 200, .last = 200 }, 11 },
	{ 1, { .first = 201, .last = UINT64_MAX }, 0 },
	{ 1, { .is_lease = true, .writes = true }, 0 },
	{ 2, { .is_flock = true }, 0 }, /* both only read */
	{ 2, { .is_flock = true, .writes = true }, 12 },
	{ 2, { .first = 5, .last = UINT64_MAX }, 13 },
	{ 3, { .is_flock = true, .writes = true }, 0 },
};

static void who_is_in_the_way_is_found(void **state)
{
	static const char text[] = "1: POSIX  ADVISORY  WRITE 11 fe:00:1 100 200\n"
				   "2: FLOCK  ADVISORY  WRITE 10 fe:00:1 0 EOF\n"
				   "3: LEASE  ACTIVE    WRITE 14 fe:00:1 0 EOF\n"
				   "4: FLOCK  ADVISORY  READ  12 fe:00:2 0 EOF\n"
				   "5: OFDLCK ADVISORY  WRITE 13 fe:00:2 7 EOF\n";
	struct file_locks s = { 0 };

	(void)state;
	file_locks_parse(text, &s);
	for (size_t i = 0; i < ARRAY_SIZE(blockings); i++) {
		const struct locked_file *x = file_locks_blocking(
			&s, makedev(0xfe, 0), blockings[i].ino, &blockings[i].wanted);

		UNIT_CHECK((x ? x->pid : 0) == blockings[i].holder, "row %zu: %d", i,
			   x ? x->pid : 0);
	}
	file_locks_free(&s);
}

static void locks_of_images_are_read(void **state)
{
	/*
	 * As criu 4.2.1 writes it: flock(LOCK_EX) of 5 by 7; fcntl(F_RDLCK) of bytes 3 to 9 of 6 by
	 * 8.
	 */
	static const unsigned char text[] = { 0x19, 0x43, 0x56, 0x54, 0x16, 0x36, 0x32, 0x54,
					      12,   0,    0,    0,    8,    2,    0x10, 1,
					      0x18, 5,    0x20, 7,    0x28, 0,    0x30, 0,
					      12,   0,    0,    0,    8,    1,    0x10, 0,
					      0x18, 6,    0x20, 8,    0x28, 3,    0x30, 7 };
	struct image_locks s = { 0 };

	(void)state;
	assert_int_equal(image_locks_parse(text, sizeof(text), &s), 0);
	assert_int_equal(s.n, 2);
	assert_true(s.v[0].lock.is_flock && s.v[0].lock.writes);
	assert_int_equal(s.v[0].pid, 5);
	assert_int_equal(s.v[0].fd, 7);
	assert_true(!s.v[1].lock.is_flock && !s.v[1].lock.writes);
	assert_int_equal(s.v[1].lock.first, 3);
	assert_int_equal(s.v[1].lock.last, 9);
	image_locks_free(&s);
	assert_int_equal(image_locks_parse(text, sizeof(text) - 1, &s), -EINVAL);
	image_locks_free(&s);
}

static void no_locks_are_none(void **state)
{
	struct file_locks s = { 0 };

	(void)state;
	file_locks_parse("", &s);
	assert_null(file_locks_find(&s, 1, 1));
	file_locks_free(&s);
}

/* The kernel lists a page at a time, and between two of them a lock may slip through. */
static void more_than_a_page_is_read_again(void **state)
{
	static const char line[] = "1: FLOCK  ADVISORY  WRITE 4713 fe:00:1081400 0 EOF\n";
	struct unit_folder f = unit_folder_make();
	struct file_locks s = { 0 };
	char text[100 * sizeof(line)] = "";
	size_t n = 0;

	(void)state;
	unit_write(&f, "locks", line, sizeof(line) - 1);
	assert_int_equal(file_locks_read_all(f.fd, &s), 0);
	assert_int_equal(s.n, 1);
	assert_false(s.may_lack_some);
	file_locks_free(&s);

	for (int i = 0; i < 100; i++, n += sizeof(line) - 1)
		memcpy(text + n, line, sizeof(line) - 1);
	unit_write(&f, "locks", text, n);
	assert_int_equal(file_locks_read(f.fd, &s), 0);
	assert_int_equal(s.n, 100);
	assert_true(s.may_lack_some);
	file_locks_free(&s);
	assert_int_equal(file_locks_read_all(f.fd, &s), 0);
	assert_true(s.n > 100);
	assert_true(s.may_lack_some);
	file_locks_free(&s);
	unit_folder_remove(&f);
}

int main(void)
{
	UNIT(more_than_a_page_is_read_again);
	UNIT(locks_are_found);
	UNIT(who_is_in_the_way_is_found);
	UNIT(locks_of_images_are_read);
	UNIT(no_locks_are_none);
	return unit_run("file_locks");
}
