// SPDX-License-Identifier: MIT
#include "thaw/adopt.h"

#include "util/inject.h"
#include "util/pause.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The whole thaw goes on if it does not work, so nothing else may depend on it. */
static int set_subreaper(const struct init_args *a, long value, struct err *e)
{
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const long arguments[4] = { PR_SET_CHILD_SUBREAPER, value };
	struct injection *root;
	long result = -ESRCH;
	int r = inject_begin(proc, a->facts->images.root, false, &root, e);

	if (r < 0)
		return r;
	if (root) {
		r = inject_call(root, SYS_prctl, arguments, &result, e);
		inject_end(root);
	}
	return !r && result < 0 ? err_set(e, (int)-result, "the root task cannot adopt it") : r;
}

/* The root task itself cannot be stopped while it waits for us. */
static bool can_be_done(const struct init_args *a, pid_t waiting)
{
	pid_t root = a->facts->images.root;

	return waiting && waiting != root && kill(root, 0) == 0;
}

void adopt_begin(const struct init_args *a, struct adopt *ret)
{
	char name[32];

	*ret = ADOPT_NONE;
	snprintf(name, sizeof(name), "core-%d.img", a->facts->images.reborn);
	ret->pause = pause_open_file(a->facts->images_dir.fd, name);
	if (ret->pause < 0)
		err_set(&ret->err, errno, "criu cannot be made to wait for that");
	else
		err_set(&ret->err, 0, "criu has not opened %s", name);
}

void adopt_next(const struct init_args *a, struct adopt *adopt)
{
	pid_t who = 0;
	int waiting = pause_next(adopt->pause, &who);

	if (!adopt->done && can_be_done(a, who)) {
		pause_lift_file(adopt->pause);
		adopt->done = set_subreaper(a, 1, &adopt->err) == 0;
	}
	pause_answer(adopt->pause, waiting, true);
}

void adopt_end(const struct init_args *a, struct adopt *adopt)
{
	char why[1024];

	if (adopt->done && !a->facts->images.adopts)
		adopt->done = set_subreaper(a, 0, &adopt->err) == 0;
	if (adopt->done)
		return;
	err_format(&adopt->err, why, sizeof(why));
	fprintf(stderr,
		"criu-ns: process %d is a child of the pseudo-init now, and not of the root task, "
		"so that another freeze of the tree leaves it out: %s\n",
		a->facts->images.reborn, why);
}
