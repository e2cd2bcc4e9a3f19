// SPDX-License-Identifier: MIT
#include "look/image_edit.h"

#include "look/image_format.h"
#include "util/util.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* mnt_entry (criu/images/mnt.proto): the fields that are read or written. */
enum { MNT_ID = 2, SHARED_ID = 10, MASTER_ID = 11, DELETED = 16, EXT_KEY = 18 };

/* What the entry says now. */
struct state {
	int id;
	unsigned shared, master;
	bool deleted;
	struct pb_field key; /* its text is NULL if there is none */
};

static bool read_state(struct pb entry, struct state *ret)
{
	struct pb_field f;

	*ret = (struct state){ 0 };
	while (entry.at < entry.end) {
		if (!pb_take_field(&entry, &f))
			return false;
		if (f.number == MNT_ID)
			ret->id = (int)f.value;
		else if (f.number == SHARED_ID)
			ret->shared = (unsigned)f.value;
		else if (f.number == MASTER_ID)
			ret->master = (unsigned)f.value;
		else if (f.number == DELETED)
			ret->deleted = f.value;
		else if (f.number == EXT_KEY && f.text)
			ret->key = f;
	}
	return true;
}

/*
 * EXTERNAL_DEV_MOUNT in criu/include/mount.h: made from a device that the user names (--external
 * dev[]), with no other key.
 */
static const char of_device[] = "CRIU:EXTERNAL_DEV";

static bool is_of_device(const struct state *s)
{
	return s->key.text && s->key.length == strlen(of_device) &&
	       !memcmp(s->key.text, of_device, s->key.length);
}

static bool says(const struct state *s, const struct image_edit *x)
{
	size_t n = x->key ? strlen(x->key) : 0;

	return s->shared == x->shared && s->master == x->master &&
	       !(s->deleted && (x->key || x->again)) && !s->key.text == !x->key &&
	       (!x->key || (s->key.length == n && !memcmp(s->key.text, x->key, n)));
}

/*
 * criu would make the directory of a deleted mount in its source (do_bind_mount_v2() in
 * criu/mount-v2.c).
 */
static bool is_replaced(const struct pb_field *f, const struct image_edit *x)
{
	return f->number == SHARED_ID || f->number == MASTER_ID || f->number == EXT_KEY ||
	       (f->number == DELETED && (x->key || x->again));
}

static void put_entry(struct pb_out *o, struct pb entry, const struct image_edit *x)
{
	struct pb_out body = { 0 };
	struct pb_field f;

	while (entry.at < entry.end) {
		const uint8_t *start = entry.at;

		if (pb_take_field(&entry, &f) && !is_replaced(&f, x))
			pb_put(&body, start, (size_t)(entry.at - start));
	}
	pb_put_number(&body, SHARED_ID, x->shared);
	pb_put_number(&body, MASTER_ID, x->master);
	if (x->key)
		pb_put_bytes(&body, EXT_KEY, x->key, strlen(x->key));
	image_put_entry(o, &body);
	free(body.v);
}

int image_edit_compare(const void *a, const void *b)
{
	const struct image_edit *one = a;
	const struct image_edit *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

char *image_edit_mounts(const void *text, size_t size, const struct image_edit *edits, size_t n,
			size_t *ret_size)
{
	struct pb rest = { text, (const uint8_t *)text + size };
	struct pb_out o = { 0 };
	bool good = size >= IMAGE_MAGICS;

	if (good) {
		pb_put(&o, rest.at, IMAGE_MAGICS);
		rest.at += IMAGE_MAGICS;
	}
	while (good && rest.at < rest.end) {
		const uint8_t *start = rest.at;
		struct pb entry = { 0 };
		struct state now = { 0 };
		const struct image_edit *x = NULL;
		struct image_edit kept;

		good = image_take_entry(&rest, &entry) && read_state(entry, &now);
		if (good && n)
			x = bsearch(&(struct image_edit){ .id = now.id }, edits, n, sizeof(*edits),
				    image_edit_compare);
		if (x && !x->key && is_of_device(&now)) {
			kept = *x;
			kept.key = of_device;
			x = &kept;
		}
		if (good && (!x || says(&now, x)))
			pb_put(&o, start, (size_t)(entry.end - start));
		else if (good)
			put_entry(&o, entry, x);
	}
	if (!good) {
		free(o.v);
		return NULL;
	}
	*ret_size = o.n;
	return o.v;
}
