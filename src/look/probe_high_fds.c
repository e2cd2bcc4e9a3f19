// SPDX-License-Identifier: MIT
/*
 * Descriptors with high numbers, as valgrind has them. In each process that it thaws criu keeps a
 * few of its own above those of the process (choose_service_fd_base() in criu/servicefd.c): if
 * there is no room it gives up, and the freeze knows nothing of that. It raises its limit to
 * fs.nr_open where it may (rlimit_unlimit_nofile() in criu/util.c).
 */
#include "look/probe.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/resource.h>

/*
 * SERVICE_FD_MAX and the pad of criu 4.2, and the number of descriptors that the kernel adds to a
 * table at a time.
 */
enum { CRIUS = 16 + 16, AT_A_TIME = 128 };

static unsigned long ask_limit(const struct facts *f)
{
	_cleanup_free_ char *text = NULL;
	struct rlimit own = { 0 };

	if (facts_has_on_host(f, CAP_SYS_RESOURCE) &&
	    read_file_at(f->proc, "sys/fs/nr_open", 32, &text) > 0)
		return strtoul(text, NULL, 10);
	return getrlimit(RLIMIT_NOFILE, &own) < 0 ? RLIM_INFINITY : own.rlim_max;
}

/* The numbers up to the next power of two, or up to the limit, but whole additions only. */
static bool has_room(unsigned long fd, unsigned long limit)
{
	unsigned long needed = fd + CRIUS;
	unsigned long room = AT_A_TIME;

	while (room <= needed)
		room *= 2;
	return room <= limit || limit / AT_A_TIME * AT_A_TIME >= needed;
}

static void look_held(struct look *l, struct held *h, void *state)
{
	unsigned long *limit = state;
	struct finding *x;

	if (h->as != HELD_FD || h->fd < AT_A_TIME - CRIUS)
		return;
	if (!*limit)
		*limit = ask_limit(l->facts);
	if (has_room((unsigned long)h->fd, *limit) ||
	    seen_before(&l->seen, FINDING_HIGH_FD, (unsigned)h->pid, 0))
		return;
	x = look_found(l, FINDING_HIGH_FD, h);
	x->limit = *limit;
}

const struct probe probe_high_fds = { .state_size = sizeof(unsigned long), .held = look_held };
