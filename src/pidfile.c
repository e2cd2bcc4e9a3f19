// SPDX-License-Identifier: MIT
#include "pidfile.h"

#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *pidfile_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

/* A file without a name that linkat() gives one; not on every file system (open(2)). */
static int write_unnamed(int dirfd, const char *path, const char *folder, const char *text)
{
	_cleanup_close_ int fd = openat(dirfd, folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
	char self[64];

	if (fd < 0)
		return -EOPNOTSUPP;

	int r = write_all(fd, text, strlen(text));

	if (r < 0)
		return r;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, dirfd, path, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

static int write_renamed(int dirfd, const char *path, const char *text)
{
	_cleanup_free_ char *temporary = xasprintf("%s.%d", path, getpid());
	_cleanup_close_ int fd =
		openat(dirfd, temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, text, strlen(text));
	if (!r && renameat2(dirfd, temporary, dirfd, path, RENAME_NOREPLACE) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dirfd, temporary, 0);
	return r;
}

int pidfile_write(int dirfd, const char *path, pid_t pid, struct err *e)
{
	_cleanup_free_ char *folder = pidfile_folder(path);
	char text[16];
	int r;

	snprintf(text, sizeof(text), "%d", pid);
	r = write_unnamed(dirfd, path, folder, text);
	if (r == -EOPNOTSUPP || r == -ENOENT)
		r = write_renamed(dirfd, path, text);
	return r < 0 ? err_set(e, -r, "cannot write the pidfile %s", path) : 0;
}
