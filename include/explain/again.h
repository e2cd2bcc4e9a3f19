/* SPDX-License-Identifier: MIT */
/*
 * Whether a freeze or a thaw in which criu has failed is tried again. A tree at work changes between
 * the look that criu-ns takes and the moment at which criu has stopped it: a connection is made, a
 * file deleted, a message sent. Then the tree runs on as before, and a moment later it can be
 * frozen. At a thaw it is a cgroup that somebody removes because it is empty. With any other cause
 * criu would only fail again. Pure.
 */
#ifndef CRIU_NS_AGAIN_H
#define CRIU_NS_AGAIN_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <stddef.h>

enum { AGAIN_MOST = 5 }; /* tries, the first one counted */

struct again_cause {
	const char *why; /* NULL: none that is known to pass */
	/* what criu says of it, without the place in its source; NULL: it says nothing */
	char *message;
};

/* What the log of a criu that has failed says; the caller frees ->message. */
struct again_cause again_cause(const struct cli *cli, const struct plan *p, const char *log);

/*
 * After n tries: do others connect to the tree so often that the next one must not wait for a
 * moment without that, but leave out what has not been accepted (--skip-in-flight)?
 */
bool again_is_connecting(const struct again_cause *cause, size_t n);

/*
 * In how many milliseconds the next try begins, if there is such a cause; -1: this one was the
 * last. n tries have been made, the first of which has begun so many milliseconds ago.
 */
int again_wait(const struct cli *cli, const struct plan *p, const struct verdict *v, size_t n,
	       long long milliseconds);

#endif
