/* SPDX-License-Identifier: MIT */
/*
 * criu makes folders in /tmp, and leaves them there when it fails at some points, or is ended. They
 * are ours to clear up, and nobody else's are.
 */
#ifndef CRIU_NS_LITTER_H
#define CRIU_NS_LITTER_H

/*
 * From now on note who makes folders in /tmp (fanotify(7), Linux 5.9). Gives a descriptor, or -1
 * where that cannot be had: then nothing is cleared.
 */
int litter_watch(void);

/*
 * Remove the folders of criu's that processes of our own pid namespace have made there since, as
 * far as they are empty, and close the descriptor. For when none of them lives any more.
 */
void litter_clear(int watch);

#endif
