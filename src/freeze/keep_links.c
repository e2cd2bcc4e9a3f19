// SPDX-License-Identifier: MIT
#include "freeze/keep_links.h"

#include "look/thaw_place.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct keep {
	const struct facts *f; /* of the freeze */
	/* what a thaw will see; only what places need, and partly borrowed from f */
	struct facts images;
	struct places places;
};

/* The directory may be anybody's: is it the file that the tree had? */
static bool is_known(const struct facts *f, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	findings_for_each (x, &f->findings)
		if (x->kind == FINDING_UNLINKED && x->dev == st.st_dev && x->ino == st.st_ino)
			return true;
	return false;
}

static bool keep_in_images(const struct keep *k, int dir, const char *name)
{
	const int images = k->f->images_dir.fd;

	if (linkat(dir, name, images, name, 0) < 0)
		return false;
	if (is_known(k->f, images, name))
		return unlinkat(dir, name, 0) == 0;
	(void)unlinkat(images, name, 0);
	return false;
}

/* On another mount. As long as there is no symbolic link, the file is found under criu's name. */
static void keep_beside(const struct keep *k, int dir, const char *name, const char *path)
{
	const int images = k->f->images_dir.fd;
	_cleanup_free_ char *own = kept_links_own_name(name);
	_cleanup_free_ char *to = kept_links_beside(path, own);

	if (linkat(dir, name, dir, own, 0) < 0)
		return;
	if (is_known(k->f, dir, own) && symlinkat(to, images, name) == 0)
		(void)unlinkat(dir, name, 0);
	else
		(void)unlinkat(dir, own, 0);
}

static void keep(const struct keep *k, const struct image_file *file)
{
	const struct image_file *link = file->link;
	const char *name;
	_cleanup_close_ int dir =
		link ? kept_links_open_dir(&k->places, link, file->mnt_id, &name) : -EREMOTE;
	_cleanup_free_ char *path =
		dir < 0 ? NULL : place_in_view(&k->places, link->path, file->mnt_id);

	if (path && is_known(k->f, dir, name) && !keep_in_images(k, dir, name))
		keep_beside(k, dir, name, path);
}

void keep_links(const struct plan *p, const struct facts *f)
{
	static const struct cli none;
	struct keep k = { .f = f };
	struct err ignored;

	keep_links_forget(f->images_dir.fd);
	facts_init(&k.images);
	if (images_read(f->images_dir.fd, &k.images.images, &ignored) < 0 ||
	    mounts_read_text(f->proc, "self/mountinfo", &k.images.caller_view, &ignored) < 0)
		goto out;
	image_files_read(f->images_dir.fd, &k.images.files);
	recipe_copy(&p->recipe, &k.images.recipe);
	k.images.has_recipe = true;
	places_open(&none, &k.images, &k.places);
	for (size_t i = 0; i < k.images.files.n; i++)
		keep(&k, &k.images.files.v[i]);
	places_close(&k.places);
out:
	facts_free(&k.images);
}

static bool is_ours(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_uid == geteuid();
}

/*
 * Where a symbolic link in the images leads. If somebody else may write there, a link of theirs could
 * name a file that they must not remove.
 */
static void forget_beside(int images, const char *name)
{
	_cleanup_free_ char *path = is_ours(images, name) ? kept_links_target(images, name) : NULL;
	char *slash = path ? strrchr(path, '/') : NULL;

	if (!slash || slash == path)
		return;
	*slash = '\0';

	_cleanup_close_ int dir = kept_links_open(path);

	if (dir >= 0)
		(void)unlinkat(dir, slash + 1, 0);
}

void keep_links_forget(int images)
{
	_cleanup_closedir_ DIR *dir = open_directory_in(images, ".");
	const struct dirent *d;

	while (dir && (d = readdir(dir))) {
		if (!kept_links_is_name(d->d_name))
			continue;
		forget_beside(images, d->d_name);
		(void)unlinkat(images, d->d_name, 0);
	}
}
