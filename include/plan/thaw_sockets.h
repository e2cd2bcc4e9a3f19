/* SPDX-License-Identifier: MIT */
/* Decisions of a thaw about sockets whose other end is outside. Pure. */
#ifndef CRIU_NS_THAW_SOCKETS_H
#define CRIU_NS_THAW_SOCKETS_H

#include "plan/planning.h"

/*
 * Of the recipe's unix sockets: hand criu each connection that was made again; refuse the thaw for
 * those that could not be.
 */
void plan_thaw_sockets(struct plan *p, size_t *at);

/* What it takes for TCP connections to go on. */
void plan_thaw_connections(const struct facts *f, struct plan *p);

#endif
