/* SPDX-License-Identifier: MIT */
/*
 * A tree at work is in states for moments that criu cannot save: a connection that is not accepted
 * yet, a message that is not read, an end of a connection that was made behind the back of the walk
 * through the tree. A freeze is not refused for one of them before it has been looked for again.
 * Nor is a thaw, for what a process that is about to end still has.
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
