// SPDX-License-Identifier: MIT
/*
 * A process that has unmapped its vDSO and kept the data that belongs to it, as valgrind does: criu
 * gives up at the thaw (vdso_proxify() in criu/pie/parasite-vdso.c). Without both it goes round.
 */
#include "look/probe.h"
#include "look/troubled.h"

#include <string.h>

struct state {
	pid_t pid; /* whose maps are being looked at; 0: of nobody yet */
	bool has_vdso, has_data;
};

static void look_at_last(struct look *l, const struct state *s)
{
	if (s->has_data && !s->has_vdso)
		look_troubled(l, s->pid, s->pid, TASK_NO_VDSO);
}

static bool is_named(const struct proc_map *m, const char *name)
{
	return m->path_length == strlen(name) && !memcmp(m->path, name, m->path_length);
}

static void look_map(struct look *l, pid_t pid, const struct proc_map *m, void *state)
{
	struct state *s = state;

	if (m->path[0] != '[')
		return;
	if (s->pid != pid) {
		look_at_last(l, s);
		*s = (struct state){ .pid = pid };
	}
	s->has_vdso |= is_named(m, "[vdso]");
	s->has_data |= is_named(m, "[vvar]");
}

static void end(struct look *l, void *state)
{
	look_at_last(l, state);
}

const struct probe probe_vdso = { .state_size = sizeof(struct state), .map = look_map, .end = end };
