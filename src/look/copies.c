// SPDX-License-Identifier: MIT
#include "look/copies.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void copies_begin(struct copies *c, int proc)
{
	c->self = openat(proc, "self", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void forget_number(struct copies *c)
{
	cleanup_close(&c->link);
	cleanup_close(&c->info);
	c->number = c->link = c->info = -1;
}

void copies_end(struct copies *c)
{
	forget_number(c);
	cleanup_close(&c->self);
	c->self = -1;
}

static int open_of(const struct copies *c, const char *directory, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "%s/%d", directory, c->number);
	return openat(c->self, path, flags | O_CLOEXEC);
}

static void learn_number(struct copies *c, int number)
{
	if (c->number == number)
		return;
	forget_number(c);
	c->number = number;
	c->link = open_of(c, "fd", O_PATH | O_NOFOLLOW);
	c->info = open_of(c, "fdinfo", O_RDONLY);
}

ssize_t copies_name(struct copies *c, int copy, char *ret, size_t size)
{
	learn_number(c, copy);

	ssize_t n = readlinkat(c->link, "", ret, size);

	return n < 0 ? -errno : n;
}

const char *copies_info(struct copies *c, int copy)
{
	ssize_t n;

	learn_number(c, copy);
	n = pread(c->info, c->text, sizeof(c->text) - 1, 0);
	c->text[n > 0 ? n : 0] = '\0';
	return n > 0 && n < (ssize_t)sizeof(c->text) - 1 ? c->text : NULL;
}
