/* SPDX-License-Identifier: MIT */
/*
 * What a recipe names of the host, found and held: whole mounts, folders in them, files. Looked up
 * once, in the caller's view, before anything is started; a path that is missing is known then.
 */
#ifndef CRIU_NS_SOURCES_H
#define CRIU_NS_SOURCES_H

#include "cli/cli.h"
#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

/* A mount of the caller's, cloned without what is mounted on it, and attached nowhere. */
struct source_tree {
	char *at; /* mountpoint in the caller's view */
	int fd;
	bool has_peers; /* it is shared, or a slave */
	bool is_folder; /* what is mounted is a folder, not a file */
};

/* Where one of the recipe's mounts, by its number there, comes from. */
struct source_mount {
	bool wanted;  /* a mount of the host's that was not replaced by hand */
	size_t tree;  /* which source_tree */
	char *folder; /* in that; "/" for all of it */
	int errnum;   /* why it cannot be found; 0 when it was */
};

struct source_file {
	bool wanted;
	int fd; /* O_PATH */
	int errnum;
	bool is_other;    /* there is something of another type there */
	char *difference; /* why it is not the file that was frozen; NULL when it may be that */
	int right_errnum; /* why the process could not open it itself; 0 when it could */
};

struct sources {
	struct source_tree *trees;
	size_t n_trees;
	struct source_mount *mounts; /* recipe.n_mounts of them */
	size_t n_mounts;
	struct source_file *files; /* recipe.n_files of them */
	size_t n_files;
};

/*
 * Look for all that the recipe names. What is missing is noted in *ret; an error only when looking
 * is not possible at all. The caller frees *ret with sources_free().
 */
int sources_look(const struct cli *cli, const struct recipe *r, const struct mounts *caller,
		 struct sources *ret, struct err *e);
void sources_free(struct sources *s);

/*
 * Open path below the folder dirfd so that nothing leads out of it: no "..", no symbolic link, no
 * other mount (openat2(2)). "/" is the folder itself. Gives an O_PATH descriptor or a negative
 * errno.
 */
int open_beneath(int dirfd, const char *path);

#endif
