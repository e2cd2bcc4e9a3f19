// SPDX-License-Identifier: MIT
#include "plan/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

const char view_key_prefix[] = "criu-ns-";

/* Sorting */

struct sorting {
	const struct cli *cli;
	const struct mounts *caller, *target, *nested;
	const struct mount *proc; /* the frame's */
	struct recipe *ret;
	const struct mount **from; /* what each of its mounts was */
	unsigned keys;
};

/* What criu 4.2 can save, or make again from nothing (criu/filesystems.c). */
static bool is_savable(const char *fstype)
{
	static const char *const types[] = {
		"proc",    "sysfs",  "devtmpfs",   "binfmt_misc", "tmpfs",   "devpts",
		"pstore",  "mqueue", "securityfs", "fusectl",     "debugfs", "cgroup",
		"cgroup2", "aufs",   "overlay",    "autofs",      "simfs",
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(fstype, types[i]))
			return true;
	return false;
}

/*
 * criu 4.2 neither saves nor makes it, and does not say so (tracefs_parse() in criu/filesystems.c):
 * where it is the host's, the thaw puts it there (verify.c).
 */
static bool is_left_out(const char *fstype)
{
	return !strcmp(fstype, "tracefs");
}

/* The kernel ends the root of a mount whose folder is gone so (show_mountinfo()). */
static bool is_deleted(const char *root)
{
	static const char mark[] = "//deleted";
	size_t length = strlen(root);

	return length >= sizeof(mark) - 1 && !strcmp(root + length - sizeof(mark) + 1, mark);
}

static bool in_group(const struct mount *m, unsigned group)
{
	return group && (m->shared == group || m->master == group);
}

/* Of the caller's mounts that show root, the first that a path leads to; rather one of m's peer group. */
static const struct mount *showing(const struct sorting *s, const struct mount *m, const char *root,
				   bool *is_peer)
{
	struct sorted_run run = mounts_showing(s->caller, m->dev, root);
	const struct mount *first = NULL;

	for (size_t i = 0; i < run.n; i++) {
		const struct mount *f = run.v[i];

		if (!mounts_is_visible(s->caller, f))
			continue;
		first = first ? first : f;
		*is_peer = in_group(f, m->shared) || in_group(f, m->master);
		if (*is_peer)
			return f;
		if (!m->shared && !m->master)
			break;
	}
	return first;
}

/*
 * From which of the caller's mounts this one can be made: one that shows its folder, that a path
 * leads to, and if possible of the peer group that it got its mounts from; of those the widest.
 */
static const struct mount *source_of(const struct sorting *s, const struct mount *m)
{
	_cleanup_free_ char *dir = xcalloc(strlen(m->root) + 2, 1);
	const struct mount *widest = NULL;

	while (mounts_next_dir(m->root, dir)) {
		bool is_peer = false;
		const struct mount *f = showing(s, m, dir, &is_peer);

		if (f && is_peer)
			return f;
		widest = widest ? widest : f;
	}
	return widest;
}

static bool has_peer(const struct mounts *t, unsigned group)
{
	return group && (mounts_shared(t, group).n || mounts_slaves(t, group).n);
}

/* Is the master of this mount in that table of the tree's? */
static bool has_inner_master(const struct mounts *t, const struct mount *m)
{
	return mounts_shared(t, m->master).n > 0;
}

static bool is_root(const struct mount *m)
{
	return !strcmp(m->at, "/");
}

static int refuse(const struct mount *m, struct err *e, const char *why)
{
	return err_set(e, 0, "the mount %s (%s) %s", m->at, m->fstype, why);
}

static int refuse_hidden_source(const struct sorting *s, const struct mount *m, struct err *e)
{
	if (is_deleted(m->root)) {
		refuse(m, e, "is of a folder that has been deleted");
		return is_root(m) ? -EINVAL
				  : err_hint(e, "unmount it, or name it: --external 'mnt[%s]:KEY'",
					     m->at);
	}
	mounts_for_each (f, s->caller) {
		if (f->dev != m->dev || !mounts_is_below(m->root, f->root))
			continue;
		err_set(e, 0,
			"the mount %s (%s) can only be made again from the mount on %s, which "
			"something is mounted over",
			m->at, m->fstype, f->at);
		return err_hint(e, "mount that file system in a second place");
	}
	err_set(e, 0,
		"the mount %s is of the folder %s of a file system (%s) of which the host has "
		"only other folders",
		m->at, m->root, m->fstype);
	if (is_root(m))
		return err_hint(e, "mount that file system somewhere on the host");
	return err_hint(e,
			"mount that file system somewhere on the host, or name the mount: "
			"--external 'mnt[%s]:KEY'",
			m->at);
}

static bool is_frame_proc(const struct sorting *s, const struct mount *m)
{
	return s->proc && m->dev == s->proc->dev && !is_root(m);
}

static bool is_stacked(const struct mounts *t, const struct mount *m)
{
	return mounts_at(t, m->at).n > 1;
}

/* Does one of t's mounts that m could be made from, those that show its folder, fit? */
static bool any_showing(const struct sorting *s, const struct mounts *t, const struct mount *m,
			bool (*fits)(const struct sorting *s, const struct mount *other))
{
	_cleanup_free_ char *dir = xcalloc(strlen(m->root) + 2, 1);

	while (mounts_next_dir(m->root, dir)) {
		struct sorted_run run = mounts_showing(t, m->dev, dir);

		for (size_t i = 0; i < run.n; i++)
			if (fits(s, run.v[i]))
				return true;
	}
	return false;
}

static bool is_way_in(const struct sorting *s, const struct mount *m)
{
	return !is_deleted(m->root) && !(m->flags & MS_RDONLY) && mounts_is_visible(s->target, m) &&
	       source_of(s, m);
}

/*
 * criu makes the folder again, binds it and removes it (do_bind_mount_v2() in criu/mount-v2.c),
 * where another mount of the target's that it is given leads to that place.
 */
static bool can_be_remade(const struct sorting *s, const struct mount *m)
{
	return any_showing(s, s->target, m, is_way_in);
}

/*
 * Nobody can see it, before and after. In a stack criu finds it as it does; else it would look for a path
 * that is not there.
 */
static enum recipe_owner owner_unseen(const struct sorting *s, const struct mount *m)
{
	return is_stacked(s->target, m) ? OWNER_AUTO : OWNER_NONE;
}

/* mnt[]: criu finds it as it is on the host, by its path. */
static enum recipe_owner owner_found(const struct sorting *s, const struct mount *m)
{
	return mounts_is_visible(s->target, m) || source_of(s, m) ? OWNER_AUTO : owner_unseen(s, m);
}

static int sort_host(struct sorting *s, const struct mount *m, struct recipe_mount *r,
		     struct err *e)
{
	const struct mount *source;

	if (is_frame_proc(s, m)) {
		r->owner = OWNER_PROC;
		return 0;
	}
	source = is_deleted(m->root) ? NULL : source_of(s, m);
	if (source) {
		r->owner = OWNER_HOST;
		r->host = xstrdup(source->at);
		r->folder = mounts_path_below(m->root, source->root);
		r->host_peer = m->shared && has_peer(s->caller, m->shared);
		return 0;
	}
	if (!mounts_is_visible(s->target, m)) {
		r->owner = owner_unseen(s, m);
		return 0;
	}
	if (is_deleted(m->root) && can_be_remade(s, m)) {
		r->owner = OWNER_OWN;
		return 0;
	}
	return refuse_hidden_source(s, m, e);
}

static bool is_whole(const struct sorting *s, const struct mount *m)
{
	(void)s;
	return !strcmp(m->root, "/") || is_root(m);
}

/* A bind needs the whole of its file system to be mounted somewhere, or be a part of the root. */
static bool can_be_bound(const struct sorting *s, const struct mount *m)
{
	return !strcmp(m->root, "/") || any_showing(s, s->target, m, is_whole) ||
	       any_showing(s, s->nested, m, is_whole);
}

static int sort_own(struct sorting *s, const struct mount *m, struct recipe_mount *r, struct err *e)
{
	char dev[64];

	snprintf(dev, sizeof(dev), "%u/%u", major(m->dev), minor(m->dev));
	r->owner = OWNER_OWN;
	if (is_root(m)) {
		r->owner = OWNER_KEPT;
		r->options = xstrdup(*m->options ? m->options : "rw");
		if (!strcmp(m->fstype, "tmpfs"))
			return 0;
		refuse(m, e, "is mounted nowhere on the host, and criu does not save it");
		return err_hint(e, "mount that file system somewhere on the host, too");
	}
	if (cli_external(s->cli, "dev", dev))
		return 0;
	if (!s->cli->enable_fs && !is_savable(m->fstype)) {
		refuse(m, e, "is mounted nowhere on the host, and criu cannot save it");
		return err_hint(e,
				"mount it on the host and bind it, unmount it, or name it: "
				"--external 'mnt[%s]:KEY'",
				m->at);
	}
	if (!can_be_bound(s, m)) {
		refuse(m, e, "is of a folder of a file system that is mounted as a whole nowhere");
		return err_hint(e, "name it: --external 'mnt[%s]:KEY'", m->at);
	}
	if (m->master && !has_inner_master(s->target, m) && !has_inner_master(s->nested, m)) {
		refuse(m, e, "is the slave of a mount that is neither the host's nor the target's");
		return err_hint(e, "make it private: mount --make-private");
	}
	return 0;
}

/* Of what mountinfo escapes criu 4.2 reads all but this (cure_path() in criu/proc_parse.c). */
static int refuse_newline(const struct mount *m, struct err *e)
{
	refuse(m, e, "has a newline in its path, which criu misreads");
	return err_hint(e, "unmount it, or mount it in another place");
}

static int sort_mount(struct sorting *s, const struct mount *m, struct err *e)
{
	const char *given = is_root(m) ? NULL : cli_external(s->cli, "mnt", m->at);
	struct recipe_mount *r = recipe_add_mount(s->ret);
	int result = 0;

	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	s->from = xreallocarray(s->from, s->ret->n_mounts, sizeof(*s->from));
	s->from[s->ret->n_mounts - 1] = m;
	r->at = xstrdup(m->at);
	r->root = xstrdup(m->root);
	r->fstype = xstrdup(m->fstype);
	r->flags = m->flags;
	r->locks = m->locks;
	r->shared = m->shared;
	r->master = m->master;
	r->hidden = !mounts_is_visible(s->target, m);
	if (strchr(m->at, '\n') || strchr(m->root, '\n')) {
		result = refuse_newline(m, e);
	} else if (given && *given && !is_left_out(m->fstype)) {
		r->owner = OWNER_GIVEN;
		r->key = xstrdup(given);
	} else if (!mounts_have_superblock(s->caller, m->dev) && !is_frame_proc(s, m)) {
		result = sort_own(s, m, r, e);
	} else if (s->cli->auto_external && !is_root(m) && !is_left_out(m->fstype)) {
		r->owner = owner_found(s, m);
	} else {
		result = sort_host(s, m, r, e);
	}
	return result;
}

static bool is_keyed(const struct recipe_mount *m)
{
	return (m->owner == OWNER_HOST || m->owner == OWNER_PROC) && strcmp(m->at, "/") != 0;
}

static void free_text(char **text)
{
	free(*text);
	*text = NULL;
}

/* It is not for us to bring back. */
static void hand_off(struct recipe_mount *m, enum recipe_owner owner)
{
	m->owner = owner;
	m->host_peer = false;
	free_text(&m->key);
	free_text(&m->host);
	free_text(&m->folder);
}

static int by_at(const void *a, const void *b)
{
	return strcmp(((const struct recipe_mount *)a)->at, ((const struct recipe_mount *)b)->at);
}

static struct sorted sort_by_at(const struct recipe *r)
{
	struct sorted s;

	sorted_make(&s, r->mounts, r->n_mounts, sizeof(*r->mounts), by_at);
	return s;
}

static struct sorted_run recipe_at(const struct sorted *places, const char *at)
{
	return sorted_find(places, &(struct recipe_mount){ .at = (char *)at });
}

/* An element of the recipe that is being made. */
static struct recipe_mount *entry(const struct sorting *s, const void *m)
{
	return &s->ret->mounts[(const struct recipe_mount *)m - s->ret->mounts];
}

/*
 * criu knows a mountpoint only, not which of the mounts that are stacked on it is meant: they share a key,
 * or, where one of them is not to have one, are all criu's to find.
 */
static void give_key(struct sorting *s, struct sorted_run stack)
{
	_cleanup_free_ char *key = NULL;
	size_t keyed = 0;

	for (size_t i = 0; i < stack.n; i++)
		keyed += is_keyed(stack.v[i]);
	if (keyed == stack.n)
		key = xasprintf("%s%u", view_key_prefix, ++s->keys);
	for (size_t i = 0; i < stack.n; i++) {
		struct recipe_mount *m = entry(s, stack.v[i]);

		if (key)
			m->key = xstrdup(key);
		else if (is_keyed(m))
			hand_off(m, OWNER_AUTO);
	}
}

static const struct mount *origin(const struct sorting *s, const void *m)
{
	return s->from[entry(s, m) - s->ret->mounts];
}

static const struct mount *mounted_below(const struct sorting *s, const struct mount *m)
{
	mounts_for_each (other, s->target)
		if (other != m && other->parent == m->id && strcmp(other->at, m->at) != 0 &&
		    !cli_skips_mount(s->cli, other->at))
			return other;
	return NULL;
}

/* Of a stack that shares a key criu makes all from the source of the one that is seen. */
static int check_stack(const struct sorting *s, struct sorted_run stack, struct err *e)
{
	const struct mount *seen = mounts_covering(s->target, origin(s, stack.v[0])->at);

	for (size_t i = 0; i < stack.n; i++) {
		const struct recipe_mount *r = stack.v[i];
		const struct mount *m = origin(s, r);
		const struct mount *below = NULL;

		if (r->key && r->hidden &&
		    (m->dev != seen->dev || strcmp(m->root, seen->root) != 0))
			below = mounted_below(s, m);
		if (!below)
			continue;
		err_set(e, 0,
			"the mount %s (%s) lies on one that another is mounted over, on %s, and criu could "
			"not tell those two apart",
			below->at, below->fstype, m->at);
		return err_hint(
			e, "unmount it where the process lives, or leave it out: --skip-mnt %s",
			below->at);
	}
	return 0;
}

static int give_keys(struct sorting *s, const struct sorted *places, struct err *e)
{
	int r = 0;

	recipe_for_each_mount (m, s->ret) {
		struct sorted_run stack = recipe_at(places, m->at);

		if (r < 0 || stack.v[0] != m)
			continue;
		give_key(s, stack);
		if (stack.n > 1)
			r = check_stack(s, stack, e);
	}
	return r;
}

/* Which mountpoints have a mount that is left out: by the number of the first mount there. */
static bool *find_left_out(const struct recipe *r, const struct sorted *places)
{
	bool *out = xcalloc(r->n_mounts, sizeof(*out));

	recipe_for_each_mount (m, r) {
		const struct recipe_mount *first = recipe_at(places, m->at).v[0];

		out[first - r->mounts] |= m->owner == OWNER_NONE;
	}
	return out;
}

static bool is_left_out_at(const struct recipe *r, const struct sorted *places, const bool *out,
			   const char *at)
{
	struct sorted_run stack = recipe_at(places, at);

	return stack.n && out[(const struct recipe_mount *)stack.v[0] - r->mounts];
}

static bool lies_on_left_out(const struct recipe *r, const struct sorted *places, const bool *out,
			     const char *at)
{
	_cleanup_free_ char *dir = xcalloc(strlen(at) + 2, 1);

	while (mounts_next_dir(at, dir))
		if (is_left_out_at(r, places, out, dir))
			return true;
	return false;
}

/*
 * What is mounted on a mount that is left out is left out, too. criu leaves out all on that
 * mountpoint: none of them may be seen.
 */
static int leave_out_below(struct sorting *s, const struct sorted *places, struct err *e)
{
	const struct recipe *r = s->ret;
	_cleanup_free_ bool *first = find_left_out(r, places);
	_cleanup_free_ bool *all = NULL;

	recipe_for_each_mount (m, r)
		if (m->hidden && lies_on_left_out(r, places, first, m->at))
			hand_off(entry(s, m), OWNER_NONE);
	all = find_left_out(r, places);
	recipe_for_each_mount (m, r) {
		if (m->owner == OWNER_NONE || !is_left_out_at(r, places, all, m->at))
			continue;
		err_set(e, 0,
			"the mount %s (%s) is where another one is left out, and criu "
			"would leave out both",
			m->at, m->fstype);
		return err_hint(e, "unmount it, or mount it in another place");
	}
	return 0;
}

/* When it is known whose each is. */
static int finish_sorting(struct sorting *s, struct err *e)
{
	struct sorted places = sort_by_at(s->ret);
	int r = leave_out_below(s, &places, e);

	if (!r)
		r = give_keys(s, &places, e);
	sorted_free(&places);
	return r;
}

int view_sort(const struct cli *cli, const struct mounts *caller, const struct mounts *frame,
	      const struct mounts *target, const struct mounts *nested, struct recipe *ret,
	      struct err *e)
{
	const struct mount *root = mounts_covering(target, "/");
	const struct mount *proc = mounts_covering(frame, "/proc");
	struct recipe r = { 0 };
	struct sorting s = { .cli = cli,
			     .caller = caller,
			     .target = target,
			     .nested = nested,
			     .proc = proc && !strcmp(proc->fstype, "proc") ? proc : NULL,
			     .ret = &r };
	int result;

	if (!root)
		return err_set(e, 0, "the target has a root that is no mount");
	result = sort_mount(&s, root, e);
	mounts_for_each (m, target) {
		if (result < 0)
			break;
		if (m == root || cli_skips_mount(cli, m->at))
			continue;
		if (is_root(m))
			result = refuse(m, e, "lies under another one on /");
		else
			result = sort_mount(&s, m, e);
	}
	if (!result)
		result = finish_sorting(&s, e);
	free(s.from);
	if (result < 0) {
		recipe_free(&r);
		return result;
	}
	*ret = r;
	return 0;
}

static int refuse_name(const struct recipe_mount *keyed, const struct recipe_mount *other,
		       struct err *e)
{
	err_set(e, 0, "the mountpoint %s has a name that criu would mistake for %s", keyed->at,
		other->at);
	return err_hint(e, "unmount it, or mount it in another place");
}

/* Is `mnt[AT]:` what a search for `mnt[OTHER]:` finds, too? */
static int check_name(const struct sorted *places, const struct recipe_mount *m, struct err *e)
{
	for (const char *p = m->at; (p = strstr(p, "]:")); p++) {
		_cleanup_free_ char *start = xstrndup(m->at, (size_t)(p - m->at));
		struct sorted_run stack = recipe_at(places, start);

		for (size_t i = 0; i < stack.n; i++)
			if (!is_keyed(stack.v[i]) && strcmp(start, "/") != 0)
				return refuse_name(m, stack.v[i], e);
	}
	return 0;
}

/* NULL is a key like another. */
static int by_key(const void *a, const void *b)
{
	const char *one = ((const struct recipe_mount *)a)->key;
	const char *other = ((const struct recipe_mount *)b)->key;

	return strcmp(one ? one : "", other ? other : "");
}

bool *view_counting(const struct recipe *r)
{
	bool *counts = xcalloc(r->n_mounts, sizeof(*counts));
	struct sorted keys;

	sorted_make(&keys, r->mounts, r->n_mounts, sizeof(*r->mounts), by_key);
	for (size_t i = 0; i < keys.n;) {
		struct sorted_run same = sorted_find(&keys, keys.v[i]);
		const struct recipe_mount *m = same.v[0];

		for (size_t k = same.n; k-- > 0;)
			if (!((const struct recipe_mount *)same.v[k])->hidden)
				m = same.v[k];
		counts[m - r->mounts] = m->key != NULL;
		i += same.n;
	}
	sorted_free(&keys);
	return counts;
}

static int longer_first(const void *a, const void *b)
{
	size_t one = strlen(((const struct recipe_mount *)a)->at);
	size_t other = strlen(((const struct recipe_mount *)b)->at);

	return (one < other) - (one > other);
}

static int check_names(const struct recipe *r, const bool *counts, struct err *e)
{
	struct sorted places = sort_by_at(r);
	int result = 0;

	recipe_for_each_mount (m, r)
		if (!result && is_keyed(m) && counts[m - r->mounts])
			result = check_name(&places, m, e);
	sorted_free(&places);
	return result;
}

int view_order(const struct recipe *r, size_t *order, struct err *e)
{
	_cleanup_free_ bool *counts = view_counting(r);
	struct sorted by_length;
	int n = 0;

	if (check_names(r, counts, e) < 0)
		return -EINVAL;
	/* The longer names first: nothing that comes later can be mistaken for them. */
	sorted_make(&by_length, r->mounts, r->n_mounts, sizeof(*r->mounts), longer_first);
	for (size_t i = 0; i < by_length.n; i++) {
		const struct recipe_mount *m = by_length.v[i];

		if (is_keyed(m) && counts[m - r->mounts])
			order[n++] = (size_t)(m - r->mounts);
	}
	sorted_free(&by_length);
	return n;
}

/* Peer groups */

/* Of a mount that criu makes again: all that decides whether it can make it a peer, and a slave. */
struct member {
	const char *at, *root;
	unsigned shared, master;
};

struct members {
	struct member *v;
	size_t n;
};

static void add_member(struct members *g, const char *at, const char *root, unsigned shared,
		       unsigned master)
{
	if (!shared && !master)
		return;
	g->v = xreallocarray(g->v, g->n + 1, sizeof(*g->v));
	g->v[g->n++] = (struct member){ at, root, shared, master };
}

static int by_group(const void *a, const void *b)
{
	const struct member *x = a;
	const struct member *y = b;
	size_t of_x = strlen(x->root);
	size_t of_y = strlen(y->root);

	if (x->shared != y->shared)
		return x->shared < y->shared ? -1 : 1;
	if (x->master != y->master)
		return x->master < y->master ? -1 : 1;
	return (of_x > of_y) - (of_x < of_y);
}

/* The widest of the peers that this one is a slave of, in the sorted array; NULL: none. */
static const struct member *master_of(const struct members *g, const struct member *m)
{
	size_t low = 0;
	size_t high = m->master ? g->n : 0;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (g->v[middle].shared < m->master)
			low = middle + 1;
		else
			high = middle;
	}
	return m->master && low < g->n && g->v[low].shared == m->master ? &g->v[low] : NULL;
}

static int refuse_group(const struct member *one, const struct member *other, struct err *e)
{
	err_set(e, 0,
		"the mounts %s and %s are peers, or slaves of one master, and of directories (%s and "
		"%s) of which neither holds the other, which criu can freeze and not thaw",
		one->at, other->at, one->root, other->root);
	return err_hint(e, "make one of them private: mount --make-private");
}

int view_check_groups(const struct recipe *r, const struct mounts *nested, struct err *e)
{
	struct members g = { 0 };
	const struct member *first = NULL;
	int result = 0;

	recipe_for_each_mount (m, r)
		if (m->owner != OWNER_NONE)
			add_member(&g, m->at, m->root, m->shared, m->master);
	mounts_for_each (m, nested)
		add_member(&g, m->at, m->root, m->shared, m->master);
	if (g.n)
		qsort(g.v, g.n, sizeof(*g.v), by_group);
	for (size_t i = 0; i < g.n && !result; i++) {
		const struct member *m = &g.v[i];
		const struct member *master = master_of(&g, m);

		if (!first || first->shared != m->shared || first->master != m->master)
			first = m;
		if (master && !mounts_is_below(first->root, master->root))
			result = refuse_group(master, first, e);
		else if ((master || m->shared) && !mounts_is_below(m->root, first->root))
			result = refuse_group(first, m, e);
	}
	free(g.v);
	return result;
}

const char *view_why(const struct recipe_mount *m)
{
	switch (m->owner) {
	case OWNER_OWN:
		return is_deleted(m->root)
			       ? "of a folder that is deleted: criu makes it, and deletes it again"
			       : "the target's own: criu saves it and makes it again";
	case OWNER_HOST:
		return m->hidden ? "the host's, and mounted over"
		       : m->key  ? "the host's: the thaw hands it to criu"
				 : "the host's: the thaw makes it the root";
	case OWNER_PROC:
		return "of the pid namespace that criu runs in: the thaw hands it its own";
	case OWNER_KEPT:
		return "the target's own, which criu does not save: its content is kept beside the "
		       "images";
	case OWNER_GIVEN:
		return "named by hand";
	case OWNER_AUTO:
		return "the host's: criu finds it again (mnt[])";
	case OWNER_NONE:
		return "mounted over, here and on the host: left out";
	}
	return "?";
}

/* Fitting */

static int misfit(struct err *e, const char *at, const char *why)
{
	err_set(e, 0, "%s does not belong to these images: %s %s", recipe_file_name, at, why);
	return err_hint(e, "put the right one there, or take it away to thaw as criu alone would");
}

/* criu takes the marks of a folder that is gone off (strip_deleted() in criu/util.c). */
static bool same_root(const char *ours, const char *theirs)
{
	size_t length = strlen(theirs);

	return !strncmp(ours, theirs, length) &&
	       (!ours[length] || !strcmp(ours + length, "//deleted") ||
		!strcmp(ours + length, " (deleted)"));
}

/* In a cgroup namespace of the target's criu takes / for the root of such a mount (cgroup_parse(), 4.2). */
static bool is_rooted_cgroup(const struct recipe_mount *m, const struct image_mount *i)
{
	return (!strcmp(m->fstype, "cgroup") || !strcmp(m->fstype, "cgroup2")) &&
	       !strcmp(i->root, "/");
}

/*
 * Which mount of the recipe's this one is, of those that none before it was: one that shows the same
 * directory, before one that can have shown it.
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
			return misfit(e, i->mounts[n].at, "in them is not the mount in it");
		found[m - r->mounts] = true;
	}
	recipe_for_each_mount (m, r)
		if (!found[m - r->mounts] && m->owner != OWNER_NONE && !is_left_out(m->fstype))
			return misfit(e, m->at, "in it is not in them");
	return 0;
}

int view_fit(const struct recipe *r, const struct images *i, struct err *e)
{
	struct sorted places;
	int result;

	if (r->init != (i->root == 1))
		return misfit(e, "its frame", "is of another kind");
	if (r->n_mounts && !i->own_mounts)
		return misfit(e, "the mounts in it", "are not in them");
	if (!r->n_mounts && i->own_mounts)
		return misfit(e, "mounts in them", "are not in it");
	places = sort_by_at(r);
	result = fit_mounts(r, i, &places, e);
	sorted_free(&places);
	return result;
}

/* Checking */

/* The number of a peer group, before and after. */
struct group {
	unsigned was, is;
};

struct checking {
	const struct recipe *recipe;
	const struct mounts *caller, *frame, *thawed;
	const struct mount *
		*got; /* what is there now for each mount of the recipe; NULL: nothing */
	struct group *groups;
	struct sorted groups_by_was, groups_by_is;
	struct sorted places; /* the recipe's mounts, by mountpoint */
	struct view_wrong *v;
	size_t n;
};

static void add_wrong(struct checking *c, enum view_fault fault, const struct recipe_mount *want,
		      const struct mount *got)
{
	c->v = xreallocarray(c->v, c->n + 1, sizeof(*c->v));
	c->v[c->n++] = (struct view_wrong){ fault, want, got };
}

static const struct mount *visible_at(const struct mounts *t, const char *at)
{
	const struct mount *m = mounts_covering(t, at);

	return m && !strcmp(m->at, at) ? m : NULL;
}

/* The folder of which superblock is what the recipe calls the host's? */
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
		root = expected_root(c->caller, m, &dev);
		if (!root || got->dev != dev)
			add_wrong(c, FAULT_OWNER, m, got);
		else if (strcmp(got->root, root) != 0)
			add_wrong(c, FAULT_ROOT, m, got);
		break;
	case OWNER_PROC:
		proc = mounts_covering(c->frame, "/proc");
		if (!proc || got->dev != proc->dev)
			add_wrong(c, FAULT_OWNER, m, got);
		else if (strcmp(got->root, m->root) != 0)
			add_wrong(c, FAULT_ROOT, m, got);
		break;
	case OWNER_OWN:
	case OWNER_KEPT:
		if (is_deleted(m->root)) /* also of the host's: criu makes the folder there */
			break;
		if (mounts_have_superblock(c->caller, got->dev) ||
		    mounts_have_superblock(c->frame, got->dev))
			add_wrong(c, FAULT_OWNER, m, got);
		else if (strcmp(got->root, m->root) != 0)
			add_wrong(c, FAULT_ROOT, m, got);
		break;
	case OWNER_GIVEN: /* what they are made from is for the user and for criu to say */
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
 * The peer groups of all that was shared and is, each pair once. What is not shared any more is named
 * itself, and says nothing of the others.
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

/* Did all that were in that group get into the other, and nobody else? */
static bool same_group(const struct checking *c, unsigned was, unsigned is)
{
	const struct group like = { was, is };
	struct sorted_run before = sorted_find(&c->groups_by_was, &like);
	struct sorted_run after = sorted_find(&c->groups_by_is, &like);
	bool left = before.n > 1 || (before.n && by_both(before.v[0], &like) != 0);
	bool joined = after.n > 1 || (after.n && by_both(after.v[0], &like) != 0);

	return !left && !joined;
}

/* Two mounts are peers now when, and only when, they were; and slaves of the same as before. */
static bool same_relation(const struct checking *c, const struct recipe_mount *m,
			  const struct mount *got)
{
	return same_group(c, m->shared, got->shared) && same_group(c, m->master, got->master);
}

static void check_peers(struct checking *c, const struct recipe_mount *m, const struct mount *got)
{
	bool good = !m->shared == !got->shared && !m->master == !got->master;

	/* Neither lost to the host, nor open to it when it was not. */
	if (good && m->shared && (m->owner == OWNER_HOST || m->host_peer))
		good = has_peer(c->caller, got->shared) == m->host_peer;
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

/* Was there a mount; and one that could be seen, if this one can? */
static bool is_wanted(const struct checking *c, const struct mount *got)
{
	struct sorted_run stack = recipe_at(&c->places, got->at);

	for (size_t i = 0; i < stack.n; i++)
		if (!((const struct recipe_mount *)stack.v[i])->hidden ||
		    !mounts_is_visible(c->thawed, got))
			return true;
	return false;
}

size_t view_check(const struct recipe *r, const struct mounts *caller, const struct mounts *frame,
		  const struct mounts *thawed, struct view_wrong **ret)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	_cleanup_free_ const struct mount **got = xcalloc(r->n_mounts, sizeof(*got));
	_cleanup_free_ struct group *groups = xcalloc(r->n_mounts, sizeof(*groups));
	struct checking c = { .recipe = r,
			      .caller = caller,
			      .frame = frame,
			      .thawed = thawed,
			      .got = got,
			      .groups = groups,
			      .places = sort_by_at(r) };

	recipe_for_each_mount (m, r)
		if (!m->hidden)
			got[m - r->mounts] = visible_at(thawed, m->at);
	note_groups(&c);
	recipe_for_each_mount (m, r)
		if (!m->hidden)
			check_mount(&c, m);
	mounts_for_each (m, thawed)
		if (!is_wanted(&c, m))
			add_wrong(&c, FAULT_EXTRA, NULL, m);
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

/* Of the flags that are told apart criu knows all but this (mnt_opt2flag[] in criu/proc_parse.c). */
static unsigned long flags_of_image(unsigned long flags)
{
	unsigned long known = 0;

	for (size_t i = 0; i < MOUNT_FLAGS; i++)
		known |= mount_flags[i].flag;
	return flags & known & ~(unsigned long)MS_NOSYMFOLLOW;
}

void view_of_nested(const struct recipe *root, const struct mounts *nested, struct recipe *ret)
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

char *view_wrong_text(const struct view_wrong *w)
{
	const struct recipe_mount *m = w->want;
	_cleanup_free_ char *was = NULL;
	_cleanup_free_ char *is = NULL;

	switch (w->fault) {
	case FAULT_MISSING:
		return *m->fstype ? xasprintf("%s (%s) has not come back", m->at, m->fstype)
				  : xasprintf("%s has not come back", m->at);
	case FAULT_TYPE:
		return xasprintf("%s is of type %s and was of type %s", m->at, w->got->fstype,
				 m->fstype);
	case FAULT_OWNER:
		return xasprintf("%s is another file system than it was (%s)", m->at,
				 recipe_owner_name(m->owner));
	case FAULT_ROOT:
		return xasprintf("%s shows the folder %s and showed %s", m->at, w->got->root,
				 m->root);
	case FAULT_FLAGS:
		was = recipe_flags_text(m->flags);
		is = recipe_flags_text(w->got->flags);
		return xasprintf("%s has the flags %s and had %s", m->at, is, was);
	case FAULT_PEERS:
		was = peers_text(m->shared, m->master);
		is = peers_text(w->got->shared, w->got->master);
		if (!strcmp(was, is))
			return xasprintf("%s (%s) belongs to other peers than before", m->at, is);
		return xasprintf("%s is %s and was %s", m->at, is, was);
	case FAULT_EXTRA:
		return xasprintf("%s (%s) was not mounted before", w->got->at, w->got->fstype);
	}
	return xstrdup("?");
}
