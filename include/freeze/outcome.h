/* SPDX-License-Identifier: MIT */
/*
 * What has come of a freeze. criu's status alone does not tell: criu can be ended when it has ended
 * the tree, with all images written; and a program that is not criu can say 0 and have done nothing.
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
	TARGET_STOPPED, /* it was not, before */
	TARGET_RUNS,
	TARGET_UNSURE, /* it is there, and about to end */
};

struct outcome {
	int wait_status; /* criu's */
	enum outcome_target target;
	bool images; /* all there, and of this freeze */
};

/* The inventory that an earlier freeze has left, before this one begins. */
struct outcome_mark {
	struct stat inventory; /* st_ino 0: there is none */
	time_t now;
};

void outcome_mark(const struct facts *f, struct outcome_mark *ret);

/* Are the images of this freeze complete, so that criu may have begun to end the tree? */
bool outcome_images(const struct facts *f, const struct outcome_mark *before);

/* Look, when criu has ended and nobody traces the target any more. */
void outcome_look(const struct plan *p, const struct facts *f, const struct outcome_mark *before,
		  int wait_status, struct outcome *ret);

/*
 * Pure: what that means. 0 with *ret filled, or an error where criu says 0 and it is not true.
 * p tells what was to come of it (record, leaves_tree).
 */
int outcome_judge(const struct plan *p, const struct facts *f, const struct outcome *o,
		  struct verdict *ret, struct err *e);

#endif
