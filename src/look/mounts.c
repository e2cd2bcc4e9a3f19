// SPDX-License-Identifier: MIT
#include "look/mounts.h"

#include "look/mount_index.h"
#include "look/mountinfo.h"
#include "util/cgroup2.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* 100,000 mounts is the kernel's default limit (fs.mount-max); a line has some 100 bytes. */
enum { MAX_TABLE = 64 << 20 };

const struct mount_flag mount_flags[MOUNT_FLAGS] = {
	{ "ro", MS_RDONLY },
	{ "nosuid", MS_NOSUID },
	{ "nodev", MS_NODEV },
	{ "noexec", MS_NOEXEC },
	{ "nosymfollow", MS_NOSYMFOLLOW },
	{ "noatime", MS_NOATIME },
	{ "nodiratime", MS_NODIRATIME },
	{ "relatime", MS_RELATIME },
};

const char mounts_staging_source[] = "criu-ns-staging";
const char mounts_devpts_source[] = "criu-ns";

const struct mount_lock_name mount_locks[MOUNT_LOCKS] = {
	{ "mount", LOCK_MOUNT, 0 },           { "ro", LOCK_RDONLY, MS_RDONLY },
	{ "nosuid", LOCK_NOSUID, MS_NOSUID }, { "nodev", LOCK_NODEV, MS_NODEV },
	{ "noexec", LOCK_NOEXEC, MS_NOEXEC }, { "atime", LOCK_ATIME, 0 },
};

static unsigned long flag_of(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(mount_flags); i++)
		if (!strncmp(mount_flags[i].name, name, length) && !mount_flags[i].name[length])
			return mount_flags[i].flag;
	return 0;
}

static unsigned long parse_flags(const char *options)
{
	unsigned long flags = 0;

	for (size_t n; *options; options += n + (options[n] == ',')) {
		n = strcspn(options, ",");
		flags |= flag_of(options, n);
	}
	return flags;
}

static int take_line(char *line, struct mount *m)
{
	struct mountinfo i;

	if (!mountinfo_parse(line, &i))
		return -EINVAL;
	*m = (struct mount){
		.id = i.id,
		.parent = i.parent,
		.dev = i.dev,
		.is_staged = !strcmp(i.source, mounts_staging_source),
		.is_thaws_devpts = !strcmp(i.fstype, "devpts") &&
				   !strcmp(i.source, mounts_devpts_source) &&
				   !strcmp(i.root, "/") && !strcmp(i.at, "/dev/pts"),
		.root = i.root,
		.at = i.at,
		.fstype = i.fstype,
		.options = i.fs_options,
		.flags = parse_flags(i.options),
		.shared = i.shared,
		.master = i.master,
	};
	return 0;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

/* The lines, which are changed where they are. */
static int take_lines(char *text, struct mounts *ret)
{
	for (char *end; (end = strchr(text, '\n')); text = end + 1) {
		*end = '\0';
		if (take_line(text, &ret->v[ret->n]) < 0)
			return -EINVAL;
		ret->n++;
	}
	return *text ? -EINVAL : 0;
}

/* One copy of the text for all mounts, which the first one owns. */
static int take_text(const char *text, struct mounts *ret)
{
	const size_t lines = count_lines(text);
	char *copy = xstrdup(text);
	int r;

	ret->v = xcalloc(lines, sizeof(*ret->v));
	r = take_lines(copy, ret);
	if (ret->n)
		ret->v[0].texts = copy;
	else
		free(copy);
	return r;
}

static void free_entries(struct mounts *t)
{
	mount_index_drop(t);
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i].texts);
	free(t->v);
	t->v = NULL;
	t->n = 0;
}

void mount_copy_texts(struct mount *m, const char *root, const char *at, const char *fstype,
		      const char *options)
{
	const char *const texts[] = { root, at, fstype, options };
	const char **const fields[] = { &m->root, &m->at, &m->fstype, &m->options };
	size_t size = 0;
	char *to;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		size += strlen(texts[i]) + 1;
	to = m->texts = xcalloc(size, 1);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		*fields[i] = to;
		to = stpcpy(to, texts[i]) + 1;
	}
}

void mounts_append(struct mounts *to, struct mounts *from)
{
	mount_index_drop(to);
	mount_index_drop(from);
	to->v = xreallocarray(to->v, to->n + from->n, sizeof(*to->v));
	memcpy(to->v + to->n, from->v, from->n * sizeof(*from->v));
	to->n += from->n;
	free(to->text);
	free(from->text);
	free(from->v);
	to->text = NULL;
	*from = (struct mounts){ 0 };
}

struct mounts mounts_part(const struct mounts *t, size_t first, size_t n)
{
	return (struct mounts){ .v = t->v + first, .n = n };
}

void mounts_end_part(struct mounts *part)
{
	mount_index_drop(part);
	*part = (struct mounts){ 0 };
}

void mounts_free(struct mounts *t)
{
	free_entries(t);
	free(t->text);
	*t = (struct mounts){ 0 };
}

int mounts_parse(struct mounts *t, const char *path, struct err *e)
{
	if (t->n)
		return 0;

	if (!*t->text)
		return err_set(e, 0, "the mount table %s is empty", path);
	if (take_text(t->text, t) == 0)
		return 0;
	free_entries(t);
	return err_set(e, 0, "cannot parse the mount table %s", path);
}

int mounts_read_text(int dirfd, const char *path, struct mounts *ret, struct err *e)
{
	*ret = (struct mounts){ 0 };

	ssize_t length = read_file_at(dirfd, path, MAX_TABLE, &ret->text);

	return length < 0 ? err_set(e, (int)-length, "cannot read the mount table %s", path) : 0;
}

int mounts_read(int dirfd, const char *path, struct mounts *ret, struct err *e)
{
	int r = mounts_read_text(dirfd, path, ret, e);

	return r < 0 ? r : mounts_parse(ret, path, e);
}

int mounts_read_of(int proc, pid_t pid, struct mounts *ret, struct err *e)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/mountinfo", pid);
	return mounts_read(proc, path, ret, e);
}

/* The length of a line, without name and options of cgroups of version 2: see util/cgroup2.h. */
static size_t length_told(const char *line, size_t n)
{
	const char *rest = cgroup2_after_type(line, n);

	return rest ? (size_t)(rest - line) : n;
}

bool mounts_same_texts(const char *a, const char *b)
{
	while (*a && *b) {
		size_t n_a = strcspn(a, "\n");
		size_t n_b = strcspn(b, "\n");
		size_t told = length_told(a, n_a);

		if (told != length_told(b, n_b) || memcmp(a, b, told) != 0)
			return false;
		a = text_next_line(a + n_a);
		b = text_next_line(b + n_b);
	}
	return !*a && !*b;
}

bool mounts_unchanged(int dirfd, const char *path, const struct mounts *t)
{
	_cleanup_free_ char *text = NULL;

	return t->text && read_file_at(dirfd, path, MAX_TABLE, &text) > 0 &&
	       mounts_same_texts(text, t->text);
}

const struct mount *mounts_by_id(const struct mounts *t, int id)
{
	struct sorted_run run = mount_index_find(t, BY_ID, &(struct mount){ .id = id });

	return run.n ? run.v[0] : NULL;
}

struct sorted_run mounts_at(const struct mounts *t, const char *at)
{
	return mount_index_find(t, BY_AT, &(struct mount){ .at = at });
}

struct sorted_run mounts_of(const struct mounts *t, dev_t dev)
{
	return mount_index_find(t, BY_DEV, &(struct mount){ .dev = dev });
}

struct sorted_run mounts_showing(const struct mounts *t, dev_t dev, const char *root)
{
	return mount_index_find(t, BY_ROOT, &(struct mount){ .dev = dev, .root = root });
}

struct sorted_run mounts_shared(const struct mounts *t, unsigned group)
{
	return mount_index_find(t, BY_SHARED, &(struct mount){ .shared = group });
}

struct sorted_run mounts_slaves(const struct mounts *t, unsigned master)
{
	return mount_index_find(t, BY_MASTER, &(struct mount){ .master = master });
}

/* What follows the id in its line of the text of a table; NULL: there is none. */
static const char *line_of(const struct mounts *t, int id)
{
	char start[16];

	snprintf(start, sizeof(start), "%d ", id);
	return t->text ? text_find_line(t->text, start) : NULL;
}

bool mounts_have_id(const struct mounts *t, int id)
{
	return t->n ? mounts_by_id(t, id) != NULL : line_of(t, id) != NULL;
}

bool mounts_id_has_type(const struct mounts *t, int id, const char *fstype)
{
	const struct mount *m = t->n ? mounts_by_id(t, id) : NULL;
	const char *line = t->n ? NULL : line_of(t, id);
	_cleanup_free_ char *words = line ? xasprintf(" - %s ", fstype) : NULL;

	return m ? !strcmp(m->fstype, fstype)
		 : line && memmem(line, strcspn(line, "\n"), words, strlen(words));
}

bool mounts_is_below(const char *path, const char *dir)
{
	size_t length = strlen(dir);

	if (length == 1)
		return true;
	return !strncmp(path, dir, length) && (path[length] == '/' || path[length] == '\0');
}

char *mounts_path_below(const char *path, const char *dir)
{
	const char *rest = path + (strcmp(dir, "/") != 0 ? strlen(dir) : 0);

	return xstrdup(*rest ? rest : "/");
}

char *mounts_path_join(const char *dir, const char *below)
{
	const char *rest = !strcmp(below, "/") ? "" : below;

	if (!strcmp(dir, "/"))
		return xstrdup(*rest ? rest : "/");
	return xconcat(dir, rest);
}

bool mounts_next_dir(const char *path, char *dir)
{
	size_t n = strlen(dir);

	if (n && n >= strlen(path))
		return false;
	n = n ? n + 1 + strcspn(path + n + 1, "/") : 1;
	memcpy(dir, n == 1 ? "/" : path, n);
	dir[n] = '\0';
	return true;
}

bool mounts_have_superblock(const struct mounts *t, dev_t dev)
{
	return mounts_of(t, dev).n > 0;
}

/* The first mount on m that has this mountpoint. */
static const struct mount *on_place(const struct mounts *t, const struct mount *m, const char *at)
{
	struct sorted_run run =
		mount_index_find(t, BY_PARENT, &(struct mount){ .parent = m->id, .at = at });

	for (size_t i = 0; i < run.n; i++)
		if (run.v[i] != m) /* a root may be its own parent */
			return run.v[i];
	return NULL;
}

/*
 * Of the mounts on m, the first that a walk to path meets; dir is a buffer for a path of that
 * length.
 */
static const struct mount *next_on(const struct mounts *t, const struct mount *m, const char *path,
				   char *dir)
{
	if (!mount_index_has_on(t, m->id))
		return NULL;
	for (*dir = '\0'; mounts_next_dir(path, dir);) {
		const struct mount *on = on_place(t, m, dir);

		if (on)
			return on;
	}
	return NULL;
}

static const struct mount *root_of(const struct mounts *t)
{
	struct sorted_run run = mounts_at(t, "/");

	for (size_t i = 0; i < run.n; i++) {
		const struct mount *m = run.v[i];

		if (m->parent == m->id || !mounts_by_id(t, m->parent))
			return m;
	}
	return NULL;
}

/* Where a walk to path that has come to the mount `at` ends. */
static const struct mount *walk_on(const struct mounts *t, const struct mount *at, const char *path)
{
	_cleanup_free_ char *dir = xcalloc(strlen(path) + 2, 1);
	size_t steps = t->n;

	/* The kernel's tables have no loops, but made-up ones may have. */
	for (const struct mount *next = at; next && steps--; next = next_on(t, at, path, dir))
		at = next;
	return at;
}

const struct mount *mounts_covering(const struct mounts *t, const char *path)
{
	return walk_on(t, root_of(t), path);
}

/* The walk to the directory in which the last path was, and where it has ended. */
struct last_walk {
	char *dir;
	const struct mount *end;
};

/*
 * mounts_covering() of one path after the other. The walk to a path begins with that to its
 * directory; from there on, nothing is in its way but what is mounted on the path itself.
 */
static const struct mount *covering_next(const struct mounts *t, const char *path,
					 struct last_walk *w)
{
	const char *slash = strrchr(path, '/');
	const struct mount *on;
	size_t n;

	if (!slash || !slash[1])
		return mounts_covering(t, path);
	n = slash > path ? (size_t)(slash - path) : 1;
	if (!w->dir || strncmp(w->dir, path, n) != 0 || w->dir[n]) {
		free(w->dir);
		w->dir = xstrndup(path, n);
		w->end = mounts_covering(t, w->dir);
	}
	on = w->end ? on_place(t, w->end, path) : NULL;
	return on ? walk_on(t, on, path) : w->end;
}

static void find_visible(const struct mounts *t, bool *ret)
{
	struct last_walk w = { 0 };

	mounts_for_each (m, t) {
		struct sorted_run here = mounts_at(t, m->at);
		const struct mount *seen =
			here.n && here.v[0] == m ? covering_next(t, m->at, &w) : NULL;

		if (seen && !strcmp(seen->at, m->at))
			ret[seen - t->v] = true;
	}
	free(w.dir);
}

bool mounts_is_cgroup(const char *fstype)
{
	return !strcmp(fstype, "cgroup") || !strcmp(fstype, "cgroup2");
}

bool mounts_is_visible(const struct mounts *t, const struct mount *m)
{
	return mount_index_visible(t, find_visible)[m - t->v];
}

/*
 * Only a procfs that shows everything may be replaced by a fresh one. proc(5) has the options
 * hidepid=, gid= and subset=; without any of them, the options are a single word.
 */
static bool is_own_proc(const struct mount *m)
{
	return !strcmp(m->fstype, "proc") && !strcmp(m->root, "/") && !strcmp(m->at, "/proc") &&
	       !strchr(m->options, ',');
}

static bool same_guards(const struct mount *a, const struct mount *b)
{
	return !((a->flags ^ b->flags) & MOUNT_GUARDS);
}

/*
 * The frame's mounts that are not matched yet. A match in a stack also uses up all mounts below it,
 * because a mount that comes later in the target's table was mounted later.
 */
struct matching {
	const struct mounts *frame;
	/* by the first mount on a mountpoint: the first one there that is not matched yet */
	const struct mount **next;
};

static const struct mount **next_free(const struct matching *c, const char *at)
{
	struct sorted_run stack = mounts_at(c->frame, at);
	const struct mount *first = stack.n ? stack.v[0] : NULL;

	return first ? &c->next[first - c->frame->v] : NULL;
}

/* The mount of the frame's that is the same as m; or NULL, and why there is none. */
static const struct mount *match(const struct matching *c, const struct mount *m,
				 enum mount_difference *why)
{
	struct sorted_run same = mount_index_find(c->frame, BY_SPOT, m);
	const struct mount *last = same.n ? same.v[same.n - 1] : NULL;
	struct sorted_run here;

	*why = mounts_have_superblock(c->frame, m->dev) ? OTHER_PLACE : OTHER_FS;
	if (!last)
		return NULL;
	*why = same_guards(last, m) ? OTHER_ORDER : OTHER_FLAGS;
	here = sorted_from(same, *next_free(c, m->at));
	for (size_t i = 0; i < here.n; i++)
		if (same_guards(here.v[i], m))
			return here.v[i];
	return NULL;
}

size_t mounts_compare(const struct mounts *frame, const struct mounts *target,
		      struct mount_diff **ret)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	_cleanup_free_ const struct mount **next = xcalloc(frame->n, sizeof(*next));
	const struct matching c = { .frame = frame, .next = next };
	struct mount_diff *diff = xcalloc(target->n, sizeof(*diff));
	size_t n = 0;

	mounts_for_each (m, target) {
		enum mount_difference why;
		const struct mount *same = match(&c, m, &why);

		if (same)
			*next_free(&c, m->at) = same + 1;
		else if (!is_own_proc(m) && !m->is_thaws_devpts)
			diff[n++] = (struct mount_diff){ m, why };
	}
	*ret = diff;
	return n;
}

/*
 * The parts of a line of mountinfo: fields 3 to 6 (superblock, root, mountpoint, flags), and the
 * rest.
 */
struct line {
	const char *key;
	size_t length;
	const char *rest; /* from the optional fields on */
	size_t rest_length;
};

/*
 * Parse the line at *text, and move *text to the next one. False at the end, or if it is not such a
 * line.
 */
static bool take_mountinfo(const char **text, struct line *ret)
{
	size_t whole = strcspn(*text, "\n");
	const char *p = *text;
	const char *end = p + whole;

	for (int field = 1; field <= 6; field++) {
		if (field == 3)
			ret->key = p;
		p = p < end ? memchr(p, ' ', (size_t)(end - p)) : NULL;
		if (!p)
			return false;
		p++;
	}
	ret->length = (size_t)(p - 1 - ret->key);
	ret->rest = p;
	ret->rest_length = (size_t)(end - p);
	*text = end + (*end == '\n');
	return true;
}

static bool is_mounted_at(const struct line *l, const char *root_and_place)
{
	const char *root = memchr(l->key, ' ', l->length);

	return root && text_begins(root, root_and_place);
}

/*
 * After the first single dash come the type of the file system, its source, and then words that it
 * chooses itself.
 */
static const char *after_dash(const struct line *l, const char *words)
{
	const char *end = l->rest + l->rest_length;
	const char *from = l->rest - 1; /* the blank: there may be no optional fields */
	const char *dash = memmem(from, (size_t)(end - from), " - ", 3);

	return dash && text_begins(dash + 3, words) ? dash : NULL;
}

static bool is_own_proc_line(const struct line *l)
{
	const char *dash = is_mounted_at(l, " / /proc ") ? after_dash(l, "proc ") : NULL;

	return dash && !memchr(dash, ',', (size_t)(l->rest + l->rest_length - dash));
}

static bool is_thaws_devpts_line(const struct line *l)
{
	static const char type[] = "devpts ";
	const char *dash = is_mounted_at(l, " / /dev/pts ") ? after_dash(l, type) : NULL;
	const size_t length = strlen(mounts_devpts_source);

	if (!dash)
		return false;
	dash += 3 + sizeof(type) - 1;
	return !strncmp(dash, mounts_devpts_source, length) && dash[length] == ' ';
}

bool mounts_surely_same(const char *frame, const char *target, bool *own_proc)
{
	struct line t;

	*own_proc = false;
	while (*target) {
		const char *ahead = frame;
		struct line f = { 0 };

		if (!take_mountinfo(&target, &t))
			return false;
		do {
			if (!take_mountinfo(&ahead, &f)) {
				ahead = NULL;
				break;
			}
		} while (f.length != t.length || memcmp(f.key, t.key, t.length) != 0);
		if (ahead)
			frame = ahead;
		else if (is_own_proc_line(&t))
			*own_proc = true;
		else if (!is_thaws_devpts_line(&t))
			return false;
	}
	return true;
}

bool mounts_have_outside_master(const struct mounts *target)
{
	mounts_for_each (m, target)
		if (m->master && !mounts_shared(target, m->master).n)
			return true;
	return false;
}

bool mounts_have_outside_peer(const struct mounts *frame, const struct mounts *target)
{
	mounts_for_each (m, target)
		if (m->shared && mounts_shared(frame, m->shared).n)
			return true;
	return false;
}

const char *mounts_difference_text(enum mount_difference why)
{
	switch (why) {
	case OTHER_PLACE:
		return "another directory of a file system that the caller has";
	case OTHER_FS:
		return "a file system that the caller does not have";
	case OTHER_FLAGS:
		return "other flags (ro, nosuid, nodev, noexec) than for the caller";
	case OTHER_ORDER:
		return "stacked in another order than for the caller";
	}
	return "?";
}

bool mounts_have_group(const struct mounts *t, unsigned group)
{
	return group && (mounts_shared(t, group).n || mounts_slaves(t, group).n);
}

/* The kernel ends the root of such a mount with this mark (show_mountinfo()). */
bool mounts_root_is_deleted(const char *root)
{
	static const char mark[] = "//deleted";
	size_t length = strlen(root);

	return length >= sizeof(mark) - 1 && !strcmp(root + length - sizeof(mark) + 1, mark);
}

int mounts_id_of(int fd)
{
	struct statx stx;

	return fd >= 0 && statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &stx) == 0
		       ? (int)stx.stx_mnt_id
		       : -1;
}
