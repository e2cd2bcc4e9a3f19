// SPDX-License-Identifier: MIT
/*
 * Two mount tables, the caller's and the target's, a command line, and the table of a second mount
 * namespace of the target's, with NUL between them: what is looked up by an index against a plain
 * search, the quick comparison against the one of the parsed tables, and the recipe that is made
 * from them.
 */
#include "fuzz.h"

#include "../unit/libmount.h"

#include "look/images.h"
#include "look/mounts.h"
#include "look/served.h"
#include "plan/mount_check.h"
#include "plan/mount_groups.h"
#include "plan/mount_keys.h"
#include "plan/mount_sort.h"
#include "same_recipe.h"
#include "words.h"

#include <limits.h>

/*
 * What the kernel writes: absolute paths, resolved. Whatever else is accepted may be refused later.
 */
static bool is_resolved(const char *path)
{
	return path[0] == '/' && !strstr(path, "//") && !strstr(path, "/./") &&
	       !strstr(path, "/../") && (!path[1] || path[strlen(path) - 1] != '/') &&
	       strlen(path) < PATH_MAX;
}

static bool ends_in_dots(const char *path)
{
	const char *last = strrchr(path, '/');

	return !strcmp(last, "/.") || !strcmp(last, "/..");
}

/* Where the superblock has no directories it is a name: net:[4026531840]. */
static bool is_root(const char *root)
{
	return strstr(root, ":[") || (is_resolved(root) && !ends_in_dots(root));
}

static bool has_the_kernels_texts(const struct mounts *t)
{
	mounts_for_each (m, t)
		if (!is_resolved(m->at) || ends_in_dots(m->at) || !is_root(m->root) ||
		    !*m->fstype || m->shared > INT_MAX || m->master > INT_MAX)
			return false;
	return true;
}

/* Each mount has a number of its own, and the way from parent to parent ends. */
static bool is_tree(const struct mounts *t)
{
	mounts_for_each (m, t) {
		const struct mount *up = m;
		size_t steps = 0;

		while (up && up->parent != up->id && steps++ <= t->n)
			up = mounts_by_id(t, up->parent);
		if (steps > t->n || mounts_by_id(t, m->id) != m)
			return false;
	}
	return true;
}

static bool is_of_the_kernel(const struct mounts *t)
{
	return has_the_kernels_texts(t) && is_tree(t);
}

/*
 * Of the mounts on m, the one that a walk to path steps onto first: mounts_covering() without its
 * index.
 */
static const struct mount *plain_next(const struct mounts *t, const struct mount *m,
				      const char *path)
{
	const struct mount *next = NULL;

	mounts_for_each (c, t)
		if (c != m && c->parent == m->id && mounts_is_below(path, c->at) &&
		    (!next || strlen(c->at) < strlen(next->at)))
			next = c;
	return next;
}

static const struct mount *plain_covering(const struct mounts *t, const char *path)
{
	const struct mount *at = NULL;
	size_t steps = t->n;

	for (size_t i = 0; i < t->n && !at; i++) {
		const struct mount *m = &t->v[i];
		bool has_parent = false;

		mounts_for_each (other, t)
			has_parent |= other->id == m->parent && m->parent != m->id;
		at = !strcmp(m->at, "/") && !has_parent ? m : NULL;
	}
	for (const struct mount *next = at; next && steps--; next = plain_next(t, at, path))
		at = next;
	return at;
}

static void check_lookups(const struct mounts *t)
{
	mounts_for_each (m, t) {
		_cleanup_free_ char *below = mounts_path_join(m->at, "/sub");
		const struct mount *by_id = t->v;

		while (by_id->id != m->id)
			by_id++;
		FUZZ_CHECK(mounts_by_id(t, m->id) == by_id, "%d", m->id);
		FUZZ_CHECK(mounts_covering(t, m->at) == plain_covering(t, m->at), "%s", m->at);
		FUZZ_CHECK(mounts_covering(t, below) == plain_covering(t, below), "%s", below);
	}
}

/*
 * libmount reads less: a field ends at a tab, too, options end at a blank, and a mountpoint that
 * ends in " (deleted)" loses that. Escapes and what else is not a plain character are left to the
 * unit tests.
 */
static bool is_for_libmount(const struct mounts *t)
{
	mounts_for_each (m, t)
		if (strchr(m->options, ' '))
			return false;
	for (const char *at = t->text; *at; at++)
		if (*at != '\n' && (*at < ' ' || *at > '~' || *at == '\\'))
			return false;
	return is_of_the_kernel(t) && !strstr(t->text, "(deleted)");
}

static void check_with_libmount(const struct mounts *t)
{
	struct libmnt_table *tb = libmount_table(t);
	const char *what = NULL;
	const struct mount *other = tb ? libmount_first_other(tb, t, &what) : NULL;

	FUZZ_CHECK(!other, "%s of %s", what, other->at);
	mnt_unref_table(tb);
}

static void check_table(const struct mounts *t)
{
	const struct mounts text_only = { .text = t->text };
	struct served served = { 0 };
	const bool tree = is_tree(t); /* in a loop, where a walk ends depends on where it begins */

	FUZZ_CHECK(t->n, "an empty table is accepted");
	mounts_for_each (m, t) {
		const struct mount *seen = mounts_covering(t, m->at);

		FUZZ_CHECK(m->root && m->at && m->fstype && m->options, "a mount has no %s",
			   "text");
		FUZZ_CHECK(!seen || (seen >= t->v && seen < t->v + t->n), "%s", m->at);
		FUZZ_CHECK(mounts_is_visible(t, m) == (seen == m) || !tree, "%s", m->at);
		FUZZ_CHECK(mounts_have_superblock(t, m->dev), "%s", m->at);
		FUZZ_CHECK(!mounts_have_id(&text_only, m->id) || mounts_have_id(t, m->id), "%d",
			   m->id);
	}
	if (has_the_kernels_texts(t))
		check_lookups(t);
	if (is_for_libmount(t))
		check_with_libmount(t);
	(void)mounts_have_outside_master(t);
	served_learn(&served, t);
	served_learn(&served, &text_only);
	served_free(&served);
}

static void check_comparison(const struct mounts *frame, const struct mounts *target)
{
	struct mount_diff *diff = NULL;
	bool own_proc = false;
	size_t n = mounts_compare(frame, target, &diff);

	FUZZ_CHECK(!mounts_surely_same(frame->text, target->text, &own_proc) || n == 0,
		   "surely the same, and %s differs", diff[0].mount->at);
	FUZZ_CHECK(strcmp(frame->text, target->text) != 0 || n == 0, "%s differs from itself",
		   diff[0].mount->at);
	for (size_t i = 0; i < n; i++)
		FUZZ_CHECK(*mounts_difference_text(diff[i].why), "%s", diff[i].mount->at);
	free(diff);
	(void)mounts_have_outside_peer(frame, target);
}

static bool can_be_read_back(const struct recipe *r)
{
	_cleanup_free_ char *text = recipe_format(r);
	struct recipe again;
	struct err ignored;
	bool good = recipe_parse(text, strlen(text), &again, &ignored) == 0;

	recipe_free(&again);
	return good;
}

static void check_order(const struct recipe *r)
{
	_cleanup_free_ size_t *order = xcalloc(r->n_mounts, sizeof(*order));
	struct err e = { 0 };
	int n = mount_keys_order(r, order, &e);

	if (n < 0)
		fuzz_check_err(&e);
	for (int i = 0; i < n; i++)
		FUZZ_CHECK(order[i] < r->n_mounts && r->mounts[order[i]].key, "number %zu",
			   order[i]);
}

/* What was frozen and came back as it was is what was wanted. */
static void check_return(const struct recipe *r, const struct mounts *caller,
			 const struct mounts *target)
{
	const struct mount_views views = { .caller = caller, .frame = caller, .thawed = target };
	struct faulty_mount *wrong = NULL;
	size_t n = mount_check(r, &views, &wrong);

	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *text = mount_fault_text(&wrong[i]);

		FUZZ_CHECK(false, "%s", text);
	}
	free(wrong);
}

static size_t count_extra(const struct recipe *r, const struct mount_views *views)
{
	struct faulty_mount *wrong = NULL;
	size_t n = mount_check(r, views, &wrong);
	size_t extra = 0;

	for (size_t i = 0; i < n; i++)
		extra += wrong[i].fault == FAULT_EXTRA;
	free(wrong);
	return extra;
}

static int unused_id(const struct mounts *one, const struct mounts *other)
{
	int id = 1;

	while (mounts_by_id(one, id) || mounts_by_id(other, id))
		id++;
	return id;
}

/* One mount lies on another that is the same: it is one too many, unless it comes from the host. */
static void check_one_more(const struct recipe *r, const struct mounts *caller,
			   const struct mounts *target)
{
	_cleanup_free_ struct mount *v = xcalloc(target->n + 1, sizeof(*v));
	struct mounts more = { .v = v, .n = target->n + 1 };
	struct mount_views views = { .caller = caller, .frame = caller, .thawed = &more };
	struct mount *last = &v[target->n];

	for (size_t i = 0; i < target->n; i++)
		v[i] = target->v[i];
	*last = v[target->n / 2];
	last->parent = last->id;
	last->id = unused_id(caller, target);
	FUZZ_CHECK(count_extra(r, &views) == 1, "%s", last->at);
	views.now = &more;
	if (last->shared || last->master)
		FUZZ_CHECK(count_extra(r, &views) == 0, "%s", last->at);
	mounts_end_part(&more);
}

/* What criu's images have of these mounts; the other way round, for their order is criu's. */
static struct images images_of(const struct recipe *r)
{
	struct images i = { .own_mounts = true, .root = r->init ? 1 : 5 };

	i.mounts = xcalloc(r->n_mounts, sizeof(*i.mounts));
	for (size_t n = r->n_mounts; n-- > 0;) {
		const struct recipe_mount *m = &r->mounts[n];
		const char *deleted = strstr(m->root, "//deleted");

		if (m->owner == OWNER_NONE)
			continue;
		i.mounts[i.n_mounts++] = (struct image_mount){
			.root = xstrndup(m->root,
					 deleted ? (size_t)(deleted - m->root) : strlen(m->root)),
			.at = xstrdup(m->at),
			.key = m->key ? xstrdup(m->key) : NULL,
		};
	}
	return i;
}

static void check_fit(const struct recipe *r)
{
	struct images i = images_of(r);
	struct err e = { 0 };

	FUZZ_CHECK(mount_check_images(r, &i, &e) == 0, "%s", e.what);
	i.root = r->init ? 5 : 1;
	FUZZ_CHECK(mount_check_images(r, &i, &e) < 0, "an init and %s", "none");
	fuzz_check_err(&e);
	images_free(&i);
}

static void check_nested(const struct recipe *r, const struct mounts *nested)
{
	struct recipe of_nested = { 0 };
	struct recipe copy;
	struct err e = { 0 };

	recipe_copy(r, &copy);
	if (mount_groups_check(&copy, nested, &e) < 0)
		fuzz_check_err(&e);
	recipe_free(&copy);
	mount_expect_nested(r, nested, &of_nested);
	FUZZ_CHECK(of_nested.n_mounts == nested->n, "%zu of %zu", of_nested.n_mounts, nested->n);
	recipe_free(&of_nested);
}

/* Three tables. */
struct views {
	struct mounts caller, target, nested;
};

static void check_recipe(const struct cli *cli, const struct views *v)
{
	bool by_hand = cli->externals.n || cli->skipped.n;
	bool real = !by_hand && is_of_the_kernel(&v->caller) && is_of_the_kernel(&v->target);
	struct mount_tables tables = { .caller = &v->caller,
				       .frame = &v->caller,
				       .target = &v->target,
				       .nested = &v->nested };
	struct recipe r = { 0 };
	struct err e = { 0 };

	if (mount_sort(cli, &tables, &r, &e) < 0) {
		fuzz_check_err(&e);
		FUZZ_CHECK(!r.n_mounts, "something is left");
		return;
	}
	/* A freeze writes nothing that cannot be read back (plan_freeze.c). */
	if (real || can_be_read_back(&r))
		fuzz_check_round_trip(&r);
	check_order(&r);
	check_nested(&r, &v->nested);
	recipe_for_each_mount (m, &r)
		FUZZ_CHECK(*mount_why(m), "%s", m->at);
	if (real) {
		check_return(&r, &v->caller, &v->target);
		check_one_more(&r, &v->caller, &v->target);
		check_fit(&r);
	}
	recipe_free(&r);
}

static void check_views(const char *words, const struct views *v)
{
	static char *const no_configs[CLI_CONFIGS];
	struct strv argv = fuzz_words(words);
	struct cli cli;
	struct err ignored;

	check_comparison(&v->caller, &v->target);
	if (cli_parse((int)argv.n, argv.v, no_configs, false, &cli, &ignored) == 0) {
		check_recipe(&cli, v);
		cli_free(&cli);
	}
	strv_free(&argv);
}

static bool parse(struct mounts *t)
{
	struct err e = { 0 };

	if (mounts_parse(t, "of the input", &e) < 0) {
		fuzz_check_err(&e);
		FUZZ_CHECK(!t->n, "something is left");
		return false;
	}
	check_table(t);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct views v = { .caller.text = fuzz_take_text(&data, &size, '\0'),
			   .target.text = fuzz_take_text(&data, &size, '\0') };
	_cleanup_free_ char *words = fuzz_take_text(&data, &size, '\0');
	bool both = parse(&v.caller);

	both &= parse(&v.target);
	v.nested.text = fuzz_take_text(&data, &size, '\0');
	/* Often there is none, and one that cannot be read is none. */
	(void)parse(&v.nested);
	if (both)
		check_views(words, &v);
	mounts_free(&v.caller);
	mounts_free(&v.target);
	mounts_free(&v.nested);
	return 0;
}
