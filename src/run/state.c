// SPDX-License-Identifier: MIT
#include "run/state.h"

#include "freeze/keep_links.h"
#include "look/contents.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const char state_new[] = "frozen.new";
static const char old_name[] = "frozen.old";

/*
 * Images are plain files; anything else in there is not ours, and stays, and so does the file
 * `kept`.
 */
static void empty(int dir, const char *name, const char *kept)
{
	_cleanup_closedir_ DIR *d = open_directory_in(dir, name);
	int fd = d ? dirfd(d) : -1;

	if (!d)
		return;
	/* The inventory first: without it, the rest is no freeze. */
	unlinkat(fd, "inventory.img", 0);
	keep_links_forget(fd);
	for (const struct dirent *entry; (entry = readdir(d));)
		if (!kept || strcmp(entry->d_name, kept) != 0)
			unlinkat(fd, entry->d_name, 0);
}

static void discard(int dir, const char *name)
{
	empty(dir, name, NULL);
	unlinkat(dir, name, AT_REMOVEDIR);
}

static bool is_there(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* With frozen moved away, frozen.new was complete (state_commit()). */
static void finish(int dir)
{
	if (!is_there(dir, contents_of_run) && is_there(dir, old_name))
		renameat(dir, state_new, dir, contents_of_run);
	discard(dir, old_name);
	discard(dir, state_new);
}

/* A link to a larger disk, for instance, would be renamed, and be in the way of the next freeze. */
static int make_frozen(int dir, const char *path, struct err *e)
{
	struct stat st;

	if (mkdirat(dir, contents_of_run, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return err_set(e, errno, "cannot make the directory %s/%s", path, contents_of_run);
	if (fstatat(dir, contents_of_run, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return 0;
	err_set(e, ENOTDIR, "cannot put images into %s/%s", path, contents_of_run);
	return err_hint(e, "remove it; %s itself may be a link", path);
}

/*
 * Whoever can put images there has a program of theirs run with our rights, in the place of the one
 * that is named. The owner and the group of the directory are trusted, because the user has named
 * it; in one like /tmp, anybody may have made frozen.
 */
static int check_writers(int dir, const char *path, struct err *e)
{
	struct stat of_dir;
	struct stat of_frozen;

	if (fstat(dir, &of_dir) < 0 ||
	    fstatat(dir, contents_of_run, &of_frozen, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "cannot look at the directory %s", path);
	if ((of_dir.st_mode & S_IWOTH && !(of_dir.st_mode & S_ISVTX)) ||
	    of_frozen.st_mode & S_IWOTH) {
		err_set(e, 0,
			"everybody may put images into %s/%s, and they would be thawed with the rights of this user",
			path, contents_of_run);
		return err_hint(e, "take that right away: chmod o-w");
	}
	if (of_frozen.st_uid != geteuid() && of_frozen.st_uid != of_dir.st_uid &&
	    of_frozen.st_uid != 0) {
		err_set(e, 0,
			"%s/%s belongs to another user (%u), whose images would be thawed with the rights of this one",
			path, contents_of_run, of_frozen.st_uid);
		return err_hint(e, "name another directory with -D");
	}
	return 0;
}

int state_open(const char *path, struct err *e)
{
	_cleanup_close_ int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0) {
		err_set(e, errno, "cannot open the directory %s", path);
		return errno == ENOENT ? err_hint(e, "make it first: mkdir %s", path) : -e->errnum;
	}
	if (flock(dir, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return err_set(e, errno, "cannot lock the directory %s", path);
		err_set(e, 0,
			"another criu-ns run uses the directory %s, or a freeze into it goes on",
			path);
		return err_hint(e, "wait for that, or name another directory with -D");
	}
	finish(dir);
	if (make_frozen(dir, path, e) < 0 || check_writers(dir, path, e) < 0)
		return err_result(e);
	return steal_fd(&dir);
}

void state_look(int dir, struct state_mark *ret)
{
	_cleanup_free_ char *name = xasprintf("%s/inventory.img", contents_of_run);
	struct stat st;

	*ret = (struct state_mark){ 0 };
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*ret = (struct state_mark){ st.st_ino, st.st_mtim };
}

bool state_is_frozen(int dir)
{
	struct state_mark now;

	state_look(dir, &now);
	return now.inventory != 0;
}

bool state_has_just_come(int dir, const struct state_mark *since)
{
	enum { JUST = 10 }; /* seconds; the clock may be that of a file server */
	struct state_mark now;
	time_t age;

	state_look(dir, &now);
	age = time(NULL) - now.written.tv_sec;
	return now.inventory && age <= JUST && age >= -JUST &&
	       (now.inventory != since->inventory || now.written.tv_sec != since->written.tv_sec ||
		now.written.tv_nsec != since->written.tv_nsec);
}

int state_make_new(int dir, const char *path, struct err *e)
{
	/*
	 * What state_commit() could not take away would be in its way, when the program has ended.
	 */
	discard(dir, old_name);
	if (is_there(dir, old_name)) {
		err_set(e, 0, "%s/%s is in the way, and holds more than images", path, old_name);
		return err_hint(e, "remove it");
	}
	discard(dir, state_new);
	if (mkdirat(dir, state_new, 0700) < 0)
		return err_set(e, errno, "cannot make the directory %s/%s", path, state_new);
	return 0;
}

/* In two steps and not with RENAME_EXCHANGE, which NFS and others do not have. */
int state_commit(int dir, const char *path, struct err *e)
{
	syncfs(dir);
	if (renameat(dir, contents_of_run, dir, old_name) < 0 ||
	    renameat(dir, state_new, dir, contents_of_run) < 0)
		return err_set(e, errno, "cannot rename %s/%s to %s", path, state_new,
			       contents_of_run);
	discard(dir, old_name);
	return 0;
}

void state_forget_new(int dir, const char *log)
{
	empty(dir, state_new, log);
	unlinkat(dir, state_new, AT_REMOVEDIR);
}

void state_forget(int dir)
{
	empty(dir, contents_of_run, NULL);
}
