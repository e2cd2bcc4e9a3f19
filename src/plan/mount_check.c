// SPDX-License-Identifier: MIT
#include "plan/mount_check.h"

#include "plan/mount_sort.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

/* The recipe and the images */

static int misfit(struct err *e, const char *at, const char *why)
{
	err_set(e, 0, "%s does not belong to these images: %s %s", recipe_file_name, at, why);
	return err_hint(e, "replace it by the right one, or remove it to thaw as criu alone would");
}

/* criu removes the marks of a deleted directory (strip_deleted() in criu/util.c). */
static bool same_root(const char *ours, const char *theirs)
{
	const char *mark = text_after(ours, theirs);

	return mark && (!*mark || !strcmp(mark, "//deleted") || !strcmp(mark, " (deleted)"));
}

/*
 * If the target has a cgroup namespace of its own, criu saves / as the root of such a mount
 * (cgroup_parse(), 4.2).
 */
static bool is_rooted_cgroup(const struct recipe_mount *m, const struct image_mount *i)
{
	return mounts_is_cgroup(m->fstype) && !strcmp(i->root, "/");
}

/*
 * Which mount of the recipe this one is, among those that are not matched yet: preferably one that
 * shows the same directory, else one that may have shown it.
 */
static const struct recipe_mount *find_place(const struct recipe *r, const struct sorted *places,
					     const struct image_mount *i, const bool *found)
{
	const char *key = images_is_named(i) ? i->key : NULL;
	struct sorted_run stack = recipe_at(places, i->at);
	const struct recipe_mount *like = NULL;

	for (size_t n = 0; n < stack.n; n++) {
		const struct recipe_mount *m = stack.v[n];
		bool same_key = key ? m->key && !strcmp(m->key, key) : !m->key;

		if (found[m - r->mounts] || !same_key)
			continue;
		if (!strcmp(m->root, i->root))
			return m;
		if (!like && (same_root(m->root, i->root) || is_rooted_cgroup(m, i)))
			like = m;
	}
	return like;
}

static int fit_mounts(const struct recipe *r, const struct images *i, const struct sorted *places,
		      struct err *e)
{
	_cleanup_free_ bool *found = xcalloc(r->n_mounts, sizeof(*found));

	for (size_t n = 0; n < i->n_mounts; n++) {
		const struct recipe_mount *m = find_place(r, places, &i->mounts[n], found);

		if (!m)
			return misfit(e, i->mounts[n].at,
				      "is mounted in the images, but not as the recipe says");
		found[m - r->mounts] = true;
	}
	recipe_for_each_mount (m, r)
		if (!found[m - r->mounts] && m->owner != OWNER_NONE &&
		    !mount_omitted_by_criu(m->fstype))
			return misfit(e, m->at, "is mounted in the recipe, but not in the images");
	return 0;
}

/*
 * Are they in the same places? criu's table of a view has their mountpoints, but no keys that count
 * here.
 */
static int fit_view(const struct recipe *w, const struct mounts *t, struct err *e)
{
	struct sorted places = recipe_sort_by_at(w);
	int r = 0;

	mounts_for_each (m, t)
		if (!recipe_at(&places, m->at).n)
			r = misfit(e, m->at,
				   "is mounted in the images, but not as the recipe says");
	recipe_for_each_mount (m, w)
		if (m->owner != OWNER_NONE && !mount_omitted_by_criu(m->fstype) &&
		    recipe_at(&places, m->at).n > mounts_at(t, m->at).n)
			r = misfit(e, m->at, "is mounted in the recipe, but not in the images");
	sorted_free(&places);
	return r;
}

/* A recipe without views leaves them to criu. */
static int fit_views(const struct recipe *r, const struct images *i, struct err *e)
{
	int result = 0;

	recipe_for_each_view (w, r) {
		const struct image_view *view = images_view_of(i, w->pid);

		if (!view)
			result = misfit(e, "the recipe",
					"has a mount namespace that is not in the images");
		else if (!result)
			result = fit_view(w, &view->table, e);
	}
	if (!result && r->n_views && r->n_views != i->n_nested)
		result =
			misfit(e, "the images", "have a mount namespace that is not in the recipe");
	return result;
}

int mount_check_images(const struct recipe *r, const struct images *i, struct err *e)
{
	struct sorted places;
	int result;

	if (r->init != (i->root == 1))
		return misfit(e, "the frame of the recipe", "is not that of the images");
	if (r->n_mounts && !i->own_mounts)
		return misfit(e, "the recipe", "has mounts, but the images have none");
	if (!r->n_mounts && i->own_mounts)
		return misfit(e, "the images", "have mounts, but the recipe has none");
	places = recipe_sort_by_at(r);
	result = fit_mounts(r, i, &places, e);
	sorted_free(&places);
	if (!result)
		result = fit_views(r, i, e);
	return result;
}

/* What came back */

/* The number of a peer group, before and after. */
struct group {
	unsigned was, is;
};

struct checking {
	const struct recipe *recipe;
	const struct mount_views *views;
	/* for each mount of the recipe the one that is there now, or NULL */
	const struct mount **got;
	struct group *groups;
	struct sorted groups_by_was, groups_by_is;
	struct sorted places; /* the recipe's mounts, by mountpoint */
	struct faulty_mount *v;
	size_t n;
};

static void add_wrong(struct checking *c, enum mount_fault fault, const struct recipe_mount *want,
		      const struct mount *got)
{
	c->v = xreallocarray(c->v, c->n + 1, sizeof(*c->v));
	c->v[c->n++] = (struct faulty_mount){ fault, want, got };
}

/* Has the host made it since the thaw began? It is here because it goes to slaves and peers. */
static bool has_arrived(const struct mount_views *views, const struct mount *got)
{
	struct sorted_run there;

	if (!views->now || (!got->master && !got->shared))
		return false;
	there = mounts_at(views->now, got->at);
	for (size_t i = 0; i < there.n; i++) {
		const struct mount *m = there.v[i];

		if (m->dev == got->dev && !strcmp(m->root, got->root) &&
		    !mounts_by_id(views->frame, m->id))
			return true;
	}
	return false;
}

/* The one of a stack that a walk to it leads to. */
static const struct mount *visible_of(const struct mounts *t, struct sorted_run stack)
{
	for (size_t i = 0; i < stack.n; i++)
		if (mounts_is_visible(t, stack.v[i]))
			return stack.v[i];
	return NULL;
}

/* On the same mountpoint. */
static const struct mount *below(const struct mounts *t, const struct mount *m)
{
	const struct mount *parent = mounts_by_id(t, m->parent);

	return parent && !strcmp(parent->at, m->at) ? parent : NULL;
}

/*
 * The one that would be visible there without what has arrived. A table has no loops, but a made-up
 * one may have.
 */
static const struct mount *got_at(const struct mount_views *views, const char *at)
{
	struct sorted_run stack = mounts_at(views->thawed, at);
	const struct mount *m = visible_of(views->thawed, stack);

	for (size_t i = 0; i < stack.n && m && has_arrived(views, m); i++) {
		const struct mount *next = below(views->thawed, m);

		if (!next)
			break;
		m = next;
	}
	return m;
}

/*
 * The directory, and its superblock, of which a mount of the host's in the recipe has to be. Fresh;
 * NULL: there is none.
 */
static char *expected_root(const struct mounts *host, const struct recipe_mount *m, dev_t *ret_dev)
{
	const struct mount *source = mounts_covering(host, m->host);

	if (!source)
		return NULL;

	_cleanup_free_ char *rest = mounts_path_below(m->host, source->at);
	_cleanup_free_ char *base = mounts_path_join(source->root, rest);

	*ret_dev = source->dev;
	return mounts_path_join(base, m->folder);
}

static void check_owner(struct checking *c, const struct recipe_mount *m, const struct mount *got)
{
	_cleanup_free_ char *root = NULL;
	const struct mount *proc;
	dev_t dev = 0;

	switch (m->owner) {
	case OWNER_HOST:
		if (mounts_root_is_deleted(m->root)) /* a copy in the staging area */
			break;
		root = expected_root(c->views->caller, m, &dev);
		if (!root || got->dev != dev)
			add_wrong(c, FAULT_OWNER, m, got);
		else if (strcmp(got->root, root) != 0)
			add_wrong(c, FAULT_ROOT, m, got);
		break;
	case OWNER_PROC:
		proc = mounts_covering(c->views->frame, "/proc");
		if (!proc || got->dev != proc->dev)
			add_wrong(c, FAULT_OWNER, m, got);
		else if (strcmp(got->root, m->root) != 0)
			add_wrong(c, FAULT_ROOT, m, got);
		break;
	case OWNER_OWN:
	case OWNER_KEPT:
		/*
		 * A deleted directory may be the host's, because criu makes it there; and so are
		 * cgroups, of which there is one superblock, and which have new paths.
		 */
		if (mounts_root_is_deleted(m->root) || mounts_is_cgroup(m->fstype))
			break;
		if (mounts_have_superblock(c->views->caller, got->dev) ||
		    mounts_have_superblock(c->views->frame, got->dev))
			add_wrong(c, FAULT_OWNER, m, got);
		else if (strcmp(got->root, m->root) != 0)
			add_wrong(c, FAULT_ROOT, m, got);
		break;
	case OWNER_PTY:
		if (mount_pty_index(got->fstype, got->root) < 0)
			add_wrong(c, FAULT_ROOT, m, got);
		break;
	case OWNER_GIVEN: /* what they are made from is up to the user and criu */
	case OWNER_AUTO:
	case OWNER_NONE:
		break;
	}
}

static int by_was(const void *a, const void *b)
{
	const struct group *one = a;
	const struct group *other = b;

	return (one->was > other->was) - (one->was < other->was);
}

static int by_is(const void *a, const void *b)
{
	const struct group *one = a;
	const struct group *other = b;

	return (one->is > other->is) - (one->is < other->is);
}

static int by_both(const void *a, const void *b)
{
	int r = by_was(a, b);

	return r ? r : by_is(a, b);
}

/*
 * The peer groups, before and now, of all mounts that were and are shared; each pair once. A mount
 * that is no longer shared is a fault by itself, and says nothing about the others.
 */
static void note_groups(struct checking *c)
{
	struct group *g = c->groups;
	size_t all = 0;
	size_t n = 0;

	recipe_for_each_mount (m, c->recipe) {
		const struct mount *got = c->got[m - c->recipe->mounts];

		if (got && m->shared && got->shared)
			g[all++] = (struct group){ m->shared, got->shared };
	}
	qsort(g, all, sizeof(*g), by_both);
	for (size_t i = 0; i < all; i++)
		if (n == 0 || by_both(&g[n - 1], &g[i]) != 0)
			g[n++] = g[i];
	sorted_make(&c->groups_by_was, g, n, sizeof(*g), by_was);
	sorted_make(&c->groups_by_is, g, n, sizeof(*g), by_is);
}

/* Are all mounts that were in that group in the other one now, and no others? */
static bool same_group(const struct checking *c, unsigned was, unsigned is)
{
	const struct group like = { was, is };
	struct sorted_run before = sorted_find(&c->groups_by_was, &like);
	struct sorted_run after = sorted_find(&c->groups_by_is, &like);
	bool left = before.n > 1 || (before.n && by_both(before.v[0], &like) != 0);
	bool joined = after.n > 1 || (after.n && by_both(after.v[0], &like) != 0);

	return !left && !joined;
}

/*
 * Two mounts must be peers if and only if they were peers, and slaves of the same master as before.
 */
static bool same_relation(const struct checking *c, const struct recipe_mount *m,
			  const struct mount *got)
{
	return same_group(c, m->shared, got->shared) && same_group(c, m->master, got->master);
}

static void check_peers(struct checking *c, const struct recipe_mount *m, const struct mount *got)
{
	bool good = !m->shared == !got->shared && !m->master == !got->master;

	/* It must be a peer of the host's mount if and only if it was one. */
	if (good && m->shared && (m->owner == OWNER_HOST || m->host_peer))
		good = mounts_have_group(c->views->caller, got->shared) == m->host_peer;
	if (!good || !same_relation(c, m, got))
		add_wrong(c, FAULT_PEERS, m, got);
}

static void check_mount(struct checking *c, const struct recipe_mount *m)
{
	const struct mount *got = c->got[m - c->recipe->mounts];

	if (!got) {
		add_wrong(c, FAULT_MISSING, m, NULL);
		return;
	}
	if (m->owner != OWNER_GIVEN && strcmp(got->fstype, m->fstype) != 0)
		add_wrong(c, FAULT_TYPE, m, got);
	check_owner(c, m, got);
	if (got->flags != m->flags)
		add_wrong(c, FAULT_FLAGS, m, got);
	check_peers(c, m, got);
}

/* The mounts on one mountpoint. */
struct place {
	struct sorted_run now;
	struct sorted_run before; /* the recipe's */
	bool was_visible;         /* one of these was */
};

static struct place place_of(const struct checking *c, const char *at)
{
	struct place p = { .now = mounts_at(c->views->thawed, at),
			   .before = recipe_at(&c->places, at) };

	for (size_t i = 0; i < p.before.n && !p.was_visible; i++)
		p.was_visible = !((const struct recipe_mount *)p.before.v[i])->hidden;
	return p;
}

/* May it be one of those that were there? */
static bool is_wanted(const struct checking *c, const struct place *p, const struct mount *got)
{
	return p->was_visible || !mounts_is_visible(c->views->thawed, got);
}

/* Pair it with a mount that was there, and is like it. */
static bool pair(const struct sorted_run *before, bool *paired, const struct mount *got)
{
	for (size_t i = 0; i < before->n; i++) {
		const struct recipe_mount *m = before->v[i];

		if (paired[i] || m->flags != got->flags || strcmp(m->fstype, got->fstype) != 0)
			continue;
		paired[i] = true;
		return true;
	}
	return false;
}

/*
 * There are more mounts than before, by that number. Which of them these are matters only to who
 * reads it: if possible, mounts like which there was none.
 */
static void add_stacked(struct checking *c, const struct place *p, size_t more)
{
	_cleanup_free_ bool *paired = xcalloc(p->before.n, sizeof(*paired));

	for (size_t i = 0; i < p->now.n && more; i++) {
		const struct mount *got = p->now.v[i];

		if (has_arrived(c->views, got) || !is_wanted(c, p, got) ||
		    pair(&p->before, paired, got))
			continue;
		add_wrong(c, FAULT_EXTRA, p->before.n ? p->before.v[0] : NULL, got);
		more--;
	}
}

static void check_place(struct checking *c, const char *at)
{
	struct place p = place_of(c, at);
	size_t n = 0;

	for (size_t i = 0; i < p.now.n; i++) {
		const struct mount *got = p.now.v[i];

		if (has_arrived(c->views, got))
			continue;
		if (is_wanted(c, &p, got))
			n++;
		else
			add_wrong(c, FAULT_EXTRA, NULL, got);
	}
	if (n > p.before.n)
		add_stacked(c, &p, n - p.before.n);
}

size_t mount_check(const struct recipe *r, const struct mount_views *views,
		   struct faulty_mount **ret)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	_cleanup_free_ const struct mount **got = xcalloc(r->n_mounts, sizeof(*got));
	_cleanup_free_ struct group *groups = xcalloc(r->n_mounts, sizeof(*groups));
	struct checking c = { .recipe = r,
			      .views = views,
			      .got = got,
			      .groups = groups,
			      .places = recipe_sort_by_at(r) };

	recipe_for_each_mount (m, r)
		if (!m->hidden)
			got[m - r->mounts] = got_at(views, m->at);
	note_groups(&c);
	recipe_for_each_mount (m, r)
		if (!m->hidden)
			check_mount(&c, m);
	mounts_for_each (m, views->thawed)
		if (mounts_at(views->thawed, m->at).v[0] == m) /* once for each mountpoint */
			check_place(&c, m->at);
	sorted_free(&c.groups_by_was);
	sorted_free(&c.groups_by_is);
	sorted_free(&c.places);
	*ret = c.v;
	return c.n;
}

static bool is_group_of_hosts(const struct recipe *r, unsigned group)
{
	recipe_for_each_mount (m, r)
		if (m->host_peer && m->shared == group)
			return true;
	return false;
}

/*
 * Of the flags that are distinguished, criu saves all but this one (mnt_opt2flag[] in
 * criu/proc_parse.c).
 */
static unsigned long flags_of_image(unsigned long flags)
{
	unsigned long known = 0;

	for (size_t i = 0; i < MOUNT_FLAGS; i++)
		known |= mount_flags[i].flag;
	return flags & known & ~(unsigned long)MS_NOSYMFOLLOW;
}

void mount_expect_nested(const struct recipe *root, const struct mounts *nested, struct recipe *ret)
{
	struct recipe r = { 0 };

	mounts_for_each (m, nested) {
		struct recipe_mount *to = recipe_add_mount(&r);

		to->owner = OWNER_GIVEN;
		to->at = xstrdup(m->at);
		to->root = xstrdup(m->root);
		to->fstype = xstrdup(m->fstype);
		to->flags = flags_of_image(m->flags);
		to->shared = m->shared;
		to->master = m->master;
		to->host_peer = m->shared && is_group_of_hosts(root, m->shared);
		to->hidden = !mounts_is_visible(nested, m);
	}
	*ret = r;
}

static char *peers_text(unsigned shared, unsigned master)
{
	return xstrdup(shared ? (master ? "shared and a slave" : "shared")
			      : (master ? "a slave" : "private"));
}

char *mount_fault_text(const struct faulty_mount *w)
{
	const struct recipe_mount *m = w->want;
	_cleanup_free_ char *was = NULL;
	_cleanup_free_ char *is = NULL;

	switch (w->fault) {
	case FAULT_MISSING:
		return *m->fstype ? xasprintf("%s (%s) has not come back", m->at, m->fstype)
				  : xasprintf("%s has not come back", m->at);
	case FAULT_TYPE:
		return xasprintf("%s is of type %s, but was of type %s", m->at, w->got->fstype,
				 m->fstype);
	case FAULT_OWNER:
		return xasprintf("%s is another file system than it was (%s)", m->at,
				 recipe_owner_name(m->owner));
	case FAULT_ROOT:
		return xasprintf("%s shows the directory %s, but showed %s", m->at, w->got->root,
				 m->root);
	case FAULT_FLAGS:
		was = recipe_flags_text(m->flags);
		is = recipe_flags_text(w->got->flags);
		return xasprintf("%s has the flags %s, but had %s", m->at, is, was);
	case FAULT_PEERS:
		was = peers_text(m->shared, m->master);
		is = peers_text(w->got->shared, w->got->master);
		if (!strcmp(was, is))
			return xasprintf("%s (%s) has other peers than before", m->at, is);
		return xasprintf("%s is %s, but was %s", m->at, is, was);
	case FAULT_EXTRA:
		if (m)
			return xasprintf("%s (%s) is one mount more than before on that mountpoint",
					 w->got->at, w->got->fstype);
		return xasprintf("%s (%s) was not mounted before", w->got->at, w->got->fstype);
	}
	return xstrdup("?");
}
