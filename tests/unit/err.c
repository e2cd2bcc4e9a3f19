// SPDX-License-Identifier: MIT
/* The error object, exit statuses, and the small things that everything rests on. */
#include "unit.h"

#include "util/err.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void a_system_call_failed_with_its_reason(void **state)
{
	struct err e;
	char text[256];

	(void)state;
	assert_int_equal(err_set(&e, ENOENT, "cannot open %s", "x"), -ENOENT);
	assert_int_equal(e.errnum, ENOENT);
	assert_int_equal(e.status, 0);
	err_format(&e, text, sizeof(text));
	assert_string_equal(text, "cannot open x: No such file or directory");
}

static void a_refusal_has_no_errno(void **state)
{
	struct err e;
	char text[256];

	(void)state;
	assert_int_equal(err_set(&e, 0, "process %d is a zombie", 26), -EINVAL);
	err_format(&e, text, sizeof(text));
	assert_string_equal(text, "process 26 is a zombie");
}

static void a_hint_comes_last(void **state)
{
	struct err e;
	char text[256];

	(void)state;
	err_set(&e, EACCES, "cannot open %s", "x");
	assert_int_equal(err_hint(&e, "chmod +r %s", "x"), -EACCES);
	err_format(&e, text, sizeof(text));
	assert_string_equal(text, "cannot open x: Permission denied; chmod +r x");
	err_set(&e, 0, "no");
	assert_int_equal(err_hint(&e, "yes"), -EINVAL);
	err_format(&e, text, sizeof(text));
	assert_string_equal(text, "no; yes");
}

static void a_status_is_kept(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ENOENT, "no criu");
	assert_int_equal(err_status(&e, EXIT_NOT_FOUND), -ENOENT);
	assert_int_equal(e.status, 127);
	err_hint(&e, "install it");
	assert_int_equal(e.status, 127);
	err_set(&e, 0, "a new error");
	assert_int_equal(e.status, 0);
	assert_string_equal(e.hint, "");
}

static void the_own_statuses_are_those_of_the_man_page(void **state)
{
	(void)state;
	assert_int_equal(EXIT_OWN, 125);
	assert_int_equal(EXIT_NOT_RUNNABLE, 126);
	assert_int_equal(EXIT_NOT_FOUND, 127);
	assert_int_equal(EXIT_SIGNAL, 128);
}

static const struct hostile {
	const char *name, *text, *shown;
} hostiles[] = {
	{ "a newline begins no line", "a\ncriu-ns: all is well", "a?criu-ns: all is well" },
	{ "a carriage return overwrites nothing", "a\rb", "a?b" },
	{ "an escape sequence does nothing", "\033]0;x\007", "?]0;x?" },
	{ "tabs and deletes are flattened", "a\tb\177c", "a?b?c" },
	{ "letters beyond ASCII stay", "caf\303\251", "caf\303\251" },
	{ "a conversion is not one", "%s%n%d", "%s%n%d" },
};

static void name_is_flattened(void **state)
{
	const struct hostile *h = *state;
	struct err e;
	char text[256];
	char expected[256];

	err_set(&e, 0, "process %s", h->text);
	err_hint(&e, "kill %s", h->text);
	err_format(&e, text, sizeof(text));
	snprintf(expected, sizeof(expected), "process %s; kill %s", h->shown, h->shown);
	assert_string_equal(text, expected);
}

static void a_text_that_is_too_long_is_cut(void **state)
{
	char *name = xcalloc(5000, 1);
	struct err e;
	char text[2048];
	char small[8];

	(void)state;
	memset(name, 'x', 4999);
	err_set(&e, EIO, "%s", name);
	err_hint(&e, "%s", name);
	assert_int_equal(strlen(e.what), sizeof(e.what) - 1);
	assert_int_equal(strlen(e.hint), sizeof(e.hint) - 1);
	err_format(&e, text, sizeof(text)); /* main()'s buffer takes all of it */
	assert_int_equal(strlen(text),
			 strlen(e.what) + strlen(": Input/output error; ") + strlen(e.hint));
	err_format(&e, small, sizeof(small));
	assert_string_equal(small, "xxxxxxx");
	free(name);
}

/* Exit statuses, from wait statuses that the kernel made. */

static int status_of(int code, int signo)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (!signo)
			_exit(code);
		signal(signo, SIG_DFL);
		kill(getpid(), signo);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return process_exit_code(status);
}

static void all_exit_statuses_stay_as_they_are(void **state)
{
	(void)state;
	for (int code = 0; code <= 255; code++)
		assert_int_equal(process_exit_code(code << 8), code);
	for (int code = 0; code <= 255; code += 51)
		assert_int_equal(status_of(code, 0), code);
}

static void each_signal_is_128_and_its_number(void **state)
{
	static const int deadly[] = { SIGHUP,  SIGINT,  SIGILL,  SIGABRT, SIGFPE, SIGKILL,
				      SIGSEGV, SIGPIPE, SIGTERM, SIGUSR1, SIGSYS };

	(void)state;
	for (int signo = 1; signo <= SIGRTMAX; signo++) {
		assert_int_equal(process_exit_code(signo), 128 + signo);
		assert_int_equal(process_exit_code(signo | 0x80),
				 128 + signo); /* with a core dump */
	}
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		assert_int_equal(status_of(0, deadly[i]), 128 + deadly[i]);
	assert_int_equal(status_of(0, SIGRTMIN), 128 + SIGRTMIN);
}

/* util.h */

static const struct pid_text {
	const char *name, *text;
	pid_t pid;
} pid_texts[] = {
	{ "a pid", "4194304", 4194304 },
	{ "the largest pid there could be", "2147483647", 2147483647 },
	{ "the smallest", "1", 1 },
	{ "any first digit", "9", 9 },
	{ "one more is none", "2147483648", -1 },
	{ "many digits are none", "99999999999999999999999", -1 },
	{ "0 is none", "0", -1 },
	{ "a negative number is none", "-5", -1 },
	{ "nothing is none", "", -1 },
	{ "a word is none", "self", -1 },
	{ "a blank in front is too much", " 5", -1 },
	{ "a plus in front is too much", "+5", -1 },
	{ "anything behind is too much", "5 ", -1 },
	{ "hexadecimal is not read", "0x10", -1 },
};

static void pid_is_parsed(void **state)
{
	const struct pid_text *p = *state;

	assert_int_equal(parse_pid(p->text), p->pid);
}

static void words_can_be_put_anywhere(void **state)
{
	struct strv s = { 0 };

	(void)state;
	strv_insert(&s, 0, "criu");
	strv_insert(&s, 1, "d");
	strv_insert(&s, 1, "b");
	strv_insert(&s, 2, "c");
	strv_insert(&s, 1, "a");
	unit_assert_words(&s, "a b c d");
	assert_null(s.v[s.n]);
	strv_free(&s);
	assert_null(s.v);
	assert_int_equal(s.n, 0);
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
	struct unit_folder f = unit_folder_make();
	char *big = xcalloc(100001, 1);
	char *text = NULL;

	(void)state;
	memset(big, 'x', 100000);
	unit_write(&f, "big", big, 100000);
	unit_write(&f, "empty", "", 0);
	unit_write(&f, "nul", "a\0b", 3);
	assert_int_equal(read_file_at(f.fd, "big", 100000, &text), 100000);
	assert_string_equal(text, big);
	free(text);
	text = NULL;
	assert_int_equal(read_file_at(f.fd, "big", 99999, &text), -EFBIG);
	assert_null(text);
	assert_int_equal(read_file_at(f.fd, "none", 10, &text), -ENOENT);
	assert_int_equal(read_file_at(f.fd, ".", 10, &text), -EISDIR);
	assert_null(text);
	assert_int_equal(read_file_at(f.fd, "empty", 10, &text), 0);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(read_file_at(f.fd, "nul", 10, &text), 3);
	assert_memory_equal(text, "a\0b", 4);
	free(text);
	free(big);
	unit_folder_remove(&f);
}

/* What would wait, or act, is not opened; what a link leads to counts. */
static void only_a_regular_file_is_read_where_others_may_write(void **state)
{
	static const char *const others[] = { "fifo", ".", "socket", "to-fifo", "to-device" };
	struct unit_folder f = unit_folder_make();
	char *text = NULL;

	(void)state;
	unit_write(&f, "file", "text", 4);
	assert_int_equal(symlinkat("file", f.fd, "link"), 0);
	assert_int_equal(mkfifoat(f.fd, "fifo", 0600), 0);
	assert_int_equal(mknodat(f.fd, "socket", S_IFSOCK | 0600, 0), 0);
	assert_int_equal(symlinkat("fifo", f.fd, "to-fifo"), 0);
	assert_int_equal(symlinkat("/dev/zero", f.fd, "to-device"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(read_regular_at(f.fd, others[i], 10, &text), -EINVAL);
	assert_int_equal(read_regular_at(f.fd, "none", 10, &text), -ENOENT);
	assert_int_equal(read_regular_at(f.fd, "file", 3, &text), -EFBIG);
	assert_null(text);
	assert_int_equal(read_regular_at(f.fd, "file", 4, &text), 4);
	assert_string_equal(text, "text");
	free(text);
	assert_int_equal(read_regular_at(f.fd, "link", 4, &text), 4);
	assert_string_equal(text, "text");
	free(text);
	unit_folder_remove(&f);
}

static void each_type_of_file_has_its_letter(void **state)
{
	static const struct {
		mode_t type;
		char letter;
	} types[] = {
		{ S_IFREG, 'f' }, { S_IFDIR, 'd' }, { S_IFIFO, 'p' },  { S_IFCHR, 'c' },
		{ S_IFBLK, 'b' }, { S_IFLNK, 'l' }, { S_IFSOCK, 's' },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		for (mode_t permissions = 0; permissions <= 07777; permissions++)
			assert_int_equal(file_type(types[i].type | permissions), types[i].letter);
	assert_int_equal(file_type(0), 'f'); /* eventpoll and its like (anon_inode) */
}

static void slots_are_filled_as_whole_words(void **state)
{
	struct strv s = unit_split("-D <x> --close=<x> <x>");

	(void)state;
	strv_replace(&s, "<x>", "/proc/self/fd/%d", 64);
	unit_assert_words(&s, "-D /proc/self/fd/64 --close=<x> /proc/self/fd/64");
	strv_free(&s);
}

int main(void)
{
	UNIT(a_system_call_failed_with_its_reason);
	UNIT(a_refusal_has_no_errno);
	UNIT(a_hint_comes_last);
	UNIT(a_status_is_kept);
	UNIT(the_own_statuses_are_those_of_the_man_page);
	UNIT_ROWS(name_is_flattened, hostiles);
	UNIT(a_text_that_is_too_long_is_cut);
	UNIT(all_exit_statuses_stay_as_they_are);
	UNIT(each_signal_is_128_and_its_number);
	UNIT_ROWS(pid_is_parsed, pid_texts);
	UNIT(words_can_be_put_anywhere);
	UNIT(a_file_is_read_whole_or_not_at_all);
	UNIT(only_a_regular_file_is_read_where_others_may_write);
	UNIT(each_type_of_file_has_its_letter);
	UNIT(slots_are_filled_as_whole_words);
	return unit_run("err");
}
