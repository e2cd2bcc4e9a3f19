// SPDX-License-Identifier: MIT
#include "thaw/pidfile.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int pidfile_prepare(int dirfd, const char *path)
{
	_cleanup_free_ char *dir = path_directory(path);

	return openat(dirfd, dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
}

bool pidfile_is_named(int prepared)
{
	struct stat st;

	return prepared >= 0 && fstat(prepared, &st) == 0 && st.st_nlink > 0;
}

/* linkat() gives it its name (open(2)). */
static int write_prepared(int dirfd, const char *path, int fd, const char *text)
{
	char self[64];
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

int pidfile_write(int dirfd, const char *path, int prepared, pid_t pid, struct err *e)
{
	char text[16];
	int r = -ENOENT;

	snprintf(text, sizeof(text), "%d", pid);
	if (prepared >= 0)
		r = write_prepared(dirfd, path, prepared, text);
	if (r == -ENOENT) /* ... or there is no /proc */
		r = write_renamed(dirfd, path, text);
	return r < 0 ? err_set(e, -r, "cannot write the pidfile %s", path) : 0;
}
