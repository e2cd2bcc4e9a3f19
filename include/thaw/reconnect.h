/* SPDX-License-Identifier: MIT */
/*
 * Puts the connections that were made again for the tree (look/connect.h) into the state in which
 * the tree had the old ones.
 */
#ifndef CRIU_NS_RECONNECT_H
#define CRIU_NS_RECONNECT_H

#include "look/recipe.h"
#include "util/err.h"

/*
 * criu gives the tree a descriptor of --inherit-fd as it is (open_unix_sk() in criu/sk-unix.c): say
 * to the journal what it has to be told first, and set what the old connection had. Nothing waits.
 */
int reconnect_prepare(const struct recipe *r, struct err *e);

/*
 * The tree has them now: while criu-ns had them, too, a server would not see that the tree has
 * ended.
 */
void reconnect_release(const struct recipe *r);

#endif
