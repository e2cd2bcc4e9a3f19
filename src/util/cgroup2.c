// SPDX-License-Identifier: MIT
#include "util/cgroup2.h"

#include "util/util.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

const char *cgroup2_after_type(const char *mountinfo, size_t n)
{
	static const char type[] = " - cgroup2 ";
	const char *at = memmem(mountinfo, n, type, strlen(type));

	return at ? at + strlen(type) : NULL;
}

/* The text from the field with that number on, counted from 0; NULL if there are fewer. */
static const char *field(const char *line, size_t n)
{
	for (; n && line; n--) {
		line = strchr(line, ' ');
		line += line != NULL;
	}
	return line;
}

/* rest: of the line, behind the type */
static bool find_in(const char *line, const char *rest, char **ret_place, char **ret_options)
{
	const char *place = field(line, 4);
	const char *options = field(rest, 1);

	if (!place || !options)
		return false;

	size_t n = strcspn(place, " ");

	/* A name with escapes is none that anybody uses; "rw" is not an option of the kind. */
	if (!strchr(options, ',') || memchr(place, '\\', n))
		return false;
	*ret_place = xstrndup(place, n);
	*ret_options = xstrdup(options);
	return true;
}

bool cgroup2_find(const char *mountinfo, char **ret_place, char **ret_options)
{
	const char *end = mountinfo + strlen(mountinfo);
	const char *rest;

	*ret_place = *ret_options = NULL;
	for (const char *at = mountinfo; (rest = cgroup2_after_type(at, (size_t)(end - at)));
	     at = text_next_line(rest)) {
		const char *begin = text_line_start(mountinfo, rest);
		_cleanup_free_ char *line = xstrndup(begin, strcspn(begin, "\n"));

		if (find_in(line, line + (rest - begin), ret_place, ret_options))
			return true;
	}
	return false;
}

/* Another mount may lie there by now, whose options are nobody's business. */
static int pick(const char *place)
{
	_cleanup_close_ int fd = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs s;

	if (fd < 0 || fstatfs(fd, &s) < 0 || s.f_type != CGROUP2_SUPER_MAGIC)
		return -1;
	return fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
}

void cgroup2_put_back(const char *mountinfo)
{
	_cleanup_free_ char *place = NULL;
	_cleanup_free_ char *options = NULL;

	if (!mountinfo || !cgroup2_find(mountinfo, &place, &options))
		return;

	_cleanup_close_ int fs = pick(place);
	char *rest = options;

	if (fs < 0)
		return;
	/* Some are told and not set, as SELinux's seclabel. */
	for (char *name; (name = strsep(&rest, ","));)
		if (strcmp(name, "rw") != 0 && strcmp(name, "ro") != 0)
			(void)fsconfig(fs, FSCONFIG_SET_FLAG, name, NULL, 0);
	(void)fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
}
