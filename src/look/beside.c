// SPDX-License-Identifier: MIT
#include "look/beside.h"

#include "util/draft.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_RECIPE = 16 << 20 };

int beside_read(int dirfd, struct recipe *ret, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_regular_at(dirfd, recipe_file_name, MAX_RECIPE, &text);
	int r;

	if (n == -ENOENT)
		return 0;
	if (n == -EINVAL)
		return err_set(e, 0, "%s beside the images is not a regular file",
			       recipe_file_name);
	if (n < 0)
		return err_set(e, (int)-n, "cannot read %s beside the images", recipe_file_name);
	r = recipe_parse(text, (size_t)n, ret, e);
	return r < 0 ? r : 1;
}

static int replace_file(int dirfd, const char *text)
{
	struct draft d;
	int r = draft_begin(dirfd, ".", recipe_file_name, 0600, &d);

	if (!r)
		r = write_all(d.fd, text, strlen(text));
	if (!r)
		r = draft_place(&d, true);
	draft_end(&d);
	return r;
}

int beside_write(int dirfd, const struct recipe *recipe, char **ret_old, struct err *e)
{
	_cleanup_free_ char *text = recipe ? recipe_format(recipe) : NULL;
	char *old = NULL;
	int r = 0;

	if (read_regular_at(dirfd, recipe_file_name, MAX_RECIPE, &old) < 0)
		old = NULL;
	if (text)
		r = replace_file(dirfd, text);
	else if (unlinkat(dirfd, recipe_file_name, 0) < 0 && errno != ENOENT)
		r = -errno;
	if (r < 0) {
		free(old);
		return err_set(e, -r, "cannot write %s to the images directory", recipe_file_name);
	}
	*ret_old = old;
	return 0;
}

void beside_undo(int dirfd, const char *old)
{
	if (old)
		(void)replace_file(dirfd, old);
	else
		unlinkat(dirfd, recipe_file_name, 0);
}

int beside_has_root(int dirfd)
{
	_cleanup_close_ int fd = open_regular_at(dirfd, recipe_root_name);

	return fd < 0 ? fd : 0;
}

/*
 * tar is what criu itself keeps a tmpfs with (criu/filesystems.c). It finds the folder as a
 * descriptor, so that no path of the target's is walked, and the archive is its stdin or stdout.
 */
static _Noreturn void become_tar(bool keep, int archive, int folder)
{
	int copy = fcntl(folder, F_DUPFD, 64);
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", copy);
	const char *const argv[] = { "tar",
				     keep ? "--create" : "--extract",
				     "--file=-",
				     "--one-file-system",
				     "--numeric-owner",
				     "--preserve-permissions",
				     "--sparse",
				     "--xattrs",
				     "--xattrs-include=*",
				     "--directory",
				     path,
				     keep ? "." : NULL,
				     NULL };

	if (copy >= 0 && dup2(archive, keep ? STDOUT_FILENO : STDIN_FILENO) >= 0)
		execvp(argv[0], (char *const *)argv);
	fprintf(stderr, "criu-ns: cannot run tar: %m\n");
	_exit(EXIT_NOT_FOUND);
}

static int run_tar(bool keep, int archive, int folder, struct err *e)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		become_tar(keep, archive, folder);
	if (pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0)
		return err_set(e, errno, "cannot run tar");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		err_set(e, 0, "tar could not %s the content of the root",
			keep ? "keep" : "bring back");
		return err_hint(e, "is tar installed, and is there room?");
	}
	return 0;
}

int beside_keep_root(int dirfd, int root_fd, struct err *e)
{
	struct draft d;
	int r = draft_begin(dirfd, ".", recipe_root_name, 0600, &d);
	int tar = r < 0 ? r : run_tar(true, d.fd, root_fd, e);

	if (!r && !tar)
		r = draft_place(&d, true);
	draft_end(&d);
	if (r < 0)
		return err_set(e, -r, "cannot write %s", recipe_root_name);
	return tar;
}

void beside_forget_root(int dirfd)
{
	unlinkat(dirfd, recipe_root_name, 0);
}

int beside_bring_root(int dirfd, int root_fd, struct err *e)
{
	_cleanup_close_ int fd = open_regular_at(dirfd, recipe_root_name);

	if (fd < 0)
		return err_set(e, -fd, "cannot read %s", recipe_root_name);
	return run_tar(false, fd, root_fd, e);
}
