// SPDX-License-Identifier: MIT
/*
 * Files in file systems that a process or another host serves. criu asks for the status of each
 * file when all tasks are stopped: it would wait for ever for a server that does not answer, and a
 * server in the tree itself is stopped by then. criu looks at /dev/fuse only later, and cannot save
 * it, either.
 */
#include "look/probe.h"

#include <sys/sysmacros.h>

/* FUSE_MINOR in the kernel's include/linux/miscdevice.h. */
enum { FUSE_MAJOR = 10, FUSE_MINOR = 229 };

static bool wants_map(const struct look *l, const struct proc_map *m)
{
	return served_is_suspect(&l->served, m->dev);
}

static bool is_fuse(const struct statx *st)
{
	return S_ISCHR(st->stx_mode) && st->stx_rdev_major == FUSE_MAJOR &&
	       st->stx_rdev_minor == FUSE_MINOR;
}

static void look_held(struct look *l, struct held *h, void *state)
{
	const struct statx *st = held_is_path(h) ? held_status(h) : NULL;
	dev_t dev;

	(void)state;
	if (!st)
		return;
	dev = statx_dev(st);
	if (is_fuse(st) && h->as == HELD_FD && !seen_before(&l->seen, FINDING_FUSE_SERVER, 0, 0))
		look_found(l, FINDING_FUSE_SERVER, h);
	if (!served_is_suspect(&l->served, dev) ||
	    seen_before(&l->seen, FINDING_SERVED_FILE, dev, 0))
		return;
	look_found(l,
		   served_answers(&l->served, dev, h->dir, h->link) ? FINDING_SERVED_FILE
								    : FINDING_SILENT_FILE,
		   h);
}

const struct probe probe_served = { .held = look_held, .wants_map = wants_map };
