/* SPDX-License-Identifier: MIT */
/* Completion scripts for shells, made from the table of options (cli.h). */
#ifndef CRIU_NS_COMPLETION_H
#define CRIU_NS_COMPLETION_H

#include "util/err.h"

#include <stdio.h>

/* Print the script for the shell of that name (bash, zsh, fish); -EINVAL for any other shell. */
int completion_print(FILE *out, const char *shell, struct err *e);

#endif
