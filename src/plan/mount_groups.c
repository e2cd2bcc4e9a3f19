// SPDX-License-Identifier: MIT
#include "plan/mount_groups.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

/*
 * The properties of a mount on which it depends whether criu can make it a peer or a slave again.
 */
struct member {
	const char *at, *root;
	unsigned shared, master;
	struct recipe_mount *m; /* NULL: criu decides about it */
	bool is_below;          /* it is not in the root task's mount namespace */
};

struct members {
	struct member *v;
	size_t n;
};

static void add_member(struct members *g, const struct member *m)
{
	if (!m->shared && !m->master)
		return;
	g->v = xgrow(g->v, g->n, sizeof(*g->v));
	g->v[g->n++] = *m;
}

static void add_members(struct members *g, const struct recipe *r, bool are_below)
{
	for (size_t i = 0; i < r->n_mounts; i++) {
		struct recipe_mount *m = &r->mounts[i];

		if (m->owner != OWNER_NONE)
			add_member(g, &(struct member){ m->at, m->root, m->shared, m->master, m,
							are_below });
	}
}

static int by_group(const void *a, const void *b)
{
	const struct member *x = a;
	const struct member *y = b;
	size_t of_x = strlen(x->root);
	size_t of_y = strlen(y->root);

	if (x->shared != y->shared)
		return x->shared < y->shared ? -1 : 1;
	if (x->master != y->master)
		return x->master < y->master ? -1 : 1;
	return (of_x > of_y) - (of_x < of_y);
}

/* The widest of the peers that this one is a slave of, in the sorted array; NULL: none. */
static const struct member *master_of(const struct members *g, const struct member *m)
{
	size_t low = 0;
	size_t high = m->master ? g->n : 0;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (g->v[middle].shared < m->master)
			low = middle + 1;
		else
			high = middle;
	}
	return m->master && low < g->n && g->v[low].shared == m->master ? &g->v[low] : NULL;
}

static int refuse_group(const struct member *one, const struct member *other, struct err *e)
{
	err_set(e, 0,
		"the mounts %s and %s are peers, or slaves of one master, but neither of their directories "
		"(%s and %s) contains the other: criu can freeze this, but not thaw it",
		one->at, other->at, one->root, other->root);
	return err_hint(e, "make one of them private: mount --make-private");
}

/*
 * criu copies the group of a slave from another slave of the same master. The thaw makes it a slave
 * itself, if a mount of the root task's that is a peer of the master contains it.
 */
static bool set_apart(const struct members *g, const struct member *m)
{
	if (m->shared || !m->m || !m->is_below)
		return false;
	for (size_t i = 0; i < g->n && !m->m->apart; i++) {
		const struct member *of = &g->v[i];

		m->m->apart = of->shared == m->master && of->m && !of->is_below && !of->m->hidden &&
			      mounts_is_below(m->root, of->root);
	}
	return m->m->apart;
}

static int check_member(const struct members *g, const struct member *first, const struct member *m,
			struct err *e)
{
	const struct member *master = master_of(g, m);

	if (!master && !m->shared)
		return 0;
	if (master && !mounts_is_below(m->root, master->root))
		return set_apart(g, m) ? 0 : refuse_group(master, m, e);
	if (mounts_is_below(m->root, first->root) || set_apart(g, m))
		return 0;
	return refuse_group(first, m, e);
}

int mount_groups_check(struct recipe *r, const struct mounts *nested, struct err *e)
{
	struct members g = { 0 };
	const struct member *first = NULL;
	int result = 0;

	add_members(&g, r, false);
	for (size_t i = 0; i < r->n_views; i++)
		add_members(&g, &r->views[i], true);
	mounts_for_each (m, nested)
		if (!r->n_views)
			add_member(&g, &(struct member){ m->at, m->root, m->shared, m->master, NULL,
							 true });
	if (g.n)
		qsort(g.v, g.n, sizeof(*g.v), by_group);
	for (size_t i = 0; i < g.n && !result; i++) {
		const struct member *m = &g.v[i];

		if (!first || first->shared != m->shared || first->master != m->master)
			first = m;
		result = check_member(&g, first, m, e);
	}
	free(g.v);
	return result;
}
