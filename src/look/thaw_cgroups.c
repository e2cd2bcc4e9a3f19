// SPDX-License-Identifier: MIT
/*
 * Cgroups that criu moves the tree to (cgroup.img), and that are frozen: it would wait there for
 * ever.
 */
#include "look/thaw_look.h"

#include "look/frozen.h"
#include "look/image_format.h"

#include <stdlib.h>
#include <string.h>

/* cgroup_entry, cg_set_entry, cg_member_entry (criu/images/cgroup.proto) */
enum { SETS = 1 };
enum { SET_ID = 1, SET_MEMBERS = 2 };
enum { MEMBER_NAME = 1, MEMBER_PATH = 2 };

static void add(struct facts *f, char *path)
{
	const struct thaw_findings *s = &f->thaw_findings;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].kind == THAW_FROZEN && !strcmp(s->v[i].path, path)) {
			free(path);
			return;
		}
	thaw_findings_add(&f->thaw_findings,
			  &(struct thaw_finding){ .kind = THAW_FROZEN, .path = path });
}

/* A cgroup that is gone is made again by criu, below one that may be frozen. */
static bool look_at_member(struct facts *f, struct pb m)
{
	char *name = NULL;
	char *path = NULL;
	struct pb_field x;
	bool good = true;
	bool twice = false;

	while (good && m.at < m.end) {
		good = pb_take_field(&m, &x);
		if (good && x.number == MEMBER_NAME && x.text && !name)
			name = pb_text(&x);
		if (good && x.number == MEMBER_PATH && x.text && !path)
			path = pb_text(&x);
	}
	if (good && name && path && *path == '/') {
		char *frozen = frozen_cgroup_at(name, path, &twice);

		if (frozen)
			add(f, frozen);
	}
	free(name);
	free(path);
	return good;
}

/*
 * A task in the set that criu itself was in is not moved (prepare_cgroup_sfd(),
 * restore_task_cgroup() in criu/cgroup.c).
 */
static bool look_at_set(struct facts *f, struct pb set)
{
	struct pb rest = set;
	struct pb_field x;
	uint64_t id = 0;

	while (rest.at < rest.end) {
		if (!pb_take_field(&rest, &x))
			return false;
		if (x.number == SET_ID)
			id = x.value;
	}
	while (set.at < set.end && id != f->images.crius_cgroups) {
		(void)pb_take_field(&set, &x);
		if (x.number == SET_MEMBERS && !look_at_member(f, pb_inside(&x)))
			return false;
	}
	return true;
}

static bool look_at_entry(struct pb c, void *arg)
{
	struct pb_field x;

	while (c.at < c.end)
		if (!pb_take_field(&c, &x) ||
		    (x.number == SETS && !look_at_set(arg, pb_inside(&x))))
			return false;
	return true;
}

void thaw_look_cgroups(struct facts *f)
{
	(void)image_read(f->images_dir.fd, "cgroup.img", CGROUP_MAGIC, look_at_entry, f);
}
