/* SPDX-License-Identifier: MIT */
/*
 * Files that had lost the name by which the tree had opened them, and have others: at the freeze,
 * criu makes the name link_remap.N for each (create_link_remap() in criu/files-reg.c), and its thaw
 * takes that away. So the freeze keeps it elsewhere (freeze/keep_links.h): under the same name in
 * the images directory; or, where that is another mount, under a name of its own in the same
 * directory, to which a symbolic link in the images directory points. Each thaw makes a name that
 * no other thaw has.
 */
#ifndef CRIU_NS_KEPT_LINKS_H
#define CRIU_NS_KEPT_LINKS_H

#include "look/image_files.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct places; /* look/thaw_place.h */

struct kept_link {
	const struct image_file *file; /* the name that criu made, as it is in the images */
	int dir;                       /* its directory on the host: O_PATH, ours */
	/* where the file is kept, on the mount that dir is on: dir, or the images directory */
	int from_dir;
	char *from; /* its name there */
	char *to;   /* a name in dir that is free; of criu's for this thaw */
	char *path; /* the same, as the tree sees it */
	struct statx st;
};

struct kept_links {
	struct kept_link *v;
	size_t n;
};

/* Is it a name that criu makes, or one that begins with such a name? */
bool kept_links_is_name(const char *name);

/*
 * Open the directory of a file of the images, in the caller's view and without following a link:
 * O_PATH, or a negative errno; -EREMOTE if it cannot be told where it is, or a server has to
 * answer. *ret_name points into file: the last part of its path.
 */
int kept_links_open_dir(const struct places *s, const struct image_file *file, int mnt_id,
			const char **ret_name);

/* Open a directory in the caller's view, without following a link: O_PATH, or a negative errno. */
int kept_links_open(const char *path);

/*
 * Where a symbolic link of ours in the images directory leads, in fresh memory; NULL if it is none.
 */
char *kept_links_target(int images, const char *name);

/* The path with another last part; in fresh memory. */
char *kept_links_beside(const char *path, const char *name);

/*
 * Find where the file is kept that criu opens by the name link. Adds it to *ret, and gives it until
 * the next call; or NULL, and in *ret_errnum why: EXDEV if it is in the images directory, but that
 * is in another file system than the directory of link.
 */
const struct kept_link *kept_links_find(const struct places *s, const struct image_file *link,
					int mnt_id, struct kept_links *ret, int *ret_errnum);
void kept_links_free(struct kept_links *k);

/* name with a number behind it that nobody else has; in fresh memory. */
char *kept_links_own_name(const char *name);

#endif
