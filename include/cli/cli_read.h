/* SPDX-License-Identifier: MIT */
/* criu's configuration files, as criu would find them here, and a command line after them. */
#ifndef CRIU_NS_CLI_READ_H
#define CRIU_NS_CLI_READ_H

#include "cli/cli.h"
#include "util/err.h"

/*
 * As cli_parse(), with the files that criu would read for this command line and environment. With
 * words, the line to be parsed is another one.
 */
int cli_read(int argc, char *argv[], const struct strv *words, struct cli *ret, struct err *e);

#endif
