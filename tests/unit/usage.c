// SPDX-License-Identifier: MIT
/* What is said about a command line that nobody can have meant, all of it at once. */
#include "unit.h"

#include "cli/usage.h"

/* As the real one has them: commands in two places, options with a letter or alone. */
static const char criu_help[] =
	"\nUsage:\n  criu dump|pre-dump -t PID [<options>]\n"
	"  criu restore [<options>]\n  criu newer-usage DIR\n"
	"\nCommands:\n  newer-entry    does something\n"
	"\n  -t|--tree PID         checkpoint\n     --three           a newer option\n";

struct row {
	const char *name, *line;
	const char *expected; /* what and hint of each error, a line each; "": none */
};

static const struct row rows[] = {
	/* nothing to say */
	{ "a dump", "dump -t 12 -D d", "" },
	{ "a freeze", "freeze -t 12", "" },
	{ "a thaw", "thaw -d -D d", "" },
	{ "another command of criu's, with words", "cpuinfo dump -D d", "" },
	{ "a command that only criu's help knows", "newer-usage x", "" },
	{ "and one in its list", "newer-entry", "" },
	{ "an option that only criu's help knows, though it is spelt like --tree",
	  "dump --three 12 -t 1", "" },
	{ "an option that is like nothing", "dump --frobnicate -t 12", "" },
	{ "--exec-cmd with a command", "restore --exec-cmd -- prog arg", "" },

	/* options */
	{ "a letter too much", "dump --treee 12",
	  "there is no option '--treee'; did you mean --tree?\n" },
	{ "a letter too few", "dump --image-dir d -t 1",
	  "there is no option '--image-dir'; did you mean --images-dir?\n" },
	{ "another letter", "restore --dry-rum",
	  "there is no option '--dry-rum'; did you mean --dry-run?\n" },
	{ "two letters swapped, and a value", "restore --wokr-dir=w",
	  "there is no option '--wokr-dir=w'; did you mean --work-dir?\n" },
	{ "two at once", "restore --wokr-dir=w --dry-rum",
	  "there is no option '--wokr-dir=w'; did you mean --work-dir?\n"
	  "there is no option '--dry-rum'; did you mean --dry-run?\n" },

	/* commands */
	{ "no command", "-D d",
	  "no command given; for example: criu-ns dump -t PID -D DIR; see criu-ns --help\n" },
	{ "a command that is nearly one", "dmup -t 12",
	  "there is no command 'dmup', neither of criu-ns nor of criu; did you mean dump?\n" },
	{ "a command that is the start of one", "restor -D d",
	  "there is no command 'restor', neither of criu-ns nor of criu; did you mean restore?\n" },
	{ "a command that is none", "frobnicate",
	  "there is no command 'frobnicate', neither of criu-ns nor of criu; dump, restore and check are the "
	  "common ones; see criu-ns --help\n" },

	/* a freeze */
	{ "no pid", "dump -D d", "dump needs the pid of a process: -t PID\n" },
	{ "no pid for freeze, as it was called", "freeze",
	  "freeze needs the pid of a process: -t PID\n" },
	{ "a pid without -t", "dump 12 -D d",
	  "dump needs the pid of a process: -t PID; did you mean -t 12?\n" },
	{ "a name for a pid", "pre-dump -t nginx", "-t takes the pid of a process, not 'nginx'\n" },
	{ "a word too much in a dump", "dump -t 12 now",
	  "unexpected word 'now' after the command dump\n" },
	{ "two pids", "dump -t 12 13", "unexpected word '13' after the command dump\n" },

	/* a thaw */
	{ "a sibling that is not detached", "restore -S",
	  "--restore-sibling only makes sense with --restore-detached\n" },
	{ "a command in the background", "restore -d --exec-cmd -- prog",
	  "--restore-detached and --exec-cmd cannot be used together\n" },
	{ "no command to execute", "restore --exec-cmd",
	  "--exec-cmd requires a command, after \"--\"\n" },
	{ "no command to execute behind --", "restore --exec-cmd --",
	  "--exec-cmd requires a command, after \"--\"\n" },
	{ "a word too much", "restore -D d now",
	  "unexpected word 'now' after the command restore\n" },
	{ "a word too much behind --", "restore -D d -- now",
	  "unexpected word 'now' after the command restore\n" },
	{ "an exit status that nobody waits for", "restore -d --exit-status",
	  "--exit-status needs a thaw in the foreground: with --restore-detached nobody waits for the root task\n" },
	{ "an exit status of a command", "restore --exit-status --exec-cmd -- prog",
	  "--exit-status needs a thaw in the foreground: with --exec-cmd nobody waits for the root task\n" },
	{ "a run of nothing", "run -D d",
	  "run needs a program, after \"--\"; for example: criu-ns run -D DIR -- COMMAND\n" },
	{ "a signal to freeze on", "run --freeze-on SIGTERM -- prog", "" },
	{ "a run with an option that only criu's help knows", "run --three -- prog", "" },
	{ "a run with an option that is like nothing", "run --frobnicate -- prog --other",
	  "there is no option '--frobnicate', neither of criu-ns nor of criu\n" },
	{ "a signal that nobody can wait for, and nothing to run", "run --freeze-on KILL",
	  "run needs a program, after \"--\"; for example: criu-ns run -D DIR -- COMMAND\n"
	  "--freeze-on takes the name of a signal that criu-ns forwards, not 'KILL'; "
	  "name TERM, INT, HUP, QUIT, USR1, USR2 or ALRM\n" },
	{ "several at once", "restore -S --exec-cmd --dry-rum",
	  "there is no option '--dry-rum'; did you mean --dry-run?\n"
	  "--restore-sibling only makes sense with --restore-detached\n"
	  "--exec-cmd requires a command, after \"--\"\n" },
};

static void errors_are(void **state)
{
	const struct row *row = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(row->line, NULL, false);
	char *text = xstrdup("");
	struct err *errors = NULL;
	size_t n;

	assert_int_equal(u.r, 0);
	n = usage_check(&u.cli, criu_help, &errors);
	for (size_t i = 0; i < n; i++) {
		char line[2048];
		char *longer;

		err_format(&errors[i], line, sizeof(line));
		longer = xasprintf("%s%s\n", text, line);
		free(text);
		text = longer;
	}
	assert_string_equal(text, row->expected);
	free(text);
	free(errors);
}

static void without_the_help_of_criu_a_word_like_ours_is_wrong(void **state)
{
	_cleanup_unit_cli_ struct unit_cli u = unit_parse("dump --three 12 -t 1", NULL, false);
	struct err *errors = NULL;

	(void)state;
	assert_true(usage_needs_help(&u.cli));
	assert_int_equal(usage_check(&u.cli, NULL, &errors), 1);
	free(errors);
}

static void a_good_line_needs_no_help(void **state)
{
	_cleanup_unit_cli_ struct unit_cli u = unit_parse("dump -t 12 -D d", NULL, false);

	(void)state;
	assert_false(usage_needs_help(&u.cli));
}

/*
 * Every option with one letter left out, doubled or exchanged leads back to it, or to one as near.
 */
static void every_slip_finds_an_option(void **state)
{
	(void)state;
	for (const struct cli_option *o = cli_options; o->name; o++) {
		size_t length = strlen(o->name);

		for (size_t i = 0; i < length && length > 2; i++) {
			char *less = xasprintf("--%.*s%s", (int)i, o->name, o->name + i + 1);
			char *more =
				xasprintf("--%.*s%c%s", (int)i, o->name, o->name[i], o->name + i);

			UNIT_CHECK(usage_nearest_option(less), "%s", less);
			UNIT_CHECK(usage_nearest_option(more), "%s", more);
			free(less);
			free(more);
		}
	}
	assert_null(usage_nearest_option("--"));
	assert_null(usage_nearest_option("tree"));
	assert_null(usage_nearest_option(
		"--a-name-that-is-much-longer-than-any-option-of-criu-or-of-ours-will-be"));
}

int main(void)
{
	UNIT_ROWS(errors_are, rows);
	UNIT(without_the_help_of_criu_a_word_like_ours_is_wrong);
	UNIT(a_good_line_needs_no_help);
	UNIT(every_slip_finds_an_option);
	return unit_run("usage");
}
