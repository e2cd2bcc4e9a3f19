/* SPDX-License-Identifier: MIT */
/* Which capabilities a freeze and a thaw need, and what each is for. */
#ifndef CRIU_NS_CAPS_H
#define CRIU_NS_CAPS_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a capability is needed; a mask. */
enum cap_use {
	CAP_USE_FREEZE = 1, /* criu dump, wherever it runs */
	CAP_USE_ENTER = 2,  /* joining namespaces */
	CAP_USE_THAW = 4,   /* making namespaces, and criu restore in them */
};

/* The caller's effective capabilities as a mask, bit N for capability N (capabilities(7)). */
int caps_effective(uint64_t *ret, struct err *e);

/*
 * Pure: refuse if `effective` lacks a capability that `use` needs. The message names each of them,
 * and what it is for; but if there are none at all, which means that the caller is not root, only
 * if `verbose` asks for it. `doing` says what was to be done ("freeze process 12").
 */
int caps_check(uint64_t effective, unsigned use, bool verbose, const char *doing, struct err *e);

/*
 * The missing capabilities among those that not every use needs, as text for a hint after an error
 * of criu's; empty if there are none.
 */
void caps_missing_text(uint64_t effective, char *buf, size_t size);

#endif
