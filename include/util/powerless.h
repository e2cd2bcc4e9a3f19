/* SPDX-License-Identifier: MIT */
/*
 * For a process that stays beside a tree: it has no rights, and no process of the tree has rights
 * over it.
 */
#ifndef CRIU_NS_POWERLESS_H
#define CRIU_NS_POWERLESS_H

#include <stddef.h>
#include <sys/types.h>

/*
 * From now on nobody may trace this process, or read its memory, without CAP_SYS_PTRACE, because it
 * has copies of the caller's environment and command line.
 */
void powerless_hide(void);

/*
 * Overwrite what /proc/PID/cmdline and /proc/PID/environ show with the name alone, because the
 * caller's command line may contain passwords. Pointers into argv and environ are useless
 * afterwards.
 */
void powerless_forget_command_line(const char *name);

/* Close all descriptors but these; a -1 among them is ignored. Sorts the array. */
void powerless_keep_only(int *fds, size_t n);

/*
 * Programs that this process executes from now on have no capabilities. Itself it keeps them, so
 * that this part of powerless_become(), half of its system calls, can be done while nobody waits.
 */
void powerless_programs(void);

/*
 * Give up every capability for good, and all ids: because whoever has the same user id may use
 * kill(2) and prlimit(2), the id becomes one that no user has. Where a user namespace maps only one
 * id, that stays, without capabilities.
 */
void powerless_become(void);

/*
 * The highest id in the text of a uid_map or gid_map (user_namespaces(7)); (uid_t)-1 when there is
 * none. For powerless_become(), and tests.
 */
uid_t powerless_highest_id(const char *map);

#endif
