// SPDX-License-Identifier: MIT
#include "look/kept_archive.h"

#include "util/draft.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int kept_archive_check(int dirfd, const struct recipe_mount *m)
{
	_cleanup_free_ char *name = recipe_archive_name(m);
	_cleanup_close_ int fd = open_regular_at(dirfd, name);

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

static int run_tar(bool keep, int archive, int dir, const char *at, struct err *e)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		become_tar(keep, archive, dir);
	if (pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0)
		return err_set(e, errno, "cannot run tar");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		err_set(e, 0, "tar could not %s the content of %s", keep ? "keep" : "bring back",
			at);
		return err_hint(e, "is tar installed, and is there enough space?");
	}
	return 0;
}

int kept_archive_make(int dirfd, const struct recipe_mount *m, int dir, struct err *e)
{
	_cleanup_free_ char *name = recipe_archive_name(m);
	struct draft d;
	int r = draft_begin(dirfd, ".", name, 0600, &d);
	int tar = r < 0 ? r : run_tar(true, d.fd, dir, m->at, e);

	if (!r && !tar)
		r = draft_place(&d, true);
	draft_end(&d);
	if (r < 0)
		return err_set(e, -r, "cannot write %s", name);
	return tar;
}

int kept_archive_extract(int dirfd, const struct recipe_mount *m, int dir, struct err *e)
{
	_cleanup_free_ char *name = recipe_archive_name(m);
	_cleanup_close_ int fd = open_regular_at(dirfd, name);

	if (fd < 0)
		return err_set(e, -fd, "cannot read %s", name);
	return run_tar(false, fd, dir, m->at, e);
}

static bool is_kept(const struct recipe *r, const char *archive)
{
	recipe_for_each_mount (m, r) {
		_cleanup_free_ char *name = m->owner == OWNER_KEPT ? recipe_archive_name(m) : NULL;

		if (name && !strcmp(name, archive))
			return true;
	}
	return false;
}

/* With a key of criu-ns's own (plan/mount_keys.h). */
static bool is_archive(const char *name)
{
	int end = 0;

	return !strcmp(name, recipe_root_name) ||
	       (sscanf(name, "criu-ns-%*u.tar%n", &end) == 0 && end && !name[end]);
}

void kept_archive_remove_others(int dirfd, const struct recipe *r)
{
	_cleanup_closedir_ DIR *dir = open_directory_in(dirfd, ".");
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (is_archive(d->d_name) && !is_kept(r, d->d_name))
			unlinkat(dirfd, d->d_name, 0);
}
