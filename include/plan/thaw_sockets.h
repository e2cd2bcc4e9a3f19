/* SPDX-License-Identifier: MIT */
/* Decisions of a thaw about the recipe's unix sockets. Pure. */
#ifndef CRIU_NS_THAW_SOCKETS_H
#define CRIU_NS_THAW_SOCKETS_H

#include "plan/planning.h"

/* Hand criu each connection that was made again; refuse the thaw for those that could not be. */
void plan_thaw_sockets(struct plan *p, size_t *at);

#endif
