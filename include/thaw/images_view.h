/* SPDX-License-Identifier: MIT */
/*
 * The images, with a files.img that has been changed in place of the frozen one: mounted over it in
 * a mount namespace that nobody else is in, of which criu gets a copy by descriptor. The images
 * themselves stay as they are.
 */
#ifndef CRIU_NS_IMAGES_VIEW_H
#define CRIU_NS_IMAGES_VIEW_H

#include "look/facts.h"
#include "plan/plan.h"

struct images_view {
	/* a clone of all mounts, which lasts as long as this descriptor; -1: there is none */
	int tree;
	int dir; /* the images directory in it */
};

/* If the plan has such files, make it. 0, or an error. */
int images_view_make(const struct plan *p, const struct facts *f, struct images_view *ret,
		     struct err *e);
void images_view_close(struct images_view *v);

#endif
