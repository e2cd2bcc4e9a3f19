// SPDX-License-Identifier: MIT
#include "mounts.h"

#include "util.h"

#include <dlfcn.h>
#include <errno.h>
#include <libmount/libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

/* 100,000 mounts is the kernel's default limit (fs.mount-max); a line has some 100 bytes. */
enum { MAX_TABLE = 64 << 20 };

/*
 * libmount is loaded when the first table is read, not when the program starts: with its own
 * libraries (libblkid, libselinux, libpcre2) it takes longer to load than all else that a thaw
 * adds to criu's time, and a thaw reads no table; and the pseudo-init, which lives as long as the
 * thawed tree, is not to carry it.
 */
#define LIBMOUNT_SYMBOLS(X)                                                                        \
	X(mnt_new_table)                                                                           \
	X(mnt_unref_table)                                                                         \
	X(mnt_table_parse_stream)                                                                  \
	X(mnt_table_get_nents)                                                                     \
	X(mnt_new_iter)                                                                            \
	X(mnt_free_iter)                                                                           \
	X(mnt_table_next_fs)                                                                       \
	X(mnt_fs_get_id)                                                                           \
	X(mnt_fs_get_parent_id)                                                                    \
	X(mnt_fs_get_devno)                                                                        \
	X(mnt_fs_get_root)                                                                         \
	X(mnt_fs_get_target)                                                                       \
	X(mnt_fs_get_fstype)                                                                       \
	X(mnt_fs_get_fs_options)                                                                   \
	X(mnt_fs_get_vfs_options)                                                                  \
	X(mnt_fs_get_optional_fields)

static struct {
	void *handle;
#define X(name) __typeof__(&(name)) name; /* NOLINT(bugprone-macro-parentheses) */
	LIBMOUNT_SYMBOLS(X)
#undef X
} lib;

static int load_libmount(struct err *e)
{
	if (lib.handle)
		return 0;

	void *handle = dlopen("libmount.so.1", RTLD_LAZY | RTLD_LOCAL);

	if (!handle) {
		err_set(e, 0, "cannot load libmount: %s", dlerror());
		return err_hint(e, "install it: libmount1 (Debian), libmount (Fedora)");
	}
#define X(name)                                                                                    \
	lib.name = (__typeof__(lib.name))dlsym(handle, #name);                                     \
	if (!lib.name)                                                                             \
		return err_set(e, 0, "libmount.so.1 has no " #name);
	LIBMOUNT_SYMBOLS(X)
#undef X
	lib.handle = handle;
	return 0;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

static bool has_option(const char *options, const char *name)
{
	size_t length = strlen(name);

	for (const char *p = options; p; p = strchr(p, ','), p = p ? p + 1 : NULL)
		if (!strncmp(p, name, length) && (p[length] == ',' || p[length] == '\0'))
			return true;
	return false;
}

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

static unsigned long parse_flags(const char *options)
{
	unsigned long flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(mount_flags); i++)
		if (has_option(options, mount_flags[i].name))
			flags |= mount_flags[i].flag;
	return flags;
}

static unsigned parse_group(const char *fields, const char *key)
{
	const char *p = fields ? strstr(fields, key) : NULL;

	return p ? (unsigned)strtoul(p + strlen(key), NULL, 10) : 0;
}

static int copy_mount(struct libmnt_fs *fs, struct mount *m)
{
	const char *root = lib.mnt_fs_get_root(fs);
	const char *at = lib.mnt_fs_get_target(fs);
	const char *fstype = lib.mnt_fs_get_fstype(fs);
	const char *options = lib.mnt_fs_get_vfs_options(fs);
	const char *fields = lib.mnt_fs_get_optional_fields(fs);
	const char *fs_options = lib.mnt_fs_get_fs_options(fs);

	if (!root || !at || !fstype || !options)
		return -EINVAL;
	*m = (struct mount){
		.id = lib.mnt_fs_get_id(fs),
		.parent = lib.mnt_fs_get_parent_id(fs),
		.dev = lib.mnt_fs_get_devno(fs),
		.root = xstrdup(root),
		.at = xstrdup(at),
		.fstype = xstrdup(fstype),
		.options = xstrdup(fs_options ? fs_options : ""),
		.flags = parse_flags(options),
		.shared = parse_group(fields, "shared:"),
		.master = parse_group(fields, "master:"),
	};
	return 0;
}

static int copy_table(struct libmnt_table *tb, struct mounts *ret)
{
	struct libmnt_iter *it = lib.mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	int r = 0;

	ret->v = xcalloc((size_t)lib.mnt_table_get_nents(tb), sizeof(*ret->v));
	while (!r && lib.mnt_table_next_fs(tb, it, &fs) == 0) {
		r = copy_mount(fs, &ret->v[ret->n]);
		ret->n += !r;
	}
	lib.mnt_free_iter(it);
	return r;
}

static void free_entries(struct mounts *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].root);
		free(t->v[i].at);
		free(t->v[i].fstype);
		free(t->v[i].options);
	}
	free(t->v);
	t->v = NULL;
	t->n = 0;
}

void mounts_append(struct mounts *to, struct mounts *from)
{
	to->v = xreallocarray(to->v, to->n + from->n, sizeof(*to->v));
	memcpy(to->v + to->n, from->v, from->n * sizeof(*from->v));
	to->n += from->n;
	free(to->text);
	free(from->text);
	free(from->v);
	to->text = NULL;
	*from = (struct mounts){ 0 };
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

	size_t length = strlen(t->text);
	int r = load_libmount(e);

	if (r < 0)
		return r;
	if (!length)
		return err_set(e, 0, "the mount table %s is empty", path);

	FILE *stream = fmemopen(t->text, length, "re");
	struct libmnt_table *tb = lib.mnt_new_table();

	r = stream && tb ? lib.mnt_table_parse_stream(tb, stream, path) : -ENOMEM;
	/* libmount leaves a line out that it cannot read, and returns success (seen with 2.38.1) */
	if (!r && (t->text[length - 1] != '\n' ||
		   (size_t)lib.mnt_table_get_nents(tb) != count_lines(t->text)))
		r = -EINVAL;
	if (!r)
		r = copy_table(tb, t);
	lib.mnt_unref_table(tb);
	if (stream)
		fclose(stream);
	if (!r)
		return 0;
	free_entries(t);
	return err_set(e, 0, "cannot understand the mount table %s", path);
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

bool mounts_unchanged(int dirfd, const char *path, const struct mounts *t)
{
	_cleanup_free_ char *text = NULL;

	return t->text && read_file_at(dirfd, path, MAX_TABLE, &text) > 0 && !strcmp(text, t->text);
}

const struct mount *mounts_by_id(const struct mounts *t, int id)
{
	mounts_for_each (m, t)
		if (m->id == id)
			return m;
	return NULL;
}

bool mounts_have_id(const struct mounts *t, int id)
{
	char start[16];
	int n = snprintf(start, sizeof(start), "%d ", id);

	if (t->n)
		return mounts_by_id(t, id) != NULL;
	for (const char *line = t->text; line && *line;) {
		if (!strncmp(line, start, (size_t)n))
			return true;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return false;
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
	return xasprintf("%s%s", dir, rest);
}

bool mounts_have_superblock(const struct mounts *t, dev_t dev)
{
	mounts_for_each (m, t)
		if (m->dev == dev)
			return true;
	return false;
}

/* Of the mounts on m, the one that a walk to path steps onto first. */
static const struct mount *next_on(const struct mounts *t, const struct mount *m, const char *path)
{
	const struct mount *next = NULL;

	mounts_for_each (c, t)
		if (c != m && c->parent == m->id && mounts_is_below(path, c->at) &&
		    (!next || strlen(c->at) < strlen(next->at)))
			next = c;
	return next;
}

static const struct mount *root_of(const struct mounts *t)
{
	mounts_for_each (m, t)
		if (!strcmp(m->at, "/") && (m->parent == m->id || !mounts_by_id(t, m->parent)))
			return m;
	return NULL;
}

const struct mount *mounts_covering(const struct mounts *t, const char *path)
{
	const struct mount *at = root_of(t);
	size_t steps = t->n;

	/* The tables of the kernel have no loops; those that somebody made up might. */
	for (const struct mount *next = at; next && steps--; next = next_on(t, at, path))
		at = next;
	return at;
}

bool mounts_is_visible(const struct mounts *t, const struct mount *m)
{
	return mounts_covering(t, m->at) == m;
}

/*
 * Only a procfs that shows all there is may be replaced by a fresh one: proc(5) has hidepid=, gid=
 * and subset=, and without any of them the options are one word.
 */
static bool is_own_proc(const struct mount *m)
{
	return !strcmp(m->fstype, "proc") && !strcmp(m->root, "/") && !strcmp(m->at, "/proc") &&
	       !strchr(m->options, ',');
}

static bool same_place(const struct mount *a, const struct mount *b)
{
	return a->dev == b->dev && !strcmp(a->root, b->root) && !strcmp(a->at, b->at);
}

static enum view_why compare_mount(const struct mounts *frame, const struct mount *m,
				   const bool *used)
{
	enum view_why why = VIEW_OTHER_FS;

	mounts_for_each (f, frame) {
		if (f->dev == m->dev && why == VIEW_OTHER_FS)
			why = VIEW_OTHER_PLACE;
		if (!same_place(f, m))
			continue;
		if ((f->flags ^ m->flags) & MOUNT_GUARDS)
			why = VIEW_OTHER_FLAGS;
		else if (used[f - frame->v])
			why = VIEW_OTHER_ORDER;
		else
			return VIEW_SAME;
	}
	return why;
}

/*
 * Mark what may not be matched by the target's next mounts: this one, and what is stacked below
 * it on the same mountpoint.
 */
static void use(const struct mounts *frame, const struct mount *m, bool *used)
{
	mounts_for_each (f, frame) {
		if (strcmp(f->at, m->at) != 0 || used[f - frame->v])
			continue;
		used[f - frame->v] = true;
		if (same_place(f, m) && !((f->flags ^ m->flags) & MOUNT_GUARDS))
			return;
	}
}

size_t mounts_compare(const struct mounts *frame, const struct mounts *target,
		      struct view_diff **ret)
{
	_cleanup_free_ bool *used = xcalloc(frame->n, sizeof(*used));
	struct view_diff *diff = xcalloc(target->n, sizeof(*diff));
	size_t n = 0;

	mounts_for_each (m, target) {
		enum view_why why = compare_mount(frame, m, used);

		if (why == VIEW_SAME)
			use(frame, m, used);
		else if (!is_own_proc(m))
			diff[n++] = (struct view_diff){ m, why };
	}
	*ret = diff;
	return n;
}

/* Of a line of mountinfo: fields 3 to 6, superblock, root, mountpoint and flags; and what follows.
 */
struct line {
	const char *key;
	size_t length;
	const char *rest; /* from the optional fields on */
	size_t rest_length;
};

/* Take the line at *text, and move *text to the next. False at the end, or when it is no such line.
 */
static bool take_line(const char **text, struct line *ret)
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

static bool is_own_proc_line(const struct line *l)
{
	static const char place[] = " / /proc ";
	static const char type[] = "- proc ";
	const char *root = memchr(l->key, ' ', l->length);
	const char *proc = memmem(l->rest, l->rest_length, type, sizeof(type) - 1);

	return root && !strncmp(root, place, sizeof(place) - 1) && proc &&
	       !memchr(proc, ',', (size_t)(l->rest + l->rest_length - proc));
}

bool mounts_surely_same(const char *frame, const char *target, bool *own_proc)
{
	struct line t;

	*own_proc = false;
	while (*target) {
		const char *ahead = frame;
		struct line f = { 0 };

		if (!take_line(&target, &t))
			return false;
		do {
			if (!take_line(&ahead, &f)) {
				ahead = NULL;
				break;
			}
		} while (f.length != t.length || memcmp(f.key, t.key, t.length) != 0);
		if (ahead)
			frame = ahead;
		else if (is_own_proc_line(&t))
			*own_proc = true;
		else
			return false;
	}
	return true;
}

bool mounts_have_outside_master(const struct mounts *target)
{
	mounts_for_each (m, target) {
		bool inside = !m->master;

		mounts_for_each (t, target)
			inside |= t->shared == m->master;
		if (!inside)
			return true;
	}
	return false;
}

bool mounts_have_outside_peer(const struct mounts *frame, const struct mounts *target)
{
	mounts_for_each (m, target)
		mounts_for_each (f, frame)
			if (m->shared && m->shared == f->shared)
				return true;
	return false;
}

const char *view_why_text(enum view_why why)
{
	switch (why) {
	case VIEW_SAME:
		return "same as the frame's";
	case VIEW_OTHER_PLACE:
		return "another folder of a file system that the frame has";
	case VIEW_OTHER_FS:
		return "a file system that the frame does not have";
	case VIEW_OTHER_FLAGS:
		return "other flags (ro, nosuid, nodev, noexec) than in the frame";
	case VIEW_OTHER_ORDER:
		return "stacked in another order than in the frame";
	}
	return "?";
}
