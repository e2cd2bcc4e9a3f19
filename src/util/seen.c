// SPDX-License-Identifier: MIT
#include "util/seen.h"

#include "util/util.h"

#include <stdlib.h>

struct seen_thing {
	bool is_there;
	unsigned kind;
	uint64_t a, b;
};

/* Neighbours end far apart: the finalizer of MurmurHash3. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ (x >> 33);
}

static bool is_same(const struct seen_thing *x, const struct seen_thing *y)
{
	return x->kind == y->kind && x->a == y->a && x->b == y->b;
}

/* Where it is, or would be. */
static struct seen_thing *place_of(const struct seen *s, const struct seen_thing *x)
{
	size_t i = mix(mix(mix(x->kind) ^ x->a) ^ x->b) & (s->room - 1);

	while (s->v[i].is_there && !is_same(&s->v[i], x))
		i = (i + 1) & (s->room - 1);
	return &s->v[i];
}

static void grow(struct seen *s)
{
	enum { FIRST = 64 };
	struct seen more = { .n = s->n, .room = s->room ? s->room * 2 : FIRST };

	more.v = xcalloc(more.room, sizeof(*more.v));
	for (size_t i = 0; i < s->room; i++)
		if (s->v[i].is_there)
			*place_of(&more, &s->v[i]) = s->v[i];
	free(s->v);
	*s = more;
}

/* NOLINTNEXTLINE(bugprone-easily-swappable-parameters): a key of three numbers */
bool seen_before(struct seen *s, unsigned kind, uint64_t a, uint64_t b)
{
	const struct seen_thing x = { .is_there = true, .kind = kind, .a = a, .b = b };
	struct seen_thing *place;

	if (s->n * 2 >= s->room)
		grow(s);
	place = place_of(s, &x);
	if (place->is_there)
		return true;
	*place = x;
	s->n++;
	return false;
}

void seen_free(struct seen *s)
{
	free(s->v);
	*s = (struct seen){ 0 };
}
