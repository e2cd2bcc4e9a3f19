/* SPDX-License-Identifier: MIT */
/* Where a path in the images is on the host, and what is there. */
#ifndef CRIU_NS_THAW_PLACE_H
#define CRIU_NS_THAW_PLACE_H

#include "look/facts.h"
#include "look/served.h"
#include "util/sorted.h"

#include <stdbool.h>
#include <sys/stat.h>

struct places {
	const struct cli *cli;
	const struct facts *f;
	struct served served;
	struct sorted mounts;    /* of the images, by id */
	struct sorted recipe_at; /* of the recipe, by mountpoint */

	/*
	 * the directory of the path that place_look() has looked at last, how many paths in it came
	 * one after the other, and a descriptor of it, or -1
	 */
	char *last_dir;
	size_t n_in_last;
	int last_fd;
};

struct place {
	int dirfd;
	char *path; /* whoever found the place frees it */
	unsigned long long resolve;
	bool is_served;
	bool is_link; /* a symbolic link is meant, not what it leads to */
};

/* What is there. */
struct host_status {
	int errnum; /* why it cannot be looked at; 0 if it was */
	struct statx st;
};

void places_open(const struct cli *cli, const struct facts *f, struct places *ret);
void places_close(struct places *s);

/* Where path is, in the mount with this id of the images; false if that cannot be told. */
bool place_find(const struct places *s, const char *path, int mnt_id, struct place *ret);

/*
 * The same as a path in the caller's view, for a name that is made or removed there, which works on
 * no clone of a mount; also right after a freeze, when nothing of the recipe has been looked up.
 * NULL if it cannot be told, or a server has to answer.
 */
char *place_in_view(const struct places *s, const char *path, int mnt_id);

/* One after the other in the same directory takes half of the time. */
void place_look(struct places *s, const struct place *p, struct host_status *ret);

/*
 * Was what is gone there a cgroup, or a file of one? criu makes the tree's cgroups again before it
 * opens files (prepare_cgroup() in criu/cgroup.c), wherever they are mounted.
 */
bool place_is_cgroup(const struct places *s, const struct place *p);

#endif
