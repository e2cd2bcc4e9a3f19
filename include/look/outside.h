/* SPDX-License-Identifier: MIT */
/*
 * Processes outside of the tree that something in it refers to by number. The thawed tree has a pid
 * namespace of its own, in which there is nobody with that number, and criu cannot restore it.
 */
#ifndef CRIU_NS_OUTSIDE_H
#define CRIU_NS_OUTSIDE_H

#include "look/facts.h"

/* The target and all below it. */
struct tree_pids {
	const pid_t *v;
	size_t n;
};

/*
 * The process whose directory of a procfs holds the open file: link is its magic link, relative to the
 * caller's procfs, path what that says. 0: it is no such file, or one of a process that a thaw has, too.
 */
pid_t outside_of_file(const struct facts *f, const struct tree_pids *tree, const char *link,
		      const char *path);

/* The one that gets the signals of descriptor fd (F_SETOWN, fcntl(2)) of the process that pidfd holds. */
pid_t outside_owner(const struct facts *f, const struct tree_pids *tree, int pidfd, int fd);

#endif
