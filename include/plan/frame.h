/* SPDX-License-Identifier: MIT */
/*
 * Questions about the mounts of the target and of its frame, which are answered before the tree is
 * looked at (plan_ahead.c), and again afterwards (plan_freeze.c). Pure.
 */
#ifndef CRIU_NS_FRAME_H
#define CRIU_NS_FRAME_H

#include "look/facts.h"
#include "look/mounts.h"

#include <stdbool.h>

/* Does the target live in the mount namespace that criu has to run in? */
bool frame_is_targets(const struct facts *f);

/* What is mounted where criu runs. */
const struct mounts *frame_view(const struct facts *f);

/* Could criu find itself in the /proc of the target's mount namespace, if it ran there? */
bool frame_proc_fits(const struct facts *f);

/*
 * The target is in another mount namespace than the caller: does it have mounts of its own, which
 * criu has to save?
 */
bool frame_target_has_own_view(const struct facts *f);

/*
 * May criu enter the mount namespace of the frame's init, to save a target with mounts of its own?
 */
enum frame_check {
	FRAME_GOOD,
	FRAME_WITHOUT_PROC, /* criu would not find itself in there */
	FRAME_OF_CONTAINER, /* it is not the caller's view */
};

/*
 * nested: a process of the tree is in another mount namespace than the target. *ret_own: the first
 * mount that the caller does not have; unchanged if there is none.
 */
enum frame_check frame_check(const struct facts *f, bool nested, struct mount_diff *ret_own);

#endif
