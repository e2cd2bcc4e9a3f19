/* SPDX-License-Identifier: MIT */
/*
 * --join-ns TYPE:FILE|PID[,EXTRA]: a namespace of the caller's host. In the /proc of a thaw there
 * is no such path or pid, so it is opened before.
 */
#ifndef CRIU_NS_JOIN_NS_H
#define CRIU_NS_JOIN_NS_H

/* Open what such a value names. -1: it cannot be opened, and criu says why. */
int join_ns_open(int proc, const char *value);

/* The same value for a criu that has the namespace as its descriptor number fd. In fresh memory. */
char *join_ns_by_descriptor(const char *value, int fd);

#endif
