// SPDX-License-Identifier: MIT
#include "cli/completion.h"

#include "cli/cli.h"

#include <string.h>

/* The value that an option takes. */
enum values { ANYTHING, PIDS, DIRECTORIES, FILES, WORDS };

struct completed {
	const char *option;
	enum values values;
	const char *words;
};

static const struct completed completed[] = {
	{ "tree", PIDS, NULL },
	{ "images-dir", DIRECTORIES, NULL },
	{ "work-dir", DIRECTORIES, NULL },
	{ "root", DIRECTORIES, NULL },
	{ "prev-images-dir", DIRECTORIES, NULL },
	{ "libdir", DIRECTORIES, NULL },
	{ "cgroup-yard", DIRECTORIES, NULL },
	{ "freeze-cgroup", DIRECTORIES, NULL },
	{ "irmap-scan-path", DIRECTORIES, NULL },
	{ "log-file", FILES, NULL },
	{ "pidfile", FILES, NULL },
	{ "action-script", FILES, NULL },
	{ "config", FILES, NULL },
	{ "cgroup-props-file", FILES, NULL },
	{ "tls-cacert", FILES, NULL },
	{ "tls-cacrl", FILES, NULL },
	{ "tls-cert", FILES, NULL },
	{ "tls-key", FILES, NULL },
	{ "criu-binary", FILES, NULL },
	{ "console-socket", FILES, NULL },
	{ "manage-cgroups", WORDS, "none props soft full strict ignore" },
	{ "network-lock", WORDS, "iptables nftables skip" },
	{ "pre-dump-mode", WORDS, "splice read" },
	{ "file-validation", WORDS, "filesize buildid" },
	{ "cpu-cap", WORDS, "none all cpu ins fpu" },
	{ "empty-ns", WORDS, "net" },
	{ "freeze-on", WORDS, "TERM INT HUP USR1 USR2" },
};

static struct completed completion_of(const struct cli_option *o)
{
	for (size_t i = 0; i < ARRAY_SIZE(completed); i++)
		if (!strcmp(completed[i].option, o->name))
			return completed[i];
	return (struct completed){ o->name, ANYTHING, NULL };
}

static void print_commands(FILE *out)
{
	for (const struct cli_word *c = cli_commands; c->word; c++)
		fprintf(out, "%s%s", c == cli_commands ? "" : " ", c->word);
}

/* All options that take such a value, like "-t --tree", with `between` instead of the blank. */
static void print_names(FILE *out, const struct cli_option *o, const char *between)
{
	if (o->letter)
		fprintf(out, "-%c%s", o->letter, between);
	fprintf(out, "--%s", o->name);
}

/* bash */

static void print_bash_value(FILE *out, const struct cli_option *o)
{
	static const char *const actions[] = {
		[ANYTHING] = "",
		[PIDS] = "_criu_ns_take -W \"$(cd /proc && echo [0-9]*)\"; ",
		[DIRECTORIES] = "compopt -o filenames; _criu_ns_take -d; ",
		[FILES] = "compopt -o filenames; _criu_ns_take -f; ",
	};
	struct completed c = completion_of(o);

	if (o->argument == no_argument)
		return;
	fputs("\t", out);
	print_names(out, o, "|");
	if (c.values == WORDS)
		fprintf(out, ") _criu_ns_take -W '%s'; return ;;\n", c.words);
	else
		fprintf(out, ") %sreturn ;;\n", actions[c.values]);
}

static void print_bash(FILE *out)
{
	/* bash splits "--tree=1" into three words. */
	fputs("# bash completion for criu-ns, made by: criu-ns completion bash\n"
	      "_criu_ns_take() { mapfile -t COMPREPLY < <(compgen \"$@\" -- \"$cur\"); }\n"
	      "_criu_ns() {\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tif [[ $cur == = ]]; then cur=\n"
	      "\telif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
	      "\tcase $prev in\n"
	      "\tcompletion) _criu_ns_take -W 'bash zsh fish'; return ;;\n"
	      "\tshow) compopt -o filenames 2>/dev/null; _criu_ns_take -d; return ;;\n",
	      out);
	for (const struct cli_option *o = cli_options; o->name; o++)
		print_bash_value(out, o);
	fputs("\tesac\n\tif [[ $cur == -* ]]; then _criu_ns_take -W '", out);
	for (const struct cli_option *o = cli_options; o->name; o++)
		fprintf(out, "%s--%s", o == cli_options ? "" : " ", o->name);
	fputs("'\n\telse _criu_ns_take -W '", out);
	print_commands(out);
	fputs("'; fi\n}\ncomplete -F _criu_ns criu-ns\n", out);
}

/* zsh */

static void print_zsh_option(FILE *out, const struct cli_option *o)
{
	static const char *const actions[] = {
		[ANYTHING] = "value: ",
		[PIDS] = "pid:_pids",
		[DIRECTORIES] = "directory:_directories",
		[FILES] = "file:_files",
	};
	static const char *const marks[] = {
		[no_argument] = "", [required_argument] = "=", [optional_argument] = "=-"
	};
	struct completed c = completion_of(o);
	const char *colon = o->argument == optional_argument ? "::" : ":";
	_cleanup_free_ char *words = xasprintf("value:(%s)", c.words ? c.words : "");
	const char *action = c.values == WORDS ? words : actions[c.values];

	if (o->argument == no_argument)
		colon = action = "";
	if (o->letter)
		fprintf(out, "\t'-%c%s%s%s' \\\n", o->letter,
			o->argument == no_argument         ? ""
			: o->argument == required_argument ? "+"
							   : "-",
			colon, action);
	fprintf(out, "\t'--%s%s%s%s' \\\n", o->name, marks[o->argument], colon, action);
}

static void print_zsh(FILE *out)
{
	fputs("#compdef criu-ns\n# zsh completion for criu-ns, made by: criu-ns completion zsh\n"
	      "_arguments -s -S \\\n",
	      out);
	for (const struct cli_option *o = cli_options; o->name; o++)
		print_zsh_option(out, o);
	fputs("\t'1:command:(", out);
	print_commands(out);
	fputs(")' \\\n\t'*:file:_files'\n", out);
}

/* fish */

static void print_fish_option(FILE *out, const struct cli_option *o)
{
	static const char *const actions[] = {
		[ANYTHING] = " -x",
		[PIDS] = " -x -a '(__fish_complete_pids)'",
		[DIRECTORIES] = " -x -a '(__fish_complete_directories)'",
		[FILES] = " -r -F",
	};
	struct completed c = completion_of(o);

	fprintf(out, "complete -c criu-ns -l %s", o->name);
	if (o->letter)
		fprintf(out, " -s %c", o->letter);
	if (o->argument == required_argument && c.values == WORDS)
		fprintf(out, " -x -a '%s'", c.words);
	else if (o->argument == required_argument)
		fputs(actions[c.values], out);
	else if (c.values == WORDS)
		fprintf(out, " -a '%s'", c.words);
	fputc('\n', out);
}

static void print_fish(FILE *out)
{
	fputs("# fish completion for criu-ns, made by: criu-ns completion fish\n"
	      "complete -c criu-ns -f\n"
	      "complete -c criu-ns -n __fish_use_subcommand -a '",
	      out);
	print_commands(out);
	fputs("'\ncomplete -c criu-ns -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n"
	      "complete -c criu-ns -n '__fish_seen_subcommand_from show' -a '(__fish_complete_directories)'\n",
	      out);
	for (const struct cli_option *o = cli_options; o->name; o++)
		print_fish_option(out, o);
}

static const struct {
	const char *name;
	void (*print)(FILE *out);
} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };

int completion_print(FILE *out, const char *shell, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (shell && !strcmp(shells[i].name, shell)) {
			shells[i].print(out);
			return 0;
		}
	}
	err_set(e, 0, "completion needs the name of a shell%s%s", shell ? ", not " : "",
		shell ? shell : "");
	return err_hint(e, "there is a script for bash, zsh and fish");
}
