/* SPDX-License-Identifier: MIT */
/* What a thaw has to know of the terminals in the images (tty-info.img). */
#ifndef CRIU_NS_IMAGE_TTYS_H
#define CRIU_NS_IMAGE_TTYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One side of a terminal. criu has one for each file that the tree has open of an external one. */
struct image_tty {
	uint32_t id;        /* files.img names it by that */
	unsigned rdev, dev; /* by which criu names it: tty[RDEV:DEV], in hex */
	pid_t sid;          /* of the session that it controls; 0: none that criu saw */
	bool is_external;   /* frozen with --external: criu has to be given one */
	bool is_pty;        /* otherwise, criu makes one with this index, or takes --shell-job's */
	bool is_master;
	bool is_hung; /* nobody had the other side any more */
	unsigned index;
};

struct image_ttys {
	struct image_tty *v; /* in the order in which criu saved them */
	size_t n;
};

/*
 * Those of the images in the directory dirfd; none if they cannot be read, because criu says what
 * is wrong.
 */
void image_ttys_read(int dirfd, struct image_ttys *ret);

/* The same from the text of the image. -EINVAL on damage. */
int image_ttys_parse(const void *text, size_t size, struct image_ttys *ret);

void image_ttys_free(struct image_ttys *t);

/* Is there one with its other side outside of the tree, which only --shell-job thaws? */
bool image_ttys_have_job(const struct image_ttys *t);

/*
 * /dev/tty (Documentation/admin-guide/devices.txt): whichever terminal the process's session has.
 */
static inline bool image_tty_is_dev_tty(const struct image_tty *t)
{
	return t->rdev == 5 << 8;
}

/*
 * Does criu make it again, under its number: has the tree both sides, or had nobody the other one
 * any more?
 */
bool image_tty_is_remade(const struct image_tty *t);

/* One more than the highest number of those; 0: there are none. */
size_t image_ttys_remade_below(const struct image_ttys *t);

#endif
