/* SPDX-License-Identifier: MIT */
/*
 * Mounts hidden by others on the same mountpoint, which criu is to find itself (mnt[]), and could
 * not make. Pure.
 */
#ifndef CRIU_NS_MOUNT_STACKS_H
#define CRIU_NS_MOUNT_STACKS_H

#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

#include <stdbool.h>

/*
 * With mnt[], criu makes all mounts of a stack from the mount of the caller's that is seen there.
 * Can it then give the hidden ones their own flags and peers? It copies the peers from that mount,
 * which has to have some (restore_one_sharing() in criu/mount-v2.c). And if the mount namespace
 * belongs to another user namespace than ours (is_users), the kernel lets nobody clear flags that
 * this mount has (mount_namespaces(7)).
 */
int mount_stacks_check(const struct recipe *r, const struct mounts *caller,
		       const struct mounts *nested, bool is_users, struct err *e);

#endif
