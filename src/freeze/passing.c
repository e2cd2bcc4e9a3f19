// SPDX-License-Identifier: MIT
#include "freeze/passing.h"

#include "util/util.h"

#include <time.h>

bool passing_wait(const struct plan *p, size_t *tries)
{
	static const long milliseconds[] = { 1, 3, 10, 30, 60, 100 };

	if (p->n_passing < p->n_refusals || *tries >= ARRAY_SIZE(milliseconds))
		return false;
	nanosleep(&(struct timespec){ .tv_nsec = milliseconds[(*tries)++] * 1000000 }, NULL);
	return true;
}
