/* SPDX-License-Identifier: MIT */
/* A pidfile that appears at once, complete, and never replaces another file. */
#ifndef CRIU_NS_PIDFILE_H
#define CRIU_NS_PIDFILE_H

#include "util/err.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Make the file, without a name yet, in the directory where `path` (relative to dirfd) is to be.
 * From its descriptor, which others may hold, too, pidfile_is_named() tells whether it has got its
 * name. -1 where the file system has no such files (open(2), O_TMPFILE): then nobody can tell.
 */
int pidfile_prepare(int dirfd, const char *path);

/*
 * Write pid (without a newline, as criu does) to a new file `path`, relative to dirfd: the prepared
 * one, or another if that is -1. -EEXIST if `path` exists. Nothing is left behind on failure.
 */
int pidfile_write(int dirfd, const char *path, int prepared, pid_t pid, struct err *e);

/* Has the prepared file got its name? False for -1. */
bool pidfile_is_named(int prepared);

#endif
