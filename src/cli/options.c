// SPDX-License-Identifier: MIT
#include "cli/options.h"

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
	ROLE("ext-unix-sk", 'x', optional_argument, false, CLI_EXT_UNIX_SK),
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

	/* A prefix that is unique for criu stays that, see keep_abbreviations() in grammar.c. */
	OWN("criu-binary", required_argument, CLI_OWN_CRIU_BINARY,
	    "run this criu (else $CRIU_BINARY, else criu on PATH)"),
	OWN("dry-run", no_argument, CLI_OWN_DRY_RUN,
	    "print what would be done, and why; do nothing"),
	OWN("exit-status", no_argument, CLI_OWN_EXIT_STATUS,
	    "a foreground thaw exits as the root task did"),
	OWN("warn-mounts", no_argument, CLI_OWN_WARN_MOUNTS,
	    "a thaw goes on even if mounts do not come back as before"),
	OWN("own-session", no_argument, CLI_OWN_OWN_SESSION,
	    "a tree leaves a session from outside its pid namespace"),
	OWN("lose-locks", no_argument, CLI_OWN_LOSE_LOCKS,
	    "accept that locked mounts come back unlocked"),
	OWN("console-socket", required_argument, CLI_OWN_CONSOLE_SOCKET,
	    "a thaw sends the terminal there, as runc does"),
	OWN("as-given", no_argument, CLI_OWN_AS_GIVEN,
	    "add no options of criu's because of what the tree holds"),
	OWN("grown-files", no_argument, CLI_OWN_GROWN_FILES,
	    "a thaw accepts files that have grown since the freeze"),
	OWN("cut-peers", no_argument, CLI_OWN_CUT_PEERS,
	    "unix sockets to outside come back with a closed peer"),
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

const struct cli_word *cli_look_up(const char *word)
{
	const struct cli_word *c = cli_commands;

	while (c->word && strcmp(c->word, word) != 0)
		c++;
	return c;
}
