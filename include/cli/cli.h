/* SPDX-License-Identifier: MIT */
/*
 * criu's command line, and what criu-ns has to know of it.
 *
 * Pure: argument vectors and the texts of configuration files in, a struct out. The user's words
 * are never rewritten: our own options are removed, and everything that criu-ns adds is inserted in
 * one place (when an option is given twice, also in configuration files, criu takes the last one).
 */
#ifndef CRIU_NS_CLI_H
#define CRIU_NS_CLI_H

#include "cli/config.h"
#include "cli/options.h"
#include "util/err.h"
#include "util/util.h"

#include <stdbool.h>
#include <sys/types.h>

struct cli {
	enum cli_command command;
	const char *word;   /* the command word as given; NULL if none */
	bool help, version; /* was asked for; then nothing else matters */
	bool configured;    /* there is a configuration file */
	bool bad_config;    /* and it has something that criu will refuse */

	/* our own options */
	const char *criu_binary, *console_socket, *freeze_on;
	bool dry_run, exit_status, warn_mounts, lose_locks, as_given, grown_files, cut_peers;
	struct strv reconnect; /* values of --reconnect */
	bool own_session, json;

	/* set by run/, for a thaw: the program that is started instead, or NULL */
	char *const *start;

	/*
	 * set by rpc/, for a request: the client gets the other sides of terminals
	 * (orphan_pts_master)
	 */
	bool by_rpc, orphan_masters;

	/* criu's options: the last value of each in configuration files and command line */
	const char *tree;       /* as given; NULL if not */
	const char *images_dir; /* "." if not given, as criu has it */
	const char *work_dir;   /* images_dir if not given, as criu has it */
	const char *log_file;   /* NULL: criu writes to stderr; "-": to stdout */
	const char *pidfile;
	const char *address;   /* of a service; NULL if not given */
	const char *status_fd; /* the same of its number */
	const char *root;
	bool detach, sibling, shell_job, leave_stopped, leave_running, exec_cmd, stream;
	bool unprivileged;
	bool verbose;                 /* -v, in any number */
	unsigned verbosity;           /* as criu counts it; 2 if it was not given */
	bool log_pid;                 /* --log-pid */
	bool tcp;                     /* --tcp-established, --tcp-close */
	bool enable_fs, network_lock; /* --enable-fs, --network-lock were given */
	/* values of --external, and of --ext-mount-map and --ext-unix-sk in its words */
	struct strv externals;
	struct strv inherited; /* of --inherit-fd */
	struct strv joined;    /* of --join-ns */
	struct strv skipped;   /* of --skip-mnt */
	bool auto_external, external_masters,
		external_sharing; /* mnt[], :m, :s as criu reads them */
	bool meant_masters,
		meant_sharing; /* the second letter of mnt[]:sm, which criu does not read */

	/*
	 * The command line for criu: args without our own options; args[0] is a placeholder. What
	 * criu-ns adds is inserted before args[insert_at]. For restore --exec-cmd, args[command_at]
	 * is the first word of the command to execute (0: none), as for run; for show, the
	 * directory.
	 */
	struct strv args;
	size_t insert_at;
	size_t word_at; /* of `word` in args, 0 if there is none */
	size_t command_at;

	/*
	 * run: the line up to its program, without the options that only run has; word_of_line:
	 * where the command is in it
	 */
	struct strv line;
	size_t word_of_line;

	/* the names of all options that were given, with "no-" for their twins, in order */
	struct strv said;
	struct strv unknown; /* options that criu 4.2 does not have */
	struct strv storage; /* owns the strings from configuration files */
};

/*
 * Parse. configs[] are the texts of those files (NULL: not there). posix: $POSIXLY_CORRECT is set,
 * which makes criu's getopt stop at the first operand. Strings in *ret point into argv and into
 * *ret itself: the caller keeps argv, and frees *ret with cli_free(). Fails on an option without
 * its value, which criu would refuse anyway. In a configuration file that is only noted
 * (bad_config), because criu reports it in its own words.
 */
int cli_parse(int argc, char *const argv[], char *const configs[CLI_CONFIGS], bool posix,
	      struct cli *ret, struct err *e);

void cli_free(struct cli *c);

/* The words with which the program of this `run` is dumped, or restored, with the same options. */
void cli_line_for(const struct cli *run, const char *command, struct strv *ret);

/*
 * Note that an option was turned off that has no --no-NAME, unless a file or a word that came later
 * turns it on.
 */
void cli_deny(struct cli *c, const char *name);

/*
 * Was this option (its full name) given? 1: yes; -1: its twin --no-NAME was; 0: neither. The last
 * one counts.
 */
int cli_says(const struct cli *c, const char *name);

/*
 * What `--external KIND[ID]:VALUE` says of this ID, looked up as criu does; "" where there is no
 * value, NULL where it is not given.
 */
const char *cli_external(const struct cli *c, const char *kind, const char *id);

/* Is `--inherit-fd fd[N]:NAME` given? */
bool cli_inherits(const struct cli *c, const char *name);

/* Is `--skip-mnt AT` given? */
bool cli_skips_mount(const struct cli *c, const char *at);

/*
 * Does the command line of a thaw say what to mount on `at`, by --external mnt[KEY]:PATH or, for
 * the root, which has no key (NULL), by --root?
 */
bool cli_replaces_mount(const struct cli *c, const char *at, const char *key);

#endif
