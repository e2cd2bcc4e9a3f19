/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that nobody needs any more. Mostly they follow each other, and are closed by one
 * system call.
 */
#ifndef CRIU_NS_USED_H
#define CRIU_NS_USED_H

#include <stddef.h>
#include <sys/types.h>

/* All zero at first. */
struct used {
	int v[64]; /* not more, because the limit of descriptors may be low */
	size_t n;
};

void used_close_later(struct used *u, int fd);
void used_close(struct used *u);

/*
 * Open a file to read it before the next one is opened; it is closed later. Returns the descriptor,
 * or a negative errno.
 */
int used_open(struct used *u, int dir, const char *name);

/*
 * Read a regular file that is in that directory itself (open_regular_in()), and close it later: as
 * read_file_at().
 */
ssize_t used_read_regular_in(struct used *u, int dir, const char *name, size_t max, char **ret);

#endif
