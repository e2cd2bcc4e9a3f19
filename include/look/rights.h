/* SPDX-License-Identifier: MIT */
/*
 * The rights of a process over files, "UID:GID:GROUP:GROUP..." as procfs_rights() gives them, in a
 * child.
 */
#ifndef CRIU_NS_RIGHTS_H
#define CRIU_NS_RIGHTS_H

#include <stdbool.h>

/*
 * In a child only, and for good: take user and groups, and drop all capabilities. Only the
 * effective ids change: the kernel lets others send signals by the real and the saved ones, and
 * trace nobody who has changed any.
 */
bool rights_take(const char *rights);

/* Are they root's? Then they are not taken, because root's capabilities are not known. */
bool rights_are_roots(const char *rights);

#endif
