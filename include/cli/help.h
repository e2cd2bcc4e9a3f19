/* SPDX-License-Identifier: MIT */
/* --help and --version: ours, and what criu itself says. */
#ifndef CRIU_NS_HELP_H
#define CRIU_NS_HELP_H

#include "cli/cli.h"
#include "cli/criu.h"

/* Print it, and return the exit status. */
int help_print(const struct cli *cli);
int help_version(const struct cli *cli);

/* What criu prints for --help; NULL when it cannot be run. The caller frees it. */
char *help_of_criu(const struct criu_binary *criu);

#endif
