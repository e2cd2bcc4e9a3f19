// SPDX-License-Identifier: MIT
#include "cli/grammar.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/*
 * What getopt_long() gives for an option without a letter: its index in cli_options[], and one of
 * these.
 */
enum { VALUE_BASE = 256, TWIN_BASE = 1024 };

void grammar_free(struct grammar *g)
{
	strv_free(&g->names);
	free(g->long_options);
	free(g->short_options);
}

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
static struct option *keep_abbreviations(const struct cli_option *own, struct grammar *g,
					 struct option *out)
{
	int meanings = 2;

	for (size_t length = 1; length < strlen(own->name) && meanings; length++) {
		const struct cli_option *o = NULL;
		bool no = false;

		meanings = meanings_for_criu(own->name, length, &o, &no);
		if (meanings != 1)
			continue;
		strv_take(&g->names, xstrndup(own->name, length));
		*out++ = (struct option){ g->names.v[g->names.n - 1],
					  no ? no_argument : o->argument, NULL,
					  (no ? TWIN_BASE : VALUE_BASE) + (int)(o - cli_options) };
	}
	return out;
}

/*
 * With a leading '-', operands come back in order and argv is not permuted, so that indices into it
 * stay valid; '+' is for POSIX order. With ':', a missing value can be told from an unknown option.
 */
void grammar_make(bool posix, struct grammar *g)
{
	size_t count = 0;
	size_t prefixes = 0;
	char *letters;

	for (; cli_options[count].name; count++)
		if (cli_options[count].is_own)
			prefixes += strlen(cli_options[count].name);
	g->long_options = xcalloc(2 * count + prefixes + 1, sizeof(*g->long_options));
	g->short_options = letters = xcalloc(3 * count + 3, 1);
	*letters++ = posix ? '+' : '-';
	*letters++ = ':';

	struct option *out = g->long_options;

	for (size_t i = 0; i < count; i++) {
		const struct cli_option *o = &cli_options[i];

		*out++ = (struct option){ o->name, o->argument, NULL, VALUE_BASE + (int)i };
		if (o->is_own)
			out = keep_abbreviations(o, g, out);
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

int grammar_next(const struct grammar *g, int argc, char *const argv[])
{
	const int first = optind ? optind : 1;
	int value = getopt_long(argc, argv, g->short_options, g->long_options, NULL);

	/* musl ends there, but "-" is an operand like others (POSIX, XBD 12.2). */
	if (value == -1 && optind == first && first < argc && *g->short_options == '-' &&
	    !strcmp(argv[first], "-")) {
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

const char *grammar_ambiguous(const char *word)
{
	size_t length = strcspn(word, "=");
	const char *found = NULL;
	int candidates = 0;

	if (length <= 2 || strncmp(word, "--", 2) != 0)
		return NULL;
	for (const struct cli_option *o = cli_options; o->name; o++) {
		for (int no = 0; no < 2; no++) {
			int match = abbreviates(word + 2, length - 2, o, no);

			if (match == 2)
				return NULL; /* "--all=x" is another error */
			found = match && !candidates++ ? o->name : found;
		}
	}
	return candidates > 1 ? found : NULL; /* "--restore-d=1" is that error, too */
}
