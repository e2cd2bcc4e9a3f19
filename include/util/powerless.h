/* SPDX-License-Identifier: MIT */
/* What stays behind beside a tree: it has no rights, and nobody in there has any over it. */
#ifndef CRIU_NS_POWERLESS_H
#define CRIU_NS_POWERLESS_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Nobody may trace this process, or read its memory, without CAP_SYS_PTRACE, from now on: it has
 * copies of the caller's environment and command line.
 */
void powerless_hide(void);

/*
 * Overwrite what /proc/PID/cmdline and /proc/PID/environ show, with the name only: the caller's command line may have
 * passwords in it. No pointer into argv or environ is of use afterwards.
 */
void powerless_forget_command_line(const char *name);

/* Close all descriptors but these; a -1 among them counts for nothing. Sorts the array. */
void powerless_keep_only(int *fds, size_t n);

/*
 * Give up every capability for good, and all ids. kill(2) and prlimit(2) are allowed to whoever has
 * the same user id: it becomes one that no user has. Where a user namespace maps one id only, that
 * stays, without capabilities.
 */
void powerless_become(void);

/*
 * The highest id in the text of a uid_map or gid_map (user_namespaces(7)); (uid_t)-1 when there is
 * none. For powerless_become(), and tests.
 */
uid_t powerless_highest_id(const char *map);

#endif
