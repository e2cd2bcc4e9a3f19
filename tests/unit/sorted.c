// SPDX-License-Identifier: MIT
/* The orders of a mount table against a plain walk through it, on tables made up at random. */
#include "tables.h"

#include "look/mounts.h"
#include "util/sorted.h"

#include <sys/mount.h>
#include <sys/sysmacros.h>

static unsigned long seed = 20;

/* Numerical Recipes' generator: the same tables each time. */
static unsigned pick(unsigned n)
{
	seed = seed * 1664525 + 1013904223;
	return (unsigned)(seed >> 16 & 0xffff) % n;
}

static char *random_path(void)
{
	static const char *const names[] = { "a", "b", "ab", "a]:", "" };
	char *path = xstrdup("");

	for (unsigned depth = pick(4); depth > 0; depth--) {
		char *longer = xasprintf("%s/%s", path, names[pick(4)]);

		free(path);
		path = longer;
	}
	if (!*path) {
		free(path);
		return xstrdup("/");
	}
	return path;
}

/* Parents come first, as in the kernel's tables; now and then one is anywhere, or is in a loop. */
static struct mounts random_table(void)
{
	struct mounts t = { .n = 1 + pick(24) };

	t.v = xcalloc(t.n, sizeof(*t.v));
	for (size_t i = 0; i < t.n; i++) {
		_cleanup_free_ char *root = random_path();
		_cleanup_free_ char *at = i ? random_path() : xstrdup("/");

		t.v[i] = (struct mount){ .id = (int)i + 20,
					 .parent =
						 i ? 20 + (int)pick(pick(8) ? (unsigned)i : 30) : 1,
					 .dev = makedev(0, pick(4)),
					 .flags = pick(3) ? 0 : MS_RDONLY,
					 .shared = pick(4),
					 .master = pick(4) };
		mount_copy_texts(&t.v[i], root, at, pick(5) ? "tmpfs" : "proc", "");
	}
	return t;
}

/* As plainly as can be. */

static const struct mount *plain_by_id(const struct mounts *t, int id)
{
	mounts_for_each (m, t)
		if (m->id == id)
			return m;
	return NULL;
}

static const struct mount *plain_next(const struct mounts *t, const struct mount *at,
				      const char *path)
{
	const struct mount *next = NULL;

	mounts_for_each (m, t)
		if (m != at && m->parent == at->id && mounts_is_below(path, m->at) &&
		    (!next || strlen(m->at) < strlen(next->at)))
			next = m;
	return next;
}

static const struct mount *plain_covering(const struct mounts *t, const char *path)
{
	const struct mount *at = NULL;

	mounts_for_each (m, t)
		if (!at && !strcmp(m->at, "/") &&
		    (m->parent == m->id || !plain_by_id(t, m->parent)))
			at = m;

	size_t steps = t->n;

	for (const struct mount *next = at; next && steps--; next = plain_next(t, at, path))
		at = next;
	return at;
}

static bool same_place(const struct mount *a, const struct mount *b)
{
	return a->dev == b->dev && !strcmp(a->root, b->root) && !strcmp(a->at, b->at);
}

static bool same_guards(const struct mount *a, const struct mount *b)
{
	return !((a->flags ^ b->flags) & MOUNT_GUARDS);
}

/* enum mount_difference, or -1: the same. */
static int plain_why(const struct mounts *frame, const struct mount *m, const bool *used)
{
	int why = OTHER_FS;

	mounts_for_each (f, frame) {
		if (f->dev == m->dev && why == OTHER_FS)
			why = OTHER_PLACE;
		if (!same_place(f, m))
			continue;
		if (!same_guards(f, m))
			why = OTHER_FLAGS;
		else if (used[f - frame->v])
			why = OTHER_ORDER;
		else
			return -1;
	}
	return why;
}

static void plain_use(const struct mounts *frame, const struct mount *m, bool *used)
{
	mounts_for_each (f, frame) {
		if (strcmp(f->at, m->at) != 0 || used[f - frame->v])
			continue;
		used[f - frame->v] = true;
		if (same_place(f, m) && same_guards(f, m))
			return;
	}
}

static void assert_run(struct sorted_run run, const struct mounts *t, const struct mount *like,
		       bool (*fits)(const struct mount *m, const struct mount *like))
{
	size_t n = 0;

	mounts_for_each (m, t) {
		if (!fits(m, like))
			continue;
		assert_true(n < run.n);
		assert_ptr_equal(run.v[n++], m);
	}
	assert_int_equal(n, run.n);
}

static bool fits_at(const struct mount *m, const struct mount *like)
{
	return !strcmp(m->at, like->at);
}

static bool fits_dev(const struct mount *m, const struct mount *like)
{
	return m->dev == like->dev;
}

static bool fits_root(const struct mount *m, const struct mount *like)
{
	return m->dev == like->dev && !strcmp(m->root, like->root);
}

static bool fits_shared(const struct mount *m, const struct mount *like)
{
	return m->shared == like->shared;
}

static bool fits_master(const struct mount *m, const struct mount *like)
{
	return m->master == like->master;
}

static void what_is_found_is_what_a_walk_finds(void **state)
{
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct mounts t = random_table();
		struct mounts other = random_table();

		mounts_for_each (m, &other) {
			assert_run(mounts_at(&t, m->at), &t, m, fits_at);
			assert_run(mounts_of(&t, m->dev), &t, m, fits_dev);
			assert_run(mounts_showing(&t, m->dev, m->root), &t, m, fits_root);
			assert_run(mounts_shared(&t, m->shared), &t, m, fits_shared);
			assert_run(mounts_slaves(&t, m->master), &t, m, fits_master);
			assert_ptr_equal(mounts_by_id(&t, m->id), plain_by_id(&t, m->id));
			assert_ptr_equal(mounts_covering(&t, m->at), plain_covering(&t, m->at));
		}
		mounts_for_each (m, &t)
			assert_int_equal(mounts_is_visible(&t, m), plain_covering(&t, m->at) == m);
		mounts_free(&t);
		mounts_free(&other);
	}
}

static void views_compare_as_in_a_walk(void **state)
{
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct mounts frame = random_table();
		struct mounts target = random_table();
		_cleanup_free_ bool *used = xcalloc(frame.n, sizeof(*used));
		struct mount_diff *diff;
		size_t n = mounts_compare(&frame, &target, &diff);
		size_t seen = 0;

		mounts_for_each (m, &target) {
			int why = plain_why(&frame, m, used);
			bool is_proc = !strcmp(m->fstype, "proc") && !strcmp(m->root, "/") &&
				       !strcmp(m->at, "/proc");

			if (why == -1) {
				plain_use(&frame, m, used);
			} else if (!is_proc) {
				assert_true(seen < n);
				assert_ptr_equal(diff[seen].mount, m);
				assert_int_equal(diff[seen++].why, why);
			}
		}
		assert_int_equal(seen, n);
		free(diff);
		mounts_free(&frame);
		mounts_free(&target);
	}
}

static void the_dirs_of_a_path_are_what_it_lies_below(void **state)
{
	static const char *const paths[] = { "/",   "/a", "/ab/c/d", "/a//deleted", "net:[402653]",
					     "//x", "/a/" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		char dir[64] = "";
		char last[64] = "";

		while (mounts_next_dir(paths[i], dir)) {
			assert_true(mounts_is_below(paths[i], dir));
			assert_true(strlen(dir) > strlen(last));
			strcpy(last, dir);
		}
		assert_string_equal(last, strcmp(paths[i], "/a/") != 0 ? paths[i] : last);
	}
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void a_run_begins_where_one_says(void **state)
{
	const int v[] = { 5, 1, 5, 3, 5, 1 };
	const int five = 5;
	const int two = 2;
	struct sorted s;
	struct sorted_run run;

	(void)state;
	sorted_make(&s, v, ARRAY_SIZE(v), sizeof(*v), by_number);
	run = sorted_find(&s, &five);
	assert_int_equal(run.n, 3);
	assert_ptr_equal(run.v[0], &v[0]);
	assert_ptr_equal(run.v[2], &v[4]);
	assert_int_equal(sorted_from(run, NULL).n, 3);
	assert_int_equal(sorted_from(run, &v[1]).n, 2);
	assert_ptr_equal(sorted_from(run, &v[2]).v[0], &v[2]);
	assert_int_equal(sorted_from(run, &v[5]).n, 0);
	assert_int_equal(sorted_find(&s, &two).n, 0);
	sorted_free(&s);
}

/* So few that many are alike. */
static uint64_t key_of_number(const void *n)
{
	return (uint64_t)(*(const int *)n % 3);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static uint64_t key_of_name(const void *name)
{
	return sorted_text_key(*(const char *const *)name);
}

static void with_keys_the_same_is_found(void **state)
{
	enum { MOST = 60 };
	int v[MOST];

	(void)state;
	for (size_t n = 0; n <= MOST; n++) {
		struct sorted s;

		for (size_t i = 0; i < n; i++)
			v[i] = (int)pick(20);
		sorted_make_keyed(&s, v, n, sizeof(*v), key_of_number, by_number);
		for (int like = 0; like < 20; like++) {
			struct sorted_run run = sorted_find(&s, &like);
			size_t found = 0;

			for (size_t i = 0; i < n; i++) {
				if (v[i] != like)
					continue;
				assert_true(found < run.n);
				assert_ptr_equal(run.v[found++], &v[i]);
			}
			assert_int_equal(found, run.n);
		}
		sorted_free(&s);
	}
}

static void texts_have_keys(void **state)
{
	const char *const names[] = { "/usr", "", "/var", "/usr", "/usr/", "/raw" };
	const char *const usr = "/usr";
	struct sorted s;

	(void)state;
	assert_int_equal(sorted_text_key(""), 0);
	sorted_make_keyed(&s, names, ARRAY_SIZE(names), sizeof(*names), key_of_name, by_name);
	assert_int_equal(sorted_find(&s, &usr).n, 2);
	assert_ptr_equal(sorted_find(&s, &usr).v[1], &names[3]);
	assert_int_equal(sorted_find(&s, &names[4]).n, 1);
	sorted_free(&s);
}

/* The low digit is for whoever looks at the order of what is equal. */
static int by_tens(const void *a, const void *b, void *comparisons)
{
	++*(size_t *)comparisons;
	return *(const int *)a / 10 - *(const int *)b / 10;
}

static void equal_ones_keep_their_order_and_few_are_compared(void **state)
{
	enum { MOST = 500 };
	int v[MOST];
	const void *pointers[MOST];
	unsigned number = 1;

	(void)state;
	for (size_t n = 0; n <= MOST; n += n < 20 ? 1 : 60) {
		size_t comparisons = 0;
		size_t most = n;

		for (size_t width = 1; width < n;
		     width *= 2) /* n for each time that it is halved */
			most += n;
		for (size_t i = 0; i < n; i++) {
			number = number * 1103515245 + 12345;
			v[i] = (int)(number >> 16) % 50 * 10 + (int)i % 10;
			pointers[i] = &v[i];
		}
		sorted_order(pointers, n, by_tens, &comparisons);
		assert_true(comparisons <= most);
		comparisons = 0;
		sorted_order(pointers, n, by_tens, &comparisons); /* now they are in order */
		assert_true(comparisons <= n);
		for (size_t i = 1; i < n; i++) {
			const int *one = pointers[i - 1];
			const int *other = pointers[i];

			assert_true(*one / 10 < *other / 10 ||
				    (*one / 10 == *other / 10 && one < other));
		}
	}
}

int main(void)
{
	UNIT(equal_ones_keep_their_order_and_few_are_compared);
	UNIT(what_is_found_is_what_a_walk_finds);
	UNIT(views_compare_as_in_a_walk);
	UNIT(the_dirs_of_a_path_are_what_it_lies_below);
	UNIT(a_run_begins_where_one_says);
	UNIT(with_keys_the_same_is_found);
	UNIT(texts_have_keys);
	return unit_run("sorted");
}
