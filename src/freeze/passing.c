// SPDX-License-Identifier: MIT
#include "freeze/passing.h"

#include "util/util.h"

#include <time.h>

bool passing_renew(struct plan *p, struct facts *f, size_t *tries)
{
	static const long milliseconds[] = { 1, 3, 10, 30, 60, 100 };

	if (p->n_passing < p->n_refusals || *tries >= ARRAY_SIZE(milliseconds))
		return false;
	nanosleep(&(struct timespec){ .tv_nsec = milliseconds[(*tries)++] * 1000000 }, NULL);
	plan_free(p);
	facts_renew(f);
	return true;
}
