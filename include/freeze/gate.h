/* SPDX-License-Identifier: MIT */
/*
 * criu stops the tree, and then opens the first image that is about all tasks: that is where it waits until criu-ns has
 * looked again at the namespaces of the tree. A task may have gone into another one in between, and criu freezes some trees
 * that it cannot thaw then ("Can't restore sub-task in NS" in criu/pstree.c).
 *
 * Where criu asks anyway (recheck.h) it needs no gate; that costs a small process ten times as much. Nobody waits any
 * more when criu-ns is killed: then the freeze goes on.
 */
#ifndef CRIU_NS_GATE_H
#define CRIU_NS_GATE_H

#include "look/facts.h"
#include "util/err.h"

#include <stdbool.h>
#include <sys/stat.h>

struct gate {
	int pause;          /* util/pause.h; -1: there is none */
	struct stat before; /* the image before criu ran; st_ino 0: it was not there */
	bool missed; /* criu had opened it before it could be made to wait: so the next one will do */
};

#define GATE_NONE ((struct gate){ .pause = -1 })

/* Before criu runs. False where that is not possible (in a user namespace). */
bool gate_make(struct gate *g, const struct facts *f);

/*
 * criu has been executed: not before, because executing a program that lies with the images would wait for ourselves. For the
 * same reason nothing is opened there until gate_answer() or gate_close().
 */
void gate_shut(struct gate *g, const struct facts *f);

/* That can be read (g->pause): look, if it is criu that waits at the image. *e has the reason why it cannot go on. */
void gate_answer(struct gate *g, pid_t criu, const struct facts *f, struct err *e);
void gate_close(struct gate *g);

/* All tasks are stopped: are they still in the namespaces that they were in when they were looked at? */
int gate_check(const struct facts *f, struct err *e);

#endif
