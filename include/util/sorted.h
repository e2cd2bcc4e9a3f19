/* SPDX-License-Identifier: MIT */
/*
 * Elements of an array in an order of their own, found by bisection; those that are equal stay in the
 * order of the array. Pure.
 */
#ifndef CRIU_NS_SORTED_H
#define CRIU_NS_SORTED_H

#include <stddef.h>

struct sorted {
	const void **v;
	size_t n;
	int (*compare)(const void *a, const void *b); /* of two elements, as for qsort(3) */
};

/* Sort the n elements of that size at array, which must stay where it is. sorted_free() at the end. */
void sorted_make(struct sorted *s, const void *array, size_t n, size_t size,
		 int (*compare)(const void *a, const void *b));
void sorted_free(struct sorted *s);

/* Some that follow one another. */
struct sorted_run {
	const void *const *v;
	size_t n;
};

/* All that are equal to an element made up for the question. */
struct sorted_run sorted_find(const struct sorted *s, const void *like);

/* Of a run, those from that place in the array on. */
struct sorted_run sorted_from(struct sorted_run run, const void *place);

#endif
