// SPDX-License-Identifier: MIT
#include "look/mountinfo.h"

#include "util/util.h"

#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

/* Those of mangle_path() in the kernel's fs/seq_file.c: never a NUL. */
void mountinfo_unescape(char *text)
{
	char *to = strchr(text, '\\');

	for (const char *from = to; to && (*to = *from); to++) {
		const char escaped = parse_octal(from + 1);

		if (*from == '\\' && escaped) {
			*to = escaped;
			from += 3;
		}
		from++;
	}
}

/* The next field, which ends at a blank. NULL if there is none, or if it is empty. */
static char *take_field(char **rest)
{
	char *field = strsep(rest, " ");

	if (!field || !*field)
		return NULL;
	mountinfo_unescape(field);
	return field;
}

/* ID PARENT MAJOR:MINOR; gives what is behind that, or NULL. */
static char *take_numbers(char *line, struct mountinfo *ret)
{
	unsigned long id = 0;
	unsigned long parent = 0;
	unsigned long major = 0;
	unsigned long minor = 0;
	const char *at = parse_number(line, 10, ' ', &id);

	at = at ? parse_number(at, 10, ' ', &parent) : NULL;
	at = at ? parse_number(at, 10, ':', &major) : NULL;
	at = at ? parse_number(at, 10, ' ', &minor) : NULL;
	if (!at || id > INT_MAX || parent > INT_MAX || major > UINT_MAX || minor > UINT_MAX)
		return NULL;
	ret->id = (int)id;
	ret->parent = (int)parent;
	ret->dev = makedev((unsigned)major, (unsigned)minor);
	return line + (at - line);
}

static bool take_group(const char *field, const char *name, unsigned *ret)
{
	size_t length = strlen(name);
	unsigned long number = 0;

	if (strncmp(field, name, length) != 0)
		return true;
	if (!parse_number(field + length, 10, '\0', &number) || number > UINT_MAX)
		return false;
	*ret = (unsigned)number;
	return true;
}

/* Any number of optional fields, some of which future kernels may add, and "-". */
static bool take_groups(char **rest, struct mountinfo *ret)
{
	const char *field;

	while ((field = strsep(rest, " ")) && strcmp(field, "-") != 0)
		if (!*field || !take_group(field, "shared:", &ret->shared) ||
		    !take_group(field, "master:", &ret->master))
			return false;
	return field != NULL;
}

bool mountinfo_parse(char *line, struct mountinfo *ret)
{
	*ret = (struct mountinfo){ 0 };

	char *rest = take_numbers(line, ret);

	if (!rest || !(ret->root = take_field(&rest)) || !(ret->at = take_field(&rest)) ||
	    !(ret->options = take_field(&rest)) || !take_groups(&rest, ret) ||
	    !(ret->fstype = take_field(&rest)))
		return false;
	ret->source = strsep(&rest, " "); /* may be empty */
	if (!rest)
		return false;
	ret->fs_options = rest;
	mountinfo_unescape(ret->source);
	mountinfo_unescape(ret->fs_options);
	return true;
}
