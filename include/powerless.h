/* SPDX-License-Identifier: MIT */
/* What stays behind beside a tree: it has no rights, and nobody in there has any over it. */
#ifndef CRIU_NS_POWERLESS_H
#define CRIU_NS_POWERLESS_H

/*
 * Nobody may trace this process, or read its memory, without CAP_SYS_PTRACE, from now on: it has
 * copies of the caller's environment and command line.
 */
void powerless_hide(void);

/*
 * Give up every capability for good, and all ids. kill(2) and prlimit(2) are allowed to whoever has
 * the same user id: it becomes one that no user has. Where it cannot (a user namespace does not map
 * it) the ids stay as they are, without capabilities.
 */
void powerless_become(void);

#endif
