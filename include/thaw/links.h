/* SPDX-License-Identifier: MIT */
/*
 * The names of a thaw's own, by which criu opens files that have lost theirs (look/kept_links.h).
 */
#ifndef CRIU_NS_LINKS_H
#define CRIU_NS_LINKS_H

#include "look/facts.h"
#include "util/err.h"

/*
 * 0, or an error. Also waits, but not for ever, for other thaws of the same images: for a moment,
 * criu gives the file the name that it had lost, and has only one other for the case that somebody
 * else has done so (open_path() in criu/files-reg.c).
 */
int links_make(const struct facts *f, struct err *e);

/* criu has opened the files. */
void links_opened(const struct facts *f);

/* Take away those that criu has not: it does so when the tree is complete. */
void links_clear(const struct facts *f);

#endif
