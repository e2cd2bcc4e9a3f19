// SPDX-License-Identifier: MIT
#include "look/root_archive.h"

#include "look/recipe.h"
#include "util/draft.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int root_archive_check(int dirfd)
{
	_cleanup_close_ int fd = open_regular_at(dirfd, recipe_root_name);

	return fd < 0 ? fd : 0;
}

/*
 * criu itself uses tar to save a tmpfs, too (criu/filesystems.c). tar gets the directory as a
 * descriptor, so that no path of the target's is walked, and the archive as its stdin or stdout.
 */
static _Noreturn void become_tar(bool keep, int archive, int dir)
{
	int copy = fcntl(dir, F_DUPFD, 64);
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

static int run_tar(bool keep, int archive, int dir, struct err *e)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		become_tar(keep, archive, dir);
	if (pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0)
		return err_set(e, errno, "cannot run tar");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		err_set(e, 0, "tar could not %s the content of the root",
			keep ? "keep" : "bring back");
		return err_hint(e, "is tar installed, and is there enough space?");
	}
	return 0;
}

int root_archive_keep(int dirfd, int root_fd, struct err *e)
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

void root_archive_remove(int dirfd)
{
	unlinkat(dirfd, recipe_root_name, 0);
}

int root_archive_extract(int dirfd, int root_fd, struct err *e)
{
	_cleanup_close_ int fd = open_regular_at(dirfd, recipe_root_name);

	if (fd < 0)
		return err_set(e, -fd, "cannot read %s", recipe_root_name);
	return run_tar(false, fd, root_fd, e);
}
