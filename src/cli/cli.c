// SPDX-License-Identifier: MIT
#include "cli/cli.h"

#include "cli/config.h"
#include "cli/grammar.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* What an option sets */

/*
 * criu documents mnt[]:sm for both letters, but reads only one (3.17 to 4.2, ext_mount_parse_auto()
 * in criu/mount.c). The plan adds the one that was meant and not read.
 */
static void note_external(struct cli *c, const char *value)
{
	const char *letters = text_after(value, "mnt[]");

	if (!letters) {
		strv_add(&c->externals, value);
		return;
	}
	c->auto_external = true;
	if (*letters++ != ':')
		return;
	c->external_masters |= *letters == 'm';
	c->external_sharing |= *letters == 's';
	if (!*letters)
		return;
	c->meant_masters |= strchr(letters + 1, 'm') != NULL;
	c->meant_sharing |= strchr(letters + 1, 's') != NULL;
}

/* The old form, KEY:VALUE or "auto" (criu/config.c), is split at its first colon. */
static void note_mount_map(struct cli *c, const char *value)
{
	const char *colon = strchr(value, ':');

	if (!strcmp(value, "auto"))
		c->auto_external = true;
	else if (colon)
		strv_take(&c->externals,
			  xasprintf("mnt[%.*s]%s", (int)(colon - value), value, colon));
}

/* INODE,INODE... (unix_sk_ids_parse() in criu/sk-unix.c); criu refuses what is no number. */
static void note_unix_sockets(struct cli *c, const char *value)
{
	while (value && *value) {
		char *end;
		unsigned long ino = strtoul(value, &end, 10);

		if (end == value)
			return;
		strv_take(&c->externals, xasprintf("unix[%lu]", ino));
		value = end + strspn(end, ",");
	}
}

/* -v4 sets it; -v raises it by one, and -vvv by three (parse_options() in criu/config.c). */
static unsigned verbosity(unsigned before, const char *value)
{
	if (!value)
		return before + 1;
	return value[0] == 'v' ? before + (unsigned)strlen(value) + 1 : (unsigned)atoi(value);
}

/* on: false for the twin, --no-NAME. */
static void apply(struct cli *c, const struct cli_option *o, bool on, const char *value)
{
	void *field = (char *)c + o->field;

	switch (o->role) {
	case CLI_PASS:
		break;
	case CLI_VALUE:
		*(const char **)field = value;
		break;
	case CLI_VALUES:
		strv_add(field, value);
		break;
	case CLI_GIVEN:
		*(bool *)field = true;
		break;
	case CLI_SWITCH:
		*(bool *)field = on;
		break;
	case CLI_LEAVE_STOPPED:
	case CLI_LEAVE_RUNNING:
		c->leave_stopped = o->role == CLI_LEAVE_STOPPED;
		c->leave_running = !c->leave_stopped;
		break;
	case CLI_EXTERNAL:
		note_external(c, value);
		break;
	case CLI_EXT_MOUNT_MAP:
		note_mount_map(c, value);
		break;
	case CLI_EXT_UNIX_SK:
		note_unix_sockets(c, value);
		break;
	case CLI_TCP:
		c->tcp |= on;
		break;
	case CLI_VERBOSITY:
		c->verbose = true;
		c->verbosity = verbosity(c->verbosity, value);
		break;
	}
}

/* An option of `run` that is not one of a freeze or a thaw. */
static bool is_for_run(const struct cli_option *o)
{
	return o->role == CLI_VALUE && o->field == offsetof(struct cli, freeze_on);
}

/* Walking through an argument vector */

/* The state of parsing one argument vector; getopt keeps the rest of its state in globals. */
struct walk {
	struct cli *cli;
	bool is_command_line; /* else a configuration file */
	bool posix;
	int argc;
	char *const *argv;

	bool *own;           /* argv[i] belongs to one of our own options */
	bool *only_run;      /* and that is one for run only */
	int *operands;       /* indices into argv */
	bool *after_unknown; /* that operand may be the value of the unknown option before it */
	int n_operands;
	int end_of_options; /* index of "--", or argc */
	bool terminator;
};

static void add_operand(struct walk *w, int index, bool after_unknown)
{
	w->operands[w->n_operands] = index;
	w->after_unknown[w->n_operands] = after_unknown;
	w->n_operands++;
}

/* Where getopt goes on. For a value that is missing, musl takes the word behind the last one. */
static int next_word(const struct walk *w)
{
	return optind < w->argc ? optind : w->argc;
}

/* Until a letter cluster is finished, optind still points at the cluster itself. */
static int take_option(struct walk *w, int value, int first, struct err *e)
{
	bool on;
	const struct cli_option *o = grammar_option(value, &on);

	if (value == ':' && w->is_command_line)
		return err_set(e, 0, "option '%s' needs a value", w->argv[next_word(w) - 1]);
	if (!o || value == '?' || value == ':') {
		_cleanup_free_ char *meaning = grammar_ambiguous(w->argv[first]);

		if (!w->is_command_line)
			w->cli->bad_config |= meaning || value == ':';
		else if (meaning)
			return err_set(e, 0, "option '%s' is ambiguous: it could mean %s",
				       w->argv[first], meaning);
		strv_add(&w->cli->unknown, w->argv[first]);
		return 0;
	}
	apply(w->cli, o, on, optarg);
	strv_add(&w->cli->said, on ? o->name : o->twin);
	for (int i = first; i < optind && o->is_own; i++) {
		w->own[i] = true;
		w->only_run[i] = is_for_run(o);
	}
	return 0;
}

static int walk_options(struct walk *w, struct err *e)
{
	bool after_unknown = false;

	optind = 0; /* glibc: also resets the hidden state (getopt(3)) */
	opterr = 0;
	for (;;) {
		int first = optind ? optind : 1;
		int value = grammar_next(w->posix, w->argc, w->argv);

		if (value == -1) {
			/*
			 * getopt has taken "--", and nothing else: "-D --" is an option with a
			 * value.
			 */
			w->terminator = optind > first;
			break;
		}
		if (value == 1) {
			add_operand(w, optind - 1, after_unknown);
			after_unknown = false;
			continue;
		}
		int r = take_option(w, value, first, e);

		if (r < 0)
			return r;
		after_unknown = value == '?';
	}
	w->end_of_options = w->terminator ? optind - 1 : next_word(w);
	for (int i = optind; i < w->argc; i++)
		add_operand(w, i, false);
	return 0;
}

static int walk_vector(struct cli *c, int argc, char *const argv[], bool posix, struct walk *w,
		       struct err *e)
{
	w->cli = c;
	w->posix = posix;
	w->argc = argc;
	w->argv = argv;
	w->own = xcalloc((size_t)argc + 1, sizeof(*w->own));
	w->only_run = xcalloc((size_t)argc + 1, sizeof(*w->only_run));
	w->operands = xcalloc((size_t)argc + 1, sizeof(*w->operands));
	w->after_unknown = xcalloc((size_t)argc + 1, sizeof(*w->after_unknown));
	return walk_options(w, e);
}

static void walk_free(struct walk *w)
{
	free(w->own);
	free(w->only_run);
	free(w->operands);
	free(w->after_unknown);
}

static int apply_config(struct cli *c, const char *text, bool posix, struct err *e)
{
	struct strv words = { 0 };
	struct walk w = { 0 };

	strv_add(&words, "criu");
	cli_config_words(text, &words);

	int r = walk_vector(c, (int)words.n, words.v, posix, &w, e);

	walk_free(&w);
	/* The values stay, because *c points at them. */
	for (size_t i = 0; i < words.n; i++)
		strv_take(&c->storage, words.v[i]);
	free(words.v);
	return r;
}

/* The command, and the words after it */

/* The only command of two words; the second one is the name of a command, too. */
static bool is_cpuinfo(const struct walk *w, int i)
{
	const char *next = i + 1 < w->n_operands ? w->argv[w->operands[i + 1]] : "";

	return !strcmp(w->argv[w->operands[i]], "cpuinfo") &&
	       (!strcmp(next, "dump") || !strcmp(next, "check"));
}

/*
 * The command word is the first operand; but the word after an option that criu 4.2 does not have
 * may be the value of that option, and then the command is the next known word.
 */
static int find_command(const struct walk *w)
{
	for (int i = 0; i < w->n_operands; i++) {
		bool known = cli_look_up(w->argv[w->operands[i]])->word != NULL;
		bool more = false;

		for (int j = i + 1; j < w->n_operands; j++)
			more |= cli_look_up(w->argv[w->operands[j]])->word != NULL;
		if (!w->after_unknown[i] || (known && !more) || is_cpuinfo(w, i))
			return i;
		if (!more)
			return known ? i : 0;
	}
	return -1;
}

/*
 * Where the words after the command word start; -1 if there are none. If there is a "--", they
 * start after that, because a word before it may be the value of an option that criu 4.2 does not
 * have.
 */
static int find_extra(const struct walk *w, int command)
{
	int after = w->end_of_options + 1;

	if (command < 0 || command + 1 >= w->n_operands)
		return -1;
	if (w->terminator && w->operands[command] < w->end_of_options)
		return after < w->argc ? after : -1;
	return w->operands[command + 1];
}

/* criu's own check takes no process. */
static bool is_own_check(const struct cli *c)
{
	return c->tree && !c->unknown.n && c->word && !strcmp(c->word, "check");
}

/* What criu gets instead of argv[i]: its own word for the command, else the same word. */
static const char *word_for_criu(const struct cli *c, const struct walk *w, int i, int command)
{
	const struct cli_word *word = cli_look_up(w->argv[i]);

	if (command < 0 || i != w->operands[command])
		return w->argv[i];
	if (is_own_check(c))
		return "dump";
	return word->criu ? word->criu : w->argv[i];
}

/* Copy the line without our own options, and note the places where options can be inserted. */
static void build_args(struct cli *c, const struct walk *w, int command, bool posix)
{
	int extra = find_extra(w, command);
	int insert_before = w->end_of_options;

	if (posix && w->n_operands && w->operands[0] < insert_before)
		insert_before = w->operands[0];
	strv_add(&c->args, "criu");
	for (int i = 1; i < w->argc; i++) {
		if (i == insert_before)
			c->insert_at = c->args.n;
		if (command >= 0 && i == w->operands[command])
			c->word_at = c->args.n;
		if (i == extra)
			c->command_at = c->args.n;
		if (!w->own[i])
			strv_add(&c->args, word_for_criu(c, w, i, command));
	}
	if (insert_before >= w->argc)
		c->insert_at = c->args.n;
}

static void build_line(struct cli *c, const struct walk *w, int command)
{
	for (int i = 0; i < w->end_of_options; i++) {
		if (i == w->operands[command])
			c->word_of_line = c->line.n;
		if (!w->only_run[i])
			strv_add(&c->line, w->argv[i]);
	}
}

/* All of it */

int cli_parse(int argc, char *const argv[], char *const configs[CLI_CONFIGS], bool posix,
	      struct cli *ret, struct err *e)
{
	struct cli c = { .verbosity = 2 }; /* DEFAULT_LOGLEVEL of criu/include/log.h */
	struct walk w = { .is_command_line = true };
	int r = 0;

	c.help = cli_asks_for_help(argc, argv);
	for (int i = 0; i < CLI_CONFIGS && !r; i++)
		if (configs[i]) {
			c.configured = true;
			r = apply_config(&c, configs[i], posix, e);
		}
	if (!r)
		r = walk_vector(&c, argc, argv, posix, &w, e);
	if (!r) {
		int command = find_command(&w);

		c.word = command < 0 ? NULL : argv[w.operands[command]];
		c.command = c.word ? cli_look_up(c.word)->command : CMD_NONE;
		if (is_own_check(&c)) {
			c.command = CMD_DUMP;
			c.dry_run = true;
		}
		build_args(&c, &w, command, posix);
		if (c.command == CMD_RUN)
			build_line(&c, &w, command);
		c.images_dir = c.images_dir ? c.images_dir : ".";
		c.work_dir = c.work_dir ? c.work_dir : c.images_dir;
	}
	walk_free(&w);
	if (r < 0 && !c.help && !c.version)
		cli_free(&c);
	else
		*ret = c;
	return c.help || c.version ? 0 : r;
}

void cli_free(struct cli *c)
{
	strv_free(&c->externals);
	strv_free(&c->inherited);
	strv_free(&c->joined);
	strv_free(&c->skipped);
	strv_free(&c->reconnect);
	strv_free(&c->args);
	strv_free(&c->line);
	strv_free(&c->said);
	strv_free(&c->unknown);
	strv_free(&c->storage);
}
