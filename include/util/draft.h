/* SPDX-License-Identifier: MIT */
/*
 * A file that gets its name when it is complete: nobody ever sees a part of it, no link is
 * followed, and nothing is left of it when criu-ns is killed before.
 */
#ifndef CRIU_NS_DRAFT_H
#define CRIU_NS_DRAFT_H

#include <stdbool.h>
#include <sys/types.h>

struct draft {
	int fd; /* write here */
	int dirfd;
	const char *path; /* its name in the end, relative to dirfd */
	char *name;       /* its name until then; NULL: it has none (open(2), O_TMPFILE) */
};

/*
 * Begin the file `path` relative to dirfd, in its directory `dir`. 0 or a negative errno; in both
 * cases the caller ends *ret with draft_end(). path must live that long.
 */
int draft_begin(int dirfd, const char *dir, const char *path, mode_t mode, struct draft *ret);

/* Give it its name. If there is such a file: replace it, or fail with -EEXIST. */
int draft_place(struct draft *d, bool replace);

/* Close it; a file that has not got its name is removed. */
void draft_end(struct draft *d);

/*
 * All of it: the file `name` in the directory dirfd, new or replaced, for its owner alone. 0 or a
 * negative errno.
 */
int draft_write(int dirfd, const char *name, const void *bytes, size_t n);

/*
 * The same for a file that is worth nothing if criu-ns is killed meanwhile, as an image of a freeze
 * that is not complete: then the old one may be gone, but no other name is left.
 */
int draft_write_again(int dirfd, const char *name, const void *bytes, size_t n);

#endif
