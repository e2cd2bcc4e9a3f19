// SPDX-License-Identifier: MIT
#include "freeze/restart.h"

#include "look/image_format.h"
#include "look/image_restart.h"
#include "util/helped.h"
#include "util/used.h"
#include "util/util.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* The images of all threads. */
struct cores {
	int dirfd;
	struct strv names;
	struct used used;
};

/* Does it have to be changed? Then *ret is its new text. */
static ssize_t read_cut_poll(struct cores *c, size_t i, char **ret)
{
	ssize_t n = used_read_regular_in(&c->used, c->dirfd, c->names.v[i], MAX_IMAGE, ret);

	return n > 0 && image_restart_poll(*ret, (size_t)n) ? n : -1;
}

/* One write, in place: the text has no byte more or less. */
static void restart_poll(size_t i, void *arg)
{
	struct cores *c = arg;
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_cut_poll(c, i, &text);

	if (n < 0)
		return;

	_cleanup_close_ int out =
		openat(c->dirfd, c->names.v[i], O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (out >= 0)
		(void)!pwrite(out, text, (size_t)n, 0);
}

static bool stays_as_it_is(size_t i, void *arg)
{
	_cleanup_free_ char *text = NULL;

	return read_cut_poll(arg, i, &text) < 0;
}

static void restart_all(struct cores *c)
{
	static const struct helped both = { .look = restart_poll, .is_idle = stays_as_it_is };

	helped_each(c->names.n, &both, c);
	used_close(&c->used);
}

void restart_polls(int dirfd)
{
	struct cores c = { .dirfd = dirfd };

	if (image_names(dirfd, "core", &c.names) == 0)
		restart_all(&c);
	strv_free(&c.names);
}
