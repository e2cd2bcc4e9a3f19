/* SPDX-License-Identifier: MIT */
/* What a freeze tells the parent of the pseudo-init that the tree is in, in case that is a `run`. */
#ifndef CRIU_NS_NEWS_H
#define CRIU_NS_NEWS_H

/*
 * The value of a SIGURG, or, from inside of that pid namespace, a message of this type on the
 * pseudo-init's socket, with a pidfd of the sender. It says nothing at its end if it has succeeded.
 */
enum freeze_news { FREEZE_BEGINS, FREEZE_FAILED };

#endif
