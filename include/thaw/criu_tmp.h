/* SPDX-License-Identifier: MIT */
/*
 * criu makes directories in /tmp, and leaves them there when it fails at some points, or is killed.
 * Those of our criu are removed, and no others.
 */
#ifndef CRIU_NS_CRIU_TMP_H
#define CRIU_NS_CRIU_TMP_H

#include <limits.h>
#include <sys/types.h>

/*
 * From now on note who makes directories in /tmp (fanotify(7), Linux 5.9). Gives a descriptor, or
 * -1 where that is not possible: then nothing will be removed.
 */
int criu_tmp_watch(void);

/*
 * Note nothing more. The descriptor stays open, because closing it waits for the kernel (pause.h).
 */
void criu_tmp_stop(int watch);

enum { CRIU_TMP_OF_NAMESPACE = 0 };

/*
 * Remove those of criu's directories that are empty and that process `maker`, a pid in our own pid
 * namespace, has made since; or, for CRIU_TMP_OF_NAMESPACE, any process of our own pid namespace.
 * To be called when none of these processes lives any more.
 */
void criu_tmp_clear(int watch, pid_t maker);

/*
 * For somebody else, who cannot see that process: the name of such a directory that `maker` has made
 * since, "" if it has made none; and to remove it by its name.
 */
void criu_tmp_take(int watch, pid_t maker, char name[NAME_MAX + 1]);
void criu_tmp_remove(const char *name);

#endif
