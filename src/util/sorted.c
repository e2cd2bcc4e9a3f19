// SPDX-License-Identifier: MIT
#include "util/sorted.h"

#include "util/util.h"

#include <stdbool.h>
#include <stdlib.h>

/* From `at` on, up to `end`: where the elements cease to be in order. */
static size_t run_end(const struct sorted *s, size_t at, size_t end)
{
	while (at + 1 < end && s->compare(s->v[at], s->v[at + 1]) <= 0)
		at++;
	return at < end ? at + 1 : end;
}

/* Merge two neighbouring runs into `to`; of equal elements, that of the first one comes first. */
static void merge(const struct sorted *s, size_t first, size_t second, size_t end, const void **to)
{
	size_t a = first;
	size_t b = second;

	for (size_t i = first; i < end; i++) {
		bool left = a < second && (b == end || s->compare(s->v[a], s->v[b]) <= 0);

		to[i] = s->v[left ? a++ : b++];
	}
}

/* Merge all runs two by two. Gives how many there were. */
static size_t merge_runs(const struct sorted *s, const void **to)
{
	size_t n = 0;

	for (size_t first = 0; first < s->n;) {
		size_t second = run_end(s, first, s->n);
		size_t end = run_end(s, second, s->n);

		merge(s, first, second, end, to);
		n += second < end ? 2 : 1;
		first = end;
	}
	return n;
}

/*
 * What is to be sorted is often sorted already, or nearly, and comparing is what takes time. There
 * is no qsort_r(3) that promises so.
 */
void sorted_make(struct sorted *s, const void *array, size_t n, size_t size,
		 int (*compare)(const void *a, const void *b))
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	const void **other = xcalloc(n, sizeof(*other));

	*s = (struct sorted){ .v = xcalloc(n, sizeof(*s->v)), .n = n, .compare = compare };
	for (size_t i = 0; i < n; i++)
		s->v[i] = (const char *)array + i * size;
	while (merge_runs(s, other) > 1) {
		const void **merged = other;

		other = s->v;
		s->v = merged;
	}
	free(other);
}

void sorted_free(struct sorted *s)
{
	free(s->v);
	*s = (struct sorted){ 0 };
}

/*
 * Of the elements from low on, up to high, the first that is not before like; with past, that is
 * after it.
 */
static size_t bound(const struct sorted *s, size_t low, size_t high, const void *like, int past)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->compare(s->v[middle], like) < past)
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
static size_t end_of_run(const struct sorted *s, size_t first, const void *like)
{
	size_t low = first;
	size_t step = 1;

	while (low + step <= s->n && s->compare(s->v[low + step - 1], like) < 1) {
		low += step;
		step *= 2;
	}
	return bound(s, low, low + step <= s->n ? low + step - 1 : s->n, like, 1);
}

struct sorted_run sorted_find(const struct sorted *s, const void *like)
{
	size_t first = bound(s, 0, s->n, like, 0);

	return (struct sorted_run){ s->v + first, end_of_run(s, first, like) - first };
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
