/* SPDX-License-Identifier: MIT */
/*
 * A devpts for the tree alone. Some terminals criu makes again, each under its number
 * (image_tty_is_remade()); where that cannot be had on the host, they are of this one, as are those
 * that the thaw makes.
 *
 * A freeze does not count it as a mount of the tree's own (mounts_compare()).
 */
#ifndef CRIU_NS_OWN_DEVPTS_H
#define CRIU_NS_OWN_DEVPTS_H

#include "look/facts.h"
#include "util/err.h"

#include <stddef.h>

struct own_devpts {
	int fd; /* mounted nowhere yet; -1: there is none */
	/*
	 * By number: what criu must not get, because it tries only 32 from the first that is free;
	 * -1: it is criu's.
	 */
	int *taken;
	size_t n;
};

#define OWN_DEVPTS_NONE ((struct own_devpts){ .fd = -1 })

/*
 * Make it, and hold all numbers up to the last that criu needs. The caller closes it, after a
 * failure, too.
 */
int own_devpts_make(const struct facts *f, struct own_devpts *ret, struct err *e);

/* Once the thaw has opened terminals of its own: leave to criu what it needs. */
void own_devpts_leave(struct own_devpts *d, const struct facts *f);

/* In the mount namespace of the tree, over the caller's. */
int own_devpts_mount(int fd, struct err *e);

void own_devpts_close(struct own_devpts *d);

#endif
