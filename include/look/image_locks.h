/* SPDX-License-Identifier: MIT */
/* The locks on files in the images: filelocks.img, which there is with --file-locks. */
#ifndef CRIU_NS_IMAGE_LOCKS_H
#define CRIU_NS_IMAGE_LOCKS_H

#include "look/file_locks.h"

#include <stddef.h>
#include <stdint.h>

struct image_lock {
	pid_t pid; /* of the task in the images that had it, by this descriptor */
	uint32_t fd;
	uint32_t file;           /* the id of the file in files.img; 0: not known */
	struct locked_file lock; /* without the file */
};

struct image_locks {
	struct image_lock *v;
	size_t n;
};

/* Those of the images in the directory dirfd; none if they cannot be read. */
void image_locks_read(int dirfd, struct image_locks *ret);

/* The same from the text of the image, without the files. -EINVAL on damage. */
int image_locks_parse(const void *text, size_t size, struct image_locks *ret);

void image_locks_free(struct image_locks *s);

#endif
