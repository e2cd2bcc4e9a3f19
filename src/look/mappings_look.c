// SPDX-License-Identifier: MIT
#include "look/mappings_look.h"

#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void mappings_look_begin(struct mappings_look *l, const struct facts *f, pid_t *pids, size_t n)
{
	*l = MAPPINGS_LOOK_NONE;
	l->is_on = n;
	l->proc = f->proc;
	l->pids = pids;
	l->n = n;
}

static void open_next(struct mappings_look *l)
{
	char path[32];

	put_path(path, sizeof(path), l->pids[l->at], l->is_numa ? "numa_maps" : "smaps");
	l->fd = used_open(&l->used, l->proc, path);
}

/*
 * criu locks the memory of the root task again, all of it at once, and that of the others not, which
 * another finding tells (FORGOTTEN_LOCKS).
 */
static void count(struct mappings_look *l)
{
	if (l->at > 0)
		l->found.has[MAPPING_FAULT] = false;
	for (int i = 0; i < MAPPING_KINDS; i++) {
		struct mappings_tally *t = &l->tally[i];

		if (l->found.has[i] && !t->n++)
			t->pid = l->pids[l->at];
	}
}

static void compare_mounts(struct mappings_look *l)
{
	enum { MOST = 64 << 20 };
	_cleanup_free_ char *text = NULL;
	char path[32];

	put_path(path, sizeof(path), l->pids[l->at], "mountinfo");
	if (mappings_has_file_policy(&l->found))
		mappings_compare_mounts(&l->found,
					read_file_at(l->proc, path, MOST, &text) > 0 ? text : "");
}

/* smaps is read, or numa_maps, which kernels without NUMA do not have. */
static void next_file(struct mappings_look *l)
{
	l->fd = -1;
	l->is_numa = !l->is_numa;
	if (l->is_numa)
		return;
	compare_mounts(l);
	count(l);
	l->found = (struct mappings){ 0 };
	l->is_on = ++l->at < l->n;
}

/*
 * A read(2) gives whole lines, and a page of them at most, or what is about one mapping: then the
 * name of a file is the longest part of it (PATH_MAX, each byte as four).
 */
static void look_some(struct mappings_look *l)
{
	char text[32 << 10];
	ssize_t n;

	if (l->fd < 0)
		open_next(l);
	n = l->fd < 0 ? -1 : RETRY(read(l->fd, text, sizeof(text) - 1));
	if (n <= 0) {
		next_file(l);
		return;
	}
	text[n] = '\0';
	if (l->is_numa)
		mappings_parse_policies(&l->found, text);
	else
		mappings_parse_smaps(&l->found, text);
}

void mappings_look_piece(struct mappings_look *l)
{
	const long long begun = milliseconds_now();

	while (l->is_on && milliseconds_now() - begun <= 1)
		look_some(l);
}

void mappings_look_rest(struct mappings_look *l)
{
	while (l->is_on)
		look_some(l);
}

void mappings_look_end(struct mappings_look *l, struct findings *ret)
{
	static const enum forgotten kinds[MAPPING_KINDS] = {
		[MAPPING_KEY] = FORGOTTEN_KEYS,
		[MAPPING_SEAL] = FORGOTTEN_SEALS,
		[MAPPING_FAULT] = FORGOTTEN_FAULTS,
		[MAPPING_POLICY] = FORGOTTEN_POLICIES,
	};

	if (l->is_on)
		count(l);
	for (int i = 0; i < MAPPING_KINDS; i++)
		if (l->tally[i].n)
			findings_add(ret,
				     &(struct finding){ .kind = FINDING_FORGOTTEN,
							.pid = l->tally[i].pid,
							.as = HELD_BY_TASK,
							.fd = -1,
							.attributes = { .what = kinds[i],
									.n = l->tally[i].n } });
	used_close(&l->used);
	free(l->pids);
	*l = MAPPINGS_LOOK_NONE;
}
