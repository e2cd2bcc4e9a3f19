// SPDX-License-Identifier: MIT
/*
 * System V shared memory of the caller's IPC namespace. criu saves it only with the whole of that
 * namespace, and takes for the tree's own any that it is not in itself ("doesn't live in IPC ns",
 * check_sysvipc_map_dump() in criu/cr-dump.c).
 */
#include "look/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TABLE = 16 << 20 };

/* Where a segment is mapped; the kernel counts each map as an attachment. */
struct attached {
	ino_t id; /* of the segment, which its maps show as their inode */
	pid_t pid;
	size_t n;
	char path[64];
};

struct state {
	struct attached *v;
	size_t n;
	bool has_own;
	ino_t own; /* the caller's IPC namespace */
};

static bool is_in_callers(const struct look *l, struct state *s, pid_t pid)
{
	char who[16];
	ino_t theirs;

	if (!s->has_own)
		s->has_own = procfs_namespace(l->facts->proc, "self", "ipc", &s->own) == 0;
	snprintf(who, sizeof(who), "%d", pid);
	return s->has_own && procfs_namespace(l->facts->proc, who, "ipc", &theirs) == 0 &&
	       theirs == s->own;
}

static struct attached *find(const struct state *s, ino_t id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].id == id)
			return &s->v[i];
	return NULL;
}

static void look_map(struct look *l, pid_t pid, const struct proc_map *m, void *state)
{
	static const char start[] = "/SYSV";
	struct state *s = state;
	struct attached *a;

	if (m->path_length < sizeof(start) || !text_begins(m->path, start) ||
	    !is_in_callers(l, s, pid))
		return;
	a = find(s, m->ino);
	if (!a) {
		s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
		a = &s->v[s->n++];
		*a = (struct attached){ .id = m->ino, .pid = pid };
		snprintf(a->path, sizeof(a->path), "%.*s", (int)m->path_length, m->path);
	}
	a->n++;
}

/* A line of sysvipc/shm; false if it is not one. */
static bool parse_segment(const char *line, ino_t *ret_id, struct segment *ret)
{
	enum { ID = 1, PERMS, SIZE, ATTACHED = 6, FIELDS, DEST = 01000 /* SHM_DEST */ };
	unsigned long long field[FIELDS];

	for (size_t i = 0; i < FIELDS; i++) {
		char *end;

		errno = 0;
		field[i] = strtoull(line, &end, i == PERMS ? 8 : 10);
		if (errno || end == line)
			return false;
		line = end;
	}
	*ret_id = (ino_t)field[ID];
	*ret = (struct segment){ .size = field[SIZE],
				 .attached = field[ATTACHED],
				 .stays = !(field[PERMS] & DEST) };
	return true;
}

/* What else is in that namespace. */
static void count_others(struct facts *f, const char *table)
{
	char path[32];
	_cleanup_free_ char *text = NULL;

	snprintf(path, sizeof(path), "sysvipc/%s", table);
	if (read_file_at(f->proc, path, MAX_TABLE, &text) < 0)
		return;
	for (const char *line = text_next_line(text); *line; line = text_next_line(line))
		f->n_other_ipc++;
}

static void found(struct look *l, const struct attached *a, struct segment *segment)
{
	struct held h = { .pid = a->pid, .pidfd = -1, .as = HELD_MAP, .fd = -1, .asked = -1 };
	struct finding *x;

	snprintf(h.path, sizeof(h.path), "%s", a->path);
	x = look_found(l, FINDING_SYSV, &h);
	x->ino = a->id;
	segment->inside = a->n;
	x->segment = *segment;
}

static void look_table(struct look *l, const struct state *s, const char *text)
{
	for (const char *line = text_next_line(text); *line; line = text_next_line(line)) {
		struct segment segment;
		const struct attached *a;
		ino_t id;

		if (!parse_segment(line, &id, &segment))
			continue;
		a = find(s, id);
		if (a) {
			found(l, a, &segment);
		} else {
			l->facts->n_other_ipc++;
			l->facts->other_ipc_size += segment.size;
		}
	}
}

static void end(struct look *l, void *state)
{
	struct state *s = state;
	_cleanup_free_ char *text = NULL;

	if (s->n && read_file_at(l->facts->proc, "sysvipc/shm", MAX_TABLE, &text) >= 0) {
		look_table(l, s, text);
		count_others(l->facts, "sem");
		count_others(l->facts, "msg");
	}
	free(s->v);
}

const struct probe probe_sysv = { .state_size = sizeof(struct state), .map = look_map, .end = end };
