/* SPDX-License-Identifier: MIT */
/*
 * A file that gets its name when it is whole: nobody ever sees a half of it, no link is followed, and
 * nothing is left of it when we are killed before.
 */
#ifndef CRIU_NS_DRAFT_H
#define CRIU_NS_DRAFT_H

#include <stdbool.h>
#include <sys/types.h>

struct draft {
	int fd; /* write here */
	int dirfd;
	const char *path; /* what it will be, relative to dirfd */
	char *name;       /* what it is meanwhile; NULL: nothing (open(2), O_TMPFILE) */
};

/*
 * Begin the file `path` relative to dirfd, in its directory `folder`. 0 or a negative errno; in both
 * cases the caller ends *ret with draft_end(). path must live that long.
 */
int draft_begin(int dirfd, const char *folder, const char *path, mode_t mode, struct draft *ret);

/* Give it its name, in the place of another file, or else -EEXIST if there is one. */
int draft_place(struct draft *d, bool replace);

/* What has not got its name is gone. */
void draft_end(struct draft *d);

#endif
