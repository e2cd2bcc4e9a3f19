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
	const char *number = text_after(name, prefix);

	return number && *number >= '0' && *number <= '9';
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

/*
 * link(2) wants both names on one mount, not only in one file system: the images directory on the
 * mount that dir is on, as a descriptor; -1 if that cannot be had. By a handle, because on that
 * mount there may be no path to it; which takes CAP_DAC_READ_SEARCH on the host.
 */
static int open_images_on(int dir, int images)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} x = { .handle.handle_bytes = MAX_HANDLE_SZ };
	_cleanup_close_ int mount = -1;
	struct stat here;
	struct stat there;
	int id;

	if (mounts_id_of(dir) == mounts_id_of(images))
		return fcntl(images, F_DUPFD_CLOEXEC, 0);
	if (fstat(dir, &here) < 0 || fstat(images, &there) < 0 || here.st_dev != there.st_dev)
		return -1;
	mount = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount < 0 || name_to_handle_at(images, "", &x.handle, &id, AT_EMPTY_PATH) < 0)
		return -1;
	return open_by_handle_at(mount, &x.handle, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/*
 * In the images; beside the name that it had; or under criu's name, as criu has left it. If the
 * images have it, another tree's file may be under criu's name.
 */
static int find_file(int images, const char *name, struct kept_link *x)
{
	struct statx entry;

	if (!look_at(images, name, &entry)) {
		x->from = xstrdup(name);
	} else if (S_ISLNK(entry.stx_mode)) {
		x->from = name_beside(images, name);
	} else {
		x->from_dir = open_images_on(x->dir, images);
		x->from = xstrdup(name);
		x->st = entry;
		return x->from_dir >= 0 ? 0 : EXDEV;
	}
	if (!x->from || !look_at(x->dir, x->from, &x->st))
		return ENOENT;
	x->from_dir = fcntl(x->dir, F_DUPFD_CLOEXEC, 0);
	return x->from_dir >= 0 ? 0 : errno;
}

char *kept_links_beside(const char *path, const char *name)
{
	return xasprintf("%.*s/%s", (int)(strrchr(path, '/') - path), path, name);
}

const struct kept_link *kept_links_find(const struct places *s, const struct image_file *link,
					int mnt_id, struct kept_links *ret, int *ret_errnum)
{
	const char *name;
	struct kept_link x = { .file = link,
			       .dir = kept_links_open_dir(s, link, mnt_id, &name),
			       .from_dir = -1 };

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
		cleanup_close(&k->v[i].from_dir);
		free(k->v[i].from);
		free(k->v[i].to);
		free(k->v[i].path);
	}
	free(k->v);
	*k = (struct kept_links){ 0 };
}
