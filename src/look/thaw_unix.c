// SPDX-License-Identifier: MIT
/*
 * The unix sockets in the images: is anything in the way of their names? Before criu makes any, it
 * removes whatever socket there is at the path of each, whoever has it (post_prepare_unix_sk() and
 * unix_prepare_root_shared() in criu/sk-unix.c): also of connections that a server outside of the
 * tree has accepted, which it does not bind at all.
 */
#include "look/thaw_look.h"

#include "look/sockets.h"
#include "look/thaw_place.h"
#include "util/seen.h"
#include "util/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct search {
	struct facts *f;
	struct places places;
	/* the unix sockets of the caller's network namespace, in which criu makes its own */
	struct sockets table;
	bool has_table;
};

static const struct sockets *all_unix(struct search *s)
{
	_cleanup_close_ int diag = s->has_table ? -1 : sockets_open(-1);

	if (diag >= 0)
		(void)sockets_read(diag, AF_UNIX, 0, ~0U, &s->table);
	s->has_table = true;
	return &s->table;
}

/* Connections that were accepted have the name of the socket that listens, which may be gone. */
static bool is_bound(const struct socket *x)
{
	return x->type == SOCK_DGRAM || x->state != TCP_ESTABLISHED;
}

static const struct socket *find_by_file(struct search *s, dev_t dev, ino_t ino)
{
	const struct sockets *table = all_unix(s);

	for (size_t i = 0; i < table->n; i++)
		if (table->v[i].file_ino == ino && table->v[i].file_dev == dev &&
		    is_bound(&table->v[i]))
			return &table->v[i];
	return NULL;
}

static const struct socket *find_by_name(struct search *s, const struct image_unix *u)
{
	const struct sockets *table = all_unix(s);

	for (size_t i = 0; i < table->n; i++)
		if (table->v[i].name_size == u->name_size && is_bound(&table->v[i]) &&
		    !memcmp(table->v[i].name, u->name, u->name_size))
			return &table->v[i];
	return NULL;
}

/* One for all sockets with that name: that which criu binds, if there is one, or else the first. */
static bool is_told(struct search *s, const char *path, const struct image_unix *u)
{
	struct thaw_findings *all = &s->f->thaw_findings;

	for (size_t i = 0; i < all->n; i++) {
		struct thaw_finding *x = &all->v[i];

		if (x->kind != THAW_NAME || strcmp(x->path, path) != 0)
			continue;
		if (image_unix_is_bound(u))
			x->unix_socket = u;
		return true;
	}
	return false;
}

static void found(struct search *s, const struct image_unix *u, char *path, const struct socket *by,
		  struct thaw_finding x)
{
	x.kind = THAW_NAME;
	x.unix_socket = u;
	x.path = path;
	x.ino = by ? by->ino : 0;
	if (by)
		s->f->files.unixes[u - s->f->files.unixes].is_taken = true;
	if (is_told(s, path, u))
		free(path);
	else
		thaw_findings_add(&s->f->thaw_findings, &x);
}

static void look_at_abstract(struct search *s, const struct image_unix *u)
{
	const struct facts *f = s->f;
	const struct socket *by;

	if (!image_unix_is_bound(u) || (u->ns_id && u->ns_id != f->images.crius_net))
		return;
	by = find_by_name(s, u);
	if (by)
		found(s, u, xasprintf("@%.*s", (int)(u->name_size - 1), u->name + 1), by,
		      (struct thaw_finding){ 0 });
}

/* bind(2) needs the directory; for a name that was deleted, criu makes it. */
static void look_for_directory(struct search *s, const struct image_unix *u, const char *path)
{
	_cleanup_free_ char *directory = path_directory(path);
	struct host_status h;
	struct place p;

	if (u->is_deleted || !image_unix_is_bound(u) ||
	    !place_find(&s->places, directory, u->mnt_id, &p))
		return;
	place_look(&s->places, &p, &h);
	free(p.path);
	if (h.errnum == ENOENT || h.errnum == ENOTDIR)
		found(s, u, xstrdup(path), NULL, (struct thaw_finding){ .errnum = h.errnum });
}

static void look_at_path(struct search *s, const struct image_unix *u)
{
	_cleanup_free_ char *path = *u->name == '/' ? xstrdup(u->name)
				    : u->dir        ? xasprintf("%s/%s", u->dir, u->name)
						    : NULL;
	const struct socket *by;
	struct host_status h;
	struct place p;

	if (!path || !place_find(&s->places, path, u->mnt_id, &p))
		return;
	place_look(&s->places, &p, &h);
	free(p.path);
	if (h.errnum == ENOENT || h.errnum == ENOTDIR) {
		look_for_directory(s, u, path);
	} else if (!h.errnum && S_ISSOCK(h.st.stx_mode)) {
		by = find_by_file(s, makedev(h.st.stx_dev_major, h.st.stx_dev_minor), h.st.stx_ino);
		if (by)
			found(s, u, xstrdup(path), by, (struct thaw_finding){ 0 });
	} else if (!h.errnum && image_unix_is_bound(u) && !u->is_deleted) {
		found(s, u, xstrdup(path), NULL, (struct thaw_finding){ .mode = h.st.stx_mode });
	}
}

/* A connection that was accepted there keeps the first name, for which nobody looks. */
static void take_name(const struct recipe *r, struct image_unix *u)
{
	_cleanup_free_ char *id = xasprintf("%u", u->ino);

	recipe_for_each_name (x, r) {
		if (strcmp(x->id, id) != 0)
			continue;
		free(u->name);
		free(u->dir);
		u->name = xstrdup(x->now);
		u->name_size = strlen(x->now);
		u->dir = NULL;
		u->is_deleted = false;
		u->renamed = x;
	}
}

void thaw_look_unix(const struct cli *cli, struct facts *f)
{
	struct search s = { .f = f };
	const bool is_elsewhere = cli_says(cli, "join-ns") > 0 || cli_says(cli, "empty-ns") > 0;

	if (!f->files.n_unixes)
		return;
	places_open(cli, f, &s.places);
	for (size_t i = 0; i < f->files.n_unixes; i++) {
		struct image_unix *u = &f->files.unixes[i];

		take_name(&f->recipe, u);
		if (*u->name)
			look_at_path(&s, u);
		else if (!is_elsewhere)
			look_at_abstract(&s, u);
	}
	places_close(&s.places);
	sockets_free(&s.table);
}
