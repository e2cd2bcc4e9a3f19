/* SPDX-License-Identifier: MIT */
/* Recipes compared, and written and read again. */
#ifndef CRIU_NS_FUZZ_SAME_RECIPE_H
#define CRIU_NS_FUZZ_SAME_RECIPE_H

#include "fuzz.h"

#include "look/recipe.h"

static inline void fuzz_check_same_unix(const struct recipe_unix *a, const struct recipe_unix *b)
{
	FUZZ_CHECK(fuzz_same_text(a->id, b->id) && fuzz_same_text(a->to, b->to) &&
			   fuzz_same_text(a->rights, b->rights) && a->type == b->type &&
			   a->cut == b->cut && a->flags == b->flags && a->shut == b->shut &&
			   a->journal.is_one == b->journal.is_one &&
			   a->journal.priority == b->journal.priority &&
			   a->journal.flags == b->journal.flags &&
			   fuzz_same_text(a->journal.identifier, b->journal.identifier) &&
			   fuzz_same_text(a->journal.unit, b->journal.unit),
		   "id=%s and id=%s", a->id, b->id);
}

static inline void fuzz_check_same_mount(const struct recipe_mount *a, const struct recipe_mount *b)
{
	FUZZ_CHECK(fuzz_same_text(a->at, b->at) && fuzz_same_text(a->root, b->root) &&
			   fuzz_same_text(a->fstype, b->fstype) && fuzz_same_text(a->key, b->key) &&
			   fuzz_same_text(a->host, b->host) &&
			   fuzz_same_text(a->folder, b->folder) &&
			   fuzz_same_text(a->options, b->options) && a->owner == b->owner &&
			   a->flags == b->flags && a->shared == b->shared &&
			   a->master == b->master && a->host_peer == b->host_peer &&
			   a->hidden == b->hidden && a->locks == b->locks,
		   "at=%s and at=%s", a->at, b->at);
}

static inline void fuzz_check_same_mounts(const struct recipe *a, const struct recipe *b)
{
	FUZZ_CHECK(a->pid == b->pid && a->n_mounts == b->n_mounts, "%zu and %zu mounts",
		   a->n_mounts, b->n_mounts);
	for (size_t i = 0; i < a->n_mounts; i++)
		fuzz_check_same_mount(&a->mounts[i], &b->mounts[i]);
}

static inline void fuzz_check_same_names(const struct recipe *a, const struct recipe *b)
{
	FUZZ_CHECK(a->n_names == b->n_names, "%zu and %zu names", a->n_names, b->n_names);
	for (size_t i = 0; i < a->n_names; i++) {
		const struct recipe_name *x = &a->names[i];
		const struct recipe_name *y = &b->names[i];

		FUZZ_CHECK(!strcmp(x->id, y->id) && !strcmp(x->now, y->now) &&
				   !strcmp(x->owner, y->owner) && x->mode == y->mode,
			   "id=%s and id=%s", x->id, y->id);
	}
}

static inline void fuzz_check_same_options(const struct recipe *a, const struct recipe *b)
{
	FUZZ_CHECK(a->n_options == b->n_options, "%zu and %zu options", a->n_options, b->n_options);
	for (size_t i = 0; i < a->n_options; i++) {
		const struct recipe_option *x = &a->options[i];
		const struct recipe_option *y = &b->options[i];

		FUZZ_CHECK(x->pid == y->pid && x->fd == y->fd && !strcmp(x->set, y->set),
			   "set=%s and set=%s", x->set, y->set);
	}
}

static inline void fuzz_check_same_groups(const struct recipe *a, const struct recipe *b)
{
	FUZZ_CHECK(a->n_groups == b->n_groups, "%zu and %zu groups", a->n_groups, b->n_groups);
	for (size_t i = 0; i < a->n_groups; i++) {
		const struct recipe_group *x = &a->groups[i];
		const struct recipe_group *y = &b->groups[i];

		FUZZ_CHECK(x->pid == y->pid && x->fd == y->fd && !strcmp(x->group, y->group) &&
				   !strcmp(x->on, y->on),
			   "group=%s and group=%s", x->group, y->group);
	}
}

static inline void fuzz_check_same_recipe(const struct recipe *a, const struct recipe *b)
{
	FUZZ_CHECK(a->init == b->init && a->needs == b->needs && a->n_files == b->n_files &&
			   a->n_views == b->n_views,
		   "needs %x and %x, %zu and %zu files, %zu and %zu views", a->needs, b->needs,
		   a->n_files, b->n_files, a->n_views, b->n_views);
	fuzz_check_same_mounts(a, b);
	for (size_t i = 0; i < a->n_views; i++)
		fuzz_check_same_mounts(&a->views[i], &b->views[i]);
	fuzz_check_same_names(a, b);
	fuzz_check_same_groups(a, b);
	fuzz_check_same_options(a, b);
	FUZZ_CHECK(a->n_tasks == b->n_tasks && a->tree.fixed == b->tree.fixed &&
			   fuzz_same_text(a->tree.memory, b->tree.memory) &&
			   a->tree.mce == b->tree.mce && a->tree.merge == b->tree.merge &&
			   a->tree.flusher == b->tree.flusher &&
			   a->tree.speculation.bypass == b->tree.speculation.bypass &&
			   a->tree.speculation.indirect == b->tree.speculation.indirect,
		   "%zu and %zu tasks", a->n_tasks, b->n_tasks);
	for (size_t i = 0; i < a->n_tasks; i++) {
		const struct task_attributes *x = &a->tasks[i];
		const struct task_attributes *y = &b->tasks[i];

		FUZZ_CHECK(x->pid == y->pid && fuzz_same_text(x->cpus, y->cpus) && x->io == y->io &&
				   x->slack == y->slack && x->slice == y->slice &&
				   x->has_clamps == y->has_clamps &&
				   x->clamps.min == y->clamps.min &&
				   x->clamps.max == y->clamps.max && x->has_dump == y->has_dump &&
				   x->dump == y->dump && x->group == y->group,
			   "tasks %d and %d", x->pid, y->pid);
	}
	for (size_t i = 0; i < a->n_files; i++) {
		const struct recipe_file *x = &a->files[i];
		const struct recipe_file *y = &b->files[i];

		FUZZ_CHECK(!strcmp(x->id, y->id) && !strcmp(x->path, y->path) &&
				   x->type == y->type && x->flags == y->flags && x->pos == y->pos,
			   "id=%s and id=%s", x->id, y->id);
	}
	FUZZ_CHECK(a->n_sockets == b->n_sockets, "%zu and %zu sockets", a->n_sockets, b->n_sockets);
	for (size_t i = 0; i < a->n_sockets; i++)
		fuzz_check_same_unix(&a->sockets[i], &b->sockets[i]);
}

/* What is written is accepted, and is the same. */
static inline void fuzz_check_round_trip(const struct recipe *r)
{
	_cleanup_free_ char *text = recipe_format(r);
	struct recipe again;
	struct err e = { 0 };
	int result = recipe_parse(text, strlen(text), &again, &e);

	FUZZ_CHECK(result == 0, "%s: %s", e.what, text);
	fuzz_check_same_recipe(r, &again);

	_cleanup_free_ char *second = recipe_format(&again);

	FUZZ_CHECK(!strcmp(text, second), "%s\nand\n%s", text, second);
	recipe_free(&again);
}

#endif
