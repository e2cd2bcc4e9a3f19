// SPDX-License-Identifier: MIT
/* Which of criu's lines are shown, and where they go. */
#include "unit.h"

#include "cli/criu_log.h"

#include <errno.h>
#include <sys/mman.h>

static const struct hidden {
	const char *name, *line;
	unsigned levels; /* bit N: hidden with -vN */
} hidden[] = {
	{ "an error", "Error (criu/a.c:1): x\n", 1U << 0 },
	{ "a warning", "Warn  (criu/a.c:1): x\n", 1U << 0 | 1U << 1 },
	{ "of a process that is being thawed", "    26: Error (criu/a.c:1): x\n", 1U << 0 },
	{ "a warning of such a process", "    26: Warn  (criu/a.c:1): x\n", 1U << 0 | 1U << 1 },
	{ "of the restorer", "pie: 26: Error (criu/pie/restorer.c:1): x\n", 1U << 0 },
	{ "what a program says that criu has started", "iptables-restore: line 2 failed\n", 0 },
	{ "which may begin with a number", "26: no such rule\n", 0 },
	{ "the words in the middle of a line", "a Error (criu/a.c:1): x\n", 0 },
	{ "an empty line", "\n", 0 },
	{ "nothing", "", 0 },
	{ "a part of the word", "Error", 0 },
	{ "digits alone", "    26", 0 },
	{ "a prefix alone", "pie: 26: ", 0 },
};

static void line_is_hidden(void **state)
{
	const struct hidden *x = *state;

	for (unsigned level = 0; level <= 2; level++)
		UNIT_CHECK(criu_log_hides(level, x->line, strlen(x->line)) ==
				   (x->levels >> level & 1),
			   "-v%u", level);
}

static const struct destination {
	const char *name, *line;
	bool is_ours;
	int out; /* where it is shown */
	const char *options;
} destinations[] = {
	{ "without -o, on stderr", "dump -t 5", true, 2, "-o /proc/self/fd/<log>" },
	{ "with -o -, on stdout", "dump -t 5 -o -", true, 1, "-o /proc/self/fd/<log>" },
	{ "a file is criu's", "dump -t 5 -o x", false, -1, "" },
	{ "so are files by process", "dump -t 5 --log-pid", false, -1, "" },
	{ "unless not", "dump -t 5 --log-pid --no-log-pid", true, 2, "-o /proc/self/fd/<log>" },
	{ "with -v0, what criu hides is wanted", "dump -t 5 -v0", true, 2,
	  "-o /proc/self/fd/<log> -v2" },
	{ "with -v1, too", "dump -v1 -t 5 -o -", true, 1, "-o /proc/self/fd/<log> -v2" },
	{ "with -v2, it is all there", "dump -v2 -t 5", true, 2, "-o /proc/self/fd/<log>" },
	{ "-v counts", "dump -v0 -vv -t 5", true, 2, "-o /proc/self/fd/<log>" },
	{ "the last -v counts", "dump -v4 -t 5 --verbosity=1", true, 2,
	  "-o /proc/self/fd/<log> -v2" },
};

static void log_goes_there(void **state)
{
	const struct destination *x = *state;
	_cleanup_unit_cli_ struct unit_cli cli = unit_parse(x->line, NULL, false);
	struct criu_log log;
	struct strv args = { 0 };
	struct strv expected = { 0 };
	struct err e;

	assert_int_equal(criu_log_open(&cli.cli, -1, &log, &e), 0);
	assert_int_equal(log.fd >= 0, x->is_ours);
	assert_int_equal(log.out, x->out);
	strv_copy(&cli.cli.args, &args);
	strv_copy(&cli.cli.args, &expected);
	criu_log_add_options(&log, &args);
	if (*x->options) {
		strv_add(&expected, "-o");
		strv_add(&expected, criu_log_slot);
	}
	if (strstr(x->options, "-v2"))
		strv_add(&expected, "-v2");
	assert_int_equal(args.n, expected.n);
	for (size_t i = 0; i < args.n; i++)
		assert_string_equal(args.v[i], expected.v[i]);
	strv_free(&args);
	strv_free(&expected);
	criu_log_close(&log);
}

/* Shown in pieces as it comes, and at the end. */
static const struct growth {
	const char *name;
	unsigned level;
	const char *pieces[4], *shown[4], *end;
} growths[] = {
	{ "with -v2, at once", 2, { "Err", "or (", "x\n" }, { "Err", "or (", "x\n" }, "" },
	{ "with -v1, when a line is complete",
	  1,
	  { "Warn  (", "a\nErr", "or (b\nWarn  (c\nx" },
	  { "", "", "Error (b\n" },
	  "x" },
	{ "with -v0, what is not criu's", 0, { "Error (a\nb\n", "Warn  (c" }, { "b\n", "" }, "" },
};

static void log_is_shown(void **state)
{
	const struct growth *x = *state;
	struct criu_log log = CRIU_LOG_NONE;
	int out[2];
	char got[256];

	assert_int_equal(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
	log.fd = memfd_create("test", MFD_CLOEXEC);
	log.out = out[1];
	log.level = x->level;
	for (size_t i = 0; i < ARRAY_SIZE(x->pieces) && x->pieces[i]; i++) {
		assert_int_equal(lseek(log.fd, 0, SEEK_END) >= 0, 1);
		assert_int_equal(write_all(log.fd, x->pieces[i], strlen(x->pieces[i])), 0);
		criu_log_show(&log, false);
		ssize_t n = read(out[0], got, sizeof(got) - 1);

		got[n > 0 ? n : 0] = '\0';
		assert_string_equal(got, x->shown[i]);
	}
	criu_log_show(&log, true);
	ssize_t n = read(out[0], got, sizeof(got) - 1);

	got[n > 0 ? n : 0] = '\0';
	assert_string_equal(got, x->end);
	criu_log_close(&log);
	close(out[0]);
	close(out[1]);
}

static void a_pipe_that_nobody_reads_is_no_harm(void **state)
{
	struct criu_log log = CRIU_LOG_NONE;
	int out[2];

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	close(out[0]);
	log.fd = memfd_create("test", MFD_CLOEXEC);
	log.out = out[1];
	log.level = 2;
	assert_int_equal(write_all(log.fd, "x\n", 2), 0);
	criu_log_show(&log, true); /* or it dies of SIGPIPE */
	assert_int_equal(log.out, -1);
	criu_log_close(&log);
	close(out[1]);
}

static void a_user_s_log_file_is_made(void **state)
{
	struct unit_folder folder = unit_folder_make();
	struct unit_cli cli = unit_parse("dump -t 5 -v0 -o x.log", NULL, false);
	struct criu_log log;
	struct err e;

	(void)state;
	assert_int_equal(criu_log_open(&cli.cli, folder.fd, &log, &e), 0);
	assert_int_equal(faccessat(folder.fd, "x.log", F_OK, 0), 0);
	criu_log_close(&log);
	unit_parse_free(&cli);
	cli = unit_parse("dump -t 5 -v0 -o y/x.log", NULL, false);
	assert_int_equal(criu_log_open(&cli.cli, folder.fd, &log, &e), -ENOENT);
	unit_assert_contains(e.what, "y/x.log");
	unit_parse_free(&cli);
	unit_folder_remove(&folder);
}

int main(void)
{
	UNIT_ROWS(line_is_hidden, hidden);
	UNIT_ROWS(log_goes_there, destinations);
	UNIT_ROWS(log_is_shown, growths);
	UNIT(a_pipe_that_nobody_reads_is_no_harm);
	UNIT(a_user_s_log_file_is_made);
	return unit_run("criu_log");
}
