/* SPDX-License-Identifier: MIT */
/*
 * --join-ns TYPE:FILE|PID[,EXTRA]: a namespace of the caller's host, which has no such name in the
 * /proc of a thaw.
 */
#ifndef CRIU_NS_JOIN_NS_H
#define CRIU_NS_JOIN_NS_H

/* Open what such a value names. -1: it cannot be opened, and criu says why. */
int join_ns_open(int proc, const char *value);

/* The same value for a criu that has the namespace as its descriptor number fd. In fresh memory. */
char *join_ns_by_descriptor(const char *value, int fd);

#endif
