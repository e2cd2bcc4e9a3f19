/* SPDX-License-Identifier: MIT */
/*
 * The options and commands of criu and of criu-ns, as tables.
 */
#ifndef CRIU_NS_CLI_OPTIONS_H
#define CRIU_NS_CLI_OPTIONS_H

#include <getopt.h> /* no_argument and the like */
#include <stdbool.h>

/* What criu-ns does with an option; those with CLI_PASS are only passed on to criu. */
enum cli_role {
	CLI_PASS,
	CLI_TREE,
	CLI_IMAGES_DIR,
	CLI_WORK_DIR,
	CLI_LOG_FILE,
	CLI_LOG_PID,
	CLI_PIDFILE,
	CLI_DETACH,
	CLI_SIBLING,
	CLI_SHELL_JOB,
	CLI_LEAVE_STOPPED,
	CLI_LEAVE_RUNNING,
	CLI_EXEC_CMD,
	CLI_STREAM,
	CLI_UNPRIVILEGED,
	CLI_ROOT,
	CLI_EXTERNAL,
	CLI_EXT_MOUNT_MAP,
	CLI_EXT_UNIX_SK,
	CLI_EXT_MASTERS,
	CLI_EXT_SHARING,
	CLI_INHERIT_FD,
	CLI_JOIN_NS,
	CLI_SKIP_MNT,
	CLI_ENABLE_FS,
	CLI_TCP,
	CLI_NETWORK_LOCK,
	CLI_ADDRESS,
	CLI_STATUS_FD,
	CLI_VERBOSITY,
	CLI_HELP,
	CLI_VERSION,
	/* ours, which criu must not see */
	CLI_OWN_CRIU_BINARY,
	CLI_OWN_DRY_RUN,
	CLI_OWN_EXIT_STATUS,
	CLI_OWN_WARN_MOUNTS,
	CLI_OWN_OWN_SESSION,
	CLI_OWN_LOSE_LOCKS,
	CLI_OWN_CONSOLE_SOCKET,
	CLI_OWN_AS_GIVEN,
	CLI_OWN_GROWN_FILES,
	CLI_OWN_CUT_PEERS,
	CLI_OWN_RECONNECT,
	CLI_OWN_JSON,
	CLI_OWN_FREEZE_ON,
};

struct cli_option {
	const char *name;
	char letter;  /* short form, or 0 */
	int argument; /* no_argument, required_argument, optional_argument */
	bool twin;    /* criu has --no-NAME too */
	enum cli_role role;
	/*
	 * own options, whose values are all paths: the meaning, for --help; NULL: listed elsewhere
	 */
	const char *help;
};

/* criu 4.2's options and then our own; ends with a NULL name. */
extern const struct cli_option cli_options[];

static inline bool cli_is_own(const struct cli_option *o)
{
	return o->role >= CLI_OWN_CRIU_BINARY;
}

enum cli_command {
	CMD_NONE,
	CMD_DUMP,
	CMD_PRE_DUMP,
	CMD_RESTORE,
	CMD_COMPLETION, /* our own: completion bash|zsh|fish */
	CMD_SERVICE,    /* requests by RPC, on a socket with a name */
	CMD_SWRK,       /* swrk FD: one request by RPC */
	CMD_SHOW,       /* our own: show DIR */
	CMD_RUN,        /* our own: run -D DIR -- COMMAND */
	CMD_CRIU,       /* any other command of criu 4.2: passed to criu unchanged */
	CMD_UNKNOWN,    /* a word that criu 4.2 does not know; a newer one might */
};

/* The words for them; ends with a NULL word. */
struct cli_word {
	const char *word;
	enum cli_command command;
	const char *criu; /* what criu calls it; NULL: the same */
};
extern const struct cli_word cli_commands[];

/* The row of this word; never NULL: what is no command has the last row. */
const struct cli_word *cli_look_up(const char *word);

#endif
