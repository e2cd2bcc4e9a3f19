// SPDX-License-Identifier: MIT
#include "cli/options.h"

#include "cli/cli.h"

#include <string.h>

/* NOLINTBEGIN(bugprone-macro-parentheses): a row is made of them */

/* The place of a field of struct cli, which must be of that type. */
#define FIELD(type, field)                                                                         \
	_Generic(&((struct cli *)NULL)->field, type * : offsetof(struct cli, field))

#define TWIN(name, has) ((has) ? "no-" name : NULL)

/* Of criu's; l: its letter, or 0; t: has it a twin? f: its field */
#define PASS(n, l, a, t)                                                                           \
	{                                                                                          \
		.name = n, .letter = l, .argument = a, .twin = TWIN(n, t)                          \
	}
#define ROLE(n, l, a, t, r)                                                                        \
	{                                                                                          \
		.name = n, .letter = l, .argument = a, .twin = TWIN(n, t), .role = r               \
	}
#define VALUE(n, l, f)                                                                             \
	{                                                                                          \
		.name = n, .letter = l, .argument = required_argument, .role = CLI_VALUE,          \
		.field = FIELD(const char *, f)                                                    \
	}
#define VALUES(n, l, f)                                                                            \
	{                                                                                          \
		.name = n, .letter = l, .argument = required_argument, .role = CLI_VALUES,         \
		.field = FIELD(struct strv, f)                                                     \
	}
#define GIVEN(n, l, a, f)                                                                          \
	{                                                                                          \
		.name = n, .letter = l, .argument = a, .role = CLI_GIVEN, .field = FIELD(bool, f)  \
	}
#define SWITCH(n, l, f)                                                                            \
	{                                                                                          \
		.name = n, .letter = l, .twin = TWIN(n, true), .role = CLI_SWITCH,                 \
		.field = FIELD(bool, f)                                                            \
	}

/* Of criu's, without a letter, and only passed on. */
#define FLAG(n)  PASS(n, 0, no_argument, false)
#define BOOL(n)  PASS(n, 0, no_argument, true)
#define TEXT(n)  PASS(n, 0, required_argument, false)
#define MAYBE(n) PASS(n, 0, optional_argument, false)

/* Our own; h: the help */
#define OWN_VALUE(n, f, h)                                                                         \
	{                                                                                          \
		.name = n, .argument = required_argument, .is_own = true, .role = CLI_VALUE,       \
		.field = FIELD(const char *, f), .help = h                                         \
	}
#define OWN_VALUES(n, f, h)                                                                        \
	{                                                                                          \
		.name = n, .argument = required_argument, .is_own = true, .role = CLI_VALUES,      \
		.field = FIELD(struct strv, f), .help = h                                          \
	}
#define OWN_GIVEN(n, f, h)                                                                         \
	{                                                                                          \
		.name = n, .is_own = true, .role = CLI_GIVEN, .field = FIELD(bool, f), .help = h   \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

/* In the order of criu/config.c:parse_options() in 4.2, and with its --no-NAME twins. */
const struct cli_option cli_options[] = {
	VALUE("tree", 't', tree),
	ROLE("leave-stopped", 's', no_argument, false, CLI_LEAVE_STOPPED),
	ROLE("leave-running", 'R', no_argument, false, CLI_LEAVE_RUNNING),
	SWITCH("restore-detached", 'd', detach),
	SWITCH("restore-sibling", 'S', sibling),
	SWITCH("daemon", 0, detach),
	VALUE("images-dir", 'D', images_dir),
	VALUE("work-dir", 'W', work_dir),
	VALUE("log-file", 'o', log_file),
	VALUES("join-ns", 'J', joined),
	VALUE("root", 'r', root),
	ROLE("ext-unix-sk", 'x', optional_argument, false, CLI_EXT_UNIX_SK),
	GIVEN("help", 'h', no_argument, help),
	ROLE("tcp-established", 0, no_argument, true, CLI_TCP),
	TEXT("close"),
	SWITCH("log-pid", 0, log_pid),
	GIVEN("version", 'V', no_argument, version),
	BOOL("evasive-devices"),
	VALUE("pidfile", 0, pidfile),
	TEXT("veth-pair"),
	TEXT("action-script"),
	BOOL("link-remap"),
	SWITCH("shell-job", 'j', shell_job),
	PASS("file-locks", 'l', no_argument, true),
	BOOL("page-server"),
	VALUE("address", 0, address),
	TEXT("port"),
	TEXT("prev-images-dir"),
	FLAG("ms"),
	BOOL("track-mem"),
	BOOL("auto-dedup"),
	PASS("libdir", 'L', required_argument, false),
	MAYBE("cpu-cap"),
	BOOL("force-irmap"),
	ROLE("ext-mount-map", 'M', required_argument, false, CLI_EXT_MOUNT_MAP),
	GIVEN("exec-cmd", 0, no_argument, exec_cmd),
	MAYBE("manage-cgroups"),
	TEXT("cgroup-root"),
	VALUES("inherit-fd", 0, inherited),
	TEXT("feature"),
	VALUES("skip-mnt", 0, skipped),
	GIVEN("enable-fs", 0, required_argument, enable_fs),
	GIVEN("enable-external-sharing", 0, no_argument, external_sharing),
	GIVEN("enable-external-masters", 0, no_argument, external_masters),
	TEXT("freeze-cgroup"),
	TEXT("ghost-limit"),
	TEXT("irmap-scan-path"),
	TEXT("lsm-profile"),
	TEXT("timeout"),
	ROLE("external", 0, required_argument, false, CLI_EXTERNAL),
	TEXT("empty-ns"),
	FLAG("lazy-pages"),
	BOOL("extra"),
	BOOL("experimental"),
	FLAG("all"),
	TEXT("cgroup-props"),
	TEXT("cgroup-props-file"),
	TEXT("cgroup-dump-controller"),
	BOOL("skip-in-flight"),
	BOOL("deprecated"),
	BOOL("display-stats"),
	BOOL("weak-sysctls"),
	VALUE("status-fd", 0, status_fd),
	ROLE("tcp-close", 0, no_argument, true, CLI_TCP),
	ROLE("verbosity", 'v', optional_argument, false, CLI_VERBOSITY),
	TEXT("ps-socket"),
	SWITCH("stream", 0, stream),
	TEXT("config"),
	FLAG("no-default-config"),
	TEXT("tls-cacert"),
	TEXT("tls-cacrl"),
	TEXT("tls-cert"),
	TEXT("tls-key"),
	BOOL("tls"),
	FLAG("tls-no-cn-verify"),
	TEXT("cgroup-yard"),
	TEXT("pre-dump-mode"),
	TEXT("file-validation"),
	BOOL("skip-file-rwx-check"),
	TEXT("lsm-mount-context"),
	GIVEN("network-lock", 0, required_argument, network_lock),
	BOOL("mntns-compat-mode"),
	SWITCH("unprivileged", 0, unprivileged),
	BOOL("ghost-fiemap"),
	BOOL("allow-uprobes"),

	/* A prefix that is unique for criu stays that, see keep_abbreviations() in grammar.c. */
	OWN_VALUE("criu-binary", criu_binary,
		  "run this criu (else $CRIU_BINARY, else criu on PATH)"),
	OWN_GIVEN("dry-run", dry_run, "print what would be done, and why; do nothing"),
	OWN_GIVEN("exit-status", exit_status, "a foreground thaw exits as the root task did"),
	OWN_GIVEN("warn-mounts", warn_mounts,
		  "a thaw goes on even if mounts do not come back as before"),
	OWN_GIVEN("own-session", own_session,
		  "a tree leaves a session from outside its pid namespace"),
	OWN_GIVEN("lose-locks", lose_locks, "accept that locked mounts come back unlocked"),
	OWN_VALUE("console-socket", console_socket,
		  "a thaw sends the terminal there, as runc does"),
	OWN_GIVEN("as-given", as_given, "add no options of criu's because of what the tree holds"),
	OWN_GIVEN("grown-files", grown_files,
		  "a thaw accepts files that have grown since the freeze"),
	OWN_GIVEN("cut-peers", cut_peers, "unix sockets to outside come back with a closed peer"),
	OWN_VALUES("reconnect", reconnect, "a thaw connects to this unix socket again (all: any)"),
	OWN_GIVEN("json", json, NULL),
	OWN_VALUE("freeze-on", freeze_on, NULL),
	{ .name = NULL },
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

const struct cli_word *cli_look_up(const char *word)
{
	const struct cli_word *c = cli_commands;

	while (c->word && strcmp(c->word, word) != 0)
		c++;
	return c;
}
