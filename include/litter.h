/* SPDX-License-Identifier: MIT */
/*
 * criu makes folders in /tmp, and leaves them there when it fails at some points, or is ended. They
 * are ours to clear up, and nobody else's are.
 */
#ifndef CRIU_NS_LITTER_H
#define CRIU_NS_LITTER_H

#include "util.h"

/*
 * From now on note who makes folders in /tmp (fanotify(7), Linux 5.9). Gives a descriptor to poll,
 * or -1 where that cannot be had: then nothing is cleared.
 */
int litter_watch(void);

/* Add the names of criu's folders that processes of our own pid namespace have made there since. */
void litter_read(int watch, struct strv *names);

/* Note nothing more. The descriptor stays open: closing it waits for the kernel (verify.h). */
void litter_stop(int watch);

/* Remove them, as far as they are empty. For when nobody lives any more who made them. */
void litter_clear(const struct strv *names);

#endif
