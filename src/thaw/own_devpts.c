// SPDX-License-Identifier: MIT
#include "thaw/own_devpts.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* "gid=5,mode=620,ptmxmode=000": who may use the terminals, as on the host. */
static int set_options(int fs, const char *options)
{
	_cleanup_free_ char *text = xstrdup(options);
	char *rest = text;

	for (char *name; (name = strsep(&rest, ","));) {
		char *value = strchr(name, '=');

		if (!value)
			continue; /* rw */
		*value++ = '\0';
		if (fsconfig(fs, FSCONFIG_SET_STRING, name, value, 0) < 0)
			return -1;
	}
	return 0;
}

static int make(const char *options)
{
	_cleanup_close_ int fs = fsopen("devpts", FSOPEN_CLOEXEC);

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "source", mounts_devpts_source, 0) < 0 ||
	    set_options(fs, options) < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
}

int own_devpts_make(const struct facts *f, struct own_devpts *ret, struct err *e)
{
	size_t n = image_ttys_remade_below(&f->images.ttys);

	*ret = OWN_DEVPTS_NONE;
	ret->fd = make(f->devpts_options);
	if (ret->fd < 0)
		return err_set(e, errno, "cannot make a devpts for the terminals of the tree");
	ret->taken = xcalloc(n, sizeof(*ret->taken));
	for (; ret->n < n; ret->n++) {
		int fd = openat(ret->fd, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

		if (fd < 0)
			return err_set(e, errno, "cannot open terminal %zu of a new devpts",
				       ret->n);
		ret->taken[ret->n] = fd;
	}
	return 0;
}

void own_devpts_leave(struct own_devpts *d, const struct facts *f)
{
	const struct image_ttys *ttys = &f->images.ttys;

	for (size_t i = 0; i < ttys->n && d->taken; i++)
		if (image_tty_is_remade(&ttys->v[i])) {
			cleanup_close(&d->taken[ttys->v[i].index]);
			d->taken[ttys->v[i].index] = -1;
		}
}

int own_devpts_mount(int fd, struct err *e)
{
	if (move_mount(fd, "", AT_FDCWD, "/dev/pts", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_set(e, errno, "cannot mount a devpts on /dev/pts");
	return 0;
}

void own_devpts_close(struct own_devpts *d)
{
	for (size_t i = 0; i < d->n; i++)
		cleanup_close(&d->taken[i]);
	free(d->taken);
	cleanup_close(&d->fd);
	*d = OWN_DEVPTS_NONE;
}
