// SPDX-License-Identifier: MIT
#include "plan/mount_groups.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

/* The properties of a mount on which it depends whether criu can make it a peer or a slave again. */
struct member {
	const char *at, *root;
	unsigned shared, master;
};

struct members {
	struct member *v;
	size_t n;
};

static void add_member(struct members *g, const char *at, const char *root, unsigned shared,
		       unsigned master)
{
	if (!shared && !master)
		return;
	g->v = xreallocarray(g->v, g->n + 1, sizeof(*g->v));
	g->v[g->n++] = (struct member){ at, root, shared, master };
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

int mount_groups_check(const struct recipe *r, const struct mounts *nested, struct err *e)
{
	struct members g = { 0 };
	const struct member *first = NULL;
	int result = 0;

	recipe_for_each_mount (m, r)
		if (m->owner != OWNER_NONE)
			add_member(&g, m->at, m->root, m->shared, m->master);
	mounts_for_each (m, nested)
		add_member(&g, m->at, m->root, m->shared, m->master);
	if (g.n)
		qsort(g.v, g.n, sizeof(*g.v), by_group);
	for (size_t i = 0; i < g.n && !result; i++) {
		const struct member *m = &g.v[i];
		const struct member *master = master_of(&g, m);

		if (!first || first->shared != m->shared || first->master != m->master)
			first = m;
		if (master && !mounts_is_below(first->root, master->root))
			result = refuse_group(master, first, e);
		else if ((master || m->shared) && !mounts_is_below(m->root, first->root))
			result = refuse_group(first, m, e);
	}
	free(g.v);
	return result;
}
