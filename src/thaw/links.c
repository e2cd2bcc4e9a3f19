// SPDX-License-Identifier: MIT
#include "thaw/links.h"

#include "util/util.h"

#include <errno.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
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

static int make(const struct kept_link *k, int images, struct err *e)
{
	if (linkat(k->in_images ? images : k->dir, k->from, k->dir, k->to, 0) < 0)
		return err_set(e, errno, "cannot make another name for the deleted file %s",
			       k->file->path);
	return is_it(k) ? 0
			: err_set(e, ESTALE, "cannot make another name for the deleted file %s",
				  k->file->path);
}

static void await_turn(const struct facts *f)
{
	enum { LIMIT = 10000, STEP = 5 }; /* ms */

	for (int i = 0; i < LIMIT / STEP; i++) {
		if (flock(f->images_dir.fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			return;
		(void)poll(NULL, 0, STEP);
	}
}

int links_make(const struct facts *f, struct err *e)
{
	int r = 0;

	if (f->links.n)
		await_turn(f);

	for (size_t i = 0; !r && i < f->links.n; i++)
		r = make(&f->links.v[i], f->images_dir.fd, e);
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
