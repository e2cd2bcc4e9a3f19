/* SPDX-License-Identifier: MIT */
/*
 * What a recipe names on the host, found and held open: whole mounts, directories in them, files,
 * and connections to sockets. They are looked up once, in the caller's view, before anything is
 * started, so that a missing path is known then.
 */
#ifndef CRIU_NS_RECIPE_HOST_H
#define CRIU_NS_RECIPE_HOST_H

#include "cli/cli.h"
#include "look/mounts.h"
#include "look/recipe.h"
#include "util/err.h"

/* A mount of the caller's, cloned without what is mounted on it, and attached nowhere. */
struct host_tree {
	size_t number; /* its index, which is its name in the staging area */
	char *at;      /* mountpoint in the caller's view */
	char *fstype;
	int fd;
	unsigned long flags;
	bool has_peers;    /* it is shared, or a slave */
	bool is_gone;      /* what is mounted has been deleted */
	bool is_directory; /* what is mounted is a directory, not a file */
	/*
	 * The access times of the mounts that are made from it: a user namespace cannot change
	 * those that a mount has when it comes there (mount_namespaces(7)).
	 */
	unsigned long atime;
	struct host_tree *other; /* of the same mount, for those with others */
};

/* What one of the recipe's mounts is made from. */
struct host_mount {
	const struct host_tree *tree;
	char *path; /* of the directory in it; "/" for all of it */
	int errnum; /* why it cannot be found (then tree may be NULL); 0 if it was found */
};

struct host_file {
	int fd; /* O_PATH */
	int errnum;
	bool is_other;    /* a file of another type is there */
	char *difference; /* why it is not the file that was frozen; NULL if it may be that */
	int right_errnum; /* why the process could not open it itself; 0 if it could */
};

struct host_unix {
	int fd; /* the new connection, which does not block; -1 with --dry-run */
	int errnum;
};

struct recipe_host {
	struct host_tree *trees;
	size_t n_trees;
	struct host_mount *mounts;
	size_t n_mounts;
	struct host_file *files;
	size_t n_files;
	struct host_unix *sockets;
	size_t n_sockets;
};

/*
 * Look for everything that the recipe names and the command line does not replace, and let each
 * mount, file and socket of the recipe point to what was found (`from`). What is missing is noted
 * there; it is an error only if looking is not possible at all. proc is the caller's procfs. The
 * caller frees *ret with recipe_host_free() when it no longer needs the recipe.
 */
int recipe_host_look(const struct cli *cli, int proc, struct recipe *r, const struct mounts *caller,
		     struct recipe_host *ret, struct err *e);
void recipe_host_free(struct recipe_host *h);

/*
 * Open path below the directory dirfd so that nothing leads out of it: no "..", no symbolic link,
 * no other mount (openat2(2)). "/" is the directory itself. Gives an O_PATH descriptor or a
 * negative errno.
 */
int open_beneath(int dirfd, const char *path);

#endif
