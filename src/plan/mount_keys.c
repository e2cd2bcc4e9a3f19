// SPDX-License-Identifier: MIT
#include "plan/mount_keys.h"

#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char mount_key_prefix[] = "criu-ns-";

bool mount_is_keyed(const struct recipe_mount *m)
{
	return (m->owner == OWNER_HOST || m->owner == OWNER_PROC || m->owner == OWNER_PTY ||
		m->owner == OWNER_KEPT) &&
	       strcmp(m->at, "/") != 0;
}

static int refuse_name(const struct recipe_mount *keyed, const struct recipe_mount *other,
		       struct err *e)
{
	err_set(e, 0, "the mountpoint %s has a name that criu would mistake for %s", keyed->at,
		other->at);
	return err_hint(e, "unmount it, or mount it in another place");
}

/* Does a search for `mnt[OTHER]:` find `mnt[AT]:`, too? */
static int check_name(const struct sorted *places, const struct recipe_mount *m, struct err *e)
{
	for (const char *p = m->at; (p = strstr(p, "]:")); p++) {
		_cleanup_free_ char *start = xstrndup(m->at, (size_t)(p - m->at));
		struct sorted_run stack = recipe_at(places, start);

		for (size_t i = 0; i < stack.n; i++)
			if (!mount_is_keyed(stack.v[i]) && strcmp(start, "/") != 0)
				return refuse_name(m, stack.v[i], e);
	}
	return 0;
}

/* NULL is a key like another. */
static int by_key(const void *a, const void *b)
{
	const char *one = ((const struct recipe_mount *)a)->key;
	const char *other = ((const struct recipe_mount *)b)->key;

	return strcmp(one ? one : "", other ? other : "");
}

bool *mount_keys_counting(const struct recipe *r)
{
	bool *counts = xcalloc(r->n_mounts, sizeof(*counts));
	struct sorted keys;

	sorted_make(&keys, r->mounts, r->n_mounts, sizeof(*r->mounts), by_key);
	for (size_t i = 0; i < keys.n;) {
		struct sorted_run same = sorted_find(&keys, keys.v[i]);
		const struct recipe_mount *m = same.v[0];

		for (size_t k = same.n; k-- > 0;)
			if (!((const struct recipe_mount *)same.v[k])->hidden)
				m = same.v[k];
		counts[m - r->mounts] = m->key != NULL;
		i += same.n;
	}
	sorted_free(&keys);
	return counts;
}

static bool *find_named(const struct recipe *r, const struct sorted *places)
{
	bool *named = xcalloc(r->n_mounts, sizeof(*named));

	for (size_t i = 0; i < places->n;) {
		struct sorted_run stack =
			recipe_at(places, ((const struct recipe_mount *)places->v[i])->at);
		const struct recipe_mount *m = stack.v[0];
		bool all = true;

		for (size_t k = stack.n; k-- > 0;) {
			const struct recipe_mount *other = stack.v[k];

			all &= mount_is_keyed(other);
			m = other->hidden ? m : other;
		}
		named[m - r->mounts] = all;
		i += stack.n;
	}
	return named;
}

bool *mount_keys_named(const struct recipe *r)
{
	struct sorted places = recipe_sort_by_at(r);
	bool *named = find_named(r, &places);

	sorted_free(&places);
	return named;
}

bool mount_keys_need_search(const struct recipe *r)
{
	struct sorted places = recipe_sort_by_at(r);
	bool found = false;

	recipe_for_each_mount (m, r) {
		struct sorted_run stack = recipe_at(&places, m->at);

		for (size_t i = 0; i < stack.n && mount_is_keyed(m); i++)
			found |= !mount_is_keyed(stack.v[i]);
	}
	sorted_free(&places);
	return found;
}

static int longer_first(const void *a, const void *b)
{
	size_t one = strlen(((const struct recipe_mount *)a)->at);
	size_t other = strlen(((const struct recipe_mount *)b)->at);

	return (one < other) - (one > other);
}

static int check_names(const struct recipe *r, const struct sorted *places, const bool *named,
		       struct err *e)
{
	int result = 0;

	recipe_for_each_mount (m, r)
		if (!result && named[m - r->mounts])
			result = check_name(places, m, e);
	return result;
}

int mount_keys_order(const struct recipe *r, size_t *order, struct err *e)
{
	struct sorted places = recipe_sort_by_at(r);
	_cleanup_free_ bool *named = find_named(r, &places);
	struct sorted by_length;
	int n = check_names(r, &places, named, e);

	sorted_free(&places);
	if (n < 0)
		return -EINVAL;
	/* The longer names first, because no later one can be mistaken for them. */
	sorted_make(&by_length, r->mounts, r->n_mounts, sizeof(*r->mounts), longer_first);
	for (size_t i = 0; i < by_length.n; i++) {
		const struct recipe_mount *m = by_length.v[i];

		if (named[m - r->mounts])
			order[n++] = (size_t)(m - r->mounts);
	}
	sorted_free(&by_length);
	return n;
}
