// SPDX-License-Identifier: MIT
#include "unit.h"

#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

static void a_path_is_a_number_and_a_name(void **state)
{
	static const int numbers[] = { 0, 7, 10, 1234567890, INT_MAX, -1, INT_MIN };
	char path[32];
	char printed[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		put_path(path, sizeof(path), numbers[i], "status");
		snprintf(printed, sizeof(printed), "%d/status", numbers[i]);
		assert_string_equal(path, printed);
		put_path(path, sizeof(path), numbers[i], NULL);
		snprintf(printed, sizeof(printed), "%d", numbers[i]);
		assert_string_equal(path, printed);
	}
}

/* As snprintf(3) cuts it. */
static void nothing_is_written_beyond_the_end(void **state)
{
	/* volatile, because gcc warns of a text that it sees being cut */
	for (volatile size_t size = 0; size < 12; size++) {
		char path[16] = "..............x";
		char printed[16] = "..............x";

		(void)state;
		put_path(path, size, 123, "status");
		snprintf(printed, size, "%d/%s", 123, "status");
		assert_string_equal(path, printed);
		cut_text(path, size, "a longer text");
		snprintf(printed, size, "%s", "a longer text");
		assert_string_equal(path, printed);
	}
}

/* Filled to the last place each time, for the sanitizers. */
static void an_array_has_room_for_one_more(void **state)
{
	enum { MOST = 600 };

	(void)state;
	for (size_t first = 0; first < MOST; first += first < 40 ? 1 : 97) {
		size_t *v = xroom(first, sizeof(*v));

		for (size_t n = 0; n < first; n++)
			v[n] = n;
		for (size_t n = first; n < MOST; n++) {
			v = xgrow(v, n, sizeof(*v));
			v[n] = n;
		}
		for (size_t n = 0; n < MOST; n++)
			assert_int_equal(v[n], n);
		free(v);
	}
}

static void a_list_of_words_ends_with_null(void **state)
{
	struct strv s = { 0 };

	(void)state;
	for (size_t n = 1; n < 100; n++) {
		strv_add(&s, "word");
		assert_int_equal(s.n, n);
		assert_null(s.v[n]);
	}
	strv_free(&s);
}

static void a_text_begins_with_another(void **state)
{
	(void)state;
	assert_true(text_begins("Pid:\t7", "Pid:"));
	assert_true(text_begins("Pid", "Pid"));
	assert_true(text_begins("", ""));
	assert_false(text_begins("Pi", "Pid"));
	assert_false(text_begins("PPid:", "Pid:"));
	assert_string_equal(text_after("Pid:\t7", "Pid:"), "\t7");
	assert_string_equal(text_after("Pid", "Pid"), "");
	assert_null(text_after("pid", "Pid"));
}

static void lines_are_found(void **state)
{
	static const char text[] = "PPid: 1\n\nPid: 2\nPid: 3";
	const char *line = text;

	(void)state;
	assert_ptr_equal(line = text_next_line(line), strchr(text, '\n') + 1);
	assert_ptr_equal(line = text_next_line(line), strchr(text, '\n') + 2);
	assert_string_equal(line = text_next_line(line + 3), "Pid: 3");
	assert_ptr_equal(text_line_start(text, line + 2), line);
	assert_ptr_equal(text_line_start(text, line), line);
	assert_ptr_equal(text_line_start(text, text + 3), text);
	assert_ptr_equal(line = text_next_line(line), text + sizeof(text) - 1);
	assert_ptr_equal(text_next_line(line), line);

	assert_string_equal(text_find_line(text, "Pid:"), " 2\nPid: 3");
	assert_string_equal(text_find_line(text, "Pid: 3"), "");
	assert_string_equal(text_find_line(text, "PPid: "), strchr(text, '1'));
	assert_null(text_find_line(text, "id:"));
	assert_null(text_find_line("", "Pid:"));
	assert_null(text_find_line("a\n", "Pid:"));
}

static void a_byte_has_three_octal_digits(void **state)
{
	static const struct {
		const char *text;
		int byte;
	} cases[] = {
		{ "040", ' ' }, { "001", 1 }, { "377rest", 0xff }, { "1345", '\\' },
		{ "000", 0 },   { "400", 0 }, { "777", 0 },        { "048", 0 },
		{ "084", 0 },   { "04", 0 },  { "", 0 },           { "-40", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		UNIT_CHECK(parse_octal(cases[i].text) == (char)cases[i].byte, "%s", cases[i].text);
}

static bool no_memory;

/* Instead of that of the C library. */
DIR *fdopendir(int fd)
{
	char path[32];
	DIR *dir;

	errno = ENOMEM;
	if (no_memory)
		return NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	dir = opendir(path);
	close(fd);
	return dir;
}

static size_t count_entries(DIR *dir)
{
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	return n;
}

static void a_directory_is_read_from_its_beginning(void **state)
{
	enum { DOTS = 2 };
	struct unit_folder f = unit_folder_make();
	_cleanup_close_ int path = open(f.path, O_PATH | O_CLOEXEC);

	(void)state;
	assert_int_equal(mkdirat(f.fd, "sub", 0700), 0);
	assert_int_equal(mkdirat(f.fd, "sub/below", 0700), 0);
	assert_int_equal(mkdirat(f.fd, "other", 0700), 0);
	for (int i = 0; i < 2; i++) {
		_cleanup_closedir_ DIR *dir = open_directory_in(f.fd, ".");
		_cleanup_closedir_ DIR *same = open_directory_in(path, ".");
		_cleanup_closedir_ DIR *sub = open_directory_in(f.fd, "sub");

		assert_int_equal(count_entries(dir), DOTS + 2);
		assert_int_equal(count_entries(same), DOTS + 2);
		assert_int_equal(count_entries(sub), DOTS + 1);
		assert_true(fcntl(dirfd(dir), F_GETFD) & FD_CLOEXEC);
	}
	unit_folder_remove(&f);
}

static void only_a_directory_that_is_there_is_read(void **state)
{
	struct unit_folder f = unit_folder_make();

	(void)state;
	assert_int_equal(mkdirat(f.fd, "sub", 0700), 0);
	assert_int_equal(symlinkat("sub", f.fd, "link"), 0);
	assert_null(open_directory_in(f.fd, "link"));
	assert_int_equal(errno, ENOTDIR);
	assert_null(open_directory_in(f.fd, "none"));
	assert_int_equal(errno, ENOENT);
	assert_null(open_directory_in(-1, "."));
	assert_int_equal(errno, EBADF);
	unit_folder_remove(&f);
}

static void no_descriptor_is_lost_where_memory_is_missing(void **state)
{
	struct unit_folder f = unit_folder_make();
	int next = dup(f.fd);

	(void)state;
	close(next);
	no_memory = true;
	assert_null(open_directory_in(f.fd, "."));
	no_memory = false;
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(fcntl(next, F_GETFD), -1);
	unit_folder_remove(&f);
}

int main(void)
{
	UNIT(a_path_is_a_number_and_a_name);
	UNIT(nothing_is_written_beyond_the_end);
	UNIT(an_array_has_room_for_one_more);
	UNIT(a_list_of_words_ends_with_null);
	UNIT(a_text_begins_with_another);
	UNIT(lines_are_found);
	UNIT(a_byte_has_three_octal_digits);
	UNIT(a_directory_is_read_from_its_beginning);
	UNIT(only_a_directory_that_is_there_is_read);
	UNIT(no_descriptor_is_lost_where_memory_is_missing);
	return unit_run("util");
}
