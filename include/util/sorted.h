/* SPDX-License-Identifier: MIT */
/*
 * A sorted index of an array, searched by bisection; equal elements stay in the order of the array.
 * Pure.
 */
#ifndef CRIU_NS_SORTED_H
#define CRIU_NS_SORTED_H

#include <stddef.h>
#include <stdint.h>

typedef int sorted_compare(const void *a, const void *b, void *arg);

/*
 * Sort pointers; those to equal elements stay in their order. That takes as few comparisons as
 * possible, which may be system calls, and half as many as qsort(3) of musl.
 */
void sorted_order(const void **v, size_t n, sorted_compare *compare, void *arg);

struct sorted {
	const void **v;
	size_t n;
	int (*compare)(const void *a, const void *b); /* of two elements, as for qsort(3) */
	uint64_t (*key)(const void *element);         /* NULL: there are no keys */
	uint64_t *keys;                               /* of the elements in v */
};

/*
 * Sort the n elements of that size at array, which must not be moved. The caller ends with
 * sorted_free().
 */
void sorted_make(struct sorted *s, const void *array, size_t n, size_t size,
		 int (*compare)(const void *a, const void *b));

/*
 * The same, ordered by a number of each element first, and by compare where that is the same: equal
 * elements have equal keys. For elements whose comparison takes long, as that of paths.
 */
void sorted_make_keyed(struct sorted *s, const void *array, size_t n, size_t size,
		       uint64_t (*key)(const void *element),
		       int (*compare)(const void *a, const void *b));
void sorted_free(struct sorted *s);

/* Such a number for a text: mostly another one for another text, and 0 for an empty one. */
uint64_t sorted_text_key(const char *text);

/* The same for a piece of a text. */
uint64_t sorted_piece_key(const char *text, size_t n);

/* A run of neighbours in the sorted order. */
struct sorted_run {
	const void *const *v;
	size_t n;
};

/* All elements that are equal to like. */
struct sorted_run sorted_find(const struct sorted *s, const void *like);

/* The part of a run that is at that place in the array, or behind it. */
struct sorted_run sorted_from(struct sorted_run run, const void *place);

#endif
