/* SPDX-License-Identifier: MIT */
/*
 * Holds criu at a moment of a thaw: when it opens a file that it opens just then, it waits until it is
 * answered (fanotify(7), permission events).
 */
#ifndef CRIU_NS_PAUSE_H
#define CRIU_NS_PAUSE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * criu writes its pidfile when all is restored and nothing runs yet (restore_root_task() in
 * criu/cr-restore.c): from now on an open() on the file system of the folder dirfd waits for us
 * (fanotify(7), FAN_OPEN_PERM). Gives a descriptor to poll, or -1 where that cannot be had (in a
 * user namespace): then the comparison comes right after criu.
 */
int pause_open(int dirfd);

/*
 * Somebody waits: gives a descriptor for pause_answer(), -1 when nobody does. Nobody else will be held
 * there any more.
 */
int pause_take(int pause, int dirfd);

/*
 * Let that one go on, or fail. The descriptor stays open: closing it takes longer than all else that is
 * done here (the kernel waits until nobody uses its marks, fsnotify_put_group()).
 */
void pause_answer(int pause, int waiting, bool allow);

/*
 * The same for whoever opens a file of criu's images, be it another thaw; -1 where that cannot be
 * had. pause_next() gives a descriptor for pause_answer(), -1 when nobody waits, and who it is, as
 * numbered here (0: nobody of ours). After pause_lift_file() nobody else will be held there; who is
 * held already still waits for an answer.
 */
int pause_open_file(int dirfd, const char *name);
int pause_next(int pause, pid_t *ret_pid);
void pause_lift_file(int pause);

#endif
