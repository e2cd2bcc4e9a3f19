// SPDX-License-Identifier: MIT
#include "cli/as_config.h"

#include "cli/grammar.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/*
 * parse_statement() in criu/config.c takes a line without a blank as it is, with quotes and '#'. In
 * this form optional values are found, too.
 */
static bool add_line(struct strv *lines, const struct cli_option *o, bool on, const char *value)
{
	if (value && value[strcspn(value, " \t\n")])
		return false;
	strv_take(lines,
		  xconcat(on ? o->name : o->twin, value ? "=" : "", value ? value : "", "\n"));
	return true;
}

static bool add_lines(const struct strv *args, struct strv *lines)
{
	int value;

	optind = 0; /* glibc: also resets the hidden state (getopt(3)) */
	opterr = 0;
	while ((value = grammar_next(false, (int)args->n, args->v)) != -1) {
		const struct cli_option *o;
		bool on;

		if (value == 1) /* an operand */
			continue;
		if (value == '?' || value == ':')
			return false;
		o = grammar_option(value, &on);
		if (!o || !add_line(lines, o, on, optarg))
			return false;
	}
	return true;
}

char *cli_as_config(const struct strv *args)
{
	struct strv lines = { 0 };
	char *text = NULL;

	if (add_lines(args, &lines))
		text = strv_join(&lines);
	strv_free(&lines);
	return text;
}
