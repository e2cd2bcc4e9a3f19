// SPDX-License-Identifier: MIT
#include "look/image_cgroups.h"

#include "look/image_format.h"
#include "util/util.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* cgroup_entry, cg_set_entry, cg_member_entry (criu/images/cgroup.proto) */
enum { SETS = 1 };
enum { SET_ID = 1, SET_MEMBERS = 2 };
enum { MEMBER_PATH = 2, MEMBER_PREFIX = 3 };

/* Does a line of proc(5)'s cgroup file, "ID:CONTROLLERS:PATH", have that path? */
static bool has_path(const char *own, const struct pb_field *path)
{
	while (*own) {
		size_t n = strcspn(own, "\n");
		const char *at = memchr(own, ':', n);

		at = at ? memchr(at + 1, ':', n - (size_t)(at + 1 - own)) : NULL;
		if (at && (size_t)(own + n - (at + 1)) == path->length &&
		    !memcmp(at + 1, path->text, path->length))
			return true;
		own = text_next_line(own + n);
	}
	return false;
}

static bool look_at_member(struct pb m, const char *own, bool *ret_has_namespace)
{
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f) ||
		    (f.number == MEMBER_PATH && f.text && !has_path(own, &f)))
			return false;
		*ret_has_namespace |= f.number == MEMBER_PREFIX && f.value > 0;
	}
	return true;
}

/* Is it in these cgroups, with a cgroup namespace? */
static bool is_of_namespace(struct pb set, const char *own)
{
	bool has_namespace = false;
	struct pb_field f;

	while (set.at < set.end)
		if (!pb_take_field(&set, &f) ||
		    (f.number == SET_MEMBERS &&
		     !look_at_member(pb_inside(&f), own, &has_namespace)))
			return false;
	return has_namespace;
}

static void put_set(struct pb set, unsigned long number, struct pb_out *entry)
{
	struct pb_out copy = { 0 };

	pb_put_number(&copy, SET_ID, number);
	pb_put_without(&copy, set, SET_ID);
	pb_put_bytes(entry, SETS, copy.v, copy.n);
	free(copy.v);
}

/* The root task's set is the first one that criu has met after its own. False: nothing to add. */
static bool add_to(struct pb entry, unsigned long number, const char *own, struct pb_out *out)
{
	struct pb_field f;
	struct pb first = { 0 };

	pb_put_without(out, entry, 0);
	while (entry.at < entry.end) {
		if (!pb_take_field(&entry, &f))
			return false;
		if (f.number != SETS)
			continue;
		if (pb_has(pb_inside(&f), SET_ID, number))
			return false;
		if (!first.at)
			first = pb_inside(&f);
	}
	if (!first.at || !is_of_namespace(first, own))
		return false;
	put_set(first, number, out);
	return true;
}

char *image_add_crius_cgroups(const void *text, size_t size, unsigned long number, const char *own,
			      size_t *ret_size)
{
	struct pb image = { text, (const uint8_t *)text + size };
	struct pb_out entry = { 0 };
	struct pb_out out = { 0 };
	struct pb m;

	if (image_take_magics(&image, CGROUP_MAGIC) && image_take_entry(&image, &m) &&
	    add_to(m, number, own, &entry)) {
		pb_put(&out, text, IMAGE_MAGICS);
		image_put_entry(&out, &entry);
	}
	free(entry.v);
	*ret_size = out.n;
	return out.v;
}
