/* SPDX-License-Identifier: MIT */
/*
 * What stays after a detached thaw for a terminal of the tree's: a small process, criu-ns-tty, that has the master
 * side of the pty. On the caller's terminal, if there is one, it shows what the tree writes, and passes on what is
 * typed while the terminal belongs to the caller's process group. It never changes the modes of that terminal, so
 * none are left behind, however it ends.
 */
#ifndef CRIU_NS_BEHIND_H
#define CRIU_NS_BEHIND_H

#include "util/err.h"

#include <stdbool.h>

/*
 * Start it. It takes the master, which is closed here. terminal: the caller's, as a descriptor, or -1: nobody sees
 * what the tree writes. keyboard: what is typed there is for the tree.
 */
int behind_start(int master, int terminal, bool keyboard, struct err *e);

#endif
