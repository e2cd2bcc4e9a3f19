/* SPDX-License-Identifier: MIT */
/* `criu-ns show`: what is in a directory of images, as text and as JSON. */
#ifndef CRIU_NS_SHOW_H
#define CRIU_NS_SHOW_H

#include "look/contents.h"

#include <stdbool.h>
#include <stdio.h>

/* For a person. The problems are not in it. */
void show_text(FILE *out, const struct contents *c);

/* For a program, on one line: all of it, with the problems. */
void show_json(FILE *out, const struct contents *c);

/*
 * The command: prints the directory to standard output, and errors and problems to standard error.
 * Returns the exit status.
 */
int show_directory(const char *path, bool json);

#endif
