/* SPDX-License-Identifier: MIT */
/* What all of criu's images have in common (criu/include/magic.h, criu/protobuf.c). */
#ifndef CRIU_NS_IMAGE_FORMAT_H
#define CRIU_NS_IMAGE_FORMAT_H

#include "look/protobuf.h"
#include "util/util.h"

#include <sys/types.h>

/* criu/include/magic.h */
enum image_magic {
	IMG_COMMON_MAGIC = 0x54564319,
	PSTREE_MAGIC = 0x50273030,
	MNTS_MAGIC = 0x55563928,
	REMAP_FPATH_MAGIC = 0x59133954,
	IDS_MAGIC = 0x54432030,
	INVENTORY_MAGIC = 0x58313116,
	CORE_MAGIC = 0x55053847,
	MM_MAGIC = 0x57492820,
	PAGEMAP_MAGIC = 0x56084025,
	FILES_MAGIC = 0x56303138,
	FDINFO_MAGIC = 0x56213732,
	GHOST_FILE_MAGIC = 0x52583605,
	TTY_INFO_MAGIC = 0x59453036,
	PIPES_DATA_MAGIC = 0x56453709,
	FILE_LOCKS_MAGIC = 0x54323616,
	CGROUP_MAGIC = 0x59383330,
};

/* A tree of a million tasks with a few threads each. */
enum { MAX_IMAGE = 64 << 20 };

/* What an image begins with; false if it is not of that kind. */
bool image_take_magics(struct pb *image, enum image_magic magic);

/* The next message of an image: its size, then its fields. */
bool image_take_entry(struct pb *image, struct pb *ret);

/* Append a message, with its size. */
void image_put_entry(struct pb_out *image, const struct pb_out *message);

/* Two magics come before the messages; before those of inventory.img, one. */
enum { IMAGE_MAGICS = 8 };

/* Called for one message of an image; false on damage. */
typedef bool image_entry_fn(struct pb entry, void *arg);

/*
 * A whole image, size bytes: two magics (inventory.img: only its own), then messages. 0, or -EINVAL
 * for another image and on damage.
 */
int image_parse(const void *text, size_t size, enum image_magic magic, image_entry_fn *parse,
		void *arg);

/*
 * Read and parse the image in the directory dirfd. 0; a negative errno if there is none, or it is
 * damaged.
 */
int image_read(int dirfd, const char *name, enum image_magic magic, image_entry_fn *parse,
	       void *arg);

/* Does the name end as those of all images do? */
bool image_is_name(const char *name);

/* Is that the name of an image of that kind, KIND-NUMBER.img, and not of a copy of one? */
bool image_take_number(const char *name, const char *kind, unsigned long *ret_number);

/*
 * Add the names of all images of that kind in the directory dirfd, KIND-NUMBER.img. 0, or a
 * negative errno.
 */
int image_names(int dirfd, const char *kind, struct strv *ret);

#endif
