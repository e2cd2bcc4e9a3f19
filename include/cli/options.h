/* SPDX-License-Identifier: MIT */
/*
 * The options and commands of criu and of criu-ns, as tables.
 */
#ifndef CRIU_NS_CLI_OPTIONS_H
#define CRIU_NS_CLI_OPTIONS_H

#include <getopt.h> /* no_argument and the like */
#include <stdbool.h>
#include <stddef.h>

/* What criu-ns does with an option, in a field of struct cli. */
enum cli_role {
	CLI_PASS,   /* nothing: it is only passed on to criu, or there is no field for it alone */
	CLI_VALUE,  /* a string: the value, of the last one */
	CLI_VALUES, /* a struct strv: all values */
	CLI_GIVEN,  /* a bool: it was given */
	CLI_SWITCH, /* a bool: it was given, and not its twin after it */
	/* these have more to do than to set one field */
	CLI_LEAVE_STOPPED,
	CLI_LEAVE_RUNNING,
	CLI_EXTERNAL,
	CLI_EXT_MOUNT_MAP,
	CLI_EXT_UNIX_SK,
	CLI_TCP,
	CLI_VERBOSITY,
};

struct cli_option {
	const char *name;
	char letter;      /* short form, or 0 */
	int argument;     /* no_argument, required_argument, optional_argument */
	const char *twin; /* no-NAME, which criu has, too; or NULL */
	bool is_own;      /* ours, which criu must not see */
	enum cli_role role;
	size_t field; /* where it is in struct cli, for the first roles */
	/*
	 * own options, whose values are all paths: the meaning, for --help; NULL: listed elsewhere
	 */
	const char *help;
};

/* criu 4.2's options and then our own; ends with a NULL name. */
extern const struct cli_option cli_options[];

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
