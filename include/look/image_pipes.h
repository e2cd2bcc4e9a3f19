/* SPDX-License-Identifier: MIT */
/*
 * The pipes in the images that criu does not make again as they were: of which the tree had one end
 * only, or both in one descriptor (O_RDWR).
 */
#ifndef CRIU_NS_IMAGE_PIPES_H
#define CRIU_NS_IMAGE_PIPES_H

#include "look/image_files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct image_pipe {
	uint32_t id;      /* criu names it pipe:[ID] */
	bool is_both;     /* both ends in one descriptor */
	bool reads;       /* the tree has the end from which one reads; else the other */
	bool is_stdio[3]; /* which of the standard descriptors of the root task lead to it */
	char *bytes;      /* reads: what was in it */
	size_t n, size; /* how much that was, and how much has room (F_GETPIPE_SZ); 0: not known */
};

struct image_pipes {
	struct image_pipe *v;
	size_t n;
};

/*
 * Those of the files, which were read from the directory dirfd; root is the root task in the
 * images. What is missing or damaged is left out: that is criu's to report. The caller frees *ret
 * with image_pipes_free().
 */
void image_pipes_read(int dirfd, pid_t root, const struct image_files *files,
		      struct image_pipes *ret);
void image_pipes_free(struct image_pipes *p);

/*
 * Parts of it: which these are; the standard descriptors in the text of a fdinfo-N.img; what a
 * pipes-data.img has.
 */
void image_pipes_find(const struct image_files *files, struct image_pipes *ret);
int image_pipes_parse_fds(const void *text, size_t size, const struct image_files *files,
			  struct image_pipes *ret);
int image_pipes_parse_data(const void *text, size_t size, struct image_pipes *ret);

#endif
