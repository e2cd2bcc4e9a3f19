// SPDX-License-Identifier: MIT
#include "freeze/whole_root.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* The fields of a line, up to the mountpoint. */
enum { DEVICE = 2, ROOT = 3, AT = 4, FIELDS = 5 };

struct word {
	const char *p;
	size_t n;
};

static bool split(const char *line, struct word *ret)
{
	for (size_t i = 0; i < FIELDS; i++) {
		ret[i] = (struct word){ line, strcspn(line, " \n") };
		line += ret[i].n;
		if (*line != ' ')
			return false;
		line++;
	}
	return true;
}

static bool same(struct word a, struct word b)
{
	return a.n == b.n && !memcmp(a.p, b.p, a.n);
}

/* The mount on / that is seen, the last one. */
static bool find_root(const char *text, struct word *ret)
{
	const struct word slash = { "/", 1 };
	struct word words[FIELDS];
	bool found = false;

	for (const char *line = text; *line; line = text_next_line(line)) {
		if (!split(line, words) || !same(words[AT], slash))
			continue;
		memcpy(ret, words, sizeof(words));
		found = true;
	}
	return found;
}

static bool is_in(struct word path, struct word dir)
{
	return path.n >= dir.n && !memcmp(path.p, dir.p, dir.n) &&
	       (path.n == dir.n || path.p[dir.n] == '/');
}

char *whole_root_table(const char *text)
{
	struct word root[FIELDS] = { 0 };
	char *table;
	size_t n = 0;

	if (!find_root(text, root))
		return xstrdup(text);
	table = xcalloc(strlen(text) + 1, 1);
	for (const char *line = text; *line; line = text_next_line(line)) {
		struct word w[FIELDS];
		const char *rest = line;

		if (split(line, w) && same(w[DEVICE], root[DEVICE]) && is_in(w[ROOT], root[ROOT])) {
			memcpy(table + n, line, (size_t)(w[ROOT].p - line));
			n += (size_t)(w[ROOT].p - line);
			rest = w[ROOT].p + root[ROOT].n;
			if (w[ROOT].n == root[ROOT].n)
				table[n++] = '/';
		}
		memcpy(table + n, rest, (size_t)(text_next_line(line) - rest));
		n += (size_t)(text_next_line(line) - rest);
	}
	return table;
}

/* What is mounted on a slave goes back to nobody, and criu still finds its master. */
static int make_slave(const struct facts *f, const char *path, struct err *e)
{
	const struct mount *on = mounts_covering(&f->caller_view, path);

	return on && mount(NULL, on->at, NULL, MS_SLAVE, NULL) < 0
		       ? err_set(e, errno, "cannot make the mount %s a slave", on->at)
		       : 0;
}

static int show_table(const char *place, const struct nested_view *v, struct err *e)
{
	_cleanup_free_ char *file = xasprintf("%s/%d", place, v->crius);
	_cleanup_free_ char *over = xasprintf("/proc/%d/mountinfo", v->crius);
	_cleanup_free_ char *table = whole_root_table(v->text);
	_cleanup_close_ int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);

	if (fd < 0 || write_all(fd, table, strlen(table)) < 0 ||
	    mount(file, over, NULL, MS_BIND, NULL) < 0)
		return err_set(e, errno, "cannot mount a table over %s, for criu to read", over);
	return 0;
}

int whole_root_show(const struct plan *p, const struct facts *f, struct err *e)
{
	int r;

	if (!p->whole_roots)
		return 0;
	r = make_slave(f, f->staging, e);
	if (!r)
		r = make_slave(f, "/proc", e);
	if (!r && mount("criu-ns-tables", f->staging, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
			"mode=700") < 0)
		r = err_set(e, errno, "cannot mount a tmpfs on %s", f->staging);
	for (size_t i = 0; i < f->n_views && !r; i++)
		if (p->recipe.views[i].mounts[0].whole)
			r = show_table(f->staging, &f->views[i], e);
	if (!r && umount2(f->staging, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		r = err_set(e, errno, "cannot unmount %s", f->staging);
	return r;
}
