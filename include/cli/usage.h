/* SPDX-License-Identifier: MIT */
/*
 * Errors in a command line, reported before anything is looked at. Pure.
 *
 * Only what nobody can have meant is an error here. An option or a command that criu 4.2 does not
 * have may be a newer criu's: it is accepted if the --help of the installed criu lists it, or if
 * nothing known is spelt similarly.
 */
#ifndef CRIU_NS_USAGE_H
#define CRIU_NS_USAGE_H

#include "cli/cli.h"
#include "util/err.h"

#include <stdbool.h>

/* Are there words that only criu's own --help can explain? */
bool usage_needs_help(const struct cli *cli);

/*
 * Check the command line. criu_help is what criu prints for --help; NULL if that is not known.
 * Gives the number of errors and, in a fresh array that the caller frees, all of them.
 */
size_t usage_check(const struct cli *cli, const char *criu_help, struct err **ret);

/* The option that a misspelt word ("--tre3") most likely means, or NULL. */
const char *usage_nearest_option(const char *word);

#endif
