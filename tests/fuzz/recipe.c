// SPDX-License-Identifier: MIT
/*
 * recipe_parse(): what it accepts is as include/look/recipe.h says, and is written back to the
 * same.
 */
#include "fuzz.h"

#include "look/mounts.h"
#include "look/recipe.h"
#include "same_recipe.h"

static bool is_clean_path(const char *path)
{
	if (path[0] != '/' || strstr(path, "//"))
		return false;
	for (const char *p = path; (p = strchr(p, '/')); p++)
		if (!strncmp(p, "/./", 3) || !strncmp(p, "/../", 4) || !strcmp(p, "/.") ||
		    !strcmp(p, "/.."))
			return false;
	return !path[1] || path[strlen(path) - 1] != '/';
}

/* A key of ours stands in an option of criu's and between the brackets of a mount's name. */
static bool is_key(const char *key)
{
	return *key && strlen(key) <= 64 && !strpbrk(key, "[]:, /\\\"'\n");
}

static void check_mount(const struct recipe_mount *m, bool is_root)
{
	bool keyed = m->owner == OWNER_HOST || m->owner == OWNER_PROC || m->owner == OWNER_PTY ||
		     m->owner == OWNER_KEPT;

	FUZZ_CHECK(is_clean_path(m->at), "at=%s", m->at);
	FUZZ_CHECK(!m->host || is_clean_path(m->host), "host=%s", m->host);
	FUZZ_CHECK(!m->folder || is_clean_path(m->folder), "folder=%s", m->folder);
	FUZZ_CHECK(*m->root && *m->fstype, "at=%s: an empty root or type", m->at);
	FUZZ_CHECK((m->owner == OWNER_HOST) == (m->host && m->folder), "at=%s", m->at);
	FUZZ_CHECK((m->key != NULL) == ((keyed || m->owner == OWNER_GIVEN) && !is_root), "at=%s",
		   m->at);
	FUZZ_CHECK(!keyed || is_root || is_key(m->key), "key=%s", m->key);
	FUZZ_CHECK(!is_root == (strcmp(m->at, "/") != 0 || m->hidden), "at=%s", m->at);
	FUZZ_CHECK(!m->hidden || m->owner != OWNER_KEPT, "at=%s", m->at);
}

/*
 * What criu finds by a key must be one mount, but what the user has named may be mounted in many
 * places.
 */
static void check_keys(const struct recipe_mount *a, const struct recipe_mount *b)
{
	bool given = a->owner == OWNER_GIVEN && b->owner == OWNER_GIVEN;

	FUZZ_CHECK(given || !fuzz_same_text(a->key, b->key) || !strcmp(a->at, b->at),
		   "key=%s is there twice", a->key);
}

static void check(const struct recipe *r)
{
	FUZZ_CHECK(!recipe_is_empty(r), "an empty recipe");
	for (size_t i = 0; i < r->n_mounts; i++) {
		check_mount(&r->mounts[i], i == 0);
		for (size_t k = 0; k < i && r->mounts[i].key; k++)
			check_keys(&r->mounts[i], &r->mounts[k]);
	}
	recipe_for_each_file (f, r) {
		FUZZ_CHECK(is_clean_path(f->path), "path=%s", f->path);
		FUZZ_CHECK(recipe_by_id(r, f->id) == f, "id=%s is there twice", f->id);
		FUZZ_CHECK(strchr("fdpcb", f->type) && f->pos >= 0, "id=%s", f->id);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recipe r;
	struct recipe copy;
	struct err e = { 0 };

	if (recipe_parse((const char *)data, size, &r, &e) < 0) {
		fuzz_check_err(&e);
		FUZZ_CHECK(recipe_is_empty(&r) && !r.mounts && !r.files, "something is left");
		return 0;
	}
	check(&r);
	fuzz_check_round_trip(&r);
	recipe_copy(&r, &copy);
	fuzz_check_same_recipe(&r, &copy);
	recipe_free(&copy);
	recipe_free(&r);
	return 0;
}
