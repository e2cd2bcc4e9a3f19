/* SPDX-License-Identifier: MIT */
/*
 * Makes criu wait at a certain moment of a freeze or thaw: when it opens a file that it opens just
 * then, its open() waits until it is answered (fanotify(7), permission events). When all who could
 * answer have ended, it goes on.
 */
#ifndef CRIU_NS_PAUSE_H
#define CRIU_NS_PAUSE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * criu writes its pidfile when everything is restored and nothing runs yet (restore_root_task() in
 * criu/cr-restore.c): from now on, an open() on the file system of the directory dirfd waits for us
 * (fanotify(7), FAN_OPEN_PERM). Gives a descriptor to poll, or -1 where that is not possible (in a
 * user namespace): then the mounts are compared right after criu has ended.
 */
int pause_open(int dirfd);

/*
 * No other process will wait there after that, nor be told of (pause_tell_file()); one that already
 * waits still needs its answer. Not later, because it needs the privilege with which the marks were
 * made.
 */
void pause_lift(int pause, int dirfd);

/*
 * Let that process go on, or let its open() fail. The descriptor stays open, because closing it
 * takes longer than everything else here (the kernel waits until nobody uses its marks,
 * fsnotify_put_group()).
 */
void pause_answer(int pause, int waiting, bool allow);

/*
 * The same for every process that opens one file of criu's images, even one of another thaw; -1
 * where that is not possible. pause_next() gives a descriptor for pause_answer(), -1 if no process
 * waits, and its pid in our pid namespace (0: it is not in that). After pause_lift_file() no other
 * process will wait there; one that already waits still needs its answer.
 */
int pause_open_file(int dirfd, const char *name);
bool pause_add_file(int pause, int dirfd, const char *name); /* and at this one */
int pause_next(int pause, pid_t *ret_pid);
void pause_lift_file(int pause);

/*
 * pause_tell_file(): pause is to be readable also when somebody has opened this file, who does not
 * wait for us. Then pause_next_event() takes the place of pause_next(): false if there is none;
 * waiting is -1 where nobody waits, and otherwise for pause_answer(). After pause_only_tell()
 * nobody will wait at that file, as after pause_lift_file(), but who opens it is told.
 */
struct pause_event {
	pid_t pid;
	int waiting;
};

int pause_tell_file(int pause, int dirfd, const char *name);
bool pause_next_event(int pause, struct pause_event *ret);
void pause_only_tell(int pause, int dirfd, const char *name);

#endif
