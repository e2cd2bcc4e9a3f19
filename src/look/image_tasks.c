// SPDX-License-Identifier: MIT
#include "look/image_tasks.h"

#include "look/image_format.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>

static pid_t as_pid(uint64_t value)
{
	return value <= INT32_MAX ? (pid_t)value : 0;
}

/* Threads may come one in each field, or packed. */
static bool count_threads(const struct pb_field *f, size_t *n)
{
	struct pb packed = pb_inside(f);
	uint64_t value;

	if (!f->text)
		++*n;
	for (; packed.at < packed.end; ++*n)
		if (!pb_take_varint(&packed, &value))
			return false;
	return true;
}

/* pstree_entry (criu/images/pstree.proto) */
static bool parse_task(struct pb m, void *arg)
{
	enum { PID = 1, PPID, PGID, SID, THREADS };
	struct image_tasks *ret = arg;
	struct image_task t = { 0 };
	pid_t *const numbers[] = {
		[PID] = &t.pid, [PPID] = &t.parent, [PGID] = &t.group, [SID] = &t.session
	};
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number >= PID && f.number <= SID && !f.text)
			*numbers[f.number] = as_pid(f.value);
		if (f.number == THREADS && !count_threads(&f, &t.threads))
			return false;
	}
	if (!t.pid)
		return false;
	ret->v = xgrow(ret->v, ret->n, sizeof(*ret->v));
	ret->v[ret->n++] = t;
	return true;
}

int image_tasks_parse(const void *text, size_t size, struct image_tasks *ret)
{
	return image_parse(text, size, PSTREE_MAGIC, parse_task, ret);
}

void image_tasks_free(struct image_tasks *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].comm);
		free(t->v[i].args);
	}
	free(t->v);
	*t = (struct image_tasks){ 0 };
}

/* task_core_entry (criu/images/core.proto); the states are of criu/include/rst_info.h. */
static bool parse_task_core(struct pb m, struct image_task *ret)
{
	enum { STATE = 1, COMM = 6, TASK_DEAD = 2 };
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == STATE && !f.text)
			ret->dead = f.value == TASK_DEAD;
		if (f.number == COMM && f.text && !ret->comm)
			ret->comm = pb_text(&f);
	}
	return true;
}

/* core_entry (criu/images/core.proto) */
static bool parse_core(struct pb m, void *arg)
{
	enum { TASK_CORE = 3 };
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == TASK_CORE && f.text && !parse_task_core(pb_inside(&f), arg))
			return false;
	}
	return true;
}

int image_task_parse_core(const void *text, size_t size, struct image_task *ret)
{
	return image_parse(text, size, CORE_MAGIC, parse_core, ret);
}

/* mm_entry (criu/images/mm.proto) */
static bool parse_mm(struct pb m, void *arg)
{
	enum { ARG_START = 8, ARG_END = 9, EXE_FILE = 12 };
	struct image_task *ret = arg;
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.text)
			continue;
		if (f.number == ARG_START)
			ret->args_start = f.value;
		if (f.number == ARG_END)
			ret->args_end = f.value;
		if (f.number == EXE_FILE)
			ret->program = (uint32_t)f.value;
	}
	return true;
}

int image_task_parse_mm(const void *text, size_t size, struct image_task *ret)
{
	return image_parse(text, size, MM_MAGIC, parse_mm, ret);
}

/*
 * pagemap-PID.img: a head, then a run of pages each; those that are present follow each other in
 * the pages file.
 */

struct run {
	uint64_t address, pages;
	bool present;
};

struct search {
	const struct image_range *range;
	bool has_head;
	uint64_t offset; /* of the next run in the pages file */
	struct image_pages *ret;
};

/*
 * pagemap_entry (criu/images/pagemap.proto); without flags, as init_compat_pagemap_entry() in
 * criu/pagemap.c.
 */
static bool parse_run(struct pb m, struct run *ret)
{
	enum { VADDR = 1, COMPAT_PAGES, IN_PARENT, FLAGS, PAGES, PE_PRESENT = 1 << 2 };
	bool has_flags = false;
	bool in_parent = false;
	uint64_t flags = 0;
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == VADDR)
			ret->address = f.value;
		if ((f.number == COMPAT_PAGES && !ret->pages) || f.number == PAGES)
			ret->pages = f.value;
		if (f.number == IN_PARENT)
			in_parent = f.value != 0;
		if (f.number == FLAGS) {
			has_flags = true;
			flags = f.value;
		}
	}
	ret->present = has_flags ? (flags & PE_PRESENT) != 0 : !in_parent;
	return true;
}

/* pagemap_head: pages_id = 1 */
static bool parse_head(struct pb m, struct search *s)
{
	struct pb_field f;

	s->has_head = true;
	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == 1)
			s->ret->id = (uint32_t)f.value;
	}
	return true;
}

static void look_in(struct search *s, const struct run *run, uint64_t size)
{
	uint64_t before = s->range->address - run->address;

	if (s->ret->size || !run->present || s->range->address < run->address || before >= size)
		return;
	s->ret->offset = s->offset + before;
	s->ret->size = size - before < s->range->size ? (size_t)(size - before) : s->range->size;
}

static bool parse_pagemap(struct pb m, void *arg)
{
	struct search *s = arg;
	struct run run = { 0 };

	if (!s->has_head)
		return parse_head(m, s);
	if (!parse_run(m, &run))
		return false;

	uint64_t size;

	if (__builtin_mul_overflow(run.pages, s->range->page, &size))
		return false;
	look_in(s, &run, size);
	return !run.present || !__builtin_add_overflow(s->offset, size, &s->offset);
}

int image_pages_find(const void *text, size_t size, const struct image_range *range,
		     struct image_pages *ret)
{
	struct search s = { .range = range, .ret = ret };

	*ret = (struct image_pages){ 0 };
	return image_parse(text, size, PAGEMAP_MAGIC, parse_pagemap, &s);
}
