/* SPDX-License-Identifier: MIT */
/*
 * What getopt_long() wants of cli_options[], and what it says of them. Pure but for its state.
 */
#ifndef CRIU_NS_CLI_GRAMMAR_H
#define CRIU_NS_CLI_GRAMMAR_H

#include "cli/options.h"

#include <stdbool.h>

/*
 * getopt_long(), for POSIX's order of words or for GNU's. Its state is global: the first call is
 * with optind 0. Returns -1 at the end of the options, 1 for an operand where GNU's order counts,
 * and else what grammar_option() knows.
 */
int grammar_next(bool posix, int argc, char *const argv[]);

/* The option that grammar_next() has found, and whether it or its twin --no-NAME; NULL: none. */
const struct cli_option *grammar_option(int value, bool *ret_on);

/*
 * The options that the word could abbreviate, as text, and "..." if these are many; to be freed.
 * NULL unless it is ambiguous.
 */
char *grammar_ambiguous(const char *word);

#endif
