/* SPDX-License-Identifier: MIT */
/*
 * All that `criu-ns show` tells of a directory of images. It is read without following any link in
 * it, and nothing outside of it is opened. What is missing, damaged or unreadable becomes a
 * problem, and the rest is read all the same.
 */
#ifndef CRIU_NS_CONTENTS_H
#define CRIU_NS_CONTENTS_H

#include "look/image_files.h"
#include "look/image_tasks.h"
#include "look/images.h"
#include "look/recipe.h"
#include "util/err.h"
#include "util/util.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* A mount namespace that criu saved. */
struct contents_view {
	unsigned long id; /* criu's number for it */
	struct image_mount *mounts;
	size_t n_mounts;
};

struct contents {
	const char *path; /* as given */
	time_t written;   /* when inventory.img was, the last of the images; 0: not known */
	size_t n_files;
	uint64_t size;   /* of all files in the directory */
	uint64_t memory; /* that of pages-*.img */
	/* the images of an earlier pre-dump, which are needed, too (the link "parent"); or NULL */
	char *earlier;
	char *about; /* the comment of the recipe about the freeze; or NULL */
	bool has_recipe;
	struct images images; /* but for the processes, the mounts and the terminals */
	struct contents_view *views;
	size_t n_views;
	struct image_tasks tasks;
	struct image_files files;
	struct image_ttys ttys;
	struct recipe recipe;
	struct strv problems;
	size_t n_problems; /* also of those that are too many for the list */
};

/* In the directory of a `run` (run/state.h), the directory that has the images. */
extern const char contents_of_run[];

/*
 * Fails if there are no images at all. The caller frees *ret with contents_free(), also after a
 * failure.
 */
int contents_read(const char *path, struct contents *ret, struct err *e);
void contents_free(struct contents *c);

/* The same for a directory that is open already. */
int contents_read_in(int dirfd, const char *path, struct contents *ret, struct err *e);

/* The path of the file with this id in the images; NULL: there is none. */
const char *contents_file(const struct contents *c, uint32_t id);

#endif
