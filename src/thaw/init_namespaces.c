// SPDX-License-Identifier: MIT
#include "thaw/init_namespaces.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

/*
 * With the flags of the caller's /proc, if they are known, because a mount of the thawed view may
 * be made from it.
 */
static unsigned long proc_flags(const struct facts *f)
{
	const struct mount *m = f->caller_view.n ? mounts_covering(&f->caller_view, "/proc") : NULL;

	return m ? m->flags & MOUNT_GUARDS : MS_NOSUID | MS_NODEV | MS_NOEXEC;
}

int init_cover_proc(int callers_proc, struct err *e)
{
	return move_mount(callers_proc, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH) < 0
		       ? err_set(e, errno, "cannot mount the caller's /proc over the new one")
		       : 0;
}

int init_uncover_proc(struct err *e)
{
	return umount2("/proc", MNT_DETACH) < 0
		       ? err_set(e, errno, "cannot unmount the caller's /proc from the new one")
		       : 0;
}

int init_make_mounts(const struct facts *f, int *ret_callers_proc, struct err *e)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) {
		err_set(e, errno, "cannot make the mounts of the new mount namespace slaves");
		return errno == EINVAL ? err_hint(e, "/ is not a mountpoint: leave the chroot")
				       : -e->errnum;
	}
	if (ret_callers_proc)
		*ret_callers_proc =
			open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (ret_callers_proc && *ret_callers_proc < 0)
		return err_set(e, errno, "cannot make a copy of the caller's mount of /proc");
	if (mount("proc", "/proc", "proc", proc_flags(f), NULL) < 0) {
		err_set(e, errno, "cannot mount /proc in the new pid namespace");
		/* mount_too_revealing(): a user namespace may only mount what it sees in full */
		return errno == EPERM
			       ? err_hint(
					 e,
					 "in a container, no mount may cover a part of /proc (Docker: "
					 "--security-opt systempaths=unconfined)")
			       : -e->errnum;
	}
	/*
	 * Shared, because criu copies sharing from it: MOVE_MOUNT_SET_GROUP fails with EINVAL on a
	 * private mount.
	 */
	if (mount(NULL, "/proc", NULL, MS_SHARED, NULL) < 0)
		return err_set(e, errno, "cannot make the new /proc shared");
	return 0;
}

int init_make_scratch(int *ret, struct err *e)
{
	_cleanup_close_ int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_set(e, errno, "cannot make a tmpfs for criu's pidfile");
	*ret = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	return *ret < 0 ? err_set(e, errno, "cannot open a tmpfs for criu's pidfile") : 0;
}

bool init_move_cursor(pid_t next)
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", next - 1);

	return fd >= 0 && write(fd, text, (size_t)n) == n;
}

/*
 * The terminal is opened here, by path, in the new mount namespace: a descriptor from the caller's
 * would make the next freeze fail ("Can't lookup mount=N for fd=0").
 */
int init_open_tty(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "cannot open the terminal %s", path);
	/*
	 * criu restores the foreground process group, so the terminal must be that of our session.
	 */
	if (ioctl(fd, TIOCSCTTY, 0) < 0)
		return err_set(e, errno, "cannot make %s the terminal of the new session", path);
	return fd;
}
