// SPDX-License-Identifier: MIT
#include "thaw/links.h"

#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The directory may be anybody's: it must still be the file that was looked at. */
static bool is_it(const struct kept_link *k)
{
	struct statx st;

	return statx(k->dir, k->to, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_INO, &st) ==
		       0 &&
	       st.stx_ino == k->st.stx_ino && st.stx_dev_major == k->st.stx_dev_major &&
	       st.stx_dev_minor == k->st.stx_dev_minor;
}

static int make(const struct kept_link *k, struct err *e)
{
	if (linkat(k->from_dir, k->from, k->dir, k->to, 0) < 0)
		return err_set(e, errno, "cannot make another name for the deleted file %s",
			       k->file->path);
	return is_it(k) ? 0
			: err_set(e, ESTALE, "cannot make another name for the deleted file %s",
				  k->file->path);
}

/*
 * flock(2) takes no limit of time. A lock that a child gets is ours as well, because it belongs to
 * the open file description, and it stays when the child has ended.
 */
static void await_turn(int dir)
{
	enum { LIMIT = 10000 }; /* ms */
	struct pollfd p = { .events = POLLIN };
	pid_t child;

	if (flock(dir, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return;
	child = process_clone(0, 0, &p.fd);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(flock(dir, LOCK_EX) < 0);
	}
	if (child < 0)
		return;
	(void)RETRY(poll(&p, 1, LIMIT));
	pidfd_send_signal(p.fd, SIGKILL, NULL, 0);
	RETRY(waitpid(child, NULL, 0));
	close(p.fd);
}

int links_make(const struct facts *f, struct err *e)
{
	int r = 0;

	if (f->links.n)
		await_turn(f->images_dir.fd);

	for (size_t i = 0; !r && i < f->links.n; i++)
		r = make(&f->links.v[i], e);
	return r;
}

void links_opened(const struct facts *f)
{
	if (f->links.n)
		(void)flock(f->images_dir.fd, LOCK_UN);
}

void links_clear(const struct facts *f)
{
	links_opened(f);
	for (size_t i = 0; i < f->links.n; i++)
		(void)unlinkat(f->links.v[i].dir, f->links.v[i].to, 0);
}
