/* SPDX-License-Identifier: MIT */
/*
 * After a freeze: the names that criu has made for files that have lost theirs go where no thaw
 * takes them away, and where they are in nobody's way: criu gives the same name again to a file of
 * another tree in that directory, and fails. See look/kept_links.h.
 */
#ifndef CRIU_NS_KEEP_LINKS_H
#define CRIU_NS_KEEP_LINKS_H

#include "look/facts.h"
#include "plan/plan.h"

/* What does not work stays as criu has made it, which one thaw can use. */
void keep_links(const struct plan *p, const struct facts *f);

/*
 * Take away what is kept for the images in a directory, in it and elsewhere: they will not be
 * thawed any more.
 */
void keep_links_forget(int images);

#endif
