// SPDX-License-Identifier: MIT
#include "look/kept_links.h"

#include "look/mounts.h"
#include "look/thaw_place.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char prefix[] = "link_remap.";

bool kept_links_is_name(const char *name)
{
	const char *number = name + strlen(prefix);

	return !strncmp(name, prefix, strlen(prefix)) && *number >= '0' && *number <= '9';
}

char *kept_links_own_name(const char *name)
{
	unsigned long long number = 0;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		number = (unsigned long long)getpid();
	return xasprintf("%s.%016llx", name, number);
}

int kept_links_open(const char *path)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	int fd = (int)RETRY(syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how)));

	return fd < 0 ? -errno : fd;
}

int kept_links_open_dir(const struct places *s, const struct image_file *file, int mnt_id,
			const char **ret_name)
{
	_cleanup_free_ char *path = place_in_view(s, file->path, mnt_id);
	char *slash = path ? strrchr(path, '/') : NULL;

	if (!slash || !kept_links_is_name(slash + 1))
		return -EREMOTE;
	*ret_name = strrchr(file->path, '/') + 1;
	slash[slash == path] = '\0';
	return kept_links_open(path);
}

static bool look_at(int dirfd, const char *name, struct statx *ret)
{
	return statx(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC,
		     STATX_BASIC_STATS | STATX_MNT_ID, ret) == 0;
}

char *kept_links_target(int images, const char *name)
{
	char to[PATH_MAX];
	ssize_t n = readlinkat(images, name, to, sizeof(to) - 1);
	const char *slash;

	if (n <= 0)
		return NULL;
	to[n] = '\0';
	slash = strrchr(to, '/');
	return slash && kept_links_is_name(slash + 1) ? xstrdup(to) : NULL;
}

/* Of where the symbolic link in the images leads only the last part counts. */
static char *name_beside(int images, const char *name)
{
	_cleanup_free_ char *to = kept_links_target(images, name);

	return to ? xstrdup(strrchr(to, '/') + 1) : NULL;
}

/* link(2) wants both names on one mount, not only in one file system. */
static bool is_same_mount(int dir, const struct statx *file)
{
	return mounts_id_of(dir) == (int)file->stx_mnt_id;
}

/*
 * In the images; beside the name that it had; or under criu's name, as criu has left it. If the images have it, another
 * tree's file may be under criu's name.
 */
static int find_file(int images, const char *name, struct kept_link *x)
{
	struct statx entry;

	if (!look_at(images, name, &entry)) {
		x->from = xstrdup(name);
	} else if (S_ISLNK(entry.stx_mode)) {
		x->from = name_beside(images, name);
	} else {
		x->in_images = true;
		x->from = xstrdup(name);
		x->st = entry;
		return is_same_mount(x->dir, &entry) ? 0 : EXDEV;
	}
	return x->from && look_at(x->dir, x->from, &x->st) ? 0 : ENOENT;
}

char *kept_links_beside(const char *path, const char *name)
{
	return xasprintf("%.*s/%s", (int)(strrchr(path, '/') - path), path, name);
}

const struct kept_link *kept_links_find(const struct places *s, const struct image_file *link,
					int mnt_id, struct kept_links *ret, int *ret_errnum)
{
	const char *name;
	struct kept_link x = { .file = link, .dir = kept_links_open_dir(s, link, mnt_id, &name) };

	*ret_errnum = x.dir < 0 ? -x.dir : find_file(s->f->images_dir.fd, name, &x);
	if (*ret_errnum) {
		cleanup_close(&x.dir);
		free(x.from);
		return NULL;
	}
	x.to = kept_links_own_name(name);
	x.path = kept_links_beside(link->path, x.to);
	ret->v = xreallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
	ret->v[ret->n] = x;
	return &ret->v[ret->n++];
}

void kept_links_free(struct kept_links *k)
{
	for (size_t i = 0; i < k->n; i++) {
		cleanup_close(&k->v[i].dir);
		free(k->v[i].from);
		free(k->v[i].to);
		free(k->v[i].path);
	}
	free(k->v);
	*k = (struct kept_links){ 0 };
}
