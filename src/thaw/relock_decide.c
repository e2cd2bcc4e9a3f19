// SPDX-License-Identifier: MIT
#include "thaw/relock_decide.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

bool relock_is_stacked(const struct relock_piece *p)
{
	return !strcmp(p->m->at, p->parent->m->at);
}

/*
 * Of the mounts that are stacked on one mountpoint, only one can be seen. The others are told apart
 * by their type, because neither table has them in the order of the stack. Two of the same type get
 * the same locks: all that either had.
 */
static const struct recipe_mount *find_wanted(const struct recipe *r, const struct mounts *now,
					      const struct mount *got, unsigned *ret_locks)
{
	const struct recipe_mount *found = NULL;
	bool hidden = !mounts_is_visible(now, got);

	*ret_locks = 0;
	recipe_for_each_mount (m, r) {
		if (m->hidden != hidden || strcmp(m->at, got->at) != 0 ||
		    strcmp(m->fstype, got->fstype) != 0)
			continue;
		*ret_locks |= m->locks;
		found = m;
	}
	return found;
}

static struct relock_piece *piece_of(struct relock_pieces *w, int id)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].m->id == id)
			return &w->v[i];
	return NULL;
}

/*
 * It can be opened while those that lie on it are off, because one of these can be seen, or itself.
 */
static bool is_in_reach(struct relock_pieces *w, const struct mounts *now,
			const struct relock_piece *p)
{
	const struct mount *seen = mounts_covering(now, p->m->at);
	const struct relock_piece *on = seen ? piece_of(w, seen->id) : NULL;

	while (on && on != p && on->parent && relock_is_stacked(on))
		on = on->parent;
	return on == p;
}

static void make_pieces(struct relock_pieces *w, const struct mounts *now)
{
	w->n = now->n;
	w->v = xcalloc(w->n, sizeof(*w->v));
	for (size_t i = 0; i < w->n; i++)
		w->v[i] = (struct relock_piece){ .m = &now->v[i],
						 .body = -1,
						 .cover = -1,
						 .keeper = -1,
						 .clones = { -1, -1, -1 },
						 .now = -1 };
	for (size_t i = 0; i < w->n; i++) {
		struct relock_piece *p = &w->v[i];

		p->parent = p->m->parent == p->m->id ? NULL : piece_of(w, p->m->parent);
		if (p->parent)
			p->parent->children++;
	}
	for (size_t i = 0; i < w->n; i++)
		w->v[i].hidden = !is_in_reach(w, now, &w->v[i]);
}

/* The mount is as criu made it: flags that are locked on its source are already locked here. */
static bool decide_locks(struct relock_pieces *w, const struct recipe *r, const struct mounts *now)
{
	bool any = false;

	for (size_t i = 0; i < w->n; i++) {
		struct relock_piece *p = &w->v[i];
		unsigned missing;

		(void)find_wanted(r, now, p->m, &p->locks);
		missing = p->locks & ~p->m->locks;
		if (p->parent && missing)
			p->how = missing & LOCK_MOUNT ? RELOCK_LOCKED : RELOCK_FLAGS;
		any |= p->how != RELOCK_PLAIN;
	}
	/* Once another lies on it, a mount cannot be opened any more: that one comes after it. */
	for (size_t i = 0; i < w->n; i++) {
		struct relock_piece *p = &w->v[i];

		p->along = p->parent && p->how == RELOCK_LOCKED && p->parent->how != RELOCK_PLAIN &&
			   (p->hidden || !relock_is_stacked(p));
		if (p->parent && p->how != RELOCK_PLAIN && !p->along)
			p->parent->needed[p->how] = true;
	}
	return any;
}

bool relock_decide(const struct recipe *r, const struct mounts *now, struct relock_pieces *ret)
{
	make_pieces(ret, now);
	return decide_locks(ret, r, now);
}

void relock_pieces_free(struct relock_pieces *p)
{
	free(p->v);
	*p = (struct relock_pieces){ 0 };
}

const struct recipe_mount *relock_lost(const struct recipe *r, const struct mounts *now,
				       unsigned *ret)
{
	mounts_for_each (got, now) {
		const struct recipe_mount *m = find_wanted(r, now, got, ret);

		*ret &= ~got->locks;
		if (*ret)
			return m;
	}
	return NULL;
}
