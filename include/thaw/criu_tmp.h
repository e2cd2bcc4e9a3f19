/* SPDX-License-Identifier: MIT */
/*
 * criu makes folders in /tmp, and leaves them there when it fails at some points, or is ended. They
 * are ours to clear up, and nobody else's are.
 */
#ifndef CRIU_NS_CRIU_TMP_H
#define CRIU_NS_CRIU_TMP_H

#include <sys/types.h>

/*
 * From now on note who makes folders in /tmp (fanotify(7), Linux 5.9). Gives a descriptor, or -1
 * where that cannot be had: then nothing is cleared.
 */
int criu_tmp_watch(void);

/* Note nothing more. The descriptor stays open: closing it waits for the kernel (verify.h). */
void criu_tmp_stop(int watch);

enum { CRIU_TMP_OF_NAMESPACE = 0 };

/*
 * Remove the folders of criu's that process `maker`, in our numbers, has made there since, or any of
 * our own pid namespace, as far as they are empty. For when none of them lives any more.
 */
void criu_tmp_clear(int watch, pid_t maker);

#endif
