/* SPDX-License-Identifier: MIT */
/* Completion scripts for shells, made from the table of options (cli.h). */
#ifndef CRIU_NS_COMPLETION_H
#define CRIU_NS_COMPLETION_H

#include "util/err.h"

#include <stdio.h>

/* Print the script for a shell, by its name (bash, zsh, fish); -EINVAL for one that there is no script for. */
int completion_print(FILE *out, const char *shell, struct err *e);

#endif
