// SPDX-License-Identifier: MIT
/* Which version the criu that is run has. */
#include "unit.h"

#include "cli/criu.h"

struct row {
	const char *name, *text;
	unsigned expected;
};

static const struct row rows[] = {
	{ "a release", "Version: 4.2.1\n", CRIU_VERSION(4, 2, 1) },
	{ "a release with two numbers, and its commit", "Version: 3.19\nGitID: v3.19\n",
	  CRIU_VERSION(3, 19, 0) },
	{ "one between two releases", "Version: 4.2\nGitID: v4.2-22-g2cf8f13ca\n",
	  CRIU_VERSION(4, 2, 0) },
	{ "with what a distribution adds", "Version: 4.1-1ubuntu2\n", CRIU_VERSION(4, 1, 0) },
	{ "with what came before it", "Warn: x\nVersion: 4.0\n", CRIU_VERSION(4, 0, 0) },
	{ "none", "criu-ns 0.1.0\n", 0 },
	{ "none in the middle of a line", "Old Version: 4.2\n", 0 },
	{ "nothing", "", 0 },
	{ "no number", "Version: new\n", 0 },
	{ "numbers that are no version", "Version: 4.99999999999999999999\n", 0 },
};

static void run_row(void **state)
{
	const struct row *row = *state;

	assert_int_equal(criu_parse_version(row->text), row->expected);
}

static void versions_compare(void **state)
{
	(void)state;
	assert_true(CRIU_VERSION(4, 2, 1) > CRIU_VERSION(4, 2, 0));
	assert_true(CRIU_VERSION(4, 10, 0) > CRIU_VERSION(4, 9, 999));
	assert_true(CRIU_VERSION(10, 0, 0) > CRIU_VERSION(4, 999, 0));
}

static void it_is_asked_once(void **state)
{
	char dir[] = "/tmp/criu-ns-unit.XXXXXX";
	struct criu_binary criu = { .fd = -1 };
	FILE *script;

	(void)state;
	assert_non_null(mkdtemp(dir));
	criu.path = xasprintf("%s/criu", dir);
	script = fopen(criu.path, "w");
	fprintf(script, "#!/bin/sh\n[ \"$1\" = --version ] && echo Version: 4.2.1 && rm \"$0\"\n");
	fclose(script);
	chmod(criu.path, 0755);

	assert_int_equal(criu_version(&criu), CRIU_VERSION(4, 2, 1));
	assert_int_equal(access(criu.path, F_OK), -1);
	assert_int_equal(criu_version(&criu), CRIU_VERSION(4, 2, 1));
	criu_free(&criu);
	rmdir(dir);
}

int main(void)
{
	UNIT_ROWS(run_row, rows);
	UNIT(versions_compare);
	UNIT(it_is_asked_once);
	return unit_run("criu");
}
