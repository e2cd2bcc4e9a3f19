// SPDX-License-Identifier: MIT
#include "util/sorted.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

struct order {
	sorted_compare *compare;
	void *arg;
	const void **room;
};

static void merge(const void **v, size_t half, size_t n, const struct order *o)
{
	size_t i = 0;
	size_t j = half;

	memcpy(o->room, v, half * sizeof(*v));
	for (size_t k = 0; i < half; k++)
		v[k] = j < n && o->compare(o->room[i], v[j], o->arg) > 0 ? v[j++] : o->room[i++];
}

/* What is to be sorted is often sorted already, or nearly, and comparing is what takes time. */
static void sort(const void **v, size_t n, const struct order *o)
{
	const size_t half = n / 2;

	if (n < 2)
		return;
	sort(v, half, o);
	sort(v + half, n - half, o);
	if (o->compare(v[half - 1], v[half], o->arg) > 0)
		merge(v, half, n, o);
}

void sorted_order(const void **v, size_t n, sorted_compare *compare, void *arg)
{
	_cleanup_free_ const void **room = xcalloc(n / 2 + 1, sizeof(*room));

	sort(v, n, &(struct order){ compare, arg, room });
}

/* NOLINTBEGIN(bugprone-easily-swappable-parameters): as sorted_compare has it */
static int compare_elements(const void *a, const void *b, void *s)
/* NOLINTEND(bugprone-easily-swappable-parameters) */
{
	return ((const struct sorted *)s)->compare(a, b);
}

void sorted_make(struct sorted *s, const void *array, size_t n, size_t size,
		 int (*compare)(const void *a, const void *b))
{
	*s = (struct sorted){ .v = xcalloc(n, sizeof(*s->v)), .n = n, .compare = compare };
	for (size_t i = 0; i < n; i++)
		s->v[i] = (const char *)array + i * size;
	sorted_order(s->v, n, compare_elements, s);
}

/* The parts of an element that are compared, side by side. */
struct keyed {
	uint64_t key;
	const void *element;
};

/* NOLINTBEGIN(bugprone-easily-swappable-parameters): as sorted_compare has it */
static int compare_keyed(const void *a, const void *b, void *s)
/* NOLINTEND(bugprone-easily-swappable-parameters) */
{
	const struct keyed *one = a;
	const struct keyed *other = b;

	if (one->key != other->key)
		return one->key < other->key ? -1 : 1;
	return ((const struct sorted *)s)->compare(one->element, other->element);
}

void sorted_make_keyed(struct sorted *s, const void *array, size_t n, size_t size,
		       uint64_t (*key)(const void *element),
		       int (*compare)(const void *a, const void *b))
{
	_cleanup_free_ struct keyed *all = xcalloc(n, sizeof(*all));

	*s = (struct sorted){ .v = xcalloc(n, sizeof(*s->v)),
			      .n = n,
			      .compare = compare,
			      .key = key,
			      .keys = xcalloc(n, sizeof(*s->keys)) };
	for (size_t i = 0; i < n; i++) {
		all[i].element = (const char *)array + i * size;
		all[i].key = key(all[i].element);
		s->v[i] = &all[i];
	}
	sorted_order(s->v, n, compare_keyed, s);
	for (size_t i = 0; i < n; i++) {
		const struct keyed *x = s->v[i];

		s->keys[i] = x->key;
		s->v[i] = x->element;
	}
}

/* FNV-1a, from 0 on. */
uint64_t sorted_piece_key(const char *text, size_t n)
{
	uint64_t key = 0;

	for (size_t i = 0; i < n; i++)
		key = (key ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return key;
}

uint64_t sorted_text_key(const char *text)
{
	return sorted_piece_key(text, strlen(text));
}

void sorted_free(struct sorted *s)
{
	free(s->v);
	free(s->keys);
	*s = (struct sorted){ 0 };
}

/* What is searched for. */
struct wanted {
	const void *like;
	uint64_t key;
};

static int compare_wanted(const struct sorted *s, size_t i, const struct wanted *w)
{
	if (s->keys && s->keys[i] != w->key)
		return s->keys[i] < w->key ? -1 : 1;
	return s->compare(s->v[i], w->like);
}

/*
 * Of the elements from low on, up to high, the first that is not before it; with past, that is
 * after it.
 */
static size_t bound(const struct sorted *s, size_t low, size_t high, const struct wanted *w,
		    int past)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_wanted(s, middle, w) < past)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Mostly there is one, or none: so the end is looked for from the beginning on, in longer and
 * longer steps.
 */
static size_t end_of_run(const struct sorted *s, size_t first, const struct wanted *w)
{
	size_t low = first;
	size_t step = 1;

	while (low + step <= s->n && compare_wanted(s, low + step - 1, w) < 1) {
		low += step;
		step *= 2;
	}
	return bound(s, low, low + step <= s->n ? low + step - 1 : s->n, w, 1);
}

struct sorted_run sorted_find(const struct sorted *s, const void *like)
{
	const struct wanted w = { like, s->key ? s->key(like) : 0 };
	size_t first = bound(s, 0, s->n, &w, 0);

	return (struct sorted_run){ s->v + first, end_of_run(s, first, &w) - first };
}

struct sorted_run sorted_from(struct sorted_run run, const void *place)
{
	size_t low = 0;
	size_t high = run.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((const char *)run.v[middle] < (const char *)place)
			low = middle + 1;
		else
			high = middle;
	}
	return (struct sorted_run){ run.v + low, run.n - low };
}
