// SPDX-License-Identifier: MIT
#include "look/births.h"

#include "util/util.h"

#include <stdbool.h>
#include <stdlib.h>

enum { UNKNOWN = -1 };

struct births {
	const struct birth *v;
	size_t n;
	ssize_t *parent; /* as an index; the root task has none */
	/* the session that it has to be in to have its children, before setsid(2) */
	pid_t *born_in;
};

static void find_parents(struct births *b)
{
	for (size_t i = 0; i < b->n; i++) {
		ssize_t up = (ssize_t)i - 1;

		while (up >= 0 && b->v[up].pid != b->v[i].parent)
			up = b->parent[up];
		b->parent[i] = up;
		b->born_in[i] = UNKNOWN;
	}
}

/* criu makes it by a helper, a process in its session, which ends. */
static bool has_helper(const struct births *b, ssize_t i)
{
	const struct birth *x = &b->v[i];

	return b->parent[i] == 0 && x->session != b->v[0].session && x->session != x->inner;
}

/*
 * The helper is the leader of the session, and a child of the root task, or a child of the leader.
 */
static ssize_t above(const struct births *b, ssize_t i)
{
	if (!has_helper(b, i))
		return b->parent[i];
	for (size_t n = 0; n < b->n; n++)
		if (b->v[n].inner == b->v[i].session)
			return (ssize_t)n;
	return 0;
}

/* From its parent up to the leader, all have their children before they leave the session. */
static bool is_possible(const struct births *b, size_t i)
{
	pid_t session = b->v[i].session;
	ssize_t up = b->parent[i];

	if (up < 0 || session == b->v[i].inner || b->v[up].session == session ||
	    has_helper(b, (ssize_t)i))
		return true;
	/*
	 * No more steps than there are processes, if a process that has ended meanwhile has left a
	 * circle.
	 */
	for (size_t steps = 0; steps < b->n && up >= 0; steps++) {
		if (b->v[up].inner == session)
			return true;
		if (b->born_in[up] != UNKNOWN && b->born_in[up] != session)
			return false;
		b->born_in[up] = session;
		if (has_helper(b, up) && b->v[up].session == session)
			return true;
		up = above(b, up);
	}
	return false;
}

ssize_t births_impossible(const struct birth *v, size_t n)
{
	struct births b = { .v = v, .n = n };
	ssize_t found = -1;

	if (!n)
		return -1;
	b.parent = xcalloc(n, sizeof(*b.parent));
	b.born_in = xcalloc(n, sizeof(*b.born_in));
	find_parents(&b);
	for (size_t i = 0; i < n && found < 0; i++)
		if (!is_possible(&b, i))
			found = (ssize_t)i;
	free(b.parent);
	free(b.born_in);
	return found;
}
