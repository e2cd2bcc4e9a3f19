// SPDX-License-Identifier: MIT
/*
 * A command line, a word a line, and behind a line "<" the text of a configuration file. What criu
 * gets has none of our options, and is read again as the same.
 */
#include "fuzz.h"

#include "cli/cli.h"
#include "cli/usage.h"
#include "words.h"

static char *const no_configs[CLI_CONFIGS];

/*
 * The words of criu's line are those of the user's, in that order; but for the name of the command.
 */
static void check_order(const struct cli *c, const struct strv *argv)
{
	size_t at = 1;

	for (size_t i = 1; i < c->args.n; i++) {
		while (at < argv->n && strcmp(argv->v[at], c->args.v[i]) != 0 &&
		       argv->v[at] != c->word)
			at++;
		FUZZ_CHECK(at < argv->n, "nobody gave %s", c->args.v[i]);
		at++;
	}
}

static void check_places(const struct cli *c)
{
	FUZZ_CHECK(c->args.n && !strcmp(c->args.v[0], "criu") && !c->args.v[c->args.n], "%zu words",
		   c->args.n);
	FUZZ_CHECK(c->insert_at >= 1 && c->insert_at <= c->args.n, "%zu of %zu", c->insert_at,
		   c->args.n);
	FUZZ_CHECK(c->command_at < c->args.n, "%zu of %zu", c->command_at, c->args.n);
}

/* With an option that we do not know we cannot say what is its value. */
static void check_again(const struct cli *c, bool posix)
{
	struct cli again;
	struct err e = { 0 };
	int r = cli_parse((int)c->args.n, c->args.v, no_configs, posix, &again, &e);

	FUZZ_CHECK(r == 0, "%s", e.what);
	if (!c->unknown.n) {
		FUZZ_CHECK(!again.criu_binary && !again.dry_run && !again.exit_status &&
				   !again.warn_mounts,
			   "an option of ours is left in %zu words", c->args.n);
		FUZZ_CHECK(again.command == c->command && again.args.n == c->args.n &&
				   again.insert_at == c->insert_at &&
				   again.command_at == c->command_at,
			   "%zu and %zu words", c->args.n, again.args.n);
		for (size_t i = 0; i < again.args.n; i++)
			FUZZ_CHECK(!strcmp(again.args.v[i], c->args.v[i]), "%s and %s",
				   again.args.v[i], c->args.v[i]);
	}
	cli_free(&again);
}

static void check_usage(const struct cli *c)
{
	struct err *errors = NULL;
	/*
	 * Each unknown word is compared with all that are known: many find nothing that a few do
	 * not.
	 */
	enum { ENOUGH = 4 };

	if (c->unknown.n > ENOUGH)
		return;

	size_t n = usage_check(c, usage_needs_help(c) ? "--tree  --lazy-new\n" : NULL, &errors);

	for (size_t i = 0; i < n; i++)
		fuzz_check_err(&errors[i]);
	free(errors);
}

static void check_line(const struct strv *argv, char *const configs[CLI_CONFIGS], bool posix)
{
	struct cli c;
	struct err e = { 0 };

	if (cli_parse((int)argv->n, argv->v, configs, posix, &c, &e) < 0) {
		fuzz_check_err(&e);
		return;
	}
	/* Asked for help, nothing else is looked at. */
	if (!c.help && !c.version) {
		check_places(&c);
		check_order(&c, argv);
		if (!posix) /* nothing in there depends on it */
			check_usage(&c);
		check_again(&c, posix);
		(void)cli_external(&c, "mnt", "/x");
		(void)cli_inherits(&c, "x");
		(void)cli_skips_mount(&c, "/x");
	}
	cli_free(&c);
}

static void check_paths(const struct strv *argv)
{
	char *paths[CLI_CONFIGS] = { 0 };

	cli_config_paths((int)argv->n, argv->v, "/root", "c", paths);
	for (size_t i = 0; i < CLI_CONFIGS; i++)
		free(paths[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_take_text(&data, &size, '\0');
	char *mark = strstr(text, "\n<\n");
	char *config = mark ? mark + 3 : NULL;
	char *const configs[CLI_CONFIGS] = { NULL, config, NULL, NULL };
	struct strv argv;

	if (mark)
		mark[1] = '\0';
	argv = fuzz_words(text);
	check_paths(&argv);
	check_line(&argv, configs, false);
	check_line(&argv, configs, true);
	strv_free(&argv);
	return 0;
}
