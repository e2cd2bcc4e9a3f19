// SPDX-License-Identifier: MIT
/*
 * Streams to the journal: whose path it is, what the journal's own file says, and the lines that
 * begin a stream.
 */
#include "unit.h"

#include "look/journal.h"

#include <stdlib.h>

static void its_paths_are_known(void **state)
{
	(void)state;
	assert_true(journal_listens_at("/run/systemd/journal/stdout"));
	assert_true(journal_listens_at("/run/systemd/journal.space/stdout"));
	assert_false(journal_listens_at("/run/systemd/journal/socket"));
	assert_false(journal_listens_at("/run/systemd/journald/stdout"));
	assert_false(journal_listens_at("/run/systemd/journal/x/stdout"));
	assert_false(journal_listens_at("/run/systemd/journal.a/b/stdout"));
	assert_false(journal_listens_at("/x/run/systemd/journal/stdout"));
	assert_false(journal_listens_at("@/run/systemd/journal/stdout"));
}

static void its_file_is_found(void **state)
{
	char *path = journal_state_path("/run/systemd/journal.a/stdout", 9, 45338);

	(void)state;
	assert_string_equal(path, "/run/systemd/journal.a/streams/9:45338");
	free(path);
}

#define T_10  "0123456789"
#define T_100 T_10 T_10 T_10 T_10 T_10 T_10 T_10 T_10 T_10 T_10
#define T_300 T_100 T_100 T_100

#define SAID "# This is private data. Do not parse\nPRIORITY=30\nLEVEL_PREFIX=1\n"

static const struct said {
	const char *name, *text, *header; /* NULL: it is not such a file */
} said[] = {
	{ "all of it",
	  SAID "FORWARD_TO_SYSLOG=1\nFORWARD_TO_KMSG=0\nFORWARD_TO_CONSOLE=1\n"
	       "STREAM_ID=fbdb\nIDENTIFIER=perl\nUNIT=tick.service\n",
	  "perl\ntick.service\n30\n1\n1\n0\n1\n" },
	{ "the least", "PRIORITY=4", "\n\n4\n0\n0\n0\n0\n" },
	{ "what its escapes mean", "PRIORITY=4\nIDENTIFIER=a\\\\b\\303\\244\\\"\\'\n",
	  "a\\b\303\244\"'\n\n4\n0\n0\n0\n0\n" },
	{ "no line may hide in another", "PRIORITY=4\nIDENTIFIER=a\\012b\nUNIT=a\\nb\n",
	  "\n\n4\n0\n0\n0\n0\n" },
	{ "a name that is too long is none", "PRIORITY=4\nUNIT=" T_300 "\n",
	  "\n\n4\n0\n0\n0\n0\n" },
	{ "no priority", "LEVEL_PREFIX=1\n", NULL },
	{ "a priority that is none", "PRIORITY=-1\n", NULL },
	{ "a priority that is too large", "PRIORITY=1000\n", NULL },
	{ "an empty priority", "PRIORITY=\n", NULL },
	{ "an empty file", "", NULL },
};

static void what_it_says_is_said_again(void **state)
{
	const struct said *x = *state;
	struct journal j = { 0 };
	bool is_read = journal_read_state(x->text, &j);

	assert_int_equal(is_read, x->header != NULL);
	assert_int_equal(j.is_one, is_read);
	if (is_read) {
		char *header = journal_header(&j);

		assert_string_equal(header, x->header);
		free(header);
	}
	journal_free(&j);
}

static const struct guess {
	const char *name, *comm, *cgroup, *header;
} guesses[] = {
	{ "a service", "perl", "0::/system.slice/tick.service\n",
	  "perl\ntick.service\n30\n1\n0\n0\n0\n" },
	{ "both versions of cgroups", "perl",
	  "12:pids:/x.service\n9:name=systemd:/system.slice/tick.service\n0::/\n",
	  "perl\ntick.service\n30\n1\n0\n0\n0\n" },
	{ "the second line", "perl", "1:cpu:/\n0::/a.scope\n", "perl\na.scope\n30\n1\n0\n0\n0\n" },
	{ "below a service, of nobody's", "perl", "0::/a.service/x\n", "perl\n\n30\n1\n0\n0\n0\n" },
	{ "nothing", "", "", "\n\n30\n1\n0\n0\n0\n" },
};

static void without_that_it_is_guessed(void **state)
{
	const struct guess *x = *state;
	struct journal j;
	struct journal copy;
	char *header;

	journal_guess(x->comm, x->cgroup, &j);
	journal_copy(&j, &copy);
	journal_free(&j);
	header = journal_header(&copy);
	assert_string_equal(header, x->header);
	free(header);
	journal_free(&copy);
}

int main(void)
{
	UNIT(its_paths_are_known);
	UNIT(its_file_is_found);
	UNIT_ROWS(what_it_says_is_said_again, said);
	UNIT_ROWS(without_that_it_is_guessed, guesses);
	return unit_run("journal");
}
