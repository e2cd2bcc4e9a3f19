/* SPDX-License-Identifier: MIT */
/* The descriptors of a task in the images. */
#ifndef CRIU_NS_IMAGE_FDS_H
#define CRIU_NS_IMAGE_FDS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct image_fd {
	uint32_t file; /* the id of the file in files.img */
	unsigned type; /* enum fd_types of criu/images/fdinfo.proto */
	uint32_t fd;
};

typedef void image_fd_fn(const struct image_fd *fd, void *arg);

/* Call fn for each of the task with that pid in the images; for none if they cannot be read. */
void image_fds_read(int dirfd, pid_t pid, image_fd_fn *fn, void *arg);

/* The same from the text of a fdinfo-N.img; -EINVAL on damage. */
int image_fds_parse(const void *text, size_t size, image_fd_fn *fn, void *arg);

#endif
