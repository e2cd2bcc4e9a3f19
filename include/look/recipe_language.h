/* SPDX-License-Identifier: MIT */
/*
 * What the reader of recipes and their writer share: the first line, and the fields of each kind of
 * line.
 */
#ifndef CRIU_NS_RECIPE_LANGUAGE_H
#define CRIU_NS_RECIPE_LANGUAGE_H

#include "look/recipe_values.h"

#include <stdbool.h>
#include <stddef.h>

/* The first line: this, and one of the formats that are read. The last of them is written. */
extern const char recipe_magic[];
extern const char *const recipe_formats[];
extern const size_t recipe_n_formats;
#define RECIPE_NEWEST recipe_formats[recipe_n_formats - 1]

enum recipe_presence { OPTIONAL, NEEDED };

struct recipe_field {
	const char *name;
	size_t offset; /* of the member */
	const struct recipe_kind *kind;
	unsigned owners; /* mounts: a bit for each enum recipe_owner that has the field */
	enum recipe_presence presence;
};

/* The fields of a line, in the order in which they are written. */
struct recipe_fields {
	const struct recipe_field *v;
	size_t n;
};

extern const struct recipe_fields recipe_mount_fields, recipe_file_fields, recipe_unix_fields,
	recipe_name_fields, recipe_task_fields, recipe_group_fields, recipe_option_fields,
	recipe_tree_fields;

/* Is it written without a value? */
static inline bool recipe_is_bare(const struct recipe_field *f)
{
	return f->kind == &recipe_kinds.bare;
}

/* Is it written as an escape wherever it stands? */
static inline bool recipe_is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

#endif
