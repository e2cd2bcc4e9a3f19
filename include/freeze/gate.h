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
 *
 * A tree of many tasks takes criu-ns a while to look at, and criu much longer to save. So criu goes
 * on at once, and waits for the answer where it has saved all tasks: at the image that says how
 * they belong together.
 */
#ifndef CRIU_NS_GATE_H
#define CRIU_NS_GATE_H

#include "look/facts.h"
#include "util/err.h"

#include <stdbool.h>

/* An image that is made for it, empty, if it is not there. */
struct door {
	const char *image;
	int pause;    /* util/pause.h; -1: there is none */
	bool made;    /* and nobody has opened it yet */
	bool is_over; /* criu has been there */
};

#define DOOR_NONE ((struct door){ .pause = -1 })

struct gate {
	struct door first, second; /* second: of a tree with many tasks */
	bool has_looked, refuses;  /* the answer for the second one */
};

#define GATE_NONE ((struct gate){ .first = DOOR_NONE, .second = DOOR_NONE })

/*
 * Before criu runs. A mark on the directory instead of on images would make criu wait at each file
 * there, and criu-ns for itself where the program that it executes lies there, too. False where
 * there can be none (in a user namespace). Until criu has been there, or gate_close(), nobody here
 * may open those images.
 */
bool gate_make(struct gate *g, const struct facts *f);

/*
 * That can be read (g->first.pause): look, if it is criu that waits at the image. *e has the reason
 * why it cannot go on.
 */
void gate_answer(struct gate *g, pid_t criu, const struct facts *f, struct err *e);

/* The same of g->second.pause. Has criu saved all tasks, and goes on? */
bool gate_answer_second(struct gate *g, pid_t criu, const struct facts *f, struct err *e);

/* criu has ended, or was never started. */
void gate_close(struct gate *g, const struct facts *f);

/*
 * All tasks are stopped: are they still in the namespaces that they were in when they were looked
 * at?
 */
int gate_check(const struct facts *f, struct err *e);

#endif
