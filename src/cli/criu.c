// SPDX-License-Identifier: MIT
#include "cli/criu.h"

#include "util/process.h"
#include "util/util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
static bool is_ourselves(const char *path, const struct stat *other)
{
	static const char exe[] = "/proc/self/exe";
	struct stat self;

	if (stat(exe, &self) < 0)
		return false;
	return same_file(&self, other) ||
	       (self.st_size == other->st_size && same_content(exe, path));
}

static int open_binary(const char *path, const struct stat *st, const char *origin,
		       struct criu_binary *ret, struct err *e)
{
	if (!S_ISREG(st->st_mode) || access(path, X_OK) < 0) {
		err_set(e, S_ISREG(st->st_mode) ? errno : 0, "cannot run %s %s%s", origin, path,
			S_ISREG(st->st_mode) ? "" : ": not a file");
		err_hint(e, "name the program file of criu");
		return err_status(e, EXIT_NOT_RUNNABLE);
	}
	ret->fd = open(path, O_PATH | O_CLOEXEC);
	if (ret->fd < 0)
		return err_set(e, errno, "cannot open %s", path);
	ret->path = xstrdup(path);
	return 0;
}

static int take_binary(const char *path, const char *origin, struct criu_binary *ret, struct err *e)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		int status =
			errno == ENOENT || errno == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE;

		err_set(e, errno, "cannot run %s %s", origin, path);
		err_hint(e, "name the program file of criu");
		return err_status(e, status);
	}
	if (is_ourselves(path, &st)) {
		err_set(e, 0, "%s %s is criu-ns itself", origin, path);
		err_hint(e, "name the real criu");
		return err_status(e, EXIT_NOT_FOUND);
	}
	return open_binary(path, &st, origin, ret, e);
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
		struct stat st;

		if (access(file, X_OK) == 0 && stat(file, &st) == 0 && !is_ourselves(file, &st))
			return open_binary(file, &st, "criu", ret, e);
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
		/*
		 * It is a script: its interpreter opens it by this descriptor, so that must stay
		 * open.
		 */
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

int criu_start(const struct criu_binary *criu, const struct strv *args, bool by_descriptor,
	       struct err *e)
{
	if (criu->talk)
		return criu->talk->start(criu->talk, criu, args, by_descriptor, e);
	return criu_exec(criu, args->v, by_descriptor, e);
}

void criu_talk_wants(const struct criu_binary *criu, struct pollfd *p)
{
	for (int i = 0; i < CRIU_TALK_POLLFDS; i++)
		p[i] = (struct pollfd){ .fd = -1 };
	if (criu->talk)
		criu->talk->wants(criu->talk, p);
}

void criu_talk_move(const struct criu_binary *criu, const struct pollfd *p)
{
	if (criu->talk)
		criu->talk->move(criu->talk, p);
}

void criu_talk_runs(const struct criu_binary *criu, pid_t root)
{
	if (criu->talk)
		criu->talk->runs(criu->talk, root);
}

int criu_ask(const struct criu_binary *criu, const char *option, char **text)
{
	char *const argv[] = { (char *)"criu", (char *)option, NULL };
	int out[2] = { -1, -1 };
	int status = 0;

	if (text && pipe2(out, O_CLOEXEC) < 0)
		return -1;
	fflush(stdout);

	pid_t pid = fork();

	if (pid == 0) {
		struct err e;

		if (text)
			dup2(out[1], STDOUT_FILENO);
		criu_exec(criu, argv, false, &e);
		_exit(err_report(&e));
	}
	cleanup_close(&out[1]);
	if (text && read_fd(out[0], 1 << 20, text) < 0)
		*text = NULL;
	cleanup_close(&out[0]);
	return pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0 ? -1 : process_exit_code(status);
}

unsigned criu_parse_version(const char *text)
{
	static const char key[] = "Version: ";
	unsigned part[3] = { 0 };
	char *at = strstr(text, key);

	if (!at || (at != text && at[-1] != '\n'))
		return 0;
	at += sizeof(key) - 1;
	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		if (!isdigit((unsigned char)*at))
			return i ? CRIU_VERSION(part[0], part[1], part[2]) : 0;
		part[i] = (unsigned)strtoul(at, &at, 10);
		if (part[i] >= 1000)
			return 0;
		at += *at == '.';
	}
	return CRIU_VERSION(part[0], part[1], part[2]);
}

unsigned criu_version(struct criu_binary *criu)
{
	_cleanup_free_ char *text = NULL;

	if (criu->was_asked)
		return criu->version;
	criu->was_asked = true;
	if (criu_ask(criu, "--version", &text) == 0 && text)
		criu->version = criu_parse_version(text);
	return criu->version;
}
