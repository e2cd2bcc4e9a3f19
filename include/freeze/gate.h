/* SPDX-License-Identifier: MIT */
/*
 * criu stops the tree, and then opens the first image that is about all tasks: that is when criu-ns
 * looks again at the namespaces of the tree. A task may have gone into another one in between, and
 * criu freezes some trees that it cannot thaw then ("Can't restore sub-task in NS" in
 * criu/pstree.c). criu saves the tree meanwhile. It waits for the answer where it has saved all
 * tasks, at the image that says how they belong together, unless it has the answer by then.
 *
 * Because the gate is made before criu is executed, it also makes sure that criu does not end the
 * tree before criu-ns has started the holder (holder.h), however long criu-ns is kept from running.
 * Nobody waits any more when criu-ns is killed: then the freeze goes on.
 *
 * Where criu asks anyway (recheck.h) it needs no gate; that costs a small process ten times as
 * much.
 */
#ifndef CRIU_NS_GATE_H
#define CRIU_NS_GATE_H

#include "look/facts.h"
#include "look/mappings_look.h"
#include "util/err.h"

#include <stdbool.h>

struct gate {
	int pause;                      /* util/pause.h; -1: there is none */
	struct mappings_look *mappings; /* begun when all tasks are stopped */

	/* These images were made for it, empty, and nobody has opened them yet, as far as is known. */
	bool made_first, made_last;
	bool has_looked, refuses; /* the answer */
};

#define GATE_NONE ((struct gate){ .pause = -1 })

/*
 * Before criu runs. A mark on the directory instead of on images would make criu wait at each file
 * there, and criu-ns for itself where the program that it executes lies there, too. False where
 * there can be none (in a user namespace). Until criu has been there, or gate_close(), nobody here
 * may open those images.
 */
bool gate_make(struct gate *g, const struct facts *f, struct mappings_look *mappings);

/*
 * g->pause can be read: look, or answer, if it is criu that has come. *e has the reason why it
 * cannot go on. True, with tells_saved: criu has saved all tasks, and goes on to end them.
 */
bool gate_next(struct gate *g, pid_t criu, const struct facts *f, bool tells_saved, struct err *e);

/* criu has ended, or was never started. */
void gate_close(struct gate *g, const struct facts *f);

/*
 * All tasks are stopped: are they still in the namespaces that they were in when they were looked
 * at? Then *mappings begins, unless it is NULL.
 */
int gate_check(const struct facts *f, struct mappings_look *mappings, struct err *e);

#endif
