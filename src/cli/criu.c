// SPDX-License-Identifier: MIT
#include "cli/criu.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool same_content(const char *a, const char *b)
{
	enum { MAX_PROGRAM = 64 << 20 };
	_cleanup_free_ char *first = NULL;
	_cleanup_free_ char *second = NULL;
	ssize_t n = read_file_at(AT_FDCWD, a, MAX_PROGRAM, &first);

	return n > 0 && read_file_at(AT_FDCWD, b, MAX_PROGRAM, &second) == n &&
	       !memcmp(first, second, (size_t)n);
}

/*
 * If criu-ns is linked or copied under the name criu, it must not find and execute itself again and
 * again. Two copies that find each other would do the same.
 */
static bool is_ourselves(const char *path)
{
	static const char exe[] = "/proc/self/exe";
	struct stat self;
	struct stat other;

	if (stat(exe, &self) < 0 || stat(path, &other) < 0)
		return false;
	return same_file(&self, &other) ||
	       (self.st_size == other.st_size && same_content(exe, path));
}

static int take_binary(const char *path, const char *origin, struct criu_binary *ret, struct err *e)
{
	struct stat st;
	int status = EXIT_NOT_RUNNABLE;

	if (is_ourselves(path)) {
		err_set(e, 0, "%s %s is criu-ns itself", origin, path);
		err_hint(e, "name the real criu");
		return err_status(e, EXIT_NOT_FOUND);
	}
	if (stat(path, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			status = EXIT_NOT_FOUND;
		err_set(e, errno, "cannot run %s %s", origin, path);
		return err_status(e, status);
	}
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0) {
		err_set(e, S_ISREG(st.st_mode) ? errno : 0, "cannot run %s %s%s", origin, path,
			S_ISREG(st.st_mode) ? "" : ": not a file");
		return err_status(e, status);
	}
	ret->fd = open(path, O_PATH | O_CLOEXEC);
	if (ret->fd < 0)
		return err_set(e, errno, "cannot open %s", path);
	ret->path = xstrdup(path);
	return 0;
}

static int search_path(struct criu_binary *ret, struct err *e)
{
	const char *path = getenv("PATH");

	/* An empty environment is not an error: execvp(3) has such a default, too. */
	if (!path)
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	while (*path) {
		size_t length = strcspn(path, ":");
		_cleanup_free_ char *file =
			length ? xasprintf("%.*s/criu", (int)length, path) : xstrdup("./criu");

		if (access(file, X_OK) == 0 && !is_ourselves(file))
			return take_binary(file, "criu", ret, e);
		path += length + (path[length] == ':');
	}
	err_set(e, 0, "there is no criu on PATH");
	err_hint(e, "install it (criu.org; on kernels from 6.16 on it must be 4.2.1 or newer), "
		    "or name it: --criu-binary PATH or $CRIU_BINARY");
	return err_status(e, EXIT_NOT_FOUND);
}

int criu_find(const char *given, struct criu_binary *ret, struct err *e)
{
	const char *env = getenv("CRIU_BINARY");

	if (given)
		return take_binary(given, "--criu-binary", ret, e);
	if (env && *env)
		return take_binary(env, "$CRIU_BINARY", ret, e);
	return search_path(ret, e);
}

void criu_free(struct criu_binary *criu)
{
	free(criu->path);
	cleanup_close(&criu->fd);
	*criu = (struct criu_binary){ .fd = -1 };
}

int criu_exec(const struct criu_binary *criu, char *const argv[], bool by_descriptor, struct err *e)
{
	if (by_descriptor) {
		execveat(criu->fd, "", argv, environ, AT_EMPTY_PATH);
		/* It is a script: its interpreter opens it by this descriptor, so that must stay open. */
		if (errno == ENOENT) {
			fcntl(criu->fd, F_SETFD, 0);
			execveat(criu->fd, "", argv, environ, AT_EMPTY_PATH);
		}
	} else {
		execve(criu->path, argv, environ);
	}
	err_set(e, errno, "cannot run %s", criu->path);
	return err_status(e, errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE);
}
