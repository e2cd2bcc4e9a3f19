/* SPDX-License-Identifier: MIT */
/*
 * A tree at work is, for moments, in states that criu cannot save: a connection that is not
 * accepted yet, a message that is not read, an end of a connection that was made after the walk
 * through the tree had passed there. A freeze is refused for one of them only when criu-ns has
 * looked again and still finds it. The same holds for a thaw, and for what a process that is about
 * to end still has.
 */
#ifndef CRIU_NS_PASSING_H
#define CRIU_NS_PASSING_H

#include "look/facts.h"
#include "plan/plan.h"

/*
 * After a plan with refusals: false if it is the last word. Otherwise waits, each time longer than
 * the last, leaves both empty (facts_renew()), and returns true: look and plan anew. *tries is 0 at
 * first.
 */
bool passing_renew(struct plan *p, struct facts *f, size_t *tries);

#endif
