/* SPDX-License-Identifier: MIT */
/* Mounts that others on the same mountpoint hide, which criu can freeze, and not make again. Pure. */
#ifndef CRIU_NS_MOUNT_STACKS_H
#define CRIU_NS_MOUNT_STACKS_H

#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

#include <stdbool.h>

/*
 * criu identifies mounts only by mountpoint, and makes all that are stacked on one from the mount of
 * the caller's that is seen there. Can it give the hidden ones their own flags and peers then? The
 * latter it copies from that mount, which has to have some (restore_one_sharing() in
 * criu/mount-v2.c). And where the mount namespace belongs to another user namespace than ours
 * (is_users), the kernel lets nobody take flags off that the mount had (mount_namespaces(7)).
 */
int mount_stacks_check(const struct recipe *r, const struct mounts *caller,
		       const struct mounts *nested, bool is_users, struct err *e);

#endif
