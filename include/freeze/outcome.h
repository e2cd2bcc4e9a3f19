/* SPDX-License-Identifier: MIT */
/*
 * The result of a freeze. criu's exit status alone is not enough: criu may be killed after it has
 * ended the tree and written all images, and a program that is not criu may exit with 0 without
 * having done anything.
 */
#ifndef CRIU_NS_OUTCOME_H
#define CRIU_NS_OUTCOME_H

#include "cli/criu.h"
#include "look/facts.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

enum outcome_target {
	TARGET_ENDED,
	TARGET_STOPPED, /* before the freeze it was not */
	TARGET_RUNS,
	TARGET_UNSURE, /* it is still there, but about to end */
};

struct outcome {
	int wait_status; /* criu's */
	enum outcome_target target;
	bool images; /* they are complete, and of this freeze */
};

/* Before the freeze: the inventory that an earlier one may have left. */
struct outcome_mark {
	struct stat inventory; /* st_ino 0: there is none */
	time_t now;
};

void outcome_mark(const struct facts *f, struct outcome_mark *ret);

/* Are the images of this freeze complete, so that criu may have begun to end the tree? */
bool outcome_images(const struct facts *f, const struct outcome_mark *before);

/* To be called when criu has ended and nobody traces the target any more. */
void outcome_look(const struct plan *p, const struct facts *f, const struct outcome_mark *before,
		  int wait_status, struct outcome *ret);

/*
 * Pure: what that means. 0 with *ret filled, or an error if criu exited with 0 without doing its
 * work, which p describes (record, leaves_tree).
 */
int outcome_judge(const struct plan *p, const struct facts *f, const struct outcome *o,
		  struct verdict *ret, struct err *e);

#endif
