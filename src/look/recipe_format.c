// SPDX-License-Identifier: MIT
#include "look/mounts.h"
#include "look/recipe.h"
#include "look/recipe_language.h"
#include "util/printable.h"
#include "util/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char comment[] =
	"# What a thaw needs beside criu's images; criu-ns(1), THE RECIPE, tells how to read and edit it.\n";

struct text {
	char *v;
	size_t n, size;
};

/* The pieces are short: a character after the other takes less time than measuring and copying. */
static void put_char(struct text *t, char c)
{
	if (t->size - t->n < 2) {
		t->size = 2 * t->size + 64;
		t->v = xreallocarray(t->v, t->size, 1);
	}
	t->v[t->n++] = c;
}

/* The text is terminated after each call. */
static void put(struct text *t, const char *s)
{
	for (; *s; s++)
		put_char(t, *s);
	put_char(t, '\0');
	t->n--;
}

static bool is_escaped(char c)
{
	return recipe_is_control(c) || c == ' ' || c == '\\' || c == '#';
}

static void put_escaped(struct text *t, const char *s)
{
	for (; *s; s++) {
		char piece[8];

		if (!is_escaped(*s)) {
			put_char(t, *s);
			continue;
		}
		snprintf(piece, sizeof(piece), "\\%03o", (unsigned char)*s);
		put(t, piece);
	}
}

static void put_line(struct text *t, const char *word, const struct recipe_fields *fields,
		     const void *entry)
{
	put(t, word);
	for (size_t i = 0; i < fields->n; i++) {
		const struct recipe_field *f = &fields->v[i];
		_cleanup_free_ char *value = f->kind->write((const char *)entry + f->offset);

		if (!value)
			continue;
		put(t, " ");
		put(t, f->name);
		put(t, recipe_is_bare(f) ? "" : "=");
		put_escaped(t, value);
	}
	put(t, "\n");
}

/*
 * It has names that the target chose, and a person prints it: it may neither end the comment nor
 * steer a terminal.
 */
static void put_about(struct text *t, const char *about)
{
	_cleanup_free_ char *safe = about ? printable(xstrdup(about)) : NULL;

	if (!safe)
		return;
	put(t, "# ");
	put(t, safe);
	put(t, "\n");
}

static void put_needs(struct text *t, unsigned needs)
{
	if (!needs)
		return;
	put(t, "needs");
	for (unsigned i = 0; i < RECIPE_NEEDS; i++) {
		if (!(needs & 1U << i))
			continue;
		put(t, " ");
		put(t, recipe_need_names[i]);
	}
	put(t, "\n");
}

static void put_mounts(struct text *t, const struct recipe *r)
{
	recipe_for_each_mount (m, r)
		put_line(t, "mount", &recipe_mount_fields, m);
}

static bool is_of_newest(const struct recipe *r)
{
	recipe_for_each_mount (m, r)
		if (m->owner == OWNER_KEPT && m->key)
			return true;
	for (size_t i = 0; i < r->n_tasks; i++)
		if (r->tasks[i].has_clamps)
			return true;
	return r->tree.flusher;
}

/* The oldest that has all of it, for those who thaw with an older criu-ns. */
static const char *oldest_format(const struct recipe *r)
{
	enum { USUAL = 2, NEWEST = 3 /* by index */ };

	return recipe_formats[is_of_newest(r) ? NEWEST : USUAL];
}

char *recipe_format(const struct recipe *r)
{
	struct text t = { 0 };

	put(&t, recipe_magic);
	put(&t, oldest_format(r));
	put(&t, "\n");
	put(&t, comment);
	put_about(&t, r->about);
	put(&t, r->init ? "frame init\n" : "frame pid\n");
	put_needs(&t, r->needs);
	put_mounts(&t, r);
	for (size_t i = 0; i < r->n_files; i++)
		put_line(&t, "file", &recipe_file_fields, &r->files[i]);
	for (size_t i = 0; i < r->n_sockets; i++)
		put_line(&t, "unix", &recipe_unix_fields, &r->sockets[i]);
	for (size_t i = 0; i < r->n_names; i++)
		put_line(&t, "name", &recipe_name_fields, &r->names[i]);
	for (size_t i = 0; i < r->n_options; i++)
		put_line(&t, "option", &recipe_option_fields, &r->options[i]);
	for (size_t i = 0; i < r->n_groups; i++)
		put_line(&t, "multicast", &recipe_group_fields, &r->groups[i]);
	if (tree_attributes_any(&r->tree))
		put_line(&t, "tree", &recipe_tree_fields, &r->tree);
	for (size_t i = 0; i < r->n_tasks; i++)
		put_line(&t, "task", &recipe_task_fields, &r->tasks[i]);
	recipe_for_each_view (w, r) {
		_cleanup_free_ char *line = xasprintf("view pid=%d\n", w->pid);

		put(&t, line);
		put_mounts(&t, w);
	}
	put(&t, "end\n");
	return t.v;
}

char *recipe_flags_text(unsigned long flags)
{
	struct text t = { 0 };

	for (size_t i = 0; i < MOUNT_FLAGS; i++) {
		if (!(flags & mount_flags[i].flag))
			continue;
		put(&t, t.n ? "," : "");
		put(&t, mount_flags[i].name);
	}
	return t.n ? t.v : xstrdup("-");
}

char *recipe_locks_text(unsigned locks)
{
	struct text t = { 0 };

	for (size_t i = 0; i < MOUNT_LOCKS; i++) {
		if (!(locks & mount_locks[i].lock))
			continue;
		put(&t, t.n ? "," : "");
		put(&t, mount_locks[i].name);
	}
	return t.n ? t.v : xstrdup("-");
}
