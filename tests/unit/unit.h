/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests share: a list of tests that tables of rows add to, command lines from text,
 * recorded fixtures and a scratch directory. A row's first member is its name, a sentence.
 */
#ifndef CRIU_NS_UNIT_H
#define CRIU_NS_UNIT_H

#include "cli/cli.h"
#include "util/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The list of tests */

static struct {
	struct CMUnitTest *v;
	size_t n;
} unit_tests;

/* TAP reads '#' as the start of a directive. */
static inline void unit_add(const char *name, CMUnitTestFunction run, const void *row)
{
	char *sentence = xstrdup(name);

	for (char *p = sentence; *p; p++)
		*p = *p == '_' && !row ? ' ' : *p == '#' ? '?' : *p;
	unit_tests.v = xreallocarray(unit_tests.v, unit_tests.n + 1, sizeof(*unit_tests.v));
	unit_tests.v[unit_tests.n++] =
		(struct CMUnitTest){ sentence, run, NULL, NULL, (void *)row };
}

#define UNIT(run) unit_add(#run, run, NULL)

#define UNIT_ROWS(run, rows)                                                                       \
	do                                                                                         \
		for (size_t i_ = 0; i_ < ARRAY_SIZE(rows); i_++)                                   \
			unit_add((rows)[i_].name, run, &(rows)[i_]);                               \
	while (0)

/* Run them all; the exit status of the program. */
static inline int unit_run(const char *group)
{
	int failed = _cmocka_run_group_tests(group, unit_tests.v, unit_tests.n, NULL, NULL);

	for (size_t i = 0; i < unit_tests.n; i++)
		free((char *)unit_tests.v[i].name);
	free(unit_tests.v);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* An assertion that says in which of many cases it failed. */
#define UNIT_CHECK(condition, ...)                                                                 \
	do                                                                                         \
		if (!(condition)) {                                                                \
			print_error("not so: %s\n", #condition);                                   \
			fail_msg(__VA_ARGS__);                                                     \
		}                                                                                  \
	while (0)

static inline void unit_assert_contains(const char *text, const char *part)
{
	UNIT_CHECK(strstr(text, part), "\"%s\" is not in \"%s\"", part, text);
}

static inline void unit_assert_lacks(const char *text, const char *part)
{
	UNIT_CHECK(!strstr(text, part), "\"%s\" is in \"%s\"", part, text);
}

/* Both or neither, and then the same. */
static inline void unit_assert_text(const char *got, const char *expected)
{
	if (got && expected)
		assert_string_equal(got, expected);
	else
		UNIT_CHECK(!got && !expected, "got %s, expected %s", got ? got : "nothing",
			   expected ? expected : "nothing");
}

/* Words of a line, split at blanks; '...' holds a word together. The first one is the program. */
static inline struct strv unit_split(const char *line)
{
	struct strv words = { 0 };
	char *word = xcalloc(strlen(line) + 1, 1);

	strv_add(&words, "criu-ns");
	while (*(line += strspn(line, " "))) {
		size_t n = 0;

		for (bool quoted = false; *line && (quoted || *line != ' '); line++) {
			if (*line == '\'')
				quoted = !quoted;
			else
				word[n++] = *line;
		}
		word[n] = '\0';
		strv_add(&words, word);
	}
	free(word);
	return words;
}

/* The words behind the first one as a line again, as unit_split() reads it. */
static inline char *unit_join(const struct strv *words)
{
	char *line = xstrdup("");

	for (size_t i = 1; i < words->n; i++) {
		const char *word = words->v[i];
		const char *quote = !*word || strchr(word, ' ') ? "'" : "";
		char *longer = xasprintf("%s%s%s%s%s", line, i > 1 ? " " : "", quote, word, quote);

		free(line);
		line = longer;
	}
	return line;
}

static inline void unit_assert_words(const struct strv *words, const char *expected)
{
	char *line = unit_join(words);

	assert_string_equal(line, expected);
	free(line);
}

static inline struct strv unit_copy(const struct strv *words)
{
	struct strv copy = { 0 };

	for (size_t i = 0; i < words->n; i++)
		strv_add(&copy, words->v[i]);
	return copy;
}

/* A line as cli_parse() understands it; the words that the result points into live with it. */
struct unit_cli {
	struct strv argv;
	struct cli cli;
	struct err err;
	int r;
};

static inline struct unit_cli unit_parse(const char *line, char *const configs[CLI_CONFIGS],
					 bool posix)
{
	static char *const none[CLI_CONFIGS];
	struct unit_cli u = { .argv = unit_split(line) };

	u.r = cli_parse((int)u.argv.n, u.argv.v, configs ? configs : none, posix, &u.cli, &u.err);
	return u;
}

static inline void unit_parse_free(struct unit_cli *u)
{
	if (u->r == 0)
		cli_free(&u->cli);
	strv_free(&u->argv);
}

/* Freed at the end of its scope. */
#define _cleanup_unit_cli_ __attribute__((cleanup(unit_parse_free)))

/* Recorded tables lie beside the sources; $CRIU_NS_FIXTURES, if the program runs elsewhere. */
static inline char *unit_fixture(const char *name)
{
	const char *folder = getenv("CRIU_NS_FIXTURES");
	const char *slash = strrchr(__FILE__, '/');

	if (folder)
		return xasprintf("%s/%s", folder, name);
	return xasprintf("%.*s/fixtures/%s", slash ? (int)(slash - __FILE__) : 1,
			 slash ? __FILE__ : ".", name);
}

/* A directory for one test: its path, and a descriptor. */
struct unit_folder {
	char path[64];
	int fd;
};

static inline struct unit_folder unit_folder_make(void)
{
	struct unit_folder f = { .path = "/tmp/criu-ns-unit.XXXXXX" };

	assert_non_null(mkdtemp(f.path));
	f.fd = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f.fd >= 0);
	return f;
}

static inline int unit_remove_one(const char *path, const struct stat *st, int type,
				  struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void unit_folder_remove(const struct unit_folder *f)
{
	close(f->fd);
	nftw(f->path, unit_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void unit_write(const struct unit_folder *f, const char *name, const void *text,
			      size_t size)
{
	int fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, size), 0);
	close(fd);
}

#endif
