/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with the words of a command line, told before anything is looked at. Pure.
 *
 * Only what nobody can have meant is an error here. An option or a command that criu 4.2 does not
 * have may be a newer criu's: it is one as long as that criu's --help has it, or nothing that we
 * know is spelt like it.
 */
#ifndef CRIU_NS_USAGE_H
#define CRIU_NS_USAGE_H

#include "cli/cli.h"
#include "util/err.h"

#include <stdbool.h>

/* Are there words that only criu's own --help can tell the meaning of? */
bool usage_needs_help(const struct cli *cli);

/*
 * Check the line. criu_help is what criu prints for --help; NULL when it is not known. Gives the
 * number of errors and, in a fresh array that the caller frees, all of them.
 */
size_t usage_check(const struct cli *cli, const char *criu_help, struct err **ret);

/* The option that was most likely meant by a word that is none ("--tre3"), or NULL. */
const char *usage_nearest_option(const char *word);

#endif
