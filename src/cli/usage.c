// SPDX-License-Identifier: MIT
#include "cli/usage.h"

#include "util/process.h"

#include <stdlib.h>
#include <string.h>

/* Spelling */

/* Longer than any option or command. */
enum { MAX_WORD = 64 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * The number of edits between two words: letters added, removed, replaced, or swapped with their
 * neighbour (the Damerau-Levenshtein distance).
 */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t row[3][MAX_WORD + 1]; /* for the last two letters of a, and this one */

	for (size_t k = 0; k <= b_length; k++)
		row[0][k] = k;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *now = row[i % 3];
		const size_t *last = row[(i - 1) % 3];
		const size_t *before = row[(i + 1) % 3];

		now[0] = i;
		for (size_t k = 1; k <= b_length; k++) {
			now[k] = last[k - 1] + (a[i - 1] != b[k - 1]);
			now[k] = least(now[k], least(last[k], now[k - 1]) + 1);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				now[k] = least(now[k], before[k - 2] + 1);
		}
	}
	return row[a_length % 3][b_length];
}

/* Two typing errors in a long word, one in a short one. */
static bool is_like(const char *word, size_t length, const char *known, size_t *best)
{
	size_t known_length = strlen(known);
	size_t d;

	if (length > MAX_WORD || known_length > MAX_WORD)
		return false;
	d = distance(word, length, known, known_length);
	if (d > (length > 5 ? 2 : 1) || d >= *best)
		return false;
	*best = d;
	return true;
}

const char *usage_nearest_option(const char *word)
{
	const char *name = word + strspn(word, "-");
	size_t length = strcspn(name, "=");
	size_t best = MAX_WORD;
	const char *found = NULL;

	for (const struct cli_option *o = cli_options; o->name && word[0] == '-'; o++)
		if (is_like(name, length, o->name, &best))
			found = o->name;
	return found;
}

static const char *nearest_command(const char *word)
{
	size_t best = MAX_WORD;
	const char *found = NULL;

	for (const struct cli_word *c = cli_commands; c->word; c++)
		if (is_like(word, strlen(word), c->word, &best))
			found = c->word;
	return found;
}

/* What criu's --help lists */

/* Is the word in the text, and not only as a part of a longer one? */
static bool lists(const char *help, const char *word)
{
	static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t length = strlen(word);

	for (const char *at = help ? strstr(help, word) : NULL; at; at = strstr(at, word)) {
		at += length;
		if (!*at || !strchr(more, *at))
			return true;
	}
	return false;
}

static bool lists_option(const char *help, const char *word)
{
	_cleanup_free_ char *option = xstrndup(word, strcspn(word, "="));

	return lists(help, option);
}

static bool lists_command(const char *help, const char *word)
{
	_cleanup_free_ char *usage = xasprintf("\n  criu %s", word);
	_cleanup_free_ char *entry = xasprintf("\n  %s", word);

	return lists(help, usage) || lists(help, entry);
}

/* Checks */

struct errors {
	struct err *v;
	size_t n;
};

static struct err *add_error(struct errors *all)
{
	all->v = xreallocarray(all->v, all->n + 1, sizeof(*all->v));
	return &all->v[all->n++];
}

/* Returns whether there is one: then a missing word may be the reason for other errors. */
static bool check_options(const struct cli *cli, const char *help, struct errors *all)
{
	for (size_t i = 0; i < cli->unknown.n; i++) {
		const char *word = cli->unknown.v[i];
		const char *near = usage_nearest_option(word);
		struct err *e;

		if (!near || lists_option(help, word))
			continue;
		e = add_error(all);
		err_set(e, 0, "there is no option '%s'", word);
		err_hint(e, "did you mean --%s?", near);
	}
	return all->n > 0;
}

static void check_command(const struct cli *cli, const char *help, struct errors *all)
{
	const char *near;
	struct err *e;

	if (cli->command == CMD_NONE) {
		e = add_error(all);
		err_set(e, 0, "no command given");
		err_hint(e, "for example: criu-ns dump -t PID -D DIR; see criu-ns --help");
		return;
	}
	if (cli->command != CMD_UNKNOWN || lists_command(help, cli->word))
		return;
	near = nearest_command(cli->word);
	e = add_error(all);
	err_set(e, 0, "there is no command '%s', neither of criu-ns nor of criu", cli->word);
	if (near)
		err_hint(e, "did you mean %s?", near);
	else
		err_hint(e, "dump, restore and check are the common ones; see criu-ns --help");
}

/* The word after the command word; only --exec-cmd allows one. */
static const char *extra_word(const struct cli *cli)
{
	return cli->command_at && !cli->unknown.n ? cli->args.v[cli->command_at] : NULL;
}

static void check_freeze_words(const struct cli *cli, bool misspelt, struct errors *all)
{
	const char *extra = extra_word(cli);
	bool is_pid = extra && parse_pid(extra) > 0;
	struct err *e;

	if (cli->tree && parse_pid(cli->tree) < 0) {
		err_set(add_error(all), 0, "-t takes the pid of a process, not '%s'", cli->tree);
	} else if (!cli->tree && !misspelt) {
		e = add_error(all);
		err_set(e, 0, "%s needs the pid of a process: -t PID", cli->word);
		if (is_pid)
			err_hint(e, "did you mean -t %s?", extra);
	}
	if (extra && (cli->tree || !is_pid))
		err_set(add_error(all), 0, "unexpected word '%s' after the command %s", extra,
			cli->word);
}

static void check_thaw(const struct cli *cli, struct errors *all)
{
	const char *extra = extra_word(cli);

	if (cli->sibling && !cli->detach)
		err_set(add_error(all), 0,
			"--restore-sibling only makes sense with --restore-detached");
	if (cli->exec_cmd && cli->detach)
		err_set(add_error(all), 0,
			"--restore-detached and --exec-cmd cannot be used together");
	if (cli->exec_cmd && !cli->command_at)
		err_set(add_error(all), 0, "--exec-cmd requires a command, after \"--\"");
	if (!cli->exec_cmd && extra)
		err_set(add_error(all), 0, "unexpected word '%s' after the command %s", extra,
			cli->word);
	if (cli->exit_status && (cli->detach || cli->exec_cmd))
		err_set(add_error(all), 0,
			"--exit-status needs a thaw in the foreground: with %s nobody waits for the root task",
			cli->detach ? "--restore-detached" : "--exec-cmd");
}

/* Nobody but us reads its options. */
static void check_show(const struct cli *cli, bool misspelt, struct errors *all)
{
	size_t at = cli->command_at;

	for (size_t i = 0; i < cli->unknown.n && !misspelt; i++)
		err_set(add_error(all), 0, "there is no option '%s'", cli->unknown.v[i]);
	if (at && !cli->unknown.n && at + 1 < cli->args.n && cli->args.v[at + 1][0] != '-')
		err_set(add_error(all), 0, "unexpected word '%s': show takes one directory",
			cli->args.v[at + 1]);
}

/* criu reads its options when it freezes the program, which may have run for days by then. */
static void check_run(const struct cli *cli, const char *help, bool misspelt, struct errors *all)
{
	size_t at = cli->command_at;
	struct err *e;

	for (size_t i = 0; i < cli->unknown.n && !misspelt; i++)
		if (!lists_option(help, cli->unknown.v[i]))
			err_set(add_error(all), 0,
				"there is no option '%s', neither of criu-ns nor of criu",
				cli->unknown.v[i]);
	if (!at || strcmp(cli->args.v[at - 1], "--") != 0) {
		e = add_error(all);
		err_set(e, 0, "run needs a program, after \"--\"");
		err_hint(e, "for example: criu-ns run -D DIR -- COMMAND");
	}
	if (cli->tree || cli->detach || cli->sibling || cli->exec_cmd || cli->leave_running ||
	    cli->leave_stopped)
		err_set(add_error(all), 0,
			"run is the parent of its program: it takes none of -t, -d, -S, -R, -s and --exec-cmd");
	if (cli->freeze_on && !process_signal_of(cli->freeze_on)) {
		e = add_error(all);
		err_set(e, 0,
			"--freeze-on takes the name of a signal that criu-ns forwards, not '%s'",
			cli->freeze_on);
		err_hint(e, "name TERM, INT, HUP, QUIT, USR1, USR2 or ALRM");
	}
}

bool usage_needs_help(const struct cli *cli)
{
	if (cli->command == CMD_SHOW) /* there may be no criu */
		return false;
	return cli->unknown.n || cli->command == CMD_UNKNOWN;
}

size_t usage_check(const struct cli *cli, const char *criu_help, struct err **ret)
{
	struct errors all = { 0 };
	bool misspelt = check_options(cli, criu_help, &all);

	check_command(cli, criu_help, &all);
	if (cli->command == CMD_DUMP || cli->command == CMD_PRE_DUMP)
		check_freeze_words(cli, misspelt, &all);
	if (cli->command == CMD_RESTORE)
		check_thaw(cli, &all);
	if (cli->command == CMD_SHOW)
		check_show(cli, misspelt, &all);
	if (cli->command == CMD_RUN)
		check_run(cli, criu_help, misspelt, &all);
	if (cli->json && cli->command != CMD_SHOW)
		err_set(add_error(&all), 0, "--json only makes sense with the command show");
	if (cli->freeze_on && cli->command != CMD_RUN)
		err_set(add_error(&all), 0, "--freeze-on only makes sense with the command run");
	*ret = all.v;
	return all.n;
}
