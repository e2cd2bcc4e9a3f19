/* SPDX-License-Identifier: MIT */
/*
 * Shows a person at a terminal that a long freeze goes on: one line, which is written again from
 * time to time.
 */
#ifndef CRIU_NS_PROGRESS_H
#define CRIU_NS_PROGRESS_H

#include "freeze/watch.h"
#include "look/facts.h"

#include <stdio.h>

struct explain_progress {
	struct progress progress; /* for freeze_run() */
	FILE *out;
	const struct facts *f;
	long long since; /* when it began, as milliseconds_now() says it */
	bool is_shown;
};

/* out is a terminal; the rest outlives *ret. */
void explain_progress_begin(FILE *out, const struct facts *f, long long since,
			    struct explain_progress *ret);

#endif
