/* SPDX-License-Identifier: MIT */
/* The recipe (recipe.h) as a file in the images directory. */
#ifndef CRIU_NS_RECIPE_FILE_H
#define CRIU_NS_RECIPE_FILE_H

#include "look/recipe.h"
#include "util/err.h"

/* Read the recipe in the directory dirfd. 1 if there is one, 0 if not. */
int recipe_file_read(int dirfd, struct recipe *ret, struct err *e);

/*
 * Write the recipe there, as recipe_format() gives it. It replaces, at once (rename(2)), an older
 * one, whose text goes to *ret_old (NULL if there was none; the caller frees it). text NULL: only
 * remove the older one.
 */
int recipe_file_write(int dirfd, const char *text, char **ret_old, struct err *e);

/* Restore the old one, because the freeze has failed. */
void recipe_file_undo(int dirfd, const char *old);

#endif
