// SPDX-License-Identifier: MIT
/*
 * Watches of inotify and fanotify. criu finds a watched file by the handle in fdinfo, and saves its
 * path (check_open_handle() in criu/fsnotify.c). Handles of overlayfs cannot be opened: then criu
 * looks for the file in directories of its own choice and in those of --irmap-scan-path. Such a
 * handle contains that of the file in the layer that it is in (struct ovl_fh in
 * fs/overlayfs/overlayfs.h of the kernel); this one can be opened, and the layer says what its path
 * in the overlay is.
 */
#include "look/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { OVERLAY_HANDLE = 0xf8, OVERLAY_MAGIC = 0xfb, MOST_BYTES = 128 };

/* A line of fdinfo. */
struct watch {
	dev_t dev;
	ino_t ino;
	unsigned type, n;
	unsigned char handle[MOST_BYTES];
};

static bool parse_handle(const char *hex, struct watch *w)
{
	for (unsigned i = 0; i < w->n; i++)
		if (sscanf(hex + (size_t)2 * i, "%2hhx", &w->handle[i]) != 1)
			return false;
	return true;
}

/*
 * "inotify wd:1 ino:108007 sdev:2a mask:102 ignored_mask:0 fhandle-bytes:20 fhandle-type:f8
 * f_handle:0000...", "fanotify ino:108007 sdev:2a mflags:0 mask:20 ignored_mask:0
 * fhandle-bytes:..."
 */
static bool parse_watch(const char *line, struct watch *w)
{
	_cleanup_free_ char *copy = xstrndup(line, strcspn(line, "\n"));
	const char *ino = strstr(copy, " ino:");
	const char *bytes = strstr(copy, " fhandle-bytes:");
	const char *hex = strstr(copy, " f_handle:");
	unsigned dev;

	if ((!text_begins(copy, "inotify ") && !text_begins(copy, "fanotify ")) || !ino || !bytes ||
	    !hex || sscanf(ino, " ino:%lx sdev:%x", &w->ino, &dev) != 2 ||
	    sscanf(bytes, " fhandle-bytes:%x fhandle-type:%x", &w->n, &w->type) != 2 ||
	    w->n > MOST_BYTES)
		return false;
	w->dev = makedev(dev >> 20, dev & 0xfffff); /* as in the kernel */
	return parse_handle(hex + strlen(" f_handle:"), w);
}

/* The handle in the layer; its length, or 0 if it is not of a kind that is known. */
static unsigned inner_handle(const struct watch *w, const unsigned char **ret, unsigned *type)
{
	enum { PADDING = 3, MAGIC = 1, LENGTH = 2, TYPE = 4, HEAD = 5 + 16 };
	const unsigned char *fb = w->handle + PADDING;

	if (w->type != OVERLAY_HANDLE || w->n < PADDING + HEAD || fb[MAGIC] != OVERLAY_MAGIC ||
	    fb[LENGTH] < HEAD || fb[LENGTH] > w->n - PADDING)
		return 0;
	*type = fb[TYPE];
	*ret = fb + HEAD;
	return fb[LENGTH] - HEAD;
}

static int open_handle(int dir, unsigned type, const unsigned char *bytes, unsigned n)
{
	union {
		struct file_handle head;
		char room[sizeof(struct file_handle) + MOST_BYTES];
	} h;

	if (!n)
		return -1;
	h.head.handle_bytes = n;
	h.head.handle_type = (int)type;
	memcpy(h.head.f_handle, bytes, n);
	return open_by_handle_at(dir, &h.head, O_PATH | O_CLOEXEC);
}

static int open_inner(int layer, const struct watch *w)
{
	const unsigned char *bytes = NULL;
	unsigned type = 0;
	unsigned n = inner_handle(w, &bytes, &type);

	return open_handle(layer, type, bytes, n);
}

/*
 * Opened for reading, as open_by_handle_at(2) wants it; nothing in it is read, and no server is
 * asked.
 */
static int open_layer(const struct look *l, const char *path)
{
	_cleanup_close_ int fd =
		path[0] == '/'
			? served_open(AT_FDCWD, path, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
			: -1;

	struct statx st;

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0 ||
	    served_is_of_a_server(&l->served, statx_dev(&st)))
		return -1;
	return openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The path below that layer; NULL: the file is not in it. */
static char *path_in_layer(const struct look *l, const char *layer, const struct watch *w)
{
	_cleanup_close_ int dir = open_layer(l, layer);
	_cleanup_close_ int fd = dir < 0 ? -1 : open_inner(dir, w);
	_cleanup_free_ char *top = dir < 0 ? NULL : procfs_own_path(l->facts->proc, dir);
	_cleanup_free_ char *path = fd < 0 ? NULL : procfs_own_path(l->facts->proc, fd);

	return top && path && mounts_is_below(path, top) ? mounts_path_below(path, top) : NULL;
}

/*
 * The value of upperdir= or lowerdir=, a list with colons. Escaped colons and commas are not looked
 * for.
 */
static char *layers_of(const struct mount *m, const char *name)
{
	const char *at = m->options ? strstr(m->options, name) : NULL;

	return at ? xstrndup(at + strlen(name), strcspn(at + strlen(name), ",")) : NULL;
}

static char *path_in_layers(const struct look *l, const struct mount *m, const struct watch *w)
{
	static const char *const names[] = { "upperdir=", "lowerdir=" };
	char *found = NULL;
	char *save;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *layers = layers_of(m, names[i]);

		for (char *one = layers ? strtok_r(layers, ":", &save) : NULL; one && !found;
		     one = strtok_r(NULL, ":", &save))
			found = path_in_layer(l, one, w);
	}
	return found;
}

/* Where the file is in the target's view; NULL: that could not be found out. */
static char *place_of(const struct look *l, const struct watch *w)
{
	struct facts *f = l->facts;
	struct err ignored;

	if (facts_parse_views(f, &ignored) < 0)
		return NULL;
	mounts_for_each (m, &f->target_view) {
		_cleanup_free_ char *path = m->dev == w->dev && !strcmp(m->fstype, "overlay")
						    ? path_in_layers(l, m, w)
						    : NULL;

		if (path && mounts_is_below(path, m->root)) {
			_cleanup_free_ char *below = mounts_path_below(path, m->root);

			return mounts_path_join(m->at, below);
		}
	}
	return NULL;
}

/* What becomes of a handle on the mounts of the caller's. */
struct opened {
	int fd;                /* -1: it could not be opened */
	const struct mount *m; /* where it was, or where the kernel has said that it cannot be */
};

/* Those of the kernel's own: where else criu finds no handle, it looks in some directories like /etc. */
static bool has_kernels_files(const struct mount *m)
{
	static const char *const types[] = { "proc",    "sysfs",      "devpts",  "tracefs",
					     "debugfs", "securityfs", "configfs" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(m->fstype, types[i]))
			return true;
	return false;
}

/*
 * Nobody who serves a file system is asked. Where handles are only there to tell one file from
 * another, the kernel says ESTALE or, an older one, EOPNOTSUPP.
 */
static struct opened open_watched(const struct look *l, const struct watch *w)
{
	struct facts *f = l->facts;
	struct opened r = { .fd = -1 };
	struct err ignored;

	if (served_is_of_a_server(&l->served, w->dev) || facts_parse_views(f, &ignored) < 0)
		return r;
	mounts_for_each (m, &f->caller_view) {
		_cleanup_close_ int dir = m->dev == w->dev ? open_layer(l, m->at) : -1;
		struct stat st;

		if (dir < 0 || fstat(dir, &st) < 0 || st.st_dev != w->dev)
			continue;
		r.fd = open_handle(dir, w->type, w->handle, w->n);
		if (r.fd >= 0 || ((errno == ESTALE || errno == EOPNOTSUPP) && has_kernels_files(m)))
			r.m = m;
		if (r.fd >= 0)
			break;
	}
	return r;
}

/*
 * Of a file that has been deleted, and is still open somewhere, criu saves the handle alone, by
 * which nothing is found at the thaw; in a tmpfs it wants a path (check_open_handle() in
 * criu/fsnotify.c). Of one whose handle does not open it wants a path, too.
 */
static void look_file(struct look *l, struct held *h, const struct watch *w)
{
	struct opened o = open_watched(l, w);
	_cleanup_close_ int fd = o.fd;
	struct finding *x;
	struct stat st;

	if (!o.m || (fd >= 0 && (fstat(fd, &st) < 0 || st.st_nlink)))
		return;
	x = look_found(l, fd < 0 ? FINDING_WATCH : FINDING_GONE_WATCH, h);
	x->ino = w->ino;
	if (fd < 0)
		snprintf(x->watch.fstype, sizeof(x->watch.fstype), "%s", o.m->fstype);
	else
		x->needs_path = !strcmp(o.m->fstype, "tmpfs") || !strcmp(o.m->fstype, "devtmpfs");
}

static void look_watch(struct look *l, struct held *h, const struct watch *w)
{
	struct finding *x;
	char *place;

	if (seen_before(&l->seen, FINDING_WATCH, w->dev, w->ino))
		return;
	if (w->type != OVERLAY_HANDLE) {
		look_file(l, h, w);
		return;
	}
	place = place_of(l, w);
	if (!place)
		facts_ask_version(l->facts);
	x = look_found(l, FINDING_WATCH, h);
	x->ino = w->ino;
	x->watch = (struct found_watch){ .place = place, .is_in_overlay = true };
}

static void look_held(struct look *l, struct held *h, void *state)
{
	const char *text;
	struct watch w;

	(void)state;
	if (h->as != HELD_FD || (strcmp(h->path, "anon_inode:inotify") != 0 &&
				 strcmp(h->path, "anon_inode:[fanotify]") != 0))
		return;
	text = held_info(l, h);
	for (const char *line = text; line && *line; line = text_next_line(line))
		if (parse_watch(line, &w))
			look_watch(l, h, &w);
}

/* handle_vma() in criu/proc_parse.c */
static void look_map(struct look *l, pid_t pid, const struct proc_map *m, void *state)
{
	static const char name[] = "[uprobes]";

	(void)state;
	if (m->path_length != sizeof(name) - 1 || strncmp(m->path, name, m->path_length) != 0 ||
	    seen_before(&l->seen, FINDING_UPROBES, 0, 0))
		return;
	facts_ask_version(l->facts);
	findings_add(&l->facts->findings, &(struct finding){ .kind = FINDING_UPROBES,
							     .pid = pid,
							     .as = HELD_MAP,
							     .fd = -1,
							     .path = xstrdup(name) });
}

const struct probe probe_watches = { .held = look_held, .map = look_map };
