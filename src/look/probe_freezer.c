// SPDX-License-Identifier: MIT
/*
 * Tasks in a frozen cgroup, which criu stops only if it is told which one that is
 * (freeze_processes() in criu/seize.c); in one of cgroup v2 it would wait for them for ever. One
 * finding for each such cgroup and, if there is one, for the first task that is in none.
 */
#include "look/probe.h"

#include "look/frozen.h"
#include "look/troubled.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Where the hierarchies are mounted, and the file that says whether a cgroup has been frozen by
 * itself. Whether all in it has already stopped does not count (cgroup.events, FREEZING in
 * freezer.state): it will in a moment, perhaps when criu has it.
 */
static const struct hierarchy {
	const char *controller; /* in /proc/PID/cgroup; "" for version 2 */
	const char *place;
	const char *self; /* 1: by itself */
} hierarchies[] = {
	{ "", "/sys/fs/cgroup", "cgroup.freeze" },
	{ "", "/sys/fs/cgroup/unified", "cgroup.freeze" },
	{ "freezer", "/sys/fs/cgroup/freezer", "freezer.self_freezing" },
};

struct state {
	struct finding *v; /* not yet those of the look, because they count only together */
	size_t n;
	bool any;

	/* of the task before, because most tasks of a tree are in the same cgroups */
	char *cgroups; /* what its /proc/PID/cgroup has */
	char *frozen;
	bool twice;
};

static bool is_frozen_by_itself(const struct hierarchy *h, const char *cgroup)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", cgroup, h->self);
	_cleanup_free_ char *text = NULL;

	return read_file_at(AT_FDCWD, path, 16, &text) > 0 && text[0] == '1';
}

/*
 * The path of a hierarchy's cgroup in the text of /proc/PID/cgroup: ID:CONTROLLER,CONTROLLER:PATH
 */
static char *path_in(const char *text, const char *controller)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		const char *list = memchr(text, ':', length);
		const char *path =
			list ? memchr(list + 1, ':', length - (size_t)(list + 1 - text)) : NULL;

		if (path && (size_t)(path - list - 1) == strlen(controller) &&
		    !strncmp(list + 1, controller, strlen(controller)))
			return xstrndup(path + 1, length - (size_t)(path + 1 - text));
		text = text_next_line(text + length);
	}
	return NULL;
}

/* The highest one above it that was frozen by itself, because only who thaws that one thaws it. */
static char *frozen_at(const struct hierarchy *h, const char *path, bool *twice)
{
	_cleanup_free_ char *at = xasprintf("%s%s", h->place, path);
	char *highest = NULL;

	if (strstr(path, "/.."))
		return NULL;
	for (size_t n = strlen(at); n > strlen(h->place); n = (size_t)(strrchr(at, '/') - at)) {
		at[n] = '\0';
		if (!is_frozen_by_itself(h, at))
			continue;
		*twice |= highest != NULL;
		free(highest);
		highest = xstrdup(at);
	}
	return highest;
}

char *frozen_cgroup_at(const char *controller, const char *path, bool *twice)
{
	char *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(hierarchies) && !found; i++)
		if (!strcmp(hierarchies[i].controller, controller))
			found = frozen_at(&hierarchies[i], path, twice);
	return found;
}

/* Empty if it cannot be read; the caller frees it. */
static char *read_cgroups(int proc, pid_t pid)
{
	char *text = NULL;
	char name[32];

	put_path(name, sizeof(name), pid, "cgroup");
	if (read_file_at(proc, name, 65536, &text) > 0)
		return text;
	free(text);
	return xstrdup("");
}

/* text: of /proc/PID/cgroup */
static char *frozen_cgroup(const char *text, bool *twice)
{
	char *found = NULL;

	*twice = false;
	for (size_t i = 0; i < ARRAY_SIZE(hierarchies) && !found; i++) {
		_cleanup_free_ char *path = path_in(text, hierarchies[i].controller);

		if (path)
			found = frozen_at(&hierarchies[i], path, twice);
	}
	return found;
}

bool look_is_frozen(const struct look *l, pid_t pid)
{
	bool twice;
	_cleanup_free_ char *text = read_cgroups(l->facts->proc, pid);
	_cleanup_free_ char *cgroup = frozen_cgroup(text, &twice);

	return cgroup != NULL;
}

/* Where it is not that of the task before, asks for the state of its cgroups. */
static void look_at_cgroups(const struct look *l, pid_t pid, struct state *s)
{
	char *text = read_cgroups(l->facts->proc, pid);

	if (s->cgroups && !strcmp(s->cgroups, text)) {
		free(text);
		return;
	}
	free(s->cgroups);
	free(s->frozen);
	s->cgroups = text;
	s->frozen = frozen_cgroup(text, &s->twice);
}

static void look_task(struct look *l, pid_t pid, void *state)
{
	struct state *s = state;
	struct finding x = { .kind = FINDING_FROZEN, .pid = pid, .as = HELD_BY_TASK, .fd = -1 };

	look_at_cgroups(l, pid, s);
	x.path = s->frozen ? xstrdup(s->frozen) : NULL;
	x.frozen_twice = s->twice;
	s->any |= x.path != NULL;
	for (size_t i = 0; i < s->n; i++)
		if (x.path ? s->v[i].path && !strcmp(s->v[i].path, x.path) : !s->v[i].path) {
			free(x.path);
			return;
		}
	s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = x;
}

static void end(struct look *l, void *state)
{
	struct state *s = state;

	for (size_t i = 0; i < s->n && s->any; i++)
		findings_add(&l->facts->findings, &s->v[i]);
	free(s->v);
	free(s->cgroups);
	free(s->frozen);
}

const struct probe probe_freezer = { .state_size = sizeof(struct state),
				     .task = look_task,
				     .end = end };
