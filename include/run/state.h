/* SPDX-License-Identifier: MIT */
/*
 * The directory of a `run`. The images are in its directory "frozen"; a freeze writes "frozen.new",
 * and only a freeze that has succeeded takes its place. Whenever that is interrupted, there is one
 * complete freeze: frozen, or, while that is missing, frozen.new.
 */
#ifndef CRIU_NS_STATE_H
#define CRIU_NS_STATE_H

#include "util/err.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

extern const char state_new[]; /* and contents_of_run[] */

/*
 * Open it for this process and its children alone (flock(2)), and finish what was interrupted. A
 * descriptor.
 */
int state_open(const char *path, struct err *e);

/* Are there images? */
bool state_is_frozen(int dir);

/* Which images there are. */
struct state_mark {
	ino_t inventory; /* 0: none */
	struct timespec written;
};
void state_look(int dir, struct state_mark *ret);

/*
 * Are there others since then, and has their inventory, which criu writes last, right before it ends
 * the program, been written just now?
 */
bool state_has_just_come(int dir, const struct state_mark *since);

/* Make an empty directory for a freeze. */
int state_make_new(int dir, const char *path, struct err *e);

/* The freeze has succeeded: what it wrote is the state now. */
int state_commit(int dir, const char *path, struct err *e);

/*
 * What a freeze that failed has left. Its log, the file with that name, stays until the next freeze
 * or run: the user has been told where it is.
 */
void state_forget_new(int dir, const char *log);

/* The program has ended as it should: there is nothing to go on with. */
void state_forget(int dir);

#endif
