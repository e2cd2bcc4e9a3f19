/* SPDX-License-Identifier: MIT */
/*
 * What single mappings of the tree have that criu forgets (mappings.h). For each mapping that the
 * kernel shows it goes through its pages, which takes some milliseconds for each GiB of memory. So
 * this is not a probe: it is for a freeze to do while criu saves the tree, which is stopped then;
 * criu reads the same, and writes all pages besides. Whoever has to wait for other things, too,
 * looks in pieces.
 */
#ifndef CRIU_NS_MAPPINGS_LOOK_H
#define CRIU_NS_MAPPINGS_LOOK_H

#include "look/facts.h"
#include "look/finding.h"
#include "look/mappings.h"
#include "util/used.h"

#include <stdbool.h>

/* Of one kind of attributes: which process has it first, and how many have it. */
struct mappings_tally {
	pid_t pid;
	size_t n;
};

struct mappings_look {
	bool is_on; /* there is more to look at */
	int proc;
	pid_t *pids; /* the tree */
	size_t n, at;
	struct used used;
	int fd; /* what is being read of that process; less than 0: nothing */
	bool is_numa;
	struct mappings found; /* of that process, so far */
	struct mappings_tally tally[MAPPING_KINDS];
};

#define MAPPINGS_LOOK_NONE ((struct mappings_look){ .fd = -1 })

/* pids: the tree as it is now (tree_list()), in memory that this frees. */
void mappings_look_begin(struct mappings_look *l, const struct facts *f, pid_t *pids, size_t n);

/* Look on for about a millisecond, but at least at some mappings; or at all that is left. */
void mappings_look_piece(struct mappings_look *l);
void mappings_look_rest(struct mappings_look *l);

/*
 * Add what has been found to *ret: of processes that have ended before they were looked at, nothing
 * is known. May be called without mappings_look_begin(), and ends it.
 */
void mappings_look_end(struct mappings_look *l, struct findings *ret);

#endif
