// SPDX-License-Identifier: MIT
#include "util/used.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Almost all of them come in order. */
static void sort(struct used *u)
{
	for (size_t i = 1; i < u->n; i++) {
		int fd = u->v[i];
		size_t at = i;

		for (; at > 0 && u->v[at - 1] > fd; at--)
			u->v[at] = u->v[at - 1];
		u->v[at] = fd;
	}
}

void used_close(struct used *u)
{
	size_t first = 0;

	sort(u);
	for (size_t i = 1; i <= u->n; i++) {
		if (i < u->n && u->v[i] == u->v[i - 1] + 1)
			continue;
		(void)close_range((unsigned)u->v[first], (unsigned)u->v[i - 1], 0);
		first = i;
	}
	u->n = 0;
}

void used_close_later(struct used *u, int fd)
{
	if (u->n == ARRAY_SIZE(u->v))
		used_close(u);
	u->v[u->n++] = fd;
}

int used_open(struct used *u, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	used_close_later(u, fd);
	return fd;
}

ssize_t used_read_regular_in(struct used *u, int dir, const char *name, size_t max, char **ret)
{
	off_t size;
	int found = find_regular(dir, name, O_NOFOLLOW, &size);
	int fd;

	if (found < 0)
		return found;
	used_close_later(u, found);
	fd = size > (off_t)max ? -EFBIG : open_found(found);
	if (fd < 0)
		return fd;
	used_close_later(u, fd);
	return read_sized(fd, (size_t)size, ret);
}
