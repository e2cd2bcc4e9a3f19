/* SPDX-License-Identifier: MIT */
/*
 * criu stops the tree, and then opens the first image that is about all tasks: that is where it
 * waits until criu-ns has looked again at the namespaces of the tree. A task may have gone into
 * another one in between, and criu freezes some trees that it cannot thaw then ("Can't restore
 * sub-task in NS" in criu/pstree.c). Because it is made before criu is executed, it also makes sure
 * that criu does not end the tree before criu-ns has started the holder (holder.h), however long
 * criu-ns is kept from running.
 *
 * Where criu asks anyway (recheck.h) it needs no gate; that costs a small process ten times as
 * much. Nobody waits any more when criu-ns is killed: then the freeze goes on.
 */
#ifndef CRIU_NS_GATE_H
#define CRIU_NS_GATE_H

#include "look/facts.h"
#include "util/err.h"

#include <stdbool.h>

struct gate {
	int pause; /* util/pause.h; -1: there is none */
	bool made; /* the image has been made for it, and nobody has opened it yet */
};

#define GATE_NONE ((struct gate){ .pause = -1 })

/*
 * Before criu runs. The image is made, empty, if it is not there: a mark on the directory would
 * make criu wait at each file there, and criu-ns for itself where the program that it executes lies
 * there, too. False where there can be none (in a user namespace). Until gate_answer() or
 * gate_close() nobody here may open that image.
 */
bool gate_make(struct gate *g, const struct facts *f);

/*
 * That can be read (g->pause): look, if it is criu that waits at the image. *e has the reason why
 * it cannot go on.
 */
void gate_answer(struct gate *g, pid_t criu, const struct facts *f, struct err *e);

/* criu has ended, or was never started. */
void gate_close(struct gate *g, const struct facts *f);

/*
 * All tasks are stopped: are they still in the namespaces that they were in when they were looked
 * at?
 */
int gate_check(const struct facts *f, struct err *e);

#endif
