/* SPDX-License-Identifier: MIT */
/*
 * What criu's config.c does before it parses its command line: which configuration files there are,
 * the words in them, and whether help is asked for. Pure.
 */
#ifndef CRIU_NS_CLI_CONFIG_H
#define CRIU_NS_CLI_CONFIG_H

#include "util/util.h"

#include <stdbool.h>

enum { CLI_CONFIGS = 4 };

/*
 * Which configuration files criu will read for this line, in its order (criu/config.c,
 * next_config()): paths[i] is NULL where there is none. home and config_env are $HOME and
 * $CRIU_CONFIG_FILE or NULL. The caller frees the strings.
 */
void cli_config_paths(int argc, char *const argv[], const char *home, const char *config_env,
		      char *paths[CLI_CONFIGS]);

/* Add the words of a command line that a configuration file is to criu. */
void cli_config_words(const char *text, struct strv *words);

/* Does any word of the line ask for help? Then criu does nothing else. */
bool cli_asks_for_help(int argc, char *const argv[]);

#endif
