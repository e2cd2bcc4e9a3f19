// SPDX-License-Identifier: MIT
#include "util/draft.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * The name it has first, where it must have one: always the same, so that the next run removes it.
 */
static int take_name(struct draft *d)
{
	d->name = xasprintf("%s.new", d->path);
	return unlinkat(d->dirfd, d->name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int draft_begin(int dirfd, const char *dir, const char *path, mode_t mode, struct draft *ret)
{
	int r;

	*ret = (struct draft){ .dirfd = dirfd, .path = path };
	ret->fd = openat(dirfd, dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
	if (ret->fd >= 0)
		return 0;
	/* Some file systems have no files without a name. */
	r = take_name(ret);
	if (!r)
		ret->fd = openat(dirfd, ret->name,
				 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	return !r && ret->fd < 0 ? -errno : r;
}

/* The first way needs CAP_DAC_READ_SEARCH before Linux 6.10, the second one a /proc (open(2)). */
static int link_as(const struct draft *d, const char *name)
{
	char self[32];

	if (linkat(d->fd, "", d->dirfd, name, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno == EEXIST)
		return -EEXIST;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", d->fd);
	return linkat(AT_FDCWD, self, d->dirfd, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

static int rename_it(struct draft *d, bool replace)
{
	if (renameat2(d->dirfd, d->name, d->dirfd, d->path, replace ? 0 : RENAME_NOREPLACE) < 0)
		return -errno;
	free(d->name);
	d->name = NULL;
	return 0;
}

/* A file without a name cannot replace another one, because rename(2) needs a name. */
int draft_place(struct draft *d, bool replace)
{
	int r;

	if (d->name)
		return rename_it(d, replace);
	r = link_as(d, d->path);
	if (r != -EEXIST || !replace)
		return r;
	r = take_name(d);
	if (!r)
		r = link_as(d, d->name);
	return r < 0 ? r : rename_it(d, true);
}

void draft_end(struct draft *d)
{
	if (d->name)
		unlinkat(d->dirfd, d->name, 0);
	free(d->name);
	d->name = NULL;
	cleanup_close(&d->fd);
	d->fd = -1;
}

static int write_all_of(struct draft *d, int dirfd, const char *name, const void *bytes, size_t n)
{
	int r = draft_begin(dirfd, ".", name, 0600, d);

	return r ? r : write_all(d->fd, bytes, n);
}

int draft_write(int dirfd, const char *name, const void *bytes, size_t n)
{
	struct draft d;
	int r = write_all_of(&d, dirfd, name, bytes, n);

	if (!r)
		r = draft_place(&d, true);
	draft_end(&d);
	return r;
}

int draft_write_again(int dirfd, const char *name, const void *bytes, size_t n)
{
	struct draft d;
	int r = write_all_of(&d, dirfd, name, bytes, n);

	if (!r)
		r = unlinkat(dirfd, name, 0) < 0 ? -errno : draft_place(&d, false);
	draft_end(&d);
	return r;
}
