/* SPDX-License-Identifier: MIT */
/*
 * The end of a thaw with mounts of its own: criu is held just before it lets the tree run, until
 * what came back has been compared with what was frozen.
 */
#ifndef CRIU_NS_VERIFY_H
#define CRIU_NS_VERIFY_H

#include "look/facts.h"
#include "look/mounts.h"
#include "plan/plan.h"
#include "util/err.h"

#include <sys/types.h>

/*
 * criu writes its pidfile when all is restored and nothing runs yet (restore_root_task() in
 * criu/cr-restore.c): from now on an open() on the file system of the folder dirfd waits for us
 * (fanotify(7), FAN_OPEN_PERM). Gives a descriptor to poll, or -1 where that cannot be had (in a
 * user namespace): then the comparison comes right after criu.
 */
int gate_open(int dirfd);

/*
 * Somebody waits at the gate: gives a descriptor for gate_answer(), -1 when nobody does. Nobody else
 * will be held there any more.
 */
int gate_arrived(int gate, int dirfd);

/*
 * Let that one go on, or fail. The gate stays open: closing it takes longer than all else that is
 * done here (the kernel waits until nobody uses its marks, fsnotify_put_group()).
 */
void gate_answer(int gate, int visitor, bool allow);

/*
 * The same for whoever opens a file of criu's images, be it another thaw; -1 where that cannot be
 * had. gate_visitor() gives a descriptor for gate_answer(), -1 when nobody waits, and who it is, as
 * numbered here (0: nobody of ours). After gate_lift_file() nobody else will be held there; who is
 * held already still waits for an answer.
 */
int gate_open_file(int dirfd, const char *name);
int gate_visitor(int gate, pid_t *ret_pid);
void gate_lift_file(int gate);

struct verify {
	const struct plan *plan; /* what is wanted, and whether what is wrong is only to be said */
	const struct facts *facts;
	int proc;  /* a procfs, */
	pid_t pid; /* and a thawed process, as it is numbered there */
	const struct mounts
		*frame; /* the table of our mount namespace, as it was without the yard */
};

/* Put right what can be, before the mounts are locked, and say nothing of the rest. */
int verify_repair(const struct verify *v, struct err *e);

/*
 * Compare the mounts of the process with what the plan wants, and those of the tree's other mount
 * namespaces with what is in the images. Puts right what can be; with
 * plan.tolerate what is wrong then is said on stderr, without it that is the error.
 */
int verify_mounts(const struct verify *v, struct err *e);

#endif
