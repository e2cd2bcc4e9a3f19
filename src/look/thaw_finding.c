// SPDX-License-Identifier: MIT
#include "look/thaw_finding.h"

#include "util/util.h"

#include <stdlib.h>

struct thaw_finding *thaw_findings_add(struct thaw_findings *s, const struct thaw_finding *x)
{
	/* room for 16, 32, 64...: grow when full */
	if ((s->n & (s->n - 1)) == 0 && (s->n >= 16 || s->n == 0))
		s->v = xreallocarray(s->v, s->n ? 2 * s->n : 16, sizeof(*s->v));
	s->v[s->n] = *x;
	return &s->v[s->n++];
}

void thaw_findings_free(struct thaw_findings *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].path);
		free(s->v[i].peer);
	}
	free(s->v);
	*s = (struct thaw_findings){ 0 };
}
