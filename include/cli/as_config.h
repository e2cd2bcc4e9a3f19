/* SPDX-License-Identifier: MIT */
/*
 * A command line of criu's in the form of a configuration file (criu(8), CONFIGURATION FILES), for
 * a criu that is executed before its options are known (cli/late.h). Pure.
 */
#ifndef CRIU_NS_CLI_AS_CONFIG_H
#define CRIU_NS_CLI_AS_CONFIG_H

#include "util/util.h"

/*
 * The options in args, each on a line of its own, in fresh memory; args[0] is not one, and words
 * that are no options are left out. NULL if it cannot be said there: an option that criu 4.2 does
 * not have, or a value with a blank or a newline in it.
 */
char *cli_as_config(const struct strv *args);

#endif
