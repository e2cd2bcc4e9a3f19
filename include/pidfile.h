/* SPDX-License-Identifier: MIT */
/* A pidfile that appears at once, whole, and never over another file. */
#ifndef CRIU_NS_PIDFILE_H
#define CRIU_NS_PIDFILE_H

#include "err.h"

#include <sys/types.h>

/*
 * Write pid (no newline, as criu) into a new file `path`, relative to dirfd. -EEXIST if there is
 * one. Nothing is left behind on failure.
 */
int pidfile_write(int dirfd, const char *path, pid_t pid, struct err *e);

/* The folder that it would be in, relative to the same dirfd. The caller frees it. */
char *pidfile_folder(const char *path);

#endif
