// SPDX-License-Identifier: MIT
#include "cli/grammar.h"

#include "util/util.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/*
 * What getopt_long() gives for an option without a letter: its index in cli_options[], and one of
 * these.
 */
enum { VALUE_BASE = 256, TWIN_BASE = 1024 };

/* What getopt_long() wants. The first letter is that of the order (grammar_next()). */
struct grammar {
	struct option *long_options;
	char *short_options;
};

/*
 * Does `word`, length bytes long, abbreviate the option, or with `no` its twin? 2: it is the full
 * name.
 */
static int abbreviates(const char *word, size_t length, const struct cli_option *o, bool no)
{
	const char *name = no ? o->twin : o->name;

	/* Most options begin otherwise, and a start compares ten thousand times. */
	if (!name || *name != *word || strncmp(name, word, length) != 0)
		return 0;
	return name[length] ? 1 : 2;
}

/* How many of criu's options the word, length bytes long, abbreviates, and one of them. */
static int meanings_for_criu(const char *word, size_t length, const struct cli_option **ret,
			     bool *ret_no)
{
	int candidates = 0;

	for (const struct cli_option *o = cli_options; o->name; o++)
		for (int no = 0; no < 2 && !o->is_own; no++) {
			if (!abbreviates(word, length, o, no))
				continue;
			candidates++;
			*ret = o;
			*ret_no = no;
		}
	return candidates;
}

/*
 * What abbreviates one option of criu's, and also one of our own, is criu's: for getopt it becomes
 * a full name.
 */
static struct option *keep_abbreviations(const struct cli_option *own, struct option *out)
{
	int meanings = 2;

	for (size_t length = 1; length < strlen(own->name) && meanings; length++) {
		const struct cli_option *o = NULL;
		bool no = false;

		meanings = meanings_for_criu(own->name, length, &o, &no);
		if (meanings != 1)
			continue;
		*out++ = (struct option){ xstrndup(own->name, length),
					  no ? no_argument : o->argument, NULL,
					  (no ? TWIN_BASE : VALUE_BASE) + (int)(o - cli_options) };
	}
	return out;
}

static void make(struct grammar *g)
{
	size_t count = 0;
	size_t prefixes = 0;
	char *letters;

	for (; cli_options[count].name; count++)
		if (cli_options[count].is_own)
			prefixes += strlen(cli_options[count].name);
	g->long_options = xcalloc(2 * count + prefixes + 1, sizeof(*g->long_options));
	g->short_options = letters = xcalloc(3 * count + 3, 1);
	*letters++ = '-';
	*letters++ = ':';

	struct option *out = g->long_options;

	for (size_t i = 0; i < count; i++) {
		const struct cli_option *o = &cli_options[i];

		*out++ = (struct option){ o->name, o->argument, NULL, VALUE_BASE + (int)i };
		if (o->is_own)
			out = keep_abbreviations(o, out);
		if (o->twin)
			*out++ = (struct option){ o->twin, no_argument, NULL, TWIN_BASE + (int)i };
		if (!o->letter)
			continue;
		*letters++ = o->letter;
		if (o->argument != no_argument)
			*letters++ = ':';
		if (o->argument == optional_argument)
			*letters++ = ':';
	}
}

/*
 * The table is always the same. A freeze or a thaw parses up to three times, and making it takes
 * 20 us and a few system calls, so it is made once, and stays.
 *
 * With a leading '-', operands come back in order and argv is not permuted, so that indices into it
 * stay valid; '+' is for POSIX order. With ':', a missing value can be told from an unknown option.
 */
int grammar_next(bool posix, int argc, char *const argv[])
{
	static struct grammar grammar;
	const int first = optind ? optind : 1;
	int value;

	if (!grammar.long_options)
		make(&grammar);
	*grammar.short_options = posix ? '+' : '-';
	value = getopt_long(argc, argv, grammar.short_options, grammar.long_options, NULL);
	/* musl ends there, but "-" is an operand like others (POSIX, XBD 12.2). */
	if (value == -1 && optind == first && first < argc && !posix && !strcmp(argv[first], "-")) {
		optind++;
		value = 1;
	}
	return value;
}

const struct cli_option *grammar_option(int value, bool *ret_on)
{
	int index = value - (value < TWIN_BASE ? VALUE_BASE : TWIN_BASE);

	*ret_on = value < TWIN_BASE;

	if (index >= 0)
		return &cli_options[index];
	for (const struct cli_option *o = cli_options; o->name; o++)
		if (o->letter == value)
			return o;
	return NULL;
}

static void name_another(char **names, const char *name)
{
	char *longer = *names ? xasprintf("%s, --%s", *names, name) : xasprintf("--%s", name);

	free(*names);
	*names = longer;
}

char *grammar_ambiguous(const char *word)
{
	enum { ENOUGH = 4 };
	size_t length = strcspn(word, "=");
	_cleanup_free_ char *found = NULL;
	int candidates = 0;

	if (length <= 2 || !text_begins(word, "--"))
		return NULL;
	for (const struct cli_option *o = cli_options; o->name; o++) {
		for (int no = 0; no < 2; no++) {
			int match = abbreviates(word + 2, length - 2, o, no);

			if (match == 2)
				return NULL; /* "--all=x" is another error */
			if (match && candidates++ < ENOUGH)
				name_another(&found, no ? o->twin : o->name);
		}
	}
	if (candidates < 2)
		return NULL; /* "--restore-d=1" is that error, too */
	return xasprintf("%s%s", found, candidates > ENOUGH ? " ..." : "");
}
