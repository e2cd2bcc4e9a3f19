// SPDX-License-Identifier: MIT
/* The part of identity.h that asks the kernel. */
#include "look/identity.h"

#include "look/rights.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

bool identity_may_ask(const char *fstype)
{
	static const char *const types[] = { "ext2",  "ext3", "ext4",     "xfs",      "btrfs",
					     "tmpfs", "f2fs", "bcachefs", "devtmpfs", "overlay" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(fstype, types[i]))
			return true;
	return false;
}

static uint64_t fs_of(int fd)
{
	struct statfs st;
	uint64_t id = 0;

	if (fstatfs(fd, &st) == 0)
		memcpy(&id, &st.f_fsid, sizeof(id));
	return id;
}

static void look_boot(struct identity *ret)
{
	_cleanup_free_ char *text = NULL;

	if (read_file_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 100, &text) <= 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	if (strlen(text) < sizeof(ret->boot))
		memcpy(ret->boot, text, strlen(text) + 1);
}

int identity_look(int fd, bool ask_fs, struct identity *ret)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_BTIME,
		  &st) < 0)
		return -errno;
	*ret = (struct identity){
		.known = true,
		.uid = st.stx_uid,
		.gid = st.stx_gid,
		.mode = st.stx_mode & 07777,
		.dev = makedev(st.stx_dev_major, st.stx_dev_minor),
		.rdev = makedev(st.stx_rdev_major, st.stx_rdev_minor),
		.inode = st.stx_ino,
		.fs = ask_fs ? fs_of(fd) : 0,
	};
	if (st.stx_mask & STATX_BTIME)
		ret->born = (uint64_t)st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec;
	look_boot(ret);
	return 0;
}

/* Rights */

static int access_mode(unsigned long flags)
{
	if (flags & O_PATH)
		return F_OK;
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return R_OK;
	case O_WRONLY:
		return W_OK;
	default:
		return R_OK | W_OK;
	}
}

/* The path counts as well, because each directory in it must be searchable. */
static int try_as(const char *rights, const char *path, int fd, unsigned long flags)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	struct stat known;
	struct stat found;
	int again;

	if (!rights_take(rights))
		return EPERM;
	again = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	if (again < 0 || fstat(fd, &known) < 0 || fstat(again, &found) < 0)
		return errno;
	if (known.st_dev != found.st_dev || known.st_ino != found.st_ino)
		return ESTALE;
	/*
	 * The system call itself, because glibc's faccessat() may check for the real user instead.
	 */
	return syscall(SYS_faccessat2, again, "", access_mode(flags), AT_EMPTY_PATH | AT_EACCESS) <
			       0
		       ? errno
		       : 0;
}

int identity_allows(const char *rights, const char *path, int fd, unsigned long flags)
{
	int status;
	pid_t pid;

	if (rights_are_roots(rights))
		return 0;
	pid = fork();
	if (pid == 0)
		_exit(try_as(rights, path, fd, flags));
	if (pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EPERM;
}
