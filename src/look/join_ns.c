// SPDX-License-Identifier: MIT
#include "look/join_ns.h"

#include "util/util.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As get_join_ns_fd() in criu/namespaces.c: what begins with a number is a process. */
int join_ns_open(int proc, const char *value)
{
	const char *colon = strchr(value, ':');
	_cleanup_free_ char *type = NULL;
	_cleanup_free_ char *file = NULL;
	_cleanup_free_ char *of_process = NULL;

	if (!colon)
		return -1;
	type = xstrndup(value, (size_t)(colon - value));
	file = xstrndup(colon + 1, strcspn(colon + 1, ","));
	if (atoi(file) <= 0)
		return open(file, O_RDONLY | O_CLOEXEC);
	of_process = xasprintf("%d/ns/%s", atoi(file), type);
	return openat(proc, of_process, O_RDONLY | O_CLOEXEC);
}

char *join_ns_by_descriptor(const char *value, int fd)
{
	const char *comma = strchr(value, ',');

	return xasprintf("%.*s:/proc/self/fd/%d%s", (int)strcspn(value, ":"), value, fd,
			 comma ? comma : "");
}
