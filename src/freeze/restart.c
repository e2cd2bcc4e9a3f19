// SPDX-License-Identifier: MIT
#include "freeze/restart.h"

#include "look/image_format.h"
#include "look/image_restart.h"
#include "util/util.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_core(const char *name)
{
	int end = 0;
	int tid;

	return sscanf(name, "core-%d.img%n", &tid, &end) == 1 && end && !name[end];
}

/* One write, in place: the text has no byte more or less. */
static void restart_poll(int dirfd, const char *name)
{
	_cleanup_close_ int in = open_regular_in(dirfd, name);
	_cleanup_free_ char *text = NULL;
	ssize_t n = in < 0 ? in : read_fd(in, MAX_IMAGE, &text);

	if (n <= 0 || !image_restart_poll(text, (size_t)n))
		return;

	_cleanup_close_ int out =
		openat(dirfd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (out >= 0)
		(void)!pwrite(out, text, (size_t)n, 0);
}

void restart_polls(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;

	if (!dir) {
		cleanup_close(&fd);
		return;
	}
	while ((d = readdir(dir)))
		if (is_core(d->d_name))
			restart_poll(dirfd, d->d_name);
	closedir(dir);
}
