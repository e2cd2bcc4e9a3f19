/* SPDX-License-Identifier: MIT */
/*
 * What getopt_long() wants of cli_options[], and what it says of them. Pure but for its state.
 */
#ifndef CRIU_NS_CLI_GRAMMAR_H
#define CRIU_NS_CLI_GRAMMAR_H

#include "cli/options.h"
#include "util/util.h"

#include <stdbool.h>

struct grammar {
	struct option *long_options;
	char *short_options;
	struct strv names; /* of those that are not in cli_options[] */
};

/* Made for POSIX's order of words or for GNU's; freed with grammar_free(). */
void grammar_make(bool posix, struct grammar *g);

void grammar_free(struct grammar *g);

/*
 * getopt_long(), whose state is global: the first call is with optind 0. Returns -1 at the end of
 * the options, 1 for an operand where GNU's order counts, and else what grammar_option() knows.
 */
int grammar_next(const struct grammar *g, int argc, char *const argv[]);

/* The option that grammar_next() has found, and whether it or its twin --no-NAME; NULL: none. */
const struct cli_option *grammar_option(int value, bool *ret_on);

/* One of the options that the word could abbreviate; NULL unless it is ambiguous. */
const char *grammar_ambiguous(const char *word);

#endif
