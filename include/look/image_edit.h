/* SPDX-License-Identifier: MIT */
/*
 * Changes the text of a mountpoints-N.img. On criu's command line a mount of the target's can be
 * named only by its mountpoint, and only in the root task's mount namespace
 * (try_resolve_ext_mount() in criu/mount.c); in the images each mount can have a key of its own.
 * Pure.
 */
#ifndef CRIU_NS_IMAGE_EDIT_H
#define CRIU_NS_IMAGE_EDIT_H

#include <stdbool.h>
#include <stddef.h>

/* What the entry of one mount is to say. */
struct image_edit {
	int id; /* of the mount, as the images have it */
	/*
	 * the key of its source (--external mnt[KEY]:PATH); NULL: criu makes it; its own mark of a
	 * device stays
	 */
	const char *key;
	unsigned shared, master;
	/* of a file that has been deleted: it is there, because criu makes it for another mount */
	bool again;
};

/*
 * Apply the n edits, which are sorted by id (image_edit_compare()), each id once, to size bytes of
 * text. What they say already, and what no edit is for, stays byte for byte as it is. Gives a fresh
 * text, or NULL if it is damaged.
 */
char *image_edit_mounts(const void *text, size_t size, const struct image_edit *edits, size_t n,
			size_t *ret_size);

/* For qsort(3). */
int image_edit_compare(const void *a, const void *b);

#endif
