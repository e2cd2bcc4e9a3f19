/* SPDX-License-Identifier: MIT */
/*
 * What getopt_long() wants of cli_options[], and what it says of them. Pure.
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

/* The option that getopt_long() has found, and whether it or its twin --no-NAME; NULL: none. */
const struct cli_option *grammar_option(int value, bool *ret_on);

/* One of the options that the word could abbreviate; NULL unless it is ambiguous. */
const char *grammar_ambiguous(const char *word);

#endif
