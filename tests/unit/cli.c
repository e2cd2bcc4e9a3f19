// SPDX-License-Identifier: MIT
/*
 * The grammar of the command line: against getopt_long() with the tables of criu 4.2, written down
 * here a second time, for every spelling and order; and row by row for what is our own.
 */
#include "unit.h"

#include "cli/as_config.h"

#include <errno.h>
#include <getopt.h>

/* criu/config.c:parse_options(), criu 4.2 */

static const struct criu_option {
	const char *name;
	char letter;
	int argument;
	bool twin;
} criu_options[] = {
	{ "tree", 't', required_argument, false },
	{ "leave-stopped", 's', no_argument, false },
	{ "leave-running", 'R', no_argument, false },
	{ "restore-detached", 'd', no_argument, true },
	{ "restore-sibling", 'S', no_argument, true },
	{ "daemon", 0, no_argument, true },
	{ "images-dir", 'D', required_argument, false },
	{ "work-dir", 'W', required_argument, false },
	{ "log-file", 'o', required_argument, false },
	{ "join-ns", 'J', required_argument, false },
	{ "root", 'r', required_argument, false },
	{ "ext-unix-sk", 'x', optional_argument, false },
	{ "help", 'h', no_argument, false },
	{ "tcp-established", 0, no_argument, true },
	{ "close", 0, required_argument, false },
	{ "log-pid", 0, no_argument, true },
	{ "version", 'V', no_argument, false },
	{ "evasive-devices", 0, no_argument, true },
	{ "pidfile", 0, required_argument, false },
	{ "veth-pair", 0, required_argument, false },
	{ "action-script", 0, required_argument, false },
	{ "link-remap", 0, no_argument, true },
	{ "shell-job", 'j', no_argument, true },
	{ "file-locks", 'l', no_argument, true },
	{ "page-server", 0, no_argument, true },
	{ "address", 0, required_argument, false },
	{ "port", 0, required_argument, false },
	{ "prev-images-dir", 0, required_argument, false },
	{ "ms", 0, no_argument, false },
	{ "track-mem", 0, no_argument, true },
	{ "auto-dedup", 0, no_argument, true },
	{ "libdir", 'L', required_argument, false },
	{ "cpu-cap", 0, optional_argument, false },
	{ "force-irmap", 0, no_argument, true },
	{ "ext-mount-map", 'M', required_argument, false },
	{ "exec-cmd", 0, no_argument, false },
	{ "manage-cgroups", 0, optional_argument, false },
	{ "cgroup-root", 0, required_argument, false },
	{ "inherit-fd", 0, required_argument, false },
	{ "feature", 0, required_argument, false },
	{ "skip-mnt", 0, required_argument, false },
	{ "enable-fs", 0, required_argument, false },
	{ "enable-external-sharing", 0, no_argument, false },
	{ "enable-external-masters", 0, no_argument, false },
	{ "freeze-cgroup", 0, required_argument, false },
	{ "ghost-limit", 0, required_argument, false },
	{ "irmap-scan-path", 0, required_argument, false },
	{ "lsm-profile", 0, required_argument, false },
	{ "timeout", 0, required_argument, false },
	{ "external", 0, required_argument, false },
	{ "empty-ns", 0, required_argument, false },
	{ "lazy-pages", 0, no_argument, false },
	{ "extra", 0, no_argument, true },
	{ "experimental", 0, no_argument, true },
	{ "all", 0, no_argument, false },
	{ "cgroup-props", 0, required_argument, false },
	{ "cgroup-props-file", 0, required_argument, false },
	{ "cgroup-dump-controller", 0, required_argument, false },
	{ "skip-in-flight", 0, no_argument, true },
	{ "deprecated", 0, no_argument, true },
	{ "display-stats", 0, no_argument, true },
	{ "weak-sysctls", 0, no_argument, true },
	{ "status-fd", 0, required_argument, false },
	{ "tcp-close", 0, no_argument, true },
	{ "verbosity", 'v', optional_argument, false },
	{ "ps-socket", 0, required_argument, false },
	{ "stream", 0, no_argument, true },
	{ "config", 0, required_argument, false },
	{ "no-default-config", 0, no_argument, false },
	{ "tls-cacert", 0, required_argument, false },
	{ "tls-cacrl", 0, required_argument, false },
	{ "tls-cert", 0, required_argument, false },
	{ "tls-key", 0, required_argument, false },
	{ "tls", 0, no_argument, true },
	{ "tls-no-cn-verify", 0, no_argument, false },
	{ "cgroup-yard", 0, required_argument, false },
	{ "pre-dump-mode", 0, required_argument, false },
	{ "file-validation", 0, required_argument, false },
	{ "skip-file-rwx-check", 0, no_argument, true },
	{ "lsm-mount-context", 0, required_argument, false },
	{ "network-lock", 0, required_argument, false },
	{ "mntns-compat-mode", 0, no_argument, true },
	{ "unprivileged", 0, no_argument, true },
	{ "ghost-fiemap", 0, no_argument, true },
	{ "allow-uprobes", 0, no_argument, true },
};

static const char criu_letters[] = "dSsRt:hD:o:v::x::Vr:jJ:lW:L:M:";

enum { N_CRIU = ARRAY_SIZE(criu_options), VALUE = 1000, TWIN = 2000 };

/* Every long name that criu knows, twins too, as getopt_long() wants them. */
static struct option criu_names[2 * N_CRIU + 1];
static size_t n_criu_names;

static void make_criu_names(void)
{
	for (int i = 0; i < N_CRIU; i++) {
		const struct criu_option *o = &criu_options[i];

		criu_names[n_criu_names++] =
			(struct option){ o->name, o->argument, NULL, VALUE + i };
		if (o->twin)
			criu_names[n_criu_names++] = (struct option){ xasprintf("no-%s", o->name),
								      no_argument, NULL, TWIN + i };
	}
}

static void free_criu_names(void)
{
	for (size_t i = 0; i < n_criu_names; i++)
		if (criu_names[i].val >= TWIN)
			free((char *)criu_names[i].name);
}

/* What criu makes of a line: "tree=5", "no-shell-job", "?" in order, and the operands. */
struct reading {
	struct strv options, operands;
	size_t unknown;
	bool missing, help, version;
};

static const char *name_of(int value, bool *twin)
{
	*twin = value >= TWIN;
	if (value >= VALUE)
		return criu_options[value - (*twin ? TWIN : VALUE)].name;
	for (int i = 0; i < N_CRIU; i++)
		if (criu_options[i].letter == value)
			return criu_options[i].name;
	return "?";
}

static struct reading read_as_criu(const struct strv *argv, bool posix)
{
	char letters[sizeof(criu_letters) + 2];
	char **copy = xcalloc(argv->n + 1, sizeof(*copy)); /* getopt_long() changes the order */
	struct reading r = { 0 };
	int value;

	snprintf(letters, sizeof(letters), "%s:%s", posix ? "+" : "", criu_letters);
	memcpy(copy, argv->v, argv->n * sizeof(*copy));
	optind = 0;
	opterr = 0;
	while ((value = getopt_long((int)argv->n, copy, letters, criu_names, NULL)) != -1) {
		bool twin;
		const char *name = name_of(value, &twin);

		r.missing |= value == ':';
		r.unknown += value == '?';
		r.help |= !strcmp(name, "help");
		r.version |= !strcmp(name, "version");
		strv_take(&r.options, xasprintf("%s%s%s%s", twin ? "no-" : "", name,
						optarg ? "=" : "", optarg ? optarg : ""));
	}
	for (size_t i = (size_t)optind; i < argv->n; i++)
		strv_add(&r.operands, copy[i]);
	free(copy);
	return r;
}

static void reading_free(struct reading *r)
{
	strv_free(&r->options);
	strv_free(&r->operands);
}

/* Which members of struct cli an option fills. */
static const struct {
	const char *option;
	size_t member;
} text_members[] = {
	{ "tree", offsetof(struct cli, tree) },
	{ "images-dir", offsetof(struct cli, images_dir) },
	{ "work-dir", offsetof(struct cli, work_dir) },
	{ "log-file", offsetof(struct cli, log_file) },
	{ "pidfile", offsetof(struct cli, pidfile) },
	{ "root", offsetof(struct cli, root) },
};

static const struct {
	const char *option;
	size_t member;
	bool value;
} flag_members[] = {
	{ "restore-detached", offsetof(struct cli, detach), true },
	{ "no-restore-detached", offsetof(struct cli, detach), false },
	{ "daemon", offsetof(struct cli, detach), true },
	{ "no-daemon", offsetof(struct cli, detach), false },
	{ "restore-sibling", offsetof(struct cli, sibling), true },
	{ "no-restore-sibling", offsetof(struct cli, sibling), false },
	{ "shell-job", offsetof(struct cli, shell_job), true },
	{ "no-shell-job", offsetof(struct cli, shell_job), false },
	{ "leave-stopped", offsetof(struct cli, leave_stopped), true },
	{ "leave-stopped", offsetof(struct cli, leave_running), false },
	{ "leave-running", offsetof(struct cli, leave_running), true },
	{ "leave-running", offsetof(struct cli, leave_stopped), false },
	{ "exec-cmd", offsetof(struct cli, exec_cmd), true },
	{ "stream", offsetof(struct cli, stream), true },
	{ "no-stream", offsetof(struct cli, stream), false },
	{ "unprivileged", offsetof(struct cli, unprivileged), true },
	{ "no-unprivileged", offsetof(struct cli, unprivileged), false },
	{ "enable-external-masters", offsetof(struct cli, external_masters), true },
	{ "enable-external-sharing", offsetof(struct cli, external_sharing), true },
};

static const char **text_member(struct cli *c, size_t i)
{
	return (const char **)((char *)c + text_members[i].member);
}

static bool *flag_member(struct cli *c, size_t i)
{
	return (bool *)((char *)c + flag_members[i].member);
}

static void fill_members(struct cli *c, const char *option)
{
	size_t length = strcspn(option, "=");

	for (size_t i = 0; i < ARRAY_SIZE(text_members); i++)
		if (strlen(text_members[i].option) == length &&
		    !strncmp(option, text_members[i].option, length))
			*text_member(c, i) = option + length + 1;
	for (size_t i = 0; i < ARRAY_SIZE(flag_members); i++)
		if (!strcmp(option, flag_members[i].option))
			*flag_member(c, i) = flag_members[i].value;
}

static void same_members(struct cli *got, const struct reading *r, const char *line)
{
	struct cli expected = { 0 };

	for (size_t i = 0; i < r->options.n; i++)
		fill_members(&expected, r->options.v[i]);
	if (!expected.images_dir)
		expected.images_dir = ".";
	if (!expected.work_dir)
		expected.work_dir = expected.images_dir;
	for (size_t i = 0; i < ARRAY_SIZE(text_members); i++) {
		const char *a = *text_member(got, i);
		const char *b = *text_member(&expected, i);

		UNIT_CHECK(a && b ? !strcmp(a, b) : a == b, "%s: %s is %s, not %s", line,
			   text_members[i].option, a ? a : "NULL", b ? b : "NULL");
	}
	for (size_t i = 0; i < ARRAY_SIZE(flag_members); i++)
		UNIT_CHECK(*flag_member(got, i) == *flag_member(&expected, i), "%s: %s", line,
			   flag_members[i].option);
}

static void same_words(const struct strv *a, const struct strv *b, const char *line)
{
	for (size_t i = 1; i < a->n && i < b->n; i++)
		UNIT_CHECK(!strcmp(a->v[i], b->v[i]), "%s: word %zu is %s, not %s", line, i,
			   a->v[i], b->v[i]);
	UNIT_CHECK(a->n == b->n, "%s: %zu words, not %zu", line, a->n, b->n);
	UNIT_CHECK(!a->v[a->n], "%s: the words do not end with NULL", line);
}

static void same_operands(const struct cli *c, const struct reading *r, const char *line)
{
	const char *word = r->operands.n ? r->operands.v[0] : NULL;
	const char *next = r->operands.n > 1 ? r->operands.v[1] : NULL;
	const char *command = c->command_at ? c->args.v[c->command_at] : NULL;

	UNIT_CHECK(c->word && word ? !strcmp(c->word, word) : c->word == word,
		   "%s: the command word is %s, not %s", line, c->word ? c->word : "NULL",
		   word ? word : "NULL");
	UNIT_CHECK(command && next ? !strcmp(command, next) : command == next,
		   "%s: the word behind it is %s, not %s", line, command ? command : "NULL",
		   next ? next : "NULL");
}

/*
 * What plan.c adds must reach criu as an option, as the last word on it, and change nothing else.
 */
static void takes_more(const struct cli *c, const struct reading *before, bool posix,
		       const char *line)
{
	struct strv longer = unit_copy(&c->args);

	strv_insert(&longer, c->insert_at, "--tree");
	strv_insert(&longer, c->insert_at + 1, "4242");

	struct reading r = read_as_criu(&longer, posix);

	UNIT_CHECK(r.options.n == before->options.n + 1, "%s: not one option more", line);
	UNIT_CHECK(!strcmp(r.options.v[r.options.n - 1], "tree=4242"), "%s: it ends with %s", line,
		   r.options.v[r.options.n - 1]);
	UNIT_CHECK(r.operands.n == before->operands.n, "%s: %zu operands", line, r.operands.n);
	for (size_t i = 0; i < r.operands.n; i++)
		assert_string_equal(r.operands.v[i], before->operands.v[i]);
	reading_free(&r);
	strv_free(&longer);
}

/* cli_parse() reads `line` as criu reads `criu_line`, which is the line without our own options. */
static void same_reading(const char *line, const char *criu_line, bool posix)
{
	struct strv words = unit_split(criu_line);
	struct reading r = read_as_criu(&words, posix);
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(line, NULL, posix);

	if (r.help || r.version) { /* criu goes no further */
		UNIT_CHECK(u.r == 0 && u.cli.help == r.help && u.cli.version == r.version, "%s",
			   line);
	} else if (r.missing) {
		UNIT_CHECK(u.r < 0, "%s: a value is missing", line);
	} else if (r.unknown && u.r < 0) {
		/* An ambiguous prefix, or a value where none belongs: criu refuses it too. */
		unit_assert_contains(u.err.what, "option '");
	} else {
		UNIT_CHECK(u.r == 0, "%s: %s", line, u.err.what);
		same_words(&u.cli.args, &words, line);
		same_members(&u.cli, &r, line);
		UNIT_CHECK(u.cli.unknown.n == r.unknown, "%s: %zu unknown options, not %zu", line,
			   u.cli.unknown.n, r.unknown);
		/* Behind an unknown option criu gives up, and we look for the command. */
		if (!r.unknown)
			same_operands(&u.cli, &r, line);
		takes_more(&u.cli, &r, posix, line);
	}
	reading_free(&r);
	strv_free(&words);
}

__attribute__((format(printf, 1, 2))) static void as_criu_reads_it(const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	same_reading(line, line, false);
	same_reading(line, line, true);
}

/* Tables */

static void the_table_is_the_one_of_criu_4_2_and_then_our_own(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_CRIU; i++) {
		const struct cli_option *o = &cli_options[i];

		assert_string_equal(o->name, criu_options[i].name);
		UNIT_CHECK(o->letter == criu_options[i].letter, "--%s: -%c", o->name, o->letter);
		UNIT_CHECK(o->argument == criu_options[i].argument, "--%s", o->name);
		UNIT_CHECK((o->twin != NULL) == criu_options[i].twin, "--no-%s", o->name);
		UNIT_CHECK(!o->is_own && !o->help, "--%s", o->name);
	}
	for (; cli_options[i].name; i++)
		UNIT_CHECK(cli_options[i].is_own && !cli_options[i].letter && !cli_options[i].twin,
			   "--%s", cli_options[i].name);
	assert_int_equal(i - N_CRIU, 13);
}

static void our_letters_are_those_that_criu_reads(void **state)
{
	(void)state;
	for (const struct criu_option *o = criu_options; o < criu_options + N_CRIU; o++) {
		const char *p = o->letter ? strchr(criu_letters, o->letter) : NULL;

		if (!o->letter)
			continue;
		UNIT_CHECK(p, "-%c", o->letter);
		UNIT_CHECK((p[1] == ':') + (p[1] == ':' && p[2] == ':') == o->argument, "-%c",
			   o->letter);
	}
}

/* Spellings. The value is a command word: whoever misreads the option finds the wrong command. */

static void spell_name(const char *name, int length)
{
	as_criu_reads_it("--%.*s dump restore", length, name);
	as_criu_reads_it("--%.*s=dump restore", length, name);
	as_criu_reads_it("restore --%.*s dump", length, name);
	as_criu_reads_it("restore --%.*s=dump", length, name);
	as_criu_reads_it("restore --%.*s=", length, name);
	as_criu_reads_it("restore --%.*s", length, name);
	as_criu_reads_it("--%.*s -- restore", length, name);
	as_criu_reads_it("--%.*s -- -- restore", length, name);
	as_criu_reads_it("--%.*s -t 7 restore", length, name);
}

static void every_long_name_is_read_as_criu_reads_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_criu_names; i++)
		spell_name(criu_names[i].name, (int)strlen(criu_names[i].name));
}

/* Unique among criu's own or not: our options beside them must not change that. */
static void every_prefix_of_a_name_is_read_as_criu_reads_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_criu_names; i++)
		for (size_t n = 1; n < strlen(criu_names[i].name); n++)
			spell_name(criu_names[i].name, (int)n);
}

static void every_letter_is_read_as_criu_reads_it(void **state)
{
	(void)state;
	for (const struct criu_option *o = criu_options; o < criu_options + N_CRIU; o++) {
		if (!o->letter)
			continue;
		as_criu_reads_it("-%c dump restore", o->letter);
		as_criu_reads_it("-%cdump restore", o->letter);
		as_criu_reads_it("restore -%c dump", o->letter);
		as_criu_reads_it("restore -%cdump", o->letter);
		as_criu_reads_it("restore -%c=dump", o->letter);
		as_criu_reads_it("restore -%c", o->letter);
		as_criu_reads_it("-%c -- restore", o->letter);
		as_criu_reads_it("-%c -- -- restore", o->letter);
	}
}

static void every_pair_of_letters_is_read_as_criu_reads_it(void **state)
{
	(void)state;
	for (const struct criu_option *a = criu_options; a < criu_options + N_CRIU; a++)
		for (const struct criu_option *b = criu_options; b < criu_options + N_CRIU; b++) {
			if (!a->letter || !b->letter)
				continue;
			as_criu_reads_it("-%c%c dump restore", a->letter, b->letter);
			as_criu_reads_it("restore -%c%cdump", a->letter, b->letter);
			as_criu_reads_it("restore -%c%c", a->letter, b->letter);
		}
}

static void the_table_of_a_test_is_not_vacuous(void **state)
{
	struct strv words = unit_split("-jt 1 --daem --no-daemon --shell --l restore -vv");
	struct reading r = read_as_criu(&words, false);

	(void)state;
	assert_int_equal(r.options.n, 7);
	assert_string_equal(r.options.v[0], "shell-job");
	assert_string_equal(r.options.v[1], "tree=1");
	assert_string_equal(r.options.v[2], "daemon");
	assert_string_equal(r.options.v[3], "no-daemon");
	assert_string_equal(r.options.v[4], "shell-job");
	assert_string_equal(r.options.v[5], "?");
	assert_string_equal(r.options.v[6], "verbosity=v");
	assert_string_equal(r.operands.v[0], "restore");
	reading_free(&r);
	strv_free(&words);
}

/* Orders: every order of these, with and without a tail, and with POSIXLY_CORRECT. */

static const struct fragment {
	const char *words;
	bool own, operand;
} fragments[] = {
	{ "restore", false, true },   { "-D restore", false, false },
	{ "-jt 1", false, false },    { "--tree=9", false, false },
	{ "--dry-run", true, false }, { "--criu-binary dump", true, false },
};

static const char *const tails[] = { "", "--", "-- prog -t 7 --dry-run --criu-binary x", "-" };

static void append(char *line, size_t size, const char *words)
{
	size_t used = strlen(line);

	snprintf(line + used, size - used, "%s%s", used ? " " : "", words);
}

static void try_order(const size_t *order, const char *tail, bool posix)
{
	char line[256] = "";
	char criu_line[256] = "";
	bool operands = false;

	for (size_t i = 0; i < ARRAY_SIZE(fragments); i++) {
		const struct fragment *f = &fragments[order[i]];

		/* behind the first operand POSIX knows no options, so they are not ours either */
		append(line, sizeof(line), f->words);
		if (!f->own || (posix && operands))
			append(criu_line, sizeof(criu_line), f->words);
		operands |= f->operand;
	}
	append(line, sizeof(line), tail);
	append(criu_line, sizeof(criu_line), tail);
	same_reading(line, criu_line, posix);
}

static void try_orders(size_t *order, size_t from)
{
	if (from == ARRAY_SIZE(fragments))
		for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
			try_order(order, tails[i], false);
			try_order(order, tails[i], true);
		}
	for (size_t i = from; i < ARRAY_SIZE(fragments); i++) {
		size_t t = order[from];

		order[from] = order[i];
		order[i] = t;
		try_orders(order, from + 1);
		order[i] = order[from];
		order[from] = t;
	}
}

static void options_may_stand_in_any_order(void **state)
{
	size_t order[] = { 0, 1, 2, 3, 4, 5 };

	(void)state;
	assert_int_equal(ARRAY_SIZE(order), ARRAY_SIZE(fragments));
	try_orders(order, 0);
}

/* Lines: what is cut out, what the command is, and where plan.c's options go ("^"). */

struct line {
	const char *name, *line, *criu;
	enum cli_command command;
	const char *word, *exec; /* the command word, and the word behind it */
	bool posix, terminator;  /* terminator: "--" is in front of that */
};

static const struct line lines[] = {
	{ "no words are no command", "", "^", CMD_NONE, NULL, NULL, false, false },
	{ "options alone are no command", "-t 1 -D d", "-t 1 -D d ^", CMD_NONE, NULL, NULL, false,
	  false },
	{ "the command comes first", "dump -t 1 -D d", "dump -t 1 -D d ^", CMD_DUMP, "dump", NULL,
	  false, false },
	{ "the command comes last", "-t 1 -D d pre-dump", "-t 1 -D d pre-dump ^", CMD_PRE_DUMP,
	  "pre-dump", NULL, false, false },
	{ "the command stands between options", "-t 1 restore -D d", "-t 1 restore -D d ^",
	  CMD_RESTORE, "restore", NULL, false, false },
	{ "a value is no command", "-D dump restore", "-D dump restore ^", CMD_RESTORE, "restore",
	  NULL, false, false },
	{ "swrk is criu's command, with its number", "swrk 5", "swrk 5 ^", CMD_SWRK, "swrk", "5",
	  false, false },
	{ "cpuinfo dump is no dump", "cpuinfo dump", "cpuinfo dump ^", CMD_CRIU, "cpuinfo", "dump",
	  false, false },
	{ "check is criu's command", "check --all", "check --all ^", CMD_CRIU, "check", NULL, false,
	  false },
	{ "an unknown word may be a newer criu's command", "melt -D d", "melt -D d ^", CMD_UNKNOWN,
	  "melt", NULL, false, false },
	{ "a command is a whole word", "dumps", "dumps ^", CMD_UNKNOWN, "dumps", NULL, false,
	  false },

	{ "--criu-binary=PATH is cut out", "--criu-binary=/b dump -t 1", "dump -t 1 ^", CMD_DUMP,
	  "dump", NULL, false, false },
	{ "--criu-binary PATH is cut out", "dump --criu-binary /b -t 1", "dump -t 1 ^", CMD_DUMP,
	  "dump", NULL, false, false },
	{ "own options are cut out at the end", "dump -t 1 --dry-run --criu-binary /b",
	  "dump -t 1 ^", CMD_DUMP, "dump", NULL, false, false },
	{ "own options are cut out between others",
	  "--dry-run -jt 1 --exit-status restore --criu-binary /b -D d", "-jt 1 restore -D d ^",
	  CMD_RESTORE, "restore", NULL, false, false },
	{ "own options may be abbreviated", "--dry --criu /b --exi dump --criu-b=/c", "dump ^",
	  CMD_DUMP, "dump", NULL, false, false },
	{ "an own option's value may look like one", "--criu-binary --dry-run dump", "dump ^",
	  CMD_DUMP, "dump", NULL, false, false },
	{ "a value that looks like an own option stays", "-D --dry-run dump -o --exit-status",
	  "-D --dry-run dump -o --exit-status ^", CMD_DUMP, "dump", NULL, false, false },
	{ "words with blanks and empty words stay whole", "dump -D 'a  b' '' --close ''",
	  "dump -D 'a  b' '' --close '' ^", CMD_DUMP, "dump", "", false, false },

	{ "an unknown option goes through", "dump --brand-new -t 1", "dump --brand-new -t 1 ^",
	  CMD_DUMP, "dump", NULL, false, false },
	{ "unknown options go through in their order", "--b1 -D d --a2=x restore -Z --dry-run -d",
	  "--b1 -D d --a2=x restore -Z -d ^", CMD_RESTORE, "restore", NULL, false, false },
	{ "an unknown option before the command may have a value", "--brand-new 5 dump -t 1",
	  "--brand-new 5 dump -t 1 ^", CMD_DUMP, "dump", NULL, false, false },
	{ "an unknown option's value may be a command word", "--brand-new dump restore",
	  "--brand-new dump restore ^", CMD_RESTORE, "restore", NULL, false, false },
	{ "an unknown option before the command may have none", "--brand-new dump -t 1",
	  "--brand-new dump -t 1 ^", CMD_DUMP, "dump", NULL, false, false },
	{ "an unknown letter may have a value", "-Z 5 dump -t 1", "-Z 5 dump -t 1 ^", CMD_DUMP,
	  "dump", NULL, false, false },
	{ "an unknown letter in a cluster has no value", "-jZt 5 dump", "-jZt 5 dump ^", CMD_DUMP,
	  "dump", NULL, false, false },
	{ "an unknown letter at the end of a cluster may have a value", "-jZ 5 dump",
	  "-jZ 5 dump ^", CMD_DUMP, "dump", NULL, false, false },
	{ "several unknown options before the command may have values", "--b1 5 --b2 6 -Z dump",
	  "--b1 5 --b2 6 -Z dump ^", CMD_DUMP, "dump", NULL, false, false },

	{ "the word behind it may be its value, the next one not", "--brand-new 5 melt dump",
	  "--brand-new 5 melt dump ^", CMD_UNKNOWN, "melt", "dump", false, false },
	{ "the only word is the command, known or not", "--brand-new melt", "--brand-new melt ^",
	  CMD_UNKNOWN, "melt", NULL, false, false },
	{ "no word at all is no command", "--brand-new", "--brand-new ^", CMD_NONE, NULL, NULL,
	  false, false },

	{ "-D -- is an option with a value", "restore -D --", "restore -D -- ^", CMD_RESTORE,
	  "restore", NULL, false, false },
	{ "-D -- has a value, and the next -- ends the options", "restore -D -- -- x --dry-run",
	  "restore -D -- ^ -- x --dry-run", CMD_RESTORE, "restore", "x", false, true },
	{ "options go in front of --", "restore -d --", "restore -d ^ --", CMD_RESTORE, "restore",
	  NULL, false, false },
	{ "the command may stand behind --", "-D d -- restore", "-D d ^ -- restore", CMD_RESTORE,
	  "restore", NULL, false, false },
	{ "the command to execute stands behind --",
	  "restore --exec-cmd -D d -- prog --dry-run -t 1 -- x",
	  "restore --exec-cmd -D d ^ -- prog --dry-run -t 1 -- x", CMD_RESTORE, "restore", "prog",
	  false, true },
	{ "both commands may stand behind --", "--exec-cmd --dry-run -- restore prog -v",
	  "--exec-cmd ^ -- restore prog -v", CMD_RESTORE, "restore", "prog", false, false },
	{ "the command to execute may do without --", "restore --exec-cmd prog arg -v4",
	  "restore --exec-cmd prog arg -v4 ^", CMD_RESTORE, "restore", "prog", false, false },
	{ "its place is right behind own options",
	  "--dry-run restore --criu-binary /b --exec-cmd --exit-status -- prog",
	  "restore --exec-cmd ^ -- prog", CMD_RESTORE, "restore", "prog", false, true },

	{ "POSIX: options in front of the command", "-t 1 --dry-run -D d dump", "-t 1 -D d ^ dump",
	  CMD_DUMP, "dump", NULL, true, false },
	{ "POSIX: words behind the command are no options", "-t 1 dump -D d --dry-run",
	  "-t 1 ^ dump -D d --dry-run", CMD_DUMP, "dump", "-D", true, false },
	{ "POSIX: the command to execute", "--exec-cmd restore prog --dry-run",
	  "--exec-cmd ^ restore prog --dry-run", CMD_RESTORE, "restore", "prog", true, false },
	{ "POSIX: -- in front of the command", "-d -- restore -v", "-d ^ -- restore -v",
	  CMD_RESTORE, "restore", "-v", true, false },
	{ "POSIX: no command", "-t 1", "-t 1 ^", CMD_NONE, NULL, NULL, true, false },
};

static void line_is_read(void **state)
{
	const struct line *l = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(l->line, NULL, l->posix);
	struct strv marked;

	assert_int_equal(u.r, 0);
	marked = unit_copy(&u.cli.args);
	strv_insert(&marked, u.cli.insert_at, "^");
	unit_assert_words(&marked, l->criu);
	assert_int_equal(u.cli.command, l->command);
	unit_assert_text(u.cli.word, l->word);
	unit_assert_text(u.cli.command_at ? u.cli.args.v[u.cli.command_at] : NULL, l->exec);
	assert_int_equal(u.cli.command_at && !strcmp(u.cli.args.v[u.cli.command_at - 1], "--"),
			 l->terminator);
	strv_free(&marked);
}

/* With which words the program of a run is frozen. */
static const struct for_dump {
	const char *name, *line, *dump;
} for_dump[] = {
	{ "run: its program's words are not those of its freeze", "run -D d -- prog -v --dry-run",
	  "dump -D d" },
	{ "run: our own options stay", "--criu-binary /b run --lose-locks -o l -D d -- prog",
	  "--criu-binary /b dump --lose-locks -o l -D d" },
	{ "run: --freeze-on is its own", "run --freeze-on TERM -D d --freeze-on=INT -- prog",
	  "dump -D d" },
	{ "run: also abbreviated", "--freeze-o TERM run -D d -- prog", "dump -D d" },
	{ "run: what abbreviates an option of criu's stays", "run --freeze c -D d -- prog",
	  "dump --freeze c -D d" },
	{ "run: a value may look like it", "run -o --freeze-on -D run -- prog",
	  "dump -o --freeze-on -D run" },
};

static void is_frozen_with(void **state)
{
	const struct for_dump *d = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(d->line, NULL, false);
	struct strv words = { 0 };

	assert_int_equal(u.r, 0);
	assert_int_equal(u.cli.command, CMD_RUN);
	cli_line_for(&u.cli, "dump", &words);
	unit_assert_words(&words, d->dump);
	strv_free(&words);
}

/* criu/crtools.c, criu 4.2: all that is not ours to do. */
static void every_other_command_is_criu_s(void **state)
{
	static const char *const words[] = { "lazy-pages", "check",   "page-server",
					     "dedup",      "cpuinfo", "exec" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		_cleanup_unit_cli_ struct unit_cli u = unit_parse(words[i], NULL, false);

		UNIT_CHECK(u.r == 0 && u.cli.command == CMD_CRIU, "%s", words[i]);
		unit_assert_words(&u.cli.args, words[i]);
	}
}

static void own_options_say_what_they_say(void **state)
{
	_cleanup_unit_cli_ struct unit_cli none = unit_parse("restore", NULL, false);
	_cleanup_unit_cli_ struct unit_cli all =
		unit_parse("--criu-binary /a --dry-run restore --criu-binary=/b "
			   "--exit-status",
			   NULL, false);

	(void)state;
	assert_null(none.cli.criu_binary);
	assert_false(none.cli.dry_run || none.cli.exit_status || none.cli.help || none.cli.version);
	assert_string_equal(all.cli.criu_binary, "/b");
	assert_true(all.cli.dry_run && all.cli.exit_status);
}

/* A prefix of an own name is ours exactly when no name of criu's starts with it. */
static void prefixes_of_own_names_are_ours_when_criu_has_none(void **state)
{
	(void)state;
	for (const struct cli_option *o = cli_options + N_CRIU; o->name; o++)
		for (size_t n = 1; n <= strlen(o->name); n++) {
			char line[128];
			bool criu_has = false;
			struct unit_cli u;

			for (size_t i = 0; i < n_criu_names; i++)
				criu_has |= !strncmp(criu_names[i].name, o->name, n);
			snprintf(line, sizeof(line), "--%.*s%s dump", (int)n, o->name,
				 o->argument == no_argument ? "" : "=x");
			u = unit_parse(line, NULL, false);
			UNIT_CHECK((u.r == 0 && u.cli.args.n == 2) == !criu_has, "%s", line);
			unit_parse_free(&u);
		}
}

static void unknown_options_are_noted(void **state)
{
	_cleanup_unit_cli_ struct unit_cli u =
		unit_parse("--b1 5 -D d --a2=x restore -Z --no-tree", NULL, false);

	(void)state;
	assert_int_equal(u.cli.unknown.n, 4);
	assert_string_equal(u.cli.unknown.v[0], "--b1");
	assert_string_equal(u.cli.unknown.v[1], "--a2=x");
	assert_string_equal(u.cli.unknown.v[2], "-Z");
	assert_string_equal(u.cli.unknown.v[3], "--no-tree"); /* criu has no such twin */
}

/* Help and version */

static const struct asked {
	const char *name, *line;
	bool help, version;
} asked[] = {
	{ "-h asks for help", "-h", true, false },
	{ "--help asks for help, whatever is wrong otherwise", "dump --help -t", true, false },
	{ "help in a cluster", "dump -jh", true, false },
	{ "criu finds --help as a value too", "dump -D --help", true, false },
	{ "criu finds -h behind -- too", "restore --exec-cmd -- ls -h", true, false },
	{ "an abbreviated --help", "--hel", true, false },
	{ "-V asks for the version", "-V", false, true },
	{ "--version asks for it", "--version", false, true },
	{ "--vers is unique", "--vers", false, true },
	{ "the version comes before a missing value", "-V -t", false, true },
};

static void is_asked_for(void **state)
{
	const struct asked *a = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(a->line, NULL, false);

	assert_int_equal(u.r, 0);
	assert_int_equal(u.cli.help, a->help);
	assert_int_equal(u.cli.version, a->version);
}

static const struct ambiguous {
	const char *name, *line, *says;
} ambiguous[] = {
	{ "all meanings are named", "--ver dump",
	  "option '--ver' is ambiguous: it could mean --version, --verbosity" },
	{ "twins, too", "dump --no-d", "option '--no-d' is ambiguous: it could mean --no-d" },
	{ "--ext is refused with a value too", "dump --ext=mnt[]", "option '--ext=mnt[]' is" },
	{ "of many, the first ones are named", "dump --l -t 1", " ..." },
	{ "--dr is ours, --d is not", "dump --d -t 1", "'--d'" },
};

static void is_ambiguous(void **state)
{
	const struct ambiguous *a = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(a->line, NULL, false);

	assert_int_equal(u.r, -EINVAL);
	unit_assert_contains(u.err.what, "ambiguous");
	unit_assert_contains(u.err.what, a->says);
}

static void a_value_too_much_is_not_called_ambiguous(void **state)
{
	static const char *const excess[] = { "dump --all=x", "restore --restore-d=1",
					      "dump --shell-job=1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(excess); i++) {
		_cleanup_unit_cli_ struct unit_cli u = unit_parse(excess[i], NULL, false);

		/* It may go through: criu refuses it. */
		UNIT_CHECK(u.r == 0 || !strstr(u.err.what, "ambiguous"), "%s", u.err.what);
	}
}

/* Missing values */

static void every_option_that_needs_a_value_says_so(void **state)
{
	(void)state;
	for (const struct cli_option *o = cli_options; o->name; o++) {
		struct unit_cli u;
		char line[128];

		snprintf(line, sizeof(line), "dump --%s", o->name);
		u = unit_parse(line, NULL, false);
		if (o->argument == required_argument) {
			assert_int_equal(u.r, -EINVAL);
			unit_assert_contains(u.err.what, "needs a value");
			unit_assert_contains(u.err.what, o->name);
		} else {
			UNIT_CHECK(u.r == 0, "%s", line);
		}
		unit_parse_free(&u);
	}
}

static const struct missing {
	const char *name, *line, *option;
} missing[] = {
	{ "a letter without its value", "dump -t", "'-t'" },
	{ "a cluster without its value", "dump -jt", "'-jt'" },
	{ "a prefix without its value", "dump --tre", "'--tre'" },
	{ "--criu-binary without its value", "dump --criu-binary", "'--criu-binary'" },
};

static void is_missing(void **state)
{
	const struct missing *m = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(m->line, NULL, false);

	assert_int_equal(u.r, -EINVAL);
	unit_assert_contains(u.err.what, m->option);
	assert_null(strstr(u.err.what, "configuration file")); /* it is on the command line */
}

/* What has been said about mounts */

static const struct external {
	const char *name, *line;
	bool automatic, masters, sharing;
} externals[] = {
	{ "nothing is said about mounts", "dump", false, false, false },
	{ "mnt[] is automatic", "dump --external mnt[]", true, false, false },
	{ "mnt[]:m notes masters", "dump --external mnt[]:m", true, true, false },
	{ "mnt[]:s notes sharing", "dump --external=mnt[]:s", true, false, true },
	{ "mnt[]:sm notes what criu reads of it", "dump --external mnt[]:sm", true, false, true },
	{ "mnt[]:m and mnt[]:s note both", "--external mnt[]:m dump --external mnt[]:s", true, true,
	  true },
	{ "a named mount is not automatic", "dump --external mnt[/m]:sm", false, false, false },
	{ "other external things are not mounts", "dump --external file[5:6] --external unix[7]",
	  false, false, false },
	{ "-M auto is automatic", "dump -M auto", true, false, false },
	{ "-M a:b is not", "dump --ext-mount-map a:b", false, false, false },
	{ "the old options note what they say",
	  "dump --enable-external-masters --enable-external-sharing", false, true, true },
};

static void mounts_are_noted(void **state)
{
	const struct external *x = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(x->line, NULL, false);

	assert_int_equal(u.r, 0);
	assert_int_equal(u.cli.auto_external, x->automatic);
	assert_int_equal(u.cli.external_masters, x->masters);
	assert_int_equal(u.cli.external_sharing, x->sharing);
}

static void what_criu_does_not_read_is_meant(void **state)
{
	_cleanup_unit_cli_ struct unit_cli sm = unit_parse("dump --external mnt[]:sm", NULL, false);
	_cleanup_unit_cli_ struct unit_cli ms = unit_parse("dump --external mnt[]:ms", NULL, false);
	_cleanup_unit_cli_ struct unit_cli m = unit_parse("dump --external mnt[]:m", NULL, false);

	(void)state;
	assert_true(sm.cli.meant_masters && !sm.cli.meant_sharing);
	assert_true(ms.cli.meant_sharing && !ms.cli.meant_masters);
	assert_false(m.cli.meant_masters || m.cli.meant_sharing);
}

static void assert_list(const struct strv *list, const char *expected)
{
	struct strv words = { 0 };
	char *line;

	strv_add(&words, "");
	for (size_t i = 0; i < list->n; i++)
		strv_add(&words, list->v[i]);
	line = unit_join(&words);
	assert_string_equal(line, expected);
	free(line);
	strv_free(&words);
}

static const struct says {
	const char *name, *line, *option;
	int expected;
} says[] = {
	{ "an option that is not given", "dump --tcp-close", "tcp-established", 0 },
	{ "one that is", "dump --tcp-established", "tcp-established", 1 },
	{ "a letter and an abbreviation count", "dump -l", "file-locks", 1 },
	{ "its twin", "dump --no-tcp-est", "tcp-established", -1 },
	{ "the last one counts", "dump --no-file-locks -l", "file-locks", 1 },
	{ "... also when it is the twin", "dump --ghost-limit 5M -l --no-file-locks", "file-locks",
	  -1 },
	{ "one with a value", "dump --ghost-limit 5M", "ghost-limit", 1 },
};

static void what_is_said_of_an_option(void **state)
{
	const struct says *x = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(x->line, NULL, false);

	assert_int_equal(u.r, 0);
	assert_int_equal(cli_says(&u.cli, x->option), x->expected);
}

static void check_of_a_process_is_a_dry_run(void **state)
{
	struct unit_cli u = unit_parse("check -t 1", NULL, false);

	(void)state;
	assert_int_equal(u.cli.command, CMD_DUMP);
	assert_true(u.cli.dry_run);
	assert_string_equal(u.cli.args.v[u.cli.word_at], "dump");
	unit_parse_free(&u);
	u = unit_parse("check --extra", NULL, false);
	assert_int_equal(u.cli.command, CMD_CRIU);
	unit_parse_free(&u);
}

static const struct by_hand {
	const char *name, *line;
	const char *externals, *inherited, *skipped;
	bool enable_fs, warn_mounts, lose_locks;
} by_hands[] = {
	{ "nothing is named by hand", "dump -t 1", "", "", "", false, false, false },
	{ "what is external is kept in order", "--external mnt[/b]:B dump --external=file[5:6]",
	  "mnt[/b]:B file[5:6]", "", "", false, false, false },
	{ "mnt[] names nothing", "dump --external mnt[] --external mnt[]:m --external mnt[/x]:X",
	  "mnt[/x]:X", "", "", false, false, false },
	{ "the old words become the new ones", "dump -M /x:X --ext-mount-map /y:Y:Z -M auto",
	  "mnt[/x]:X mnt[/y]:Y:Z", "", "", false, false, false },
	{ "descriptors to inherit", "restore --inherit-fd fd[3]:file[1:2] --inherit-fd=fd[4]:tty",
	  "", "fd[3]:file[1:2] fd[4]:tty", "", false, false, false },
	{ "mounts to skip", "dump --skip-mnt /a --skip-mnt=/b", "", "", "/a /b", false, false,
	  false },
	{ "file systems to save", "dump --enable-fs ext4", "", "", "", true, false, false },
	{ "other mounts are a warning", "restore --warn-mounts", "", "", "", false, true, false },
	{ "lost locks are a warning", "restore --lose-locks", "", "", "", false, false, true },
	{ "a socket for the console", "--console-socket=/s restore", "", "", "", false, false,
	  false },
};

static void what_is_named_by_hand_is_kept(void **state)
{
	const struct by_hand *x = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(x->line, NULL, false);

	assert_int_equal(u.r, 0);
	assert_list(&u.cli.externals, x->externals);
	assert_list(&u.cli.inherited, x->inherited);
	assert_list(&u.cli.skipped, x->skipped);
	assert_int_equal(u.cli.enable_fs, x->enable_fs);
	assert_int_equal(u.cli.warn_mounts, x->warn_mounts);
	assert_int_equal(u.cli.lose_locks, x->lose_locks);
	assert_int_equal(u.cli.console_socket != NULL, strstr(x->line, "console-socket") != NULL);
}

static void files_name_before_the_line_does(void **state)
{
	char first[] = "external mnt[/x]:file\nskip-mnt /s";
	char second[] = "external mnt[/x]:second";
	char *const texts[CLI_CONFIGS] = { first, second };
	_cleanup_unit_cli_ struct unit_cli u =
		unit_parse("dump --external mnt[/y]:line", texts, false);

	(void)state;
	assert_list(&u.cli.externals, "mnt[/x]:file mnt[/x]:second mnt[/y]:line");
	assert_string_equal(cli_external(&u.cli, "mnt", "/x"), "second");
	assert_true(cli_skips_mount(&u.cli, "/s"));
}

static const struct lookup {
	const char *name, *line, *kind, *id, *value; /* NULL: not given */
} lookups[] = {
	{ "what is not given", "dump", "mnt", "/x", NULL },
	{ "what is given", "dump --external mnt[/x]:X", "mnt", "/x", "X" },
	{ "in the old words", "dump -M /x:X:Y", "mnt", "/x", "X:Y" },
	{ "the last one counts", "dump --external mnt[/x]:X --external mnt[/x]:Y", "mnt", "/x",
	  "Y" },
	{ "without a value it is empty", "dump --external file[5:6]", "file", "5:6", "" },
	{ "behind the colon it is empty, too", "dump --external mnt[/x]:", "mnt", "/x", "" },
	{ "the last one counts, also without a value",
	  "dump --external mnt[/x]:X --external mnt[/x]", "mnt", "/x", "" },
	{ "the whole name counts", "dump --external mnt[/xy]:X", "mnt", "/x", NULL },
	{ "the start of it does not", "dump --external mnt[/x]:X", "mnt", "/xy", NULL },
	{ "the kind counts", "dump --external dev[/x]:X", "mnt", "/x", NULL },
	{ "a device", "dump --external dev[8/1]:KEY", "dev", "8/1", "KEY" },
	{ "a unix socket in the old words", "dump -x7", "unix", "7", "" },
	{ "several of them", "dump --ext-unix-sk=7,18", "unix", "18", "" },
	{ "all of them are none by name", "dump -x", "unix", "7", NULL },
	{ "what criu passes over is passed over", "dump --external mnt[/x]:X --external mnt[/x]y",
	  "mnt", "/x", "X" },
	{ "what criu mistakes for it is mistaken", "dump --external mnt[/x]:/etc]:X", "mnt", "/x",
	  "/etc]:X" },
	{ "and found by its name, too", "dump --external mnt[/x]:/etc]:X", "mnt", "/x]:/etc", "X" },
};

static void external_is_looked_up_as_criu_does(void **state)
{
	const struct lookup *x = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(x->line, NULL, false);

	assert_int_equal(u.r, 0);
	unit_assert_text(cli_external(&u.cli, x->kind, x->id), x->value);
}

static void inherited_names_are_whole_names(void **state)
{
	_cleanup_unit_cli_ struct unit_cli u =
		unit_parse("restore --inherit-fd fd[3]:file[1:2] --inherit-fd fd[4] "
			   "--skip-mnt /a",
			   NULL, false);

	(void)state;
	assert_true(cli_inherits(&u.cli, "file[1:2]"));
	assert_false(cli_inherits(&u.cli, "file[1:2"));
	assert_false(cli_inherits(&u.cli, "file[1:22]"));
	assert_false(cli_inherits(&u.cli, "2]"));
	assert_false(cli_inherits(&u.cli, ""));
	assert_true(cli_skips_mount(&u.cli, "/a"));
	assert_false(cli_skips_mount(&u.cli, "/a/b"));
	assert_false(cli_skips_mount(&u.cli, "/"));
}

/* Configuration files */

static const struct config {
	const char *name;
	const char *texts[CLI_CONFIGS];
	const char *line;
	const char *tree, *images_dir, *work_dir, *log_file;
	bool detach, shell_job;
} configs[] = {
	{ "no file says nothing", { NULL }, "dump", NULL, ".", ".", NULL, false, false },
	{ "empty files say nothing",
	  { "", "\n", " \t\n", "\n\n" },
	  "dump",
	  NULL,
	  ".",
	  ".",
	  NULL,
	  false,
	  false },
	{ "a name and a value",
	  { "tree 12\nimages-dir /i\n" },
	  "dump",
	  "12",
	  "/i",
	  "/i",
	  NULL,
	  false,
	  false },
	{ "a name, =, and a value",
	  { "tree=12\nimages-dir=/i\n" },
	  "dump",
	  "12",
	  "/i",
	  "/i",
	  NULL,
	  false,
	  false },
	{ "blanks in front and between",
	  { "  tree \t  12\n\timages-dir\t/i\n" },
	  "dump",
	  "12",
	  "/i",
	  "/i",
	  NULL,
	  false,
	  false },
	{ "no newline at the end",
	  { "shell-job\ntree 12" },
	  "dump",
	  "12",
	  ".",
	  ".",
	  NULL,
	  false,
	  true },
	{ "comments are passed over",
	  { "# tree 1\n   #tree 2\ntree 12 # tree 3\nlog-file l#og\nshell-job # yes\n" },
	  "dump",
	  "12",
	  ".",
	  ".",
	  "l",
	  false,
	  true },
	{ "a value in quotes",
	  { "images-dir \"/a b\"\nlog-file \"l\" # why\n" },
	  "dump",
	  NULL,
	  "/a b",
	  "/a b",
	  "l",
	  false,
	  false },
	{ "an empty value in quotes",
	  { "log-file \"\"\ntree 12\n" },
	  "dump",
	  "12",
	  ".",
	  ".",
	  "",
	  false,
	  false },
	{ "escaped quotes",
	  { "images-dir \"/a \\\"b\\\" c\"\nlog-file l\\\"og\n" },
	  "dump",
	  NULL,
	  "/a \"b\" c",
	  "/a \"b\" c",
	  "l\"og",
	  false,
	  false },
	{ "a comment begins within quotes too, as criu has it",
	  { "images-dir \"/a#b\"\n" },
	  "dump",
	  NULL,
	  "/a",
	  "/a",
	  NULL,
	  false,
	  false },
	{ "a name and a blank have an empty value, as criu has it",
	  { "log-file \ntree 12\n" },
	  "dump",
	  "12",
	  ".",
	  ".",
	  "",
	  false,
	  false },
	{ "boolean options and their twins",
	  { "shell-job\nrestore-detached\nno-shell-job\n" },
	  "restore",
	  NULL,
	  ".",
	  ".",
	  NULL,
	  true,
	  false },
	{ "abbreviated names",
	  { "shell\nimages /i\n" },
	  "dump",
	  NULL,
	  "/i",
	  "/i",
	  NULL,
	  false,
	  true },
	{ "a command word in a file is none",
	  { "dump\nshell-job\n" },
	  "restore",
	  NULL,
	  ".",
	  ".",
	  NULL,
	  false,
	  true },
	{ "unknown options pass",
	  { "brand-new 5\ntree 12\n" },
	  "dump",
	  "12",
	  ".",
	  ".",
	  NULL,
	  false,
	  false },
	{ "the second file has the last word over the first",
	  { "tree 1\nwork-dir /w\n", "tree 2\n" },
	  "dump",
	  "2",
	  ".",
	  "/w",
	  NULL,
	  false,
	  false },
	{ "the third has it over the second",
	  { "tree 1\n", "tree 2\n", "tree 3\n" },
	  "dump",
	  "3",
	  ".",
	  ".",
	  NULL,
	  false,
	  false },
	{ "the fourth has it over the third",
	  { "tree 1\n", "tree 2\n", "tree 3\n", "tree 4\n" },
	  "dump",
	  "4",
	  ".",
	  ".",
	  NULL,
	  false,
	  false },
	{ "the command line has it over all",
	  { "tree 1\n", "tree 2\n", "tree 3\n", "tree 4\n" },
	  "dump -t 5",
	  "5",
	  ".",
	  ".",
	  NULL,
	  false,
	  false },
	{ "a twin on the command line has it too",
	  { "restore-detached\nshell-job\n" },
	  "restore --no-daemon --no-shell-job",
	  NULL,
	  ".",
	  ".",
	  NULL,
	  false,
	  false },
	{ "files that are not there are passed over",
	  { NULL, "tree 2\n", NULL, "shell-job\n" },
	  "dump",
	  "2",
	  ".",
	  ".",
	  NULL,
	  false,
	  true },
};

static void config_is_read(void **state)
{
	const struct config *x = *state;
	char *texts[CLI_CONFIGS];
	struct unit_cli u;

	for (int i = 0; i < CLI_CONFIGS; i++)
		texts[i] = x->texts[i] ? xstrdup(x->texts[i]) : NULL;
	u = unit_parse(x->line, texts, false);
	for (int i = 0; i < CLI_CONFIGS; i++)
		free(texts[i]); /* nothing may point into them */
	assert_int_equal(u.r, 0);
	unit_assert_text(u.cli.tree, x->tree);
	unit_assert_text(u.cli.images_dir, x->images_dir);
	unit_assert_text(u.cli.work_dir, x->work_dir);
	unit_assert_text(u.cli.log_file, x->log_file);
	assert_int_equal(u.cli.detach, x->detach);
	assert_int_equal(u.cli.shell_job, x->shell_job);
	unit_assert_words(&u.cli.args, x->line); /* criu reads the files itself */
	unit_parse_free(&u);
}

static const struct bad_config {
	const char *name, *text;
	bool bad;
} bad_configs[] = {
	{ "a missing value in a file is criu's to refuse", "shell-job\nimages-dir\n", true },
	{ "an ambiguous name in a file, too", "a b c d e f g h i j k l m n o p\n", true },
	{ "and its malformed test file", /* conf1.test in criu's test/others/config-file */
	  "verbosity 4\nlsm-profile \"\" # more comments\nwork-dir \"/dir with spaces\"\n"
	  "a b c d e f g h i j k l m n o p\ndsfa \"aaaaa \\\"bbbbbb\\\"\"\n",
	  true },
	{ "an option that a newer criu may have goes through", "new-thing 5\n", false },
	{ "an abbreviation is good in a file, too", "images-d d\n", false },
};

static void bad_config_is_noted(void **state)
{
	const struct bad_config *b = *state;
	char *texts[CLI_CONFIGS] = { NULL, NULL, NULL, xstrdup(b->text) };
	_cleanup_unit_cli_ struct unit_cli u = unit_parse("-D dump dump -t 1", texts, false);

	free(texts[3]);
	assert_int_equal(u.r, 0);
	assert_int_equal(u.cli.bad_config, b->bad);
	assert_int_equal(u.cli.command, CMD_DUMP);
	assert_int_equal(u.cli.word_at, 3);
	assert_string_equal(u.cli.args.v[3], "dump");
}

static void help_in_a_file_counts(void **state)
{
	char text[] = "help\n";
	char *texts[CLI_CONFIGS] = { text };
	_cleanup_unit_cli_ struct unit_cli u = unit_parse("dump", texts, false);

	(void)state;
	assert_int_equal(u.r, 0);
	assert_true(u.cli.help);
}

/* Which files */

static const struct paths {
	const char *name, *line, *home, *env;
	const char *paths[CLI_CONFIGS];
} paths[] = {
	{ "the system's and the user's file",
	  "dump",
	  "/root",
	  NULL,
	  { "/etc/criu/default.conf", "/root/.criu/default.conf", NULL, NULL } },
	{ "without HOME only the system's",
	  "dump",
	  NULL,
	  NULL,
	  { "/etc/criu/default.conf", NULL, NULL, NULL } },
	{ "$CRIU_CONFIG_FILE comes third",
	  "dump",
	  "/h",
	  "/e",
	  { "/etc/criu/default.conf", "/h/.criu/default.conf", "/e", NULL } },
	{ "--no-default-config leaves $CRIU_CONFIG_FILE",
	  "dump --no-default-config",
	  "/h",
	  "/e",
	  { NULL, NULL, "/e", NULL } },
	{ "--config FILE replaces the default ones",
	  "--config /c dump",
	  "/h",
	  "/e",
	  { NULL, NULL, "/e", "/c" } },
	{ "--config=FILE replaces the default ones",
	  "dump --config=/c",
	  "/h",
	  NULL,
	  { NULL, NULL, NULL, "/c" } },
	{ "the last --config counts",
	  "dump --config=/c --config /d",
	  "/h",
	  NULL,
	  { NULL, NULL, NULL, "/d" } },
	{ "--config at the end has no file",
	  "dump --config",
	  "/h",
	  NULL,
	  { NULL, NULL, NULL, NULL } },
	{ "criu does not abbreviate --config here",
	  "dump --conf /c",
	  "/h",
	  NULL,
	  { "/etc/criu/default.conf", "/h/.criu/default.conf", NULL, NULL } },
	{ "nor --no-default-config",
	  "dump --no-default",
	  "/h",
	  NULL,
	  { "/etc/criu/default.conf", "/h/.criu/default.conf", NULL, NULL } },
};

static void paths_are_found(void **state)
{
	const struct paths *x = *state;
	struct strv argv = unit_split(x->line);
	char *got[CLI_CONFIGS];

	cli_config_paths((int)argv.n, argv.v, x->home, x->env, got);
	for (int i = 0; i < CLI_CONFIGS; i++)
		unit_assert_text(got[i], x->paths[i]);
	for (int i = 0; i < CLI_CONFIGS; i++)
		free(got[i]);
	strv_free(&argv);
}

/* A command line as a configuration file */

/* "|" stands between the words. */
static const struct as_config {
	const char *name, *line, *text;
} as_configs[] = {
	{ "letters get names, with their values", "dump|-t|5|-D|a b|-j", NULL },
	{ "letters get names, and values stay", "dump|-t|5|-Dimg|-jo|log",
	  "tree=5\nimages-dir=img\nshell-job\nlog-file=log\n" },
	{ "optional values are bound", "dump|-vvv|-v4|--verbosity=2|-v|-x|--cpu-cap=all",
	  "verbosity=vv\nverbosity=4\nverbosity=2\nverbosity\next-unix-sk\ncpu-cap=all\n" },
	{ "twins are twins", "dump|--no-shell-job|--shell-job", "no-shell-job\nshell-job\n" },
	{ "abbreviations are written out", "dump|--tcp-e|--tre|5", "tcp-established\ntree=5\n" },
	{ "quotes, comments and backslashes are values", "dump|-o|a#\"b\\c|--external|mnt[/#]:x",
	  "log-file=a#\"b\\c\nexternal=mnt[/#]:x\n" },
	{ "an empty value is a value", "dump|-o||-j", "log-file=\nshell-job\n" },
	{ "no options", "dump", "" },
	{ "a newline cannot be said", "dump|-o|a\nshell-job", NULL },
	{ "a tab cannot be said", "dump|-o|a\tb", NULL },
	{ "what criu 4.2 does not know cannot be said", "dump|--new-thing|5", NULL },
	{ "a missing value cannot be said", "dump|-t", NULL },
};

static void is_said_in_a_config(void **state)
{
	const struct as_config *x = *state;
	_cleanup_free_ char *line = xstrdup(x->line);
	struct strv args = { 0 };
	char *rest = line;
	char *word;

	strv_add(&args, "criu");
	while ((word = strsep(&rest, "|")))
		strv_add(&args, word);

	_cleanup_free_ char *text = cli_as_config(&args);

	if (x->text)
		assert_string_equal(text, x->text);
	else
		assert_null(text);
	strv_free(&args);
}

/* Every option there is, and back again. */
static void what_is_said_in_a_config_is_read_there(void **state)
{
	struct strv args = { 0 };
	struct strv words = { 0 };

	(void)state;
	strv_add(&args, "criu");
	for (size_t i = 0; i < n_criu_names; i++)
		strv_take(&args, xasprintf("--%s%s", criu_names[i].name,
					   criu_names[i].has_arg == no_argument ? "" : "=x"));

	_cleanup_free_ char *text = cli_as_config(&args);

	assert_non_null(text);
	cli_config_words(text, &words);
	assert_int_equal(words.n, args.n - 1);
	for (size_t i = 0; i < words.n; i++)
		assert_string_equal(words.v[i], args.v[i + 1]);
	strv_free(&args);
	strv_free(&words);
}

int main(void)
{
	int status;

	unsetenv("POSIXLY_CORRECT");
	make_criu_names();
	UNIT(the_table_is_the_one_of_criu_4_2_and_then_our_own);
	UNIT(our_letters_are_those_that_criu_reads);
	UNIT(the_table_of_a_test_is_not_vacuous);
	UNIT(every_long_name_is_read_as_criu_reads_it);
	UNIT(every_prefix_of_a_name_is_read_as_criu_reads_it);
	UNIT(every_letter_is_read_as_criu_reads_it);
	UNIT(every_pair_of_letters_is_read_as_criu_reads_it);
	UNIT(options_may_stand_in_any_order);
	UNIT_ROWS(line_is_read, lines);
	UNIT_ROWS(is_frozen_with, for_dump);
	UNIT(every_other_command_is_criu_s);
	UNIT(own_options_say_what_they_say);
	UNIT(prefixes_of_own_names_are_ours_when_criu_has_none);
	UNIT(unknown_options_are_noted);
	UNIT_ROWS(is_asked_for, asked);
	UNIT_ROWS(is_ambiguous, ambiguous);
	UNIT(a_value_too_much_is_not_called_ambiguous);
	UNIT(every_option_that_needs_a_value_says_so);
	UNIT_ROWS(is_missing, missing);
	UNIT_ROWS(mounts_are_noted, externals);
	UNIT(what_criu_does_not_read_is_meant);
	UNIT_ROWS(what_is_said_of_an_option, says);
	UNIT(check_of_a_process_is_a_dry_run);
	UNIT_ROWS(what_is_named_by_hand_is_kept, by_hands);
	UNIT(files_name_before_the_line_does);
	UNIT_ROWS(external_is_looked_up_as_criu_does, lookups);
	UNIT(inherited_names_are_whole_names);
	UNIT_ROWS(config_is_read, configs);
	UNIT_ROWS(bad_config_is_noted, bad_configs);
	UNIT(help_in_a_file_counts);
	UNIT_ROWS(paths_are_found, paths);
	UNIT_ROWS(is_said_in_a_config, as_configs);
	UNIT(what_is_said_in_a_config_is_read_there);
	status = unit_run("cli");
	free_criu_names();
	return status;
}
