// SPDX-License-Identifier: MIT
#include "cli/cli.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FLAG(name)                                                                                 \
	{                                                                                          \
		name, 0, no_argument, false, CLI_PASS, NULL                                        \
	}
#define BOOL(name)                                                                                 \
	{                                                                                          \
		name, 0, no_argument, true, CLI_PASS, NULL                                         \
	}
#define VALUE(name)                                                                                \
	{                                                                                          \
		name, 0, required_argument, false, CLI_PASS, NULL                                  \
	}
#define MAYBE(name)                                                                                \
	{                                                                                          \
		name, 0, optional_argument, false, CLI_PASS, NULL                                  \
	}
#define ROLE(name, l, a, t, r)                                                                     \
	{                                                                                          \
		name, l, a, t, r, NULL                                                             \
	}
#define OWN(name, a, r, help)                                                                      \
	{                                                                                          \
		name, 0, a, false, r, help                                                         \
	}

/* In the order of criu/config.c:parse_options() in 4.2, and with its --no-NAME twins. */
const struct cli_option cli_options[] = {
	ROLE("tree", 't', required_argument, false, CLI_TREE),
	ROLE("leave-stopped", 's', no_argument, false, CLI_LEAVE_STOPPED),
	ROLE("leave-running", 'R', no_argument, false, CLI_LEAVE_RUNNING),
	ROLE("restore-detached", 'd', no_argument, true, CLI_DETACH),
	ROLE("restore-sibling", 'S', no_argument, true, CLI_SIBLING),
	ROLE("daemon", 0, no_argument, true, CLI_DETACH),
	ROLE("images-dir", 'D', required_argument, false, CLI_IMAGES_DIR),
	ROLE("work-dir", 'W', required_argument, false, CLI_WORK_DIR),
	ROLE("log-file", 'o', required_argument, false, CLI_LOG_FILE),
	ROLE("join-ns", 'J', required_argument, false, CLI_JOIN_NS),
	ROLE("root", 'r', required_argument, false, CLI_ROOT),
	ROLE("ext-unix-sk", 'x', optional_argument, false, CLI_PASS),
	ROLE("help", 'h', no_argument, false, CLI_HELP),
	ROLE("tcp-established", 0, no_argument, true, CLI_TCP),
	VALUE("close"),
	ROLE("log-pid", 0, no_argument, true, CLI_LOG_PID),
	ROLE("version", 'V', no_argument, false, CLI_VERSION),
	BOOL("evasive-devices"),
	ROLE("pidfile", 0, required_argument, false, CLI_PIDFILE),
	VALUE("veth-pair"),
	VALUE("action-script"),
	BOOL("link-remap"),
	ROLE("shell-job", 'j', no_argument, true, CLI_SHELL_JOB),
	ROLE("file-locks", 'l', no_argument, true, CLI_PASS),
	BOOL("page-server"),
	ROLE("address", 0, required_argument, false, CLI_ADDRESS),
	VALUE("port"),
	VALUE("prev-images-dir"),
	FLAG("ms"),
	BOOL("track-mem"),
	BOOL("auto-dedup"),
	ROLE("libdir", 'L', required_argument, false, CLI_PASS),
	MAYBE("cpu-cap"),
	BOOL("force-irmap"),
	ROLE("ext-mount-map", 'M', required_argument, false, CLI_EXT_MOUNT_MAP),
	ROLE("exec-cmd", 0, no_argument, false, CLI_EXEC_CMD),
	MAYBE("manage-cgroups"),
	VALUE("cgroup-root"),
	ROLE("inherit-fd", 0, required_argument, false, CLI_INHERIT_FD),
	VALUE("feature"),
	ROLE("skip-mnt", 0, required_argument, false, CLI_SKIP_MNT),
	ROLE("enable-fs", 0, required_argument, false, CLI_ENABLE_FS),
	ROLE("enable-external-sharing", 0, no_argument, false, CLI_EXT_SHARING),
	ROLE("enable-external-masters", 0, no_argument, false, CLI_EXT_MASTERS),
	VALUE("freeze-cgroup"),
	VALUE("ghost-limit"),
	VALUE("irmap-scan-path"),
	VALUE("lsm-profile"),
	VALUE("timeout"),
	ROLE("external", 0, required_argument, false, CLI_EXTERNAL),
	VALUE("empty-ns"),
	FLAG("lazy-pages"),
	BOOL("extra"),
	BOOL("experimental"),
	FLAG("all"),
	VALUE("cgroup-props"),
	VALUE("cgroup-props-file"),
	VALUE("cgroup-dump-controller"),
	BOOL("skip-in-flight"),
	BOOL("deprecated"),
	BOOL("display-stats"),
	BOOL("weak-sysctls"),
	ROLE("status-fd", 0, required_argument, false, CLI_STATUS_FD),
	ROLE("tcp-close", 0, no_argument, true, CLI_TCP),
	ROLE("verbosity", 'v', optional_argument, false, CLI_VERBOSITY),
	VALUE("ps-socket"),
	ROLE("stream", 0, no_argument, true, CLI_STREAM),
	VALUE("config"),
	FLAG("no-default-config"),
	VALUE("tls-cacert"),
	VALUE("tls-cacrl"),
	VALUE("tls-cert"),
	VALUE("tls-key"),
	BOOL("tls"),
	FLAG("tls-no-cn-verify"),
	VALUE("cgroup-yard"),
	VALUE("pre-dump-mode"),
	VALUE("file-validation"),
	BOOL("skip-file-rwx-check"),
	VALUE("lsm-mount-context"),
	ROLE("network-lock", 0, required_argument, false, CLI_NETWORK_LOCK),
	BOOL("mntns-compat-mode"),
	ROLE("unprivileged", 0, no_argument, true, CLI_UNPRIVILEGED),
	BOOL("ghost-fiemap"),
	BOOL("allow-uprobes"),

	/* A prefix that is unique for criu stays that, see keep_abbreviations(). */
	OWN("criu-binary", required_argument, CLI_OWN_CRIU_BINARY,
	    "run this criu (else $CRIU_BINARY, else criu on PATH)"),
	OWN("dry-run", no_argument, CLI_OWN_DRY_RUN,
	    "print what would be done, and why; do nothing"),
	OWN("exit-status", no_argument, CLI_OWN_EXIT_STATUS,
	    "a foreground thaw exits as the root task did"),
	OWN("warn-mounts", no_argument, CLI_OWN_WARN_MOUNTS,
	    "a thaw goes on even if mounts do not come back as before"),
	OWN("own-session", no_argument, CLI_OWN_OWN_SESSION,
	    "leave a session that is outside of the pid namespace"),
	OWN("lose-locks", no_argument, CLI_OWN_LOSE_LOCKS, "locked mounts may come back unlocked"),
	OWN("console-socket", required_argument, CLI_OWN_CONSOLE_SOCKET,
	    "a thaw sends the terminal there, as runc does"),
	OWN("as-given", no_argument, CLI_OWN_AS_GIVEN, "add no option for what the tree holds"),
	OWN("grown-files", no_argument, CLI_OWN_GROWN_FILES,
	    "take logs that have grown since as they are"),
	OWN("cut-peers", no_argument, CLI_OWN_CUT_PEERS,
	    "unix sockets find that peers outside have ended"),
	OWN("reconnect", required_argument, CLI_OWN_RECONNECT,
	    "a thaw connects to this unix socket again (all: any)"),
	OWN("json", no_argument, CLI_OWN_JSON, NULL),
	OWN("freeze-on", required_argument, CLI_OWN_FREEZE_ON, NULL),
	{ NULL, 0, 0, false, CLI_PASS, NULL },
};

/* criu/crtools.c, commands[]; "cpuinfo" takes a second word. */
const struct cli_word cli_commands[] = {
	{ "dump", CMD_DUMP, NULL },         { "freeze", CMD_DUMP, "dump" },
	{ "pre-dump", CMD_PRE_DUMP, NULL }, { "restore", CMD_RESTORE, NULL },
	{ "thaw", CMD_RESTORE, "restore" }, { "completion", CMD_COMPLETION, NULL },
	{ "lazy-pages", CMD_CRIU, NULL },   { "check", CMD_CRIU, NULL },
	{ "page-server", CMD_CRIU, NULL },  { "service", CMD_SERVICE, NULL },
	{ "swrk", CMD_SWRK, NULL },         { "dedup", CMD_CRIU, NULL },
	{ "cpuinfo", CMD_CRIU, NULL },      { "exec", CMD_CRIU, NULL },
	{ "show", CMD_SHOW, NULL },         { "run", CMD_RUN, NULL },
	{ NULL, CMD_UNKNOWN, NULL },
};

static const struct cli_word *look_up(const char *word)
{
	const struct cli_word *c = cli_commands;

	while (c->word && strcmp(c->word, word) != 0)
		c++;
	return c;
}

/* The two tables that getopt_long() wants, made from cli_options[]. */
enum { VALUE_BASE = 256, TWIN_BASE = 1024 };

struct grammar {
	struct option *long_options;
	char *short_options;
	struct strv names; /* of those that are not in cli_options[] */
};

static void grammar_free(struct grammar *g)
{
	strv_free(&g->names);
	free(g->long_options);
	free(g->short_options);
}

/* Does `word`, length bytes long, abbreviate the option, or with `no` its twin? 2: it is the full name. */
static int abbreviates(const char *word, size_t length, const struct cli_option *o, bool no)
{
	static const char prefix[] = "no-";
	size_t before = no ? sizeof(prefix) - 1 : 0;

	/* Most options begin otherwise, and a start compares ten thousand times. */
	if ((no && !o->twin) || (length && *word != (no ? *prefix : *o->name)))
		return 0;
	if (length < before)
		return strncmp(word, prefix, length) == 0;
	if (strncmp(word, prefix, before) != 0 ||
	    strncmp(o->name, word + before, length - before) != 0)
		return 0;
	return o->name[length - before] ? 1 : 2;
}

/* How many of criu's options the word, length bytes long, abbreviates, and one of them. */
static int meanings_for_criu(const char *word, size_t length, const struct cli_option **ret,
			     bool *ret_no)
{
	int candidates = 0;

	for (const struct cli_option *o = cli_options; o->name; o++)
		for (int no = 0; no < 2 && !cli_is_own(o); no++) {
			if (!abbreviates(word, length, o, no))
				continue;
			candidates++;
			*ret = o;
			*ret_no = no;
		}
	return candidates;
}

/* What abbreviates one option of criu's, and also one of our own, is criu's: for getopt it becomes a full name. */
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
 * With a leading '-', operands come back in order and argv is not permuted, so that indices into it stay
 * valid; '+' is for POSIX order. With ':', a missing value can be told from an unknown option.
 */
static void grammar_make(bool posix, struct grammar *g)
{
	size_t count = 0;
	size_t prefixes = 0;
	char *letters;

	for (; cli_options[count].name; count++)
		if (cli_is_own(&cli_options[count]))
			prefixes += strlen(cli_options[count].name);
	g->long_options = xcalloc(2 * count + prefixes + 1, sizeof(*g->long_options));
	g->short_options = letters = xcalloc(3 * count + 3, 1);
	*letters++ = posix ? '+' : '-';
	*letters++ = ':';

	struct option *out = g->long_options;

	for (size_t i = 0; i < count; i++) {
		const struct cli_option *o = &cli_options[i];

		*out++ = (struct option){ o->name, o->argument, NULL, VALUE_BASE + (int)i };
		if (cli_is_own(o))
			out = keep_abbreviations(o, g, out);
		if (o->twin) {
			strv_take(&g->names, xasprintf("no-%s", o->name));
			*out++ = (struct option){ g->names.v[g->names.n - 1], no_argument, NULL,
						  TWIN_BASE + (int)i };
		}
		if (!o->letter)
			continue;
		*letters++ = o->letter;
		if (o->argument != no_argument)
			*letters++ = ':';
		if (o->argument == optional_argument)
			*letters++ = ':';
	}
}

static const struct cli_option *option_of(int value)
{
	int index = value - (value < TWIN_BASE ? VALUE_BASE : TWIN_BASE);

	if (index >= 0)
		return &cli_options[index];
	for (const struct cli_option *o = cli_options; o->name; o++)
		if (o->letter == value)
			return o;
	return NULL;
}

/* One of the options that the word could abbreviate; NULL unless it is ambiguous. */
static const char *abbreviated_by(const char *word)
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

/*
 * criu documents mnt[]:sm for both letters, but reads only one (3.17 to 4.2, ext_mount_parse_auto() in
 * criu/mount.c). The plan adds the one that was meant and not read.
 */
static void note_external(struct cli *c, const char *value)
{
	static const char automatic[] = "mnt[]";

	if (strncmp(value, automatic, sizeof(automatic) - 1) != 0) {
		strv_add(&c->externals, value);
		return;
	}
	value += sizeof(automatic) - 1;
	c->auto_external = true;
	if (*value++ != ':')
		return;
	c->external_masters |= *value == 'm';
	c->external_sharing |= *value == 's';
	if (!*value)
		return;
	c->meant_masters |= strchr(value + 1, 'm') != NULL;
	c->meant_sharing |= strchr(value + 1, 's') != NULL;
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

/* -v4 sets it; -v raises it by one, and -vvv by three (parse_options() in criu/config.c). */
static unsigned verbosity(unsigned before, const char *value)
{
	if (!value)
		return before + 1;
	return value[0] == 'v' ? before + (unsigned)strlen(value) + 1 : (unsigned)atoi(value);
}

static void apply(struct cli *c, enum cli_role role, bool on, const char *value)
{
	switch (role) {
	case CLI_PASS:
		break;
	case CLI_TREE:
		c->tree = value;
		break;
	case CLI_IMAGES_DIR:
		c->images_dir = value;
		break;
	case CLI_WORK_DIR:
		c->work_dir = value;
		break;
	case CLI_LOG_FILE:
		c->log_file = value;
		break;
	case CLI_LOG_PID:
		c->log_pid = on;
		break;
	case CLI_PIDFILE:
		c->pidfile = value;
		break;
	case CLI_DETACH:
		c->detach = on;
		break;
	case CLI_SIBLING:
		c->sibling = on;
		break;
	case CLI_SHELL_JOB:
		c->shell_job = on;
		break;
	case CLI_LEAVE_STOPPED:
		c->leave_stopped = true;
		c->leave_running = false;
		break;
	case CLI_LEAVE_RUNNING:
		c->leave_running = true;
		c->leave_stopped = false;
		break;
	case CLI_EXEC_CMD:
		c->exec_cmd = true;
		break;
	case CLI_STREAM:
		c->stream = on;
		break;
	case CLI_UNPRIVILEGED:
		c->unprivileged = on;
		break;
	case CLI_ADDRESS:
		c->address = value;
		break;
	case CLI_STATUS_FD:
		c->status_fd = value;
		break;
	case CLI_ROOT:
		c->root = value;
		break;
	case CLI_EXTERNAL:
		note_external(c, value);
		break;
	case CLI_EXT_MOUNT_MAP:
		note_mount_map(c, value);
		break;
	case CLI_EXT_MASTERS:
		c->external_masters = true;
		break;
	case CLI_EXT_SHARING:
		c->external_sharing = true;
		break;
	case CLI_JOIN_NS:
		strv_add(&c->joined, value);
		break;
	case CLI_INHERIT_FD:
		strv_add(&c->inherited, value);
		break;
	case CLI_SKIP_MNT:
		strv_add(&c->skipped, value);
		break;
	case CLI_ENABLE_FS:
		c->enable_fs = true;
		break;
	case CLI_VERBOSITY:
		c->verbose = true;
		c->verbosity = verbosity(c->verbosity, value);
		break;
	case CLI_TCP:
		c->tcp |= on;
		break;
	case CLI_NETWORK_LOCK:
		c->network_lock = true;
		break;
	case CLI_HELP:
		c->help = true;
		break;
	case CLI_VERSION:
		c->version = true;
		break;
	case CLI_OWN_CRIU_BINARY:
		c->criu_binary = value;
		break;
	case CLI_OWN_DRY_RUN:
		c->dry_run = true;
		break;
	case CLI_OWN_EXIT_STATUS:
		c->exit_status = true;
		break;
	case CLI_OWN_WARN_MOUNTS:
		c->warn_mounts = true;
		break;
	case CLI_OWN_CUT_PEERS:
		c->cut_peers = true;
		break;
	case CLI_OWN_RECONNECT:
		strv_add(&c->reconnect, value);
		break;
	case CLI_OWN_OWN_SESSION:
		c->own_session = true;
		break;
	case CLI_OWN_LOSE_LOCKS:
		c->lose_locks = true;
		break;
	case CLI_OWN_CONSOLE_SOCKET:
		c->console_socket = value;
		break;
	case CLI_OWN_AS_GIVEN:
		c->as_given = true;
		break;
	case CLI_OWN_FREEZE_ON:
		c->freeze_on = value;
		break;
	case CLI_OWN_JSON:
		c->json = true;
		break;
	case CLI_OWN_GROWN_FILES:
		c->grown_files = true;
		break;
	}
}

/* The state of parsing one argument vector; getopt keeps the rest of its state in globals. */
struct walk {
	struct cli *cli;
	struct grammar grammar;
	bool is_command_line; /* else a configuration file */
	int argc;
	char *const *argv;

	bool *own;           /* argv[i] belongs to one of our own options */
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

/* Until a letter cluster is finished, optind still points at the cluster itself. */
static int take_option(struct walk *w, int value, int first, struct err *e)
{
	const struct cli_option *o = option_of(value);

	if (value == ':' && w->is_command_line)
		return err_set(e, 0, "option '%s' needs a value", w->argv[optind - 1]);
	if (!o || value == '?' || value == ':') {
		const char *meaning = abbreviated_by(w->argv[first]);

		if (!w->is_command_line)
			w->cli->bad_config |= meaning || value == ':';
		else if (meaning)
			return err_set(e, 0,
				       "option '%s' is ambiguous: it could mean %s among others",
				       w->argv[first], meaning);
		strv_add(&w->cli->unknown, w->argv[first]);
		return 0;
	}
	apply(w->cli, o->role, value < TWIN_BASE, optarg);
	strv_take(&w->cli->said, xasprintf("%s%s", value < TWIN_BASE ? "" : "no-", o->name));
	if (cli_is_own(o))
		for (int i = first; i < optind; i++)
			w->own[i] = true;
	return 0;
}

static int walk_options(struct walk *w, struct err *e)
{
	bool after_unknown = false;

	optind = 0; /* glibc: also resets the hidden state (getopt(3)) */
	opterr = 0;
	for (;;) {
		int first = optind ? optind : 1;
		int value = getopt_long(w->argc, w->argv, w->grammar.short_options,
					w->grammar.long_options, NULL);

		if (value == -1) {
			/* getopt has taken "--", and nothing else: "-D --" is an option with a value. */
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
	w->end_of_options = w->terminator ? optind - 1 : optind;
	for (int i = optind; i < w->argc; i++)
		add_operand(w, i, false);
	return 0;
}

static int walk_vector(struct cli *c, int argc, char *const argv[], bool posix, struct walk *w,
		       struct err *e)
{
	w->cli = c;
	w->argc = argc;
	w->argv = argv;
	w->own = xcalloc((size_t)argc + 1, sizeof(*w->own));
	w->operands = xcalloc((size_t)argc + 1, sizeof(*w->operands));
	w->after_unknown = xcalloc((size_t)argc + 1, sizeof(*w->after_unknown));
	grammar_make(posix, &w->grammar);
	return walk_options(w, e);
}

static void walk_free(struct walk *w)
{
	grammar_free(&w->grammar);
	free(w->own);
	free(w->operands);
	free(w->after_unknown);
}

static const char own_mark[] = "#criu-ns:";

/*
 * criu/config.c:parse_statement(): a name, then a value, quoted or not, then a comment, which starts at
 * any '#', even in quotes. The name ends at the first blank of the line or, if there is none, at the
 * first tab; a name that is followed by a blank and nothing else has the value "".
 *
 * criu refuses a file with an option that it does not know, so our own are in what it takes for a comment:
 * "#criu-ns: NAME VALUE".
 */
static bool names_own_option(const char *name)
{
	size_t length = strcspn(name, " \t");

	for (const struct cli_option *o = cli_options; o->name; o++)
		if (cli_is_own(o) && strlen(o->name) == length && !strncmp(o->name, name, length))
			return true;
	return false;
}

static void parse_statement(const char *line, size_t length, struct strv *out)
{
	_cleanup_free_ char *text = xstrndup(line, length);
	char *name = text + strspn(text, " \t\v\f\r");
	char *end;

	if (!strncmp(name, own_mark, sizeof(own_mark) - 1)) {
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
		text += length + (text[length] == '\n');
	}
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

/* The only command of two words; the second one is the name of a command, too. */
static bool is_cpuinfo(const struct walk *w, int i)
{
	const char *next = i + 1 < w->n_operands ? w->argv[w->operands[i + 1]] : "";

	return !strcmp(w->argv[w->operands[i]], "cpuinfo") &&
	       (!strcmp(next, "dump") || !strcmp(next, "check"));
}

/*
 * The command word is the first operand; but the word after an option that criu 4.2 does not have may be
 * the value of that option, and then the command is the next known word.
 */
static int find_command(const struct walk *w)
{
	for (int i = 0; i < w->n_operands; i++) {
		bool known = look_up(w->argv[w->operands[i]])->word != NULL;
		bool more = false;

		for (int j = i + 1; j < w->n_operands; j++)
			more |= look_up(w->argv[w->operands[j]])->word != NULL;
		if (!w->after_unknown[i] || (known && !more) || is_cpuinfo(w, i))
			return i;
		if (!more)
			return known ? i : 0;
	}
	return -1;
}

/*
 * Where the words after the command word start; -1 if there are none. If there is a "--", they start
 * after that, because a word before it may be the value of an option that criu 4.2 does not have.
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

/* What criu gets instead of argv[i]: its own word for the command, else the same word. */
static const char *word_for_criu(const struct walk *w, int i, int command)
{
	const struct cli_word *c = look_up(w->argv[i]);

	return command >= 0 && i == w->operands[command] && c->criu ? c->criu : w->argv[i];
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
			strv_add(&c->args, word_for_criu(w, i, command));
	}
	if (insert_before >= w->argc)
		c->insert_at = c->args.n;
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
static bool asks_for_help(int argc, char *const argv[])
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

/* criu's own check takes no process. */
static bool is_own_check(const struct cli *c)
{
	return c->tree && !c->unknown.n && c->word && !strcmp(c->word, "check");
}

int cli_parse(int argc, char *const argv[], char *const configs[CLI_CONFIGS], bool posix,
	      struct cli *ret, struct err *e)
{
	struct cli c = { .verbosity = 2 }; /* DEFAULT_LOGLEVEL of criu/include/log.h */
	struct walk w = { .is_command_line = true };
	int r = 0;

	c.help = asks_for_help(argc, argv);
	for (int i = 0; i < CLI_CONFIGS && !r; i++)
		if (configs[i])
			r = apply_config(&c, configs[i], posix, e);
	if (!r)
		r = walk_vector(&c, argc, argv, posix, &w, e);
	if (!r) {
		int command = find_command(&w);

		c.word = command < 0 ? NULL : argv[w.operands[command]];
		c.command = c.word ? look_up(c.word)->command : CMD_NONE;
		if (is_own_check(&c)) {
			c.command = CMD_DUMP;
			c.dry_run = true;
		}
		build_args(&c, &w, command, posix);
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
	strv_free(&c->said);
	strv_free(&c->unknown);
	strv_free(&c->storage);
}

int cli_says(const struct cli *c, const char *name)
{
	for (size_t i = c->said.n; i-- > 0;) {
		const char *said = c->said.v[i];

		if (!strcmp(said, name))
			return 1;
		if (!strncmp(said, "no-", 3) && !strcmp(said + 3, name))
			return -1;
	}
	return 0;
}

void cli_deny(struct cli *c, const char *name)
{
	if (!cli_says(c, name))
		strv_take(&c->said, xasprintf("no-%s", name));
}

/* external_lookup_by_key() in criu/external.c: the last one that starts with the ID and a colon. */
const char *cli_external(const struct cli *c, const char *kind, const char *id)
{
	_cleanup_free_ char *key = xasprintf("%s[%s]", kind, id);
	size_t length = strlen(key);

	for (size_t i = c->externals.n; i-- > 0;) {
		const char *value = c->externals.v[i];

		if (strncmp(value, key, length) != 0)
			continue;
		if (value[length] == ':')
			return value + length + 1;
		if (!value[length])
			return value + length;
	}
	return NULL;
}

bool cli_inherits(const struct cli *c, const char *name)
{
	for (size_t i = 0; i < c->inherited.n; i++) {
		const char *colon = strchr(c->inherited.v[i], ':');

		if (colon && !strcmp(colon + 1, name))
			return true;
	}
	return false;
}

bool cli_skips_mount(const struct cli *c, const char *at)
{
	for (size_t i = 0; i < c->skipped.n; i++)
		if (!strcmp(c->skipped.v[i], at))
			return true;
	return false;
}

bool cli_replaces_mount(const struct cli *c, const char *at, const char *key)
{
	const char *path = key ? cli_external(c, "mnt", key) : NULL;

	if (!key && !strcmp(at, "/"))
		return c->root != NULL;
	return path && *path;
}
