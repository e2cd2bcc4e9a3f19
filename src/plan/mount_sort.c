// SPDX-License-Identifier: MIT
#include "plan/mount_sort.h"

#include "plan/mount_keys.h"

#include "util/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

struct sorting {
	const struct cli *cli;
	const struct mounts *caller, *target, *nested;
	/* the root task's table, if the target is a view below it; else NULL */
	const struct mounts *above;
	const struct recipe *whole; /* likewise, the recipe with the mounts of that */
	const struct mount *proc;   /* the frame's */
	struct recipe *ret;
	unsigned keys;
};

/* The file systems that criu 4.2 can save, or mount again (criu/filesystems.c). */
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

bool mount_omitted_by_criu(const char *fstype)
{
	return !strcmp(fstype, "tracefs");
}

long mount_pty_index(const char *fstype, const char *root)
{
	char *end;
	long index;

	if (strcmp(fstype, "devpts") != 0 || root[0] != '/' || root[1] < '0' || root[1] > '9')
		return -1;
	index = strtol(root + 1, &end, 10);
	return *end ? -1 : index;
}

static bool in_group(const struct mount *m, unsigned group)
{
	return group && (m->shared == group || m->master == group);
}

/*
 * Of the caller's mounts that show root, the first that a path leads to; preferably one of m's peer
 * group.
 */
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
 * The mount of the caller's from which this one can be made: it has to show the directory of this
 * one, and a path has to lead to it. Preferably it is of the peer group from which this one gets
 * its mounts; of several, it is the widest.
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

/* Is the master of this mount in that table of the tree? */
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
	if (mounts_root_is_deleted(m->root)) {
		refuse(m, e, "is of a file or directory that has been deleted");
		return is_root(m) ? -EINVAL
				  : err_hint(e, "unmount it, or name it: --external 'mnt[%s]:KEY'",
					     m->at);
	}
	mounts_for_each (f, s->caller) {
		if (f->dev != m->dev || !mounts_is_below(m->root, f->root))
			continue;
		err_set(e, 0,
			"the mount %s (%s) can only be made again from the mount on %s, which another mount covers",
			m->at, m->fstype, f->at);
		return err_hint(e, "mount that file system in a second place");
	}
	err_set(e, 0,
		"the mount %s is of the directory %s of a file system (%s) "
		"of which the host has mounted only other directories",
		m->at, m->root, m->fstype);
	if (is_root(m))
		return err_hint(e, "mount that file system somewhere on the host");
	return err_hint(
		e,
		"mount that file system somewhere on the host, or name the mount: --external 'mnt[%s]:KEY'",
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

/*
 * Does one of t's mounts fit, of those that show the directory of m, so that m could be made from
 * them?
 */
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
	return !mounts_root_is_deleted(m->root) && !(m->flags & MS_RDONLY) &&
	       mounts_is_visible(s->target, m) && source_of(s, m);
}

/*
 * criu makes the directory again, binds it and removes it (do_bind_mount_v2() in criu/mount-v2.c),
 * if another mount of the target's, which criu is given, leads to that place.
 */
static bool can_be_remade(const struct sorting *s, const struct mount *m)
{
	return any_showing(s, s->target, m, is_way_in);
}

/*
 * Nobody can see this mount, neither before nor after. In a stack, criu finds it by the mountpoint;
 * else criu would look for a path that does not exist.
 */
static enum recipe_owner owner_unseen(const struct sorting *s, const struct mount *m)
{
	return is_stacked(s->target, m) ? OWNER_AUTO : OWNER_NONE;
}

/*
 * A mount in a stack cannot be left out (--skip-mnt) without all others of it. If it is hidden on
 * the host, too, that mount stands in for it that is seen there.
 */
static const struct mount *stand_in_for(const struct sorting *s, const struct mount *m)
{
	struct sorted_run run = mounts_showing(s->caller, m->dev, m->root);
	const struct mount *hidden = run.n ? run.v[0] : NULL;
	const struct mount *seen = hidden ? mounts_covering(s->caller, hidden->at) : NULL;

	return is_stacked(s->target, m) && seen && !strcmp(seen->at, hidden->at) ? seen : NULL;
}

/*
 * criu leaves a mountpoint out in all mount namespaces (should_skip_mount() in criu/proc_parse.c),
 * or in none.
 */
static enum recipe_owner owner_below(const struct sorting *s, const struct mount *m)
{
	recipe_for_each_mount (other, s->whole)
		if (other->owner == OWNER_NONE && !strcmp(other->at, m->at))
			return OWNER_NONE;
	return OWNER_AUTO;
}

/*
 * Of a file or directory that has been deleted, the thaw can only give a copy (thaw/staging.c). So
 * it must be what the caller has there, too; or such a copy of it.
 */
static const struct mount *same_deleted(const struct sorting *s, const struct mount *m)
{
	const struct mount *f;

	if (!mounts_root_is_deleted(m->root))
		return NULL;
	f = mounts_covering(s->caller, m->at);
	if (!f || strcmp(f->at, m->at) != 0)
		return NULL;
	return m->is_staged || (f->dev == m->dev && !strcmp(f->root, m->root)) ? f : NULL;
}

static void take_from(const struct sorting *s, const struct mount *m, const struct mount *source,
		      const char *folder, struct recipe_mount *r)
{
	r->owner = OWNER_HOST;
	r->host = xstrdup(source->at);
	r->folder = xstrdup(folder);
	r->host_peer = m->shared && mounts_have_group(s->caller, m->shared);
}

/* With mnt[], criu finds it on the host by its path. */
static enum recipe_owner owner_found(const struct sorting *s, const struct mount *m)
{
	return mounts_is_visible(s->target, m) || source_of(s, m) ? OWNER_AUTO : owner_unseen(s, m);
}

static int sort_host(struct sorting *s, const struct mount *m, struct recipe_mount *r,
		     struct err *e)
{
	bool is_deleted = mounts_root_is_deleted(m->root);
	const struct mount *source;

	if (is_frame_proc(s, m)) {
		r->owner = OWNER_PROC;
		return 0;
	}
	source = is_deleted ? NULL : source_of(s, m);
	if (source) {
		_cleanup_free_ char *folder = mounts_path_below(m->root, source->root);

		take_from(s, m, source, folder, r);
		return 0;
	}
	source = mounts_is_visible(s->target, m) ? NULL : stand_in_for(s, m);
	if (source) {
		take_from(s, m, source, "/", r);
		return 0;
	}
	if (!mounts_is_visible(s->target, m)) {
		r->owner = s->above ? owner_below(s, m) : owner_unseen(s, m);
		return 0;
	}
	if (is_deleted && can_be_remade(s, m)) {
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

/*
 * For a bind mount, its file system must be mounted somewhere as a whole, or be a part of the root.
 */
static bool can_be_bound(const struct sorting *s, const struct mount *m)
{
	return !strcmp(m->root, "/") || any_showing(s, s->target, m, is_whole) ||
	       any_showing(s, s->nested, m, is_whole) ||
	       (s->above && any_showing(s, s->above, m, is_whole));
}

static bool is_filesystem(const struct sorting *s, const struct mount *m)
{
	(void)s;
	return !strcmp(m->root, "/");
}

/*
 * criu saves the root of a view below as any other mount, for which there has to be one that can be
 * copied.
 */
static bool is_partial(const struct sorting *s, const struct mount *m)
{
	return is_root(m) && s->above && !any_showing(s, s->target, m, is_filesystem) &&
	       !any_showing(s, s->nested, m, is_filesystem) &&
	       !any_showing(s, s->above, m, is_whole);
}

/* The root of the root task is not saved. */
static bool is_kept(const struct sorting *s, const struct mount *m)
{
	return is_root(m) && !s->above;
}

/*
 * systemd 257 makes two directories in a tmpfs for PrivateTmp=disconnected, which DynamicUser= means, too,
 * binds these, and unmounts the tmpfs itself.
 */
static bool is_disconnected_tmp(const struct mount *m)
{
	return !strcmp(m->fstype, "tmpfs") &&
	       ((!strcmp(m->at, "/tmp") && !strcmp(m->root, "/tmp")) ||
		(!strcmp(m->at, "/var/tmp") && !strcmp(m->root, "/var-tmp")));
}

/* Of a file that another one is mounted on, tar would keep the latter. */
static bool has_mounts_on_it(const struct sorting *s, const struct mount *m)
{
	mounts_for_each (other, s->target)
		if (other->parent == m->id)
			return true;
	return false;
}

/*
 * The thaw makes one tmpfs for all of them. One that is covered could not be opened to be kept, and one
 * with a master has others that show the same.
 */
static bool can_be_kept(const struct sorting *s, const struct mount *m)
{
	if (s->above || !is_disconnected_tmp(m) || m->master || has_mounts_on_it(s, m) ||
	    !mounts_is_visible(s->target, m))
		return false;
	recipe_for_each_mount (other, s->ret) {
		const struct mount *kept = mounts_by_id(s->target, other->id);

		if (other->owner == OWNER_KEPT && !is_root(kept) && kept->dev != m->dev)
			return false;
	}
	return true;
}

static void keep(const struct mount *m, struct recipe_mount *r)
{
	r->owner = OWNER_KEPT;
	r->options = xstrdup(*m->options ? m->options : "rw");
}

static int refuse_partial(const struct mount *m, struct err *e)
{
	refuse(m, e, "is of a directory of a file system that is not mounted as a whole anywhere");
	return err_hint(e, "name it: --external 'mnt[%s]:KEY'", m->at);
}

static int sort_own(struct sorting *s, const struct mount *m, struct recipe_mount *r, struct err *e)
{
	char dev[64];

	snprintf(dev, sizeof(dev), "%u/%u", major(m->dev), minor(m->dev));
	r->owner = OWNER_OWN;
	if (is_kept(s, m)) {
		keep(m, r);
		if (!strcmp(m->fstype, "tmpfs"))
			return 0;
		refuse(m, e, "is mounted nowhere on the host, and criu does not save it");
		return err_hint(e, "mount that file system somewhere on the host, too");
	}
	if (cli_external(s->cli, "dev", dev))
		return 0;
	if (!s->cli->enable_fs && !is_savable(m->fstype)) {
		refuse(m, e, "is mounted nowhere on the host, and criu cannot save it");
		return err_hint(
			e,
			"mount it on the host and bind it, unmount it, or name it: --external 'mnt[%s]:KEY'",
			m->at);
	}
	if (is_partial(s, m) && !strcmp(m->fstype, "tmpfs")) {
		r->whole = true;
		free(r->root);
		r->root = xstrdup("/");
	} else if (!can_be_bound(s, m) || is_partial(s, m)) {
		if (!can_be_kept(s, m))
			return refuse_partial(m, e);
		keep(m, r);
	}
	if (m->master && !has_inner_master(s->target, m) && !has_inner_master(s->nested, m) &&
	    !(s->above && has_inner_master(s->above, m))) {
		refuse(m, e, "is a slave of a mount that is neither the host's nor the target's");
		return err_hint(e, "make it private: mount --make-private");
	}
	return 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && !strcmp(text + length - strlen(end), end);
}

/*
 * The tmpfs that podman and docker mount on the host for the /dev/shm of one container, and unmount
 * when it has ended: it is the container's own.
 */
static bool is_engines_shm(const struct sorting *s, const struct mount *m)
{
	static const char *const ends[] = { "/userdata/shm", "/mounts/shm" };
	const struct mount *source;

	if (strcmp(m->fstype, "tmpfs") != 0 || strcmp(m->root, "/") != 0 || is_root(m) ||
	    m->shared || m->master)
		return false;
	source = source_of(s, m);
	for (size_t i = 0; i < ARRAY_SIZE(ends) && source; i++)
		if (ends_with(source->at, ends[i]))
			return true;
	return false;
}

/*
 * Of the characters that mountinfo escapes, criu 4.2 reads all but this one (cure_path() in
 * criu/proc_parse.c).
 */
static int refuse_newline(const struct mount *m, struct err *e)
{
	refuse(m, e, "has a newline in its path, which criu misreads");
	return err_hint(e, "unmount it, or mount it in another place");
}

/*
 * The other side of that terminal is outside, with whoever made the container. criu refuses one of
 * an own devpts (devpts_check_bindmount() in criu/tty.c), unless a client will take the other side;
 * on the host's, that name may be somebody else's terminal at the thaw.
 */
static bool is_terminal(const struct sorting *s, const struct mount *m)
{
	bool is_criu_s = s->cli->orphan_masters && !mounts_have_superblock(s->caller, m->dev);

	return mount_pty_index(m->fstype, m->root) >= 0 && !s->cli->auto_external && !is_criu_s &&
	       mounts_is_visible(s->target, m);
}

/*
 * Where the tree is in a cgroup namespace of its own, criu mounts its cgroups again (cgroup_parse()
 * in criu/filesystems.c, 4.2). Who asks by RPC, an engine, may thaw with criu alone, which would
 * know nothing of a key of ours.
 */
static bool is_left_to_criu(const struct sorting *s, const struct mount *m)
{
	return s->cli->by_rpc && s->target->in_cgroup_ns && mounts_is_cgroup(m->fstype);
}

static int sort_mount(struct sorting *s, const struct mount *m, struct err *e)
{
	const char *given = is_root(m) || s->above ? NULL : cli_external(s->cli, "mnt", m->at);
	struct recipe_mount *r = recipe_add_mount(s->ret);
	int result = 0;

	r->id = m->id;
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
	} else if (given && *given && !mount_omitted_by_criu(m->fstype)) {
		r->owner = OWNER_GIVEN;
		r->key = xstrdup(given);
	} else if (is_terminal(s, m)) {
		r->owner = OWNER_PTY;
	} else if (is_left_to_criu(s, m)) {
		r->owner = OWNER_OWN;
	} else if (same_deleted(s, m) && !is_root(m)) {
		/* A copy has no peers, and nothing can be mounted in it. */
		take_from(s, m, same_deleted(s, m), "/", r);
		r->shared = r->master = 0;
		r->host_peer = false;
	} else if ((!mounts_have_superblock(s->caller, m->dev) || is_engines_shm(s, m)) &&
		   !is_frame_proc(s, m)) {
		result = sort_own(s, m, r, e);
	} else if (s->cli->auto_external && !is_root(m) && !mount_omitted_by_criu(m->fstype)) {
		r->owner = owner_found(s, m);
	} else {
		result = sort_host(s, m, r, e);
	}
	return result;
}

static void free_text(char **text)
{
	free(*text);
	*text = NULL;
}

/* criu-ns does not bring this mount back. */
static void hand_off(struct recipe_mount *m, enum recipe_owner owner)
{
	m->owner = owner;
	m->host_peer = false;
	free_text(&m->key);
	free_text(&m->host);
	free_text(&m->folder);
}

/* A mount of the recipe that is being made. */
static struct recipe_mount *entry(const struct sorting *s, const void *m)
{
	return &s->ret->mounts[(const struct recipe_mount *)m - s->ret->mounts];
}

/* The root of a view below has a source like any other mount. */
static void give_keys(struct sorting *s)
{
	recipe_for_each_mount (m, s->ret)
		if (mount_is_keyed(m) || (s->above && m->owner == OWNER_HOST))
			entry(s, m)->key = xasprintf("%s%u", mount_key_prefix, ++s->keys);
}

/* Which mountpoints have a mount that is left out, by the index of the first mount there. */
static bool *find_left_out(const struct recipe *r, const struct sorted *places)
{
	bool *out = xcalloc(r->n_mounts, sizeof(*out));

	recipe_for_each_mount (m, r) {
		const struct recipe_mount *first = recipe_at(places, m->at).v[0];

		out[first - r->mounts] |= m->owner == OWNER_NONE;
	}
	return out;
}

static bool any_left_out(const struct recipe *r)
{
	recipe_for_each_mount (m, r)
		if (m->owner == OWNER_NONE)
			return true;
	return false;
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
 * A mount on one that is left out is left out, too. Because criu leaves out all mounts on that
 * mountpoint, none of them may be visible.
 */
static int leave_out_below(struct sorting *s, const struct sorted *places, struct err *e)
{
	const struct recipe *r = s->ret;
	_cleanup_free_ bool *first = NULL;
	_cleanup_free_ bool *all = NULL;

	if (!any_left_out(r))
		return 0;
	first = find_left_out(r, places);
	recipe_for_each_mount (m, r)
		if (m->hidden && lies_on_left_out(r, places, first, m->at))
			hand_off(entry(s, m), OWNER_NONE);
	all = find_left_out(r, places);
	recipe_for_each_mount (m, r) {
		if (m->owner == OWNER_NONE || !is_left_out_at(r, places, all, m->at))
			continue;
		err_set(e, 0,
			"the mount %s (%s) has the same mountpoint as one that is left out, "
			"and criu would leave out both",
			m->at, m->fstype);
		return err_hint(e, "unmount it, or mount it in another place");
	}
	return 0;
}

static bool is_own_deleted(const struct recipe_mount *m)
{
	return m->owner == OWNER_OWN && mounts_root_is_deleted(m->root);
}

static bool is_same_deleted(const struct mounts *t, const struct recipe_mount *one,
			    const struct recipe_mount *other)
{
	if (!is_own_deleted(other) || strcmp(one->root, other->root) != 0)
		return false;

	const struct mount *m = mounts_by_id(t, one->id);
	const struct mount *o = mounts_by_id(t, other->id);

	return m && o && m->dev == o->dev;
}

/*
 * For each mount of a file or directory that has been deleted, criu makes that again, and deletes
 * them all in the end ("Can't re-create deleted file", do_bind_mount_v2() in criu/mount-v2.c). Of
 * two of the same one, one is made from the other, if criu comes to it later: to those on one
 * mountpoint it comes from below (resort_siblings(), criu/mount.c). systemd-nspawn has such
 * mounts of its boot id: on /proc, and on /proc/sys, which covers the first one.
 */
static int pair_deleted(const struct sorting *s, struct recipe_mount *m, struct err *e)
{
	recipe_for_each_mount (other, s->ret) {
		if (other == m || !is_same_deleted(s->target, m, other))
			continue;
		if (!strcmp(m->at, other->at) && m->hidden != other->hidden) {
			m->again = !m->hidden;
			continue;
		}
		err_set(e, 0,
			"the mounts %s and %s are of the same file or directory, %s, which has been deleted: "
			"criu can make only one of them again",
			m->at, other->at, m->root);
		return err_hint(e, "unmount one of them, or name it: --external 'mnt[%s]:KEY'",
				m->at);
	}
	return 0;
}

static int finish_sorting(struct sorting *s, struct err *e)
{
	struct sorted places = recipe_sort_by_at(s->ret);
	int r = leave_out_below(s, &places, e);

	if (!r)
		give_keys(s);
	for (size_t i = 0; i < s->ret->n_mounts && !r; i++)
		if (is_own_deleted(&s->ret->mounts[i]))
			r = pair_deleted(s, &s->ret->mounts[i], e);
	sorted_free(&places);
	return r;
}

static int sort_all(struct sorting *s, const struct mounts *frame, struct err *e)
{
	const struct mount *root = mounts_covering(s->target, "/");
	const struct mount *proc = mounts_covering(frame, "/proc");
	int result;

	if (!root)
		return err_set(e, 0, "the root of the target is not a mount");
	s->proc = proc && !strcmp(proc->fstype, "proc") ? proc : NULL;
	result = sort_mount(s, root, e);
	mounts_for_each (m, s->target) {
		if (result < 0)
			break;
		if (m == root || cli_skips_mount(s->cli, m->at))
			continue;
		if (is_root(m))
			result = refuse(m, e, "is covered by another one on /");
		else
			result = sort_mount(s, m, e);
	}
	return result < 0 ? result : finish_sorting(s, e);
}

int mount_sort(const struct cli *cli, const struct mount_tables *tables, struct recipe *ret,
	       struct err *e)
{
	struct recipe r = { 0 };
	struct sorting s = { .cli = cli,
			     .caller = tables->caller,
			     .target = tables->target,
			     .nested = tables->nested,
			     .ret = &r };
	int result = sort_all(&s, tables->frame, e);

	if (result < 0)
		recipe_free(&r);
	else
		*ret = r;
	return result;
}

static unsigned count_keys(const struct recipe *r)
{
	unsigned n = 0;

	recipe_for_each_mount (m, r)
		n += m->key != NULL;
	recipe_for_each_view (w, r)
		recipe_for_each_mount (m, w)
			n += m->key != NULL;
	return n;
}

int mount_sort_view(const struct cli *cli, const struct mount_tables *tables,
		    const struct mounts *view, struct recipe *r, struct err *e)
{
	struct sorting s = { .cli = cli,
			     .caller = tables->caller,
			     .target = view,
			     .nested = tables->nested,
			     .above = tables->target,
			     .whole = r,
			     .keys = count_keys(r),
			     .ret = recipe_add_view(r) };

	return sort_all(&s, tables->frame, e);
}

const char *mount_why(const struct recipe_mount *m)
{
	switch (m->owner) {
	case OWNER_OWN:
		return mounts_root_is_deleted(m->root)
			       ? "of a deleted directory: criu makes that, and deletes it again"
			       : "the target's own: criu saves it and makes it again";
	case OWNER_HOST:
		return m->hidden ? "the host's, and covered by another mount"
		       : m->key  ? "the host's: the thaw gives it to criu"
				 : "the host's: the thaw makes it the root";
	case OWNER_PROC:
		return "of the pid namespace that criu runs in: the thaw gives criu that of the new one";
	case OWNER_KEPT:
		return "the target's own, which criu does not save: its content is kept beside the images";
	case OWNER_GIVEN:
		return "named by hand";
	case OWNER_PTY:
		return "a terminal: the thaw makes a new pty";
	case OWNER_AUTO:
		return "the host's: criu finds it again (mnt[])";
	case OWNER_NONE:
		return "covered by another mount, here and on the host: left out";
	}
	return "?";
}
