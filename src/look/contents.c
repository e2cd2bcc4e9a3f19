// SPDX-License-Identifier: MIT
#include "look/contents.h"

#include "look/image_format.h"
#include "util/printable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is longer of a command line is not shown. */
enum { MAX_ARGS = 4096 };

static void problem(struct contents *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void problem(struct contents *c, const char *fmt, ...)
{
	enum { ENOUGH = 50 };
	_cleanup_free_ char *text = NULL;
	va_list args;

	if (c->n_problems++ >= ENOUGH)
		return;
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		strv_add(&c->problems, printable(text));
}

enum need { OPTIONAL, NEEDED };

/* The whole file; a negative number, and a problem, if it cannot be read. */
static ssize_t take(struct contents *c, int dirfd, const char *name, enum need need, char **ret)
{
	_cleanup_close_ int fd = open_regular_in(dirfd, name);
	ssize_t n = fd < 0 ? fd : read_fd(fd, MAX_IMAGE, ret);

	if (n == -ENOENT && need == NEEDED)
		problem(c, "%s is missing", name);
	else if (n == -EINVAL)
		problem(c, "%s is a link, or no regular file: it is not read", name);
	else if (n == -EFBIG)
		problem(c, "%s is larger than any image of its kind: it is not read", name);
	else if (n < 0 && n != -ENOENT)
		problem(c, "cannot read %s: %s", name, strerror((int)-n));
	return n;
}

typedef int parse_fn(const void *text, size_t size, void *ret);

/* Read and parse. False, with a problem, if that was not possible. */
static bool parse(struct contents *c, int dirfd, const char *name, enum need need, parse_fn *f,
		  void *ret)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = take(c, dirfd, name, need, &text);

	if (n >= 0 && f(text, (size_t)n, ret) < 0) {
		problem(c, "%s is damaged, or is no image of this kind", name);
		return false;
	}
	return n >= 0;
}

static int parse_inventory(const void *text, size_t size, void *ret)
{
	return images_parse_inventory(text, size, ret);
}

static int parse_tasks(const void *text, size_t size, void *ret)
{
	return image_tasks_parse(text, size, ret);
}

static int parse_core(const void *text, size_t size, void *ret)
{
	return image_task_parse_core(text, size, ret);
}

static int parse_root_core(const void *text, size_t size, void *ret)
{
	return images_parse_core(text, size, ret);
}

static int parse_root_pagemap(const void *text, size_t size, void *ret)
{
	return images_parse_pagemap(text, size, ret);
}

static int parse_ids(const void *text, size_t size, void *ret)
{
	return images_parse_ids(text, size, ret);
}

static int parse_mm(const void *text, size_t size, void *ret)
{
	return image_task_parse_mm(text, size, ret);
}

static int parse_mounts(const void *text, size_t size, void *ret)
{
	return images_parse_mounts(text, size, ret);
}

static int parse_files(const void *text, size_t size, void *ret)
{
	return image_files_parse(text, size, ret);
}

static int parse_remaps(const void *text, size_t size, void *ret)
{
	return image_files_parse_remaps(text, size, ret);
}

static int parse_ttys(const void *text, size_t size, void *ret)
{
	return image_ttys_parse(text, size, ret);
}

struct pagemap {
	struct image_range range;
	struct image_pages pages;
};

static int parse_pagemap(const void *text, size_t size, void *ret)
{
	struct pagemap *p = ret;

	return image_pages_find(text, size, &p->range, &p->pages);
}

/* The directory itself */

static void note_entry(struct contents *c, int dirfd, const char *name, bool *has_images)
{
	unsigned long number;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	*has_images |= image_is_name(name);
	if (!S_ISREG(st.st_mode))
		return;
	c->n_files++;
	c->size += (uint64_t)st.st_size;
	if (image_take_number(name, "pages", &number))
		c->memory += (uint64_t)st.st_size;
	if (!strcmp(name, "inventory.img"))
		c->written = st.st_mtim.tv_sec;
}

/* criu's name for that link: CR_PARENT_LINK in criu/include/image.h. */
static void note_earlier(struct contents *c, int dirfd)
{
	char target[4096];
	ssize_t n = readlinkat(dirfd, "parent", target, sizeof(target));

	if (n > 0)
		c->earlier = xstrndup(target, (size_t)n);
}

static int list(struct contents *c, int dirfd, bool *has_images, struct err *e)
{
	_cleanup_closedir_ DIR *dir = open_directory_in(dirfd, ".");
	struct dirent *d;

	*has_images = false;
	if (!dir)
		return err_set(e, errno, "cannot list the directory %s", c->path);
	while ((d = readdir(dir)))
		note_entry(c, dirfd, d->d_name, has_images);
	note_earlier(c, dirfd);
	return 0;
}

/* The processes */

/* A word ends with a NUL; one that was changed in place (setproctitle(3)) may not. */
static void take_args(struct contents *c, int dirfd, const struct image_pages *pages,
		      struct image_task *t)
{
	_cleanup_free_ char *name = xasprintf("pages-%u.img", pages->id);
	_cleanup_close_ int fd = open_regular_in(dirfd, name);
	_cleanup_free_ char *args = xcalloc(pages->size + 1, 1);
	ssize_t n = fd < 0 ? fd : pread(fd, args, pages->size, (off_t)pages->offset);

	if (n <= 0) {
		problem(c, "the command line of process %d is not in %s", t->pid, name);
		return;
	}
	t->cut |= (size_t)n < pages->size;
	t->n_args = (size_t)n + (args[n - 1] != '\0');
	t->args = args;
	args = NULL;
}

static void read_args(struct contents *c, int dirfd, struct image_task *t)
{
	_cleanup_free_ char *name = xasprintf("pagemap-%d.img", t->pid);
	uint64_t size = t->args_end - t->args_start;
	struct pagemap map = { .range = { .address = t->args_start,
					  .page = (size_t)sysconf(_SC_PAGESIZE) } };

	if (t->args_end <= t->args_start)
		return;
	map.range.size = size < MAX_ARGS ? (size_t)size : MAX_ARGS;
	if (!parse(c, dirfd, name, NEEDED, parse_pagemap, &map) || !map.pages.size)
		return;
	t->cut = map.pages.size < size;
	take_args(c, dirfd, &map.pages, t);
}

static void read_task(struct contents *c, int dirfd, struct image_task *t)
{
	_cleanup_free_ char *core = xasprintf("core-%d.img", t->pid);
	_cleanup_free_ char *mm = xasprintf("mm-%d.img", t->pid);
	_cleanup_free_ char *ids = xasprintf("ids-%d.img", t->pid);

	(void)parse(c, dirfd, core, NEEDED, parse_core, t);
	(void)parse(c, dirfd, ids, OPTIONAL, parse_ids, &t->view); /* a zombie has none */
	if (!t->dead && parse(c, dirfd, mm, NEEDED, parse_mm, t))
		read_args(c, dirfd, t);
}

static void read_tasks(struct contents *c, int dirfd)
{
	enum { HOPELESS = 1000 };

	(void)parse(c, dirfd, "pstree.img", NEEDED, parse_tasks, &c->tasks);
	for (size_t i = 0; i < c->tasks.n && c->n_problems < HOPELESS; i++)
		read_task(c, dirfd, &c->tasks.v[i]);
	if (c->tasks.n) {
		_cleanup_free_ char *core = xasprintf("core-%d.img", c->tasks.v[0].pid);

		_cleanup_free_ char *pagemap = xasprintf("pagemap-%d.img", c->tasks.v[0].pid);

		(void)parse(c, dirfd, core, OPTIONAL, parse_root_core, &c->images);
		(void)parse(c, dirfd, pagemap, OPTIONAL, parse_root_pagemap, &c->images);
	}
}

/* The mounts */

/*
 * A mount namespace in which no process of the tree was is from an earlier freeze into the same
 * directory.
 */
static bool is_of_tree(const struct contents *c, unsigned long id)
{
	bool known = false;

	for (size_t i = 0; i < c->tasks.n; i++) {
		if (c->tasks.v[i].view == id)
			return true;
		known |= c->tasks.v[i].view != 0;
	}
	return !known;
}

static void read_view(struct contents *c, int dirfd, const char *name)
{
	struct images i = { 0 };
	unsigned long id;

	if (!image_take_number(name, images_mounts_kind, &id) || !is_of_tree(c, id) ||
	    !parse(c, dirfd, name, NEEDED, parse_mounts, &i))
		return;
	c->views = xreallocarray(c->views, c->n_views + 1, sizeof(*c->views));
	c->views[c->n_views++] = (struct contents_view){ id, i.mounts, i.n_mounts };
}

/* criu numbers them as it walks the tree. */
static int by_number(const void *a, const void *b)
{
	const struct contents_view *one = a;
	const struct contents_view *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

static void read_views(struct contents *c, int dirfd)
{
	_cleanup_closedir_ DIR *dir = open_directory_in(dirfd, ".");
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		read_view(c, dirfd, d->d_name);
	if (c->n_views)
		qsort(c->views, c->n_views, sizeof(*c->views), by_number);
}

/* The recipe */

static int parse_recipe(const void *text, size_t size, void *ret)
{
	struct contents *c = ret;
	const char *line = strstr(text, "\n# process ");
	struct err e;

	if (recipe_parse(text, size, &c->recipe, &e) < 0)
		problem(c, "%s: %s", recipe_file_name, e.what);
	else
		c->has_recipe = true;
	if (line) {
		line += sizeof("\n# ") - 1;
		c->about = xstrndup(line, strcspn(line, "\n"));
	}
	return 0;
}

/* All */

const char contents_of_run[] = "frozen";

static bool is_of_run(int dirfd)
{
	_cleanup_close_ int fd =
		openat(dirfd, contents_of_run, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstatat(fd, "inventory.img", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int contents_read_in(int dirfd, const char *path, struct contents *ret, struct err *e)
{
	bool has_images;

	*ret = (struct contents){ .path = path };
	if (list(ret, dirfd, &has_images, e) < 0)
		return err_result(e);
	if (!has_images) {
		err_set(e, 0, "there are no images in %s", path);
		if (is_of_run(dirfd))
			return err_hint(e, "those of criu-ns run are in %s/%s", path,
					contents_of_run);
		return err_hint(e, "name the directory of a freeze");
	}
	ret->images.present =
		parse(ret, dirfd, "inventory.img", OPTIONAL, parse_inventory, &ret->images);
	if (faccessat(dirfd, "inventory.img", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		problem(ret, "there is no inventory.img: the freeze failed, or was interrupted");
	read_tasks(ret, dirfd);
	read_views(ret, dirfd);
	(void)parse(ret, dirfd, "files.img", NEEDED, parse_files, &ret->files);
	(void)parse(ret, dirfd, "remap-fpath.img", OPTIONAL, parse_remaps, &ret->files);
	(void)parse(ret, dirfd, "tty-info.img", OPTIONAL, parse_ttys, &ret->ttys);
	(void)parse(ret, dirfd, recipe_file_name, OPTIONAL, parse_recipe, ret);
	return 0;
}

static int cannot_open(const char *path, int errnum, struct err *e)
{
	int r = err_set(e, errnum, "cannot open the images directory %s", path);

	if (errnum != ENOENT && errnum != ENOTDIR)
		return r;
	return err_hint(e, "name a directory with the images of a freeze");
}

int contents_read(const char *path, struct contents *ret, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*ret = (struct contents){ .path = path };
	if (fd < 0)
		return cannot_open(path, errno, e);
	return contents_read_in(fd, path, ret, e);
}

void contents_free(struct contents *c)
{
	free(c->earlier);
	free(c->about);
	for (size_t i = 0; i < c->n_views; i++) {
		c->images.mounts = c->views[i].mounts;
		c->images.n_mounts = c->views[i].n_mounts;
		images_free(&c->images);
	}
	free(c->views);
	images_free(&c->images);
	image_tasks_free(&c->tasks);
	image_files_free(&c->files);
	image_ttys_free(&c->ttys);
	recipe_free(&c->recipe);
	strv_free(&c->problems);
}

const char *contents_file(const struct contents *c, uint32_t id)
{
	for (size_t i = 0; i < c->files.n; i++)
		if (c->files.v[i].id == id)
			return c->files.v[i].path;
	return NULL;
}
