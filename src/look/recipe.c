// SPDX-License-Identifier: MIT
#include "look/recipe.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

const char recipe_file_name[] = "criu-ns.recipe";
const char recipe_root_name[] = "criu-ns.root.tar";

static const char *const owner_names[] = {
	[OWNER_OWN] = "own",   [OWNER_HOST] = "host",   [OWNER_PROC] = "proc",
	[OWNER_KEPT] = "kept", [OWNER_GIVEN] = "given", [OWNER_AUTO] = "auto",
	[OWNER_NONE] = "none", [OWNER_PTY] = "pty",
};

const char *const recipe_need_names[RECIPE_NEEDS] = {
	[NEED_TCP_ESTABLISHED] = "tcp-established", [NEED_TCP_CLOSE] = "tcp-close",
	[NEED_FILE_LOCKS] = "file-locks",           [NEED_EXT_UNIX_SK] = "ext-unix-sk",
	[NEED_ALLOW_UPROBES] = "allow-uprobes",     [NEED_SHELL_JOB] = "shell-job",
};

void recipe_forget_attributes(struct recipe *r)
{
	for (size_t i = 0; i < r->n_tasks; i++)
		free(r->tasks[i].cpus);
	free(r->tasks);
	free(r->tree.memory);
	r->tasks = NULL;
	r->n_tasks = 0;
	for (size_t i = 0; i < r->n_groups; i++) {
		free(r->groups[i].group);
		free(r->groups[i].on);
	}
	free(r->groups);
	r->groups = NULL;
	r->n_groups = 0;
	for (size_t i = 0; i < r->n_options; i++)
		free(r->options[i].set);
	free(r->options);
	r->options = NULL;
	r->n_options = 0;
	r->tree = (struct tree_attributes){ 0 };
}

/* NOLINTBEGIN(misc-no-recursion): a view has no views */
void recipe_free(struct recipe *r)
{
	for (size_t i = 0; i < r->n_mounts; i++) {
		struct recipe_mount *m = &r->mounts[i];
		char *const texts[] = { m->at,   m->root,   m->fstype, m->key,
					m->host, m->folder, m->options };

		for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
			free(texts[k]);
	}
	for (size_t i = 0; i < r->n_files; i++) {
		free(r->files[i].id);
		free(r->files[i].path);
		identity_free(&r->files[i].was);
	}
	for (size_t i = 0; i < r->n_views; i++)
		recipe_free(&r->views[i]);
	free(r->views);
	for (size_t i = 0; i < r->n_sockets; i++)
		recipe_unix_free(&r->sockets[i]);
	for (size_t i = 0; i < r->n_names; i++) {
		free(r->names[i].id);
		free(r->names[i].now);
		free(r->names[i].owner);
	}
	free(r->names);
	recipe_forget_attributes(r);
	free(r->about);
	free(r->mounts);
	free(r->files);
	free(r->sockets);
	*r = (struct recipe){ 0 };
}

/* NOLINTEND(misc-no-recursion) */

struct recipe_mount *recipe_add_mount(struct recipe *r)
{
	r->mounts = xgrow(r->mounts, r->n_mounts, sizeof(*r->mounts));
	r->mounts[r->n_mounts] = (struct recipe_mount){ 0 };
	return &r->mounts[r->n_mounts++];
}

struct recipe_file *recipe_add_file(struct recipe *r)
{
	r->files = xgrow(r->files, r->n_files, sizeof(*r->files));
	r->files[r->n_files] = (struct recipe_file){ 0 };
	return &r->files[r->n_files++];
}

struct recipe *recipe_add_view(struct recipe *r)
{
	r->views = xgrow(r->views, r->n_views, sizeof(*r->views));
	r->views[r->n_views] = (struct recipe){ 0 };
	return &r->views[r->n_views++];
}

struct recipe_unix *recipe_add_unix(struct recipe *r)
{
	r->sockets = xgrow(r->sockets, r->n_sockets, sizeof(*r->sockets));
	r->sockets[r->n_sockets] = (struct recipe_unix){ 0 };
	return &r->sockets[r->n_sockets++];
}

struct recipe_option *recipe_add_option(struct recipe *r)
{
	r->options = xgrow(r->options, r->n_options, sizeof(*r->options));
	r->options[r->n_options] = (struct recipe_option){ 0 };
	return &r->options[r->n_options++];
}

struct recipe_group *recipe_add_group(struct recipe *r)
{
	r->groups = xgrow(r->groups, r->n_groups, sizeof(*r->groups));
	r->groups[r->n_groups] = (struct recipe_group){ 0 };
	return &r->groups[r->n_groups++];
}

struct recipe_name *recipe_add_name(struct recipe *r)
{
	r->names = xgrow(r->names, r->n_names, sizeof(*r->names));
	r->names[r->n_names] = (struct recipe_name){ 0 };
	return &r->names[r->n_names++];
}

struct task_attributes *recipe_add_task(struct recipe *r)
{
	r->tasks = xgrow(r->tasks, r->n_tasks, sizeof(*r->tasks));
	r->tasks[r->n_tasks] = (struct task_attributes){ 0 };
	return &r->tasks[r->n_tasks++];
}

static int compare_at(const void *a, const void *b)
{
	return strcmp(((const struct recipe_mount *)a)->at, ((const struct recipe_mount *)b)->at);
}

static uint64_t key_of_at(const void *m)
{
	return sorted_text_key(((const struct recipe_mount *)m)->at);
}

struct sorted recipe_sort_by_at(const struct recipe *r)
{
	struct sorted s;

	sorted_make_keyed(&s, r->mounts, r->n_mounts, sizeof(*r->mounts), key_of_at, compare_at);
	return s;
}

struct sorted_run recipe_at(const struct sorted *by_at, const char *at)
{
	return sorted_find(by_at, &(struct recipe_mount){ .at = (char *)at });
}

const struct recipe_file *recipe_by_id(const struct recipe *r, const char *id)
{
	for (size_t i = 0; i < r->n_files; i++)
		if (!strcmp(r->files[i].id, id))
			return &r->files[i];
	return NULL;
}

const char *recipe_owner_name(enum recipe_owner owner)
{
	return (size_t)owner < ARRAY_SIZE(owner_names) ? owner_names[owner] : "?";
}

bool recipe_has_locks(const struct recipe *r)
{
	recipe_for_each_mount (m, r)
		if (m->locks)
			return true;
	return false;
}

static char *copy_text(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

void recipe_unix_copy(const struct recipe_unix *from, struct recipe_unix *ret)
{
	*ret = *from;
	ret->id = copy_text(from->id);
	ret->to = copy_text(from->to);
	ret->rights = copy_text(from->rights);
	journal_copy(&from->journal, &ret->journal);
}

void recipe_unix_free(struct recipe_unix *s)
{
	free(s->id);
	free(s->to);
	free(s->rights);
	journal_free(&s->journal);
}

char *recipe_archive_name(const struct recipe_mount *m)
{
	return m->key ? xconcat(m->key, ".tar") : xstrdup(recipe_root_name);
}

void recipe_copy(const struct recipe *from, struct recipe *ret)
{
	*ret = (struct recipe){ .pid = from->pid, .init = from->init, .needs = from->needs };
	ret->mounts = xroom(from->n_mounts, sizeof(*ret->mounts));
	recipe_for_each_mount (m, from) {
		struct recipe_mount *copy = &ret->mounts[ret->n_mounts++];

		*copy = *m;
		copy->at = copy_text(m->at);
		copy->root = copy_text(m->root);
		copy->fstype = copy_text(m->fstype);
		copy->key = copy_text(m->key);
		copy->host = copy_text(m->host);
		copy->folder = copy_text(m->folder);
		copy->options = copy_text(m->options);
	}
	recipe_for_each_file (f, from) {
		struct recipe_file *copy = recipe_add_file(ret);

		*copy = *f;
		copy->id = copy_text(f->id);
		copy->path = copy_text(f->path);
		identity_copy(&f->was, &copy->was);
	}
	recipe_for_each_view (w, from)
		recipe_copy(w, recipe_add_view(ret));
	recipe_for_each_unix (s, from)
		recipe_unix_copy(s, recipe_add_unix(ret));
	recipe_for_each_name (x, from) {
		struct recipe_name *copy = recipe_add_name(ret);

		*copy = *x;
		copy->id = copy_text(x->id);
		copy->now = copy_text(x->now);
		copy->owner = copy_text(x->owner);
	}
	recipe_for_each_option (o, from) {
		struct recipe_option *copy = recipe_add_option(ret);

		*copy = *o;
		copy->set = copy_text(o->set);
	}
	recipe_for_each_group (g, from) {
		struct recipe_group *copy = recipe_add_group(ret);

		*copy = *g;
		copy->group = copy_text(g->group);
		copy->on = copy_text(g->on);
	}
	ret->about = copy_text(from->about);
	ret->tree = from->tree;
	ret->tree.memory = copy_text(from->tree.memory);
	recipe_for_each_task (x, from) {
		struct task_attributes *copy = recipe_add_task(ret);

		*copy = *x;
		copy->cpus = copy_text(x->cpus);
	}
}
