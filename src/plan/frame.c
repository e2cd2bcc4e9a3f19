// SPDX-License-Identifier: MIT
#include "plan/frame.h"

#include "util/util.h"

#include <stdlib.h>

static bool same_proc(const struct mounts *a, const struct mounts *b)
{
	const struct mount *one = mounts_covering(a, "/proc");
	const struct mount *other = mounts_covering(b, "/proc");

	return one && other && one->dev == other->dev;
}

/*
 * Does the view have a procfs of its own on /proc? A criu in there needs the pid namespace that it
 * shows.
 */
static bool has_own_proc(const struct facts *f, const struct mounts *view)
{
	return mounts_covering(view, "/proc") && mounts_covering(&f->caller_view, "/proc") &&
	       !same_proc(view, &f->caller_view);
}

bool frame_is_targets(const struct facts *f)
{
	return f->frame.pid ? f->frame.ns_mnt == f->target.ns_mnt : f->ns_mnt_fd < 0;
}

const struct mounts *frame_view(const struct facts *f)
{
	if (!f->frame.pid)
		return &f->caller_view;
	return frame_is_targets(f) ? &f->target_view : &f->frame_view;
}

/*
 * The /proc of an init in the frame may show that init's own pid namespace, one level further down.
 */
bool frame_proc_fits(const struct facts *f)
{
	if (!f->frame.pid)
		return !has_own_proc(f, &f->target_view);
	if (!task_is_init(&f->target) || f->frame.ns_mnt == f->target.ns_mnt)
		return has_own_proc(f, &f->target_view);
	return same_proc(&f->target_view, f->frame_view.n ? &f->frame_view : &f->caller_view);
}

bool frame_target_has_own_view(const struct facts *f)
{
	_cleanup_free_ struct mount_diff *diff = NULL;

	return f->mnt_owner != f->user_ns || f->foreign_frame ||
	       mounts_compare(&f->caller_view, &f->target_view, &diff) > 0 ||
	       (has_own_proc(f, &f->target_view) && !frame_proc_fits(f));
}

enum frame_check frame_check(const struct facts *f, bool nested, struct mount_diff *ret_own)
{
	_cleanup_free_ struct mount_diff *own = NULL;
	const struct mounts *view = frame_view(f);
	size_t n;

	if (f->frame_ns_mnt_fd < 0)
		return FRAME_WITHOUT_PROC;
	n = mounts_compare(&f->caller_view, view, &own);
	if (n)
		*ret_own = own[0];
	if (f->foreign_frame || (frame_is_targets(f) && !nested) || n)
		return FRAME_OF_CONTAINER;
	return has_own_proc(f, view) ? FRAME_GOOD : FRAME_WITHOUT_PROC;
}
