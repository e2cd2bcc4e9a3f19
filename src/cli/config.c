// SPDX-License-Identifier: MIT
#include "cli/config.h"

#include "cli/options.h"

#include <ctype.h>
#include <string.h>

static const char own_mark[] = "#criu-ns:";

static bool names_own_option(const char *name)
{
	size_t length = strcspn(name, " \t");

	for (const struct cli_option *o = cli_options; o->name; o++)
		if (o->is_own && strlen(o->name) == length && !strncmp(o->name, name, length))
			return true;
	return false;
}

/*
 * criu/config.c:parse_statement(): a name, then a value, quoted or not, then a comment, which
 * starts at any '#', even in quotes. The name ends at the first blank of the line or, if there is
 * none, at the first tab; a name that is followed by a blank and nothing else has the value "".
 *
 * criu refuses a file with an option that it does not know, so our own are in what it takes for a
 * comment: "#criu-ns: NAME VALUE".
 */
static void parse_statement(const char *line, size_t length, struct strv *out)
{
	_cleanup_free_ char *text = xstrndup(line, length);
	char *name = text + strspn(text, " \t\v\f\r");
	char *end;

	if (text_begins(name, own_mark)) {
		name += sizeof(own_mark) - 1;
		name += strspn(name, " \t");
		if (!names_own_option(name))
			return;
	}
	if (!*name || *name == '#')
		return;
	end = strchr(name, ' ');
	end = end ? end : strchr(name, '\t');
	strv_take(out, xasprintf("--%.*s", (int)(end ? end - name : (long)strlen(name)), name));
	if (!end)
		return;

	const char *from = end + strspn(end, " \t\v\f\r");
	bool quoted = *from == '"';

	if (*from == '#')
		return;

	char *value = xcalloc(strlen(from) + 1, 1);
	char *to = value;

	for (from += quoted; *from && *from != '#'; from++) {
		if (from[0] == '\\' && from[1] == '"')
			*to++ = *++from;
		else if (quoted ? *from == '"' : isspace((unsigned char)*from) != 0)
			break;
		else
			*to++ = *from;
	}
	strv_take(out, value);
}

void cli_config_words(const char *text, struct strv *words)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		parse_statement(text, length, words);
		text = text_next_line(text + length);
	}
}

/* What follows "run ... --" is another program's. */
static int before_program(int argc, char *const argv[])
{
	for (int i = 2; i < argc && !strcmp(argv[1], "run"); i++)
		if (!strcmp(argv[i], "--"))
			return i;
	return argc;
}

/* criu/config.c:pre_parse() looks for these words anywhere, even as an option's value. */
bool cli_asks_for_help(int argc, char *const argv[])
{
	int n = before_program(argc, argv);

	for (int i = 1; i < n; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

void cli_config_paths(int argc, char *const argv[], const char *home, const char *config_env,
		      char *paths[CLI_CONFIGS])
{
	static const char with_value[] = "--config=";
	const char *given = NULL;
	bool no_default = false;
	int n = before_program(argc, argv);

	/* Exact words only, and "--config=" anywhere in a word: as pre_parse() does. */
	for (int i = 0; i < n; i++) {
		if (!strcmp(argv[i], "--no-default-config")) {
			no_default = true;
		} else if (!strcmp(argv[i], "--config")) {
			given = argv[i + 1];
			no_default = true;
		} else if (strstr(argv[i], with_value)) {
			given = argv[i] + sizeof(with_value) - 1;
			no_default = true;
		}
	}
	paths[0] = no_default ? NULL : xstrdup("/etc/criu/default.conf");
	paths[1] = no_default || !home ? NULL : xasprintf("%s/.criu/default.conf", home);
	paths[2] = config_env ? xstrdup(config_env) : NULL;
	paths[3] = given ? xstrdup(given) : NULL;
}
