// SPDX-License-Identifier: MIT
#include "look/mount_index.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

struct mount_index {
	struct sorted by[MOUNT_ORDERS];
	bool *visible;
};

/* One function for each order: a and b are mounts. */

#define COMPARE(x, y) (((x) > (y)) - ((x) < (y)))

static int by_id(const void *a, const void *b)
{
	return COMPARE(((const struct mount *)a)->id, ((const struct mount *)b)->id);
}

static int by_at(const void *a, const void *b)
{
	return strcmp(((const struct mount *)a)->at, ((const struct mount *)b)->at);
}

static int by_parent(const void *a, const void *b)
{
	int r = COMPARE(((const struct mount *)a)->parent, ((const struct mount *)b)->parent);

	return r ? r : by_at(a, b);
}

static int by_dev(const void *a, const void *b)
{
	return COMPARE(((const struct mount *)a)->dev, ((const struct mount *)b)->dev);
}

static int by_root(const void *a, const void *b)
{
	int r = by_dev(a, b);

	return r ? r : strcmp(((const struct mount *)a)->root, ((const struct mount *)b)->root);
}

static int by_spot(const void *a, const void *b)
{
	int r = by_at(a, b);

	return r ? r : by_root(a, b);
}

static int by_shared(const void *a, const void *b)
{
	return COMPARE(((const struct mount *)a)->shared, ((const struct mount *)b)->shared);
}

static int by_master(const void *a, const void *b)
{
	return COMPARE(((const struct mount *)a)->master, ((const struct mount *)b)->master);
}

/* And its key. */

static uint64_t key_of_id(const void *m)
{
	return (unsigned)((const struct mount *)m)->id;
}

static uint64_t key_of_at(const void *m)
{
	return sorted_text_key(((const struct mount *)m)->at);
}

static uint64_t key_of_parent(const void *m)
{
	return (uint64_t)(unsigned)((const struct mount *)m)->parent << 32 |
	       (key_of_at(m) & UINT32_MAX);
}

static uint64_t key_of_dev(const void *m)
{
	return ((const struct mount *)m)->dev;
}

static uint64_t key_of_root(const void *m)
{
	return key_of_dev(m) ^ sorted_text_key(((const struct mount *)m)->root);
}

static uint64_t key_of_shared(const void *m)
{
	return ((const struct mount *)m)->shared;
}

static uint64_t key_of_master(const void *m)
{
	return ((const struct mount *)m)->master;
}

static const struct {
	uint64_t (*key)(const void *m);
	int (*compare)(const void *a, const void *b);
} orders[MOUNT_ORDERS] = {
	[BY_ID] = { key_of_id, by_id },
	[BY_PARENT] = { key_of_parent, by_parent },
	[BY_AT] = { key_of_at, by_at },
	[BY_SPOT] = { key_of_at, by_spot },
	[BY_DEV] = { key_of_dev, by_dev },
	[BY_ROOT] = { key_of_root, by_root },
	[BY_SHARED] = { key_of_shared, by_shared },
	[BY_MASTER] = { key_of_master, by_master },
};

/* Keeping an order changes nothing in the table itself, so it is allowed for const tables, too. */
static struct mount_index *index_of(const struct mounts *t)
{
	if (!t->index)
		((struct mounts *)t)->index = xcalloc(1, sizeof(*t->index));
	return t->index;
}

static const struct sorted *in_order(const struct mounts *t, enum mount_order order)
{
	struct sorted *s = &index_of(t)->by[order];

	if (!s->v)
		sorted_make_keyed(s, t->v, t->n, sizeof(*t->v), orders[order].key,
				  orders[order].compare);
	return s;
}

struct sorted_run mount_index_find(const struct mounts *t, enum mount_order order,
				   const struct mount *like)
{
	return t->n ? sorted_find(in_order(t, order), like) : (struct sorted_run){ 0 };
}

bool mount_index_has_on(const struct mounts *t, int id)
{
	/* No mountpoint is before that, nor has a lower key, so the first one on it follows. */
	const struct mount like = { .parent = id, .at = "" };
	const struct sorted *s = t->n ? in_order(t, BY_PARENT) : NULL;
	const void *const *next = s ? sorted_find(s, &like).v : NULL;

	return next && next < (const void *const *)s->v + s->n &&
	       ((const struct mount *)*next)->parent == id;
}

const bool *mount_index_visible(const struct mounts *t,
				void (*find)(const struct mounts *t, bool *ret))
{
	struct mount_index *index = index_of(t);

	if (!index->visible) {
		index->visible = xcalloc(t->n, sizeof(*index->visible));
		find(t, index->visible);
	}
	return index->visible;
}

void mount_index_drop(struct mounts *t)
{
	if (!t->index)
		return;
	for (size_t i = 0; i < MOUNT_ORDERS; i++)
		sorted_free(&t->index->by[i]);
	free(t->index->visible);
	free(t->index);
	t->index = NULL;
}
