// SPDX-License-Identifier: MIT
#include "thaw/images_view.h"

#include "look/image_format.h"
#include "thaw/files_image.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char name[] = "files.img";

/* The changed image, in a fresh tmpfs that is mounted nowhere: a descriptor of that. */
static int write_image(const struct plan *p, const struct facts *f, struct err *e)
{
	_cleanup_close_ int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	_cleanup_close_ int mnt = -1;
	_cleanup_close_ int file = -1;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *edited = NULL;
	ssize_t n = read_regular_at(f->images_dir.fd, name, MAX_IMAGE, &text);

	if (n > 0)
		n = files_image_edit(text, (size_t)n, p->edits, p->n_edits, &edited);
	if (n <= 0)
		return err_set(e, n < 0 ? (int)-n : EINVAL, "cannot read %s", name);
	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ||
	    (mnt = fsmount(fs, FSMOUNT_CLOEXEC, 0)) < 0)
		return err_set(e, errno, "cannot make a tmpfs for %s", name);
	file = openat(mnt, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0 || write_all(file, edited, (size_t)n) < 0)
		return err_set(e, errno, "cannot write %s", name);
	return steal_fd(&mnt);
}

/*
 * In a mount namespace of our own: the image is mounted over the frozen one, by way of the staging
 * area.
 */
static int cover(const struct facts *f, int mnt, const char *dir, struct err *e)
{
	_cleanup_free_ char *at = xasprintf("%s/%s", dir, name);
	_cleanup_free_ char *from = xasprintf("%s/%s", f->staging, name);
	struct stat st;
	struct stat known;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_set(e, errno, "cannot make a mount namespace for the images");
	if (stat(dir, &st) < 0 || fstat(f->images_dir.fd, &known) < 0 ||
	    st.st_dev != known.st_dev || st.st_ino != known.st_ino)
		return err_set(e, ESTALE, "cannot find the images directory again in %s", dir);
	if (move_mount(mnt, "", AT_FDCWD, f->staging, MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    mount(from, at, NULL, MS_BIND, NULL) < 0)
		return err_set(e, errno, "cannot mount the changed %s over %s", name, at);
	return 0;
}

/* In the child: what it makes stays open until it ends, and the caller has fetched it. */
static int make(const struct facts *f, int mnt, const char *dir, struct images_view *ret,
		struct err *e)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT };
	int r = cover(f, mnt, dir, e);

	if (r < 0)
		return r;
	/* All of it, so that a link "parent" to the images of a pre-dump leads there. */
	ret->tree = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE | OPEN_TREE_CLOEXEC);
	ret->dir =
		ret->tree < 0 ? -1 : (int)syscall(SYS_openat2, ret->tree, dir, &how, sizeof(how));
	return ret->dir < 0 ? err_set(e, errno, "cannot clone the mounts of the images") : 0;
}

struct answer {
	struct images_view view;
	struct err err; /* what: empty if there is none */
};

static _Noreturn void answer(const struct facts *f, int mnt, const char *dir, int out, pid_t parent)
{
	struct answer a = { .view = { -1, -1 } };

	/* If we are killed now, nobody else would end it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_OWN);
	(void)make(f, mnt, dir, &a.view, &a.err);
	(void)write_all(out, &a, sizeof(a));
	for (;;)
		pause();
}

/* Copy the two descriptors from the child. */
static int fetch(pid_t pid, int in, struct images_view *ret, struct err *e)
{
	_cleanup_close_ int child = pidfd_open(pid, 0);
	struct answer a = { .view = { -1, -1 } };

	if (RETRY(read(in, &a, sizeof(a))) != sizeof(a))
		return err_set(e, EIO, "cannot mount the changed %s", name);
	if (*a.err.what) {
		*e = a.err;
		return err_result(e);
	}
	ret->tree = pidfd_getfd(child, a.view.tree, 0);
	ret->dir = pidfd_getfd(child, a.view.dir, 0);
	return ret->tree < 0 || ret->dir < 0
		       ? err_set(e, errno, "cannot fetch the mounts of the images")
		       : 0;
}

static int make_in_child(const struct facts *f, int mnt, const char *dir, struct images_view *ret,
			 struct err *e)
{
	const pid_t parent = getpid();
	int pipe[2];
	pid_t pid;
	int r;

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot make a pipe");
	pid = process_clone(0, 0, NULL);
	if (pid == 0) {
		close(pipe[0]);
		answer(f, mnt, dir, pipe[1], parent);
	}
	close(pipe[1]);
	r = pid < 0 ? err_set(e, errno, "cannot start a process") : fetch(pid, pipe[0], ret, e);
	close(pipe[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		RETRY(waitpid(pid, NULL, 0));
	}
	return r;
}

int images_view_make(const struct plan *p, const struct facts *f, struct images_view *ret,
		     struct err *e)
{
	_cleanup_free_ char *dir = p->n_edits ? procfs_own_path(f->proc, f->images_dir.fd) : NULL;
	_cleanup_close_ int mnt = -1;

	*ret = (struct images_view){ -1, -1 };
	if (!p->n_edits)
		return 0;
	if (!dir || !f->staging)
		return err_set(e, 0, "the images directory cannot be mounted on");
	mnt = write_image(p, f, e);
	return mnt < 0 ? -EINVAL : make_in_child(f, mnt, dir, ret, e);
}

void images_view_close(struct images_view *v)
{
	cleanup_close(&v->tree);
	cleanup_close(&v->dir);
	*v = (struct images_view){ -1, -1 };
}
