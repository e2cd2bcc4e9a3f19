/* SPDX-License-Identifier: MIT */
/*
 * The images of a freeze that has failed are removed before it is tried again in the same
 * directory. criu writes those of the whole tree again, but each of the others only if the tree
 * still has what it is about: a process, a connection, a deleted file.
 */
#ifndef CRIU_NS_LEFTOVERS_H
#define CRIU_NS_LEFTOVERS_H

#include <stdbool.h>
#include <time.h>

/* Is it a name that criu gives to the image of one thing, by a number? Pure. */
bool leftovers_are_called(const char *name);

/* Remove those from the directory that have been written since then, and no other file. */
void leftovers_remove(int images, const struct timespec *since);

#endif
