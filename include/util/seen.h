/* SPDX-License-Identifier: MIT */
/* Which of many things have come before, when there may be tens of thousands. Pure. */
#ifndef CRIU_NS_SEEN_H
#define CRIU_NS_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise; seen_free() at the end. */
struct seen {
	/* a hash table; room is a power of two, and it is at most half full */
	struct seen_thing *v;
	size_t n, room;
};

/* Has seen_before() been called with these three numbers before? Remembers them. */
bool seen_before(struct seen *s, unsigned kind, uint64_t a, uint64_t b);
void seen_free(struct seen *s);

#endif
