// SPDX-License-Identifier: MIT
#include "facts.h"

#include "caps.h"
#include "pidfile.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef NS_GET_TGID_FROM_PIDNS /* Linux 6.11, ioctl_nsfs(2) */
#define NS_GET_TGID_FROM_PIDNS _IOR(NSIO, 0x7, int)
#endif

void facts_init(struct facts *f)
{
	*f = (struct facts){
		.proc = -1,
		.images_dir.fd = -1,
		.work_dir.fd = -1,
		.target_fd = -1,
		.ns_pid_fd = -1,
		.ns_mnt_fd = -1,
		.frame_ns_pid_fd = -1,
		.frame_ns_mnt_fd = -1,
	};
}

void facts_free(struct facts *f)
{
	const int fds[] = {
		f->proc,      f->images_dir.fd, f->work_dir.fd,     f->target_fd,
		f->ns_pid_fd, f->ns_mnt_fd,     f->frame_ns_pid_fd, f->frame_ns_mnt_fd
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		cleanup_close(&fds[i]);
	mounts_free(&f->caller_view);
	mounts_free(&f->target_view);
	mounts_free(&f->frame_view);
	for (size_t i = 0; i < f->n_outside; i++)
		free(f->outside[i].path);
	free(f->outside);
	images_free(&f->images);
	facts_init(f);
}

/* The criu to run */

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool same_content(const char *a, const char *b)
{
	enum { MAX_PROGRAM = 64 << 20 };
	_cleanup_free_ char *first = NULL;
	_cleanup_free_ char *second = NULL;
	ssize_t n = read_file_at(AT_FDCWD, a, MAX_PROGRAM, &first);

	return n > 0 && read_file_at(AT_FDCWD, b, MAX_PROGRAM, &second) == n &&
	       !memcmp(first, second, (size_t)n);
}

/*
 * Linked or copied under the name criu we must not find ourselves, again and again. Two copies that
 * find each other do that, too.
 */
static bool is_ourselves(const char *path)
{
	static const char exe[] = "/proc/self/exe";
	struct stat self;
	struct stat other;

	if (stat(exe, &self) < 0 || stat(path, &other) < 0)
		return false;
	return same_file(&self, &other) ||
	       (self.st_size == other.st_size && same_content(exe, path));
}

static int take_binary(const char *path, const char *origin, struct criu_binary *ret, struct err *e)
{
	struct stat st;
	int status = EXIT_NOT_RUNNABLE;

	if (is_ourselves(path)) {
		err_set(e, 0, "%s %s is criu-ns itself", origin, path);
		err_hint(e, "name the real criu");
		return err_status(e, EXIT_NOT_FOUND);
	}
	if (stat(path, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			status = EXIT_NOT_FOUND;
		err_set(e, errno, "cannot run %s %s", origin, path);
		return err_status(e, status);
	}
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0) {
		err_set(e, S_ISREG(st.st_mode) ? errno : 0, "cannot run %s %s%s", origin, path,
			S_ISREG(st.st_mode) ? "" : ": not a file");
		return err_status(e, status);
	}
	ret->fd = open(path, O_PATH | O_CLOEXEC);
	if (ret->fd < 0)
		return err_set(e, errno, "cannot open %s", path);
	ret->path = xstrdup(path);
	return 0;
}

static int search_path(struct criu_binary *ret, struct err *e)
{
	const char *path = getenv("PATH");

	/* An empty environment is no reason to fail: execvp(3) has such a default too. */
	if (!path)
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	while (*path) {
		size_t length = strcspn(path, ":");
		_cleanup_free_ char *file =
			length ? xasprintf("%.*s/criu", (int)length, path) : xstrdup("./criu");

		if (access(file, X_OK) == 0 && !is_ourselves(file))
			return take_binary(file, "criu", ret, e);
		path += length + (path[length] == ':');
	}
	err_set(e, 0, "there is no criu on PATH");
	err_hint(e, "install it (criu.org; on kernels from 6.16 on it must be 4.2.1 or newer), or "
		    "name it: --criu-binary PATH or $CRIU_BINARY");
	return err_status(e, EXIT_NOT_FOUND);
}

int facts_find_criu(const char *given, struct criu_binary *ret, struct err *e)
{
	const char *env = getenv("CRIU_BINARY");

	if (given)
		return take_binary(given, "--criu-binary", ret, e);
	if (env && *env)
		return take_binary(env, "$CRIU_BINARY", ret, e);
	return search_path(ret, e);
}

void facts_free_criu(struct criu_binary *criu)
{
	free(criu->path);
	cleanup_close(&criu->fd);
	*criu = (struct criu_binary){ .fd = -1 };
}

/* What both directions need */

static void look_dir(const char *path, struct dir *ret)
{
	ret->path = path;
	ret->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret->writable = ret->fd >= 0 && faccessat(ret->fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
	if (!ret->writable)
		ret->errnum = errno;
}

static int look_caller(const struct cli *cli, struct facts *f, struct err *e)
{
	int r = procfs_open(&f->proc, e);

	if (!r)
		r = caps_effective(&f->caps, e);
	if (r < 0)
		return r;
	r = procfs_namespace(f->proc, "self", "pid", &f->ns_pid);
	if (!r)
		r = procfs_namespace(f->proc, "self", "mnt", &f->ns_mnt);
	if (r < 0)
		return err_set(e, -r, "cannot see criu-ns's own namespaces");
	look_dir(cli->images_dir, &f->images_dir);
	look_dir(cli->work_dir, &f->work_dir);
	return 0;
}

/* Freeze */

static int open_namespace(int proc, pid_t pid, const char *kind, int *ret, struct err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/ns/%s", pid, kind);
	*ret = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (*ret < 0)
		return err_set(e, errno, "cannot open /proc/%s", path);
	return 0;
}

static int init_of(const struct facts *f, int ns_fd, ino_t ns_pid, pid_t *ret, struct err *e)
{
	int pid = ioctl(ns_fd, NS_GET_TGID_FROM_PIDNS, 1);
	int r = 0;

	if (pid > 0)
		*ret = pid;
	else
		r = procfs_find_init(f->proc, ns_pid, ret);
	if (r < 0)
		return err_set(e, -r, "cannot find the init of the pid namespace of process %d",
			       f->target.pid);
	return 0;
}

/* The frame rule (README, "The frame"): see struct facts. */
static int look_frame(struct facts *f, struct err *e)
{
	_cleanup_close_ int ns_fd = -1;
	struct stat st;
	pid_t init;
	int r;

	if (f->ns_pid_fd < 0)
		return 0;
	if (task_is_init(&f->target))
		ns_fd = ioctl(f->ns_pid_fd, NS_GET_PARENT);
	else
		ns_fd = fcntl(f->ns_pid_fd, F_DUPFD_CLOEXEC, 0);
	if (ns_fd < 0 || fstat(ns_fd, &st) < 0)
		return err_set(e, errno, "cannot find the pid namespace above process %d",
			       f->target.pid);
	if (st.st_ino == f->ns_pid)
		return 0;

	r = init_of(f, ns_fd, st.st_ino, &init, e);
	if (!r)
		r = procfs_task(f->proc, init, &f->frame, e);
	if (!r)
		r = procfs_namespaces(f->proc, &f->frame, e);
	if (!r && f->frame.ns_mnt != f->ns_mnt)
		r = open_namespace(f->proc, init, "mnt", &f->frame_ns_mnt_fd, e);
	if (r < 0)
		return r;
	if (f->frame.ns_pid != st.st_ino)
		return err_set(e, ESRCH,
			       "the init of the pid namespace of process %d has just ended",
			       f->target.pid);
	f->frame_ns_pid_fd = steal_fd(&ns_fd);
	return 0;
}

/* Who owns a mount namespace may remount in it while we are there: only our own user namespace. */
static bool is_foreign(const struct facts *f, int ns_fd)
{
	_cleanup_close_ int user_fd = -1;
	struct stat st;
	ino_t own;

	if (ns_fd < 0)
		return false;
	user_fd = ioctl(ns_fd, NS_GET_USERNS);
	return user_fd < 0 || fstat(user_fd, &st) < 0 ||
	       procfs_namespace(f->proc, "self", "user", &own) < 0 || st.st_ino != own;
}

/* For when the two texts are not enough. */
static int parse_views(struct facts *f, struct err *e)
{
	int r = mounts_parse(&f->caller_view, "of the caller", e);

	return r < 0 ? r : mounts_parse(&f->target_view, "of the target", e);
}

static int look_views(struct facts *f, struct err *e)
{
	char path[32];
	bool own_proc;
	int r;

	if (f->ns_mnt_fd < 0)
		return 0;
	f->foreign_user_ns = is_foreign(f, f->ns_mnt_fd) || is_foreign(f, f->frame_ns_mnt_fd);
	r = mounts_read_text(f->proc, "self/mountinfo", &f->caller_view, e);
	snprintf(path, sizeof(path), "%d/mountinfo", f->target.pid);
	if (!r)
		r = mounts_read_text(f->proc, path, &f->target_view, e);
	if (r < 0)
		return r;
	f->same_view = mounts_surely_same(f->caller_view.text, f->target_view.text, &own_proc) &&
		       own_proc == (f->frame.pid != 0) && !f->foreign_user_ns;
	if (f->same_view)
		return 0;
	r = parse_views(f, e);
	if (!r && f->frame_ns_mnt_fd >= 0 && f->frame.ns_mnt != f->target.ns_mnt) {
		snprintf(path, sizeof(path), "%d/mountinfo", f->frame.pid);
		r = mounts_read(f->proc, path, &f->frame_view, e);
	}
	return r;
}

static bool is_mounted(const struct mounts *t, dev_t dev)
{
	mounts_for_each (m, t)
		if (m->dev == dev)
			return true;
	return false;
}

/* Pipes, sockets and memfds have mounts of the kernel's own, which are in no table. */
static void look_fd(struct facts *f, pid_t pid, int fd)
{
	_cleanup_free_ char *info = NULL;
	char target[4096];
	char path[64];
	struct stat st;
	struct err ignored;

	snprintf(path, sizeof(path), "%d/fd/%d", pid, fd);

	ssize_t n = readlinkat(f->proc, path, target, sizeof(target) - 1);

	if (n <= 0 || target[0] != '/' || fstatat(f->proc, path, &st, 0) < 0)
		return;
	target[n] = '\0';
	snprintf(path, sizeof(path), "%d/fdinfo/%d", pid, fd);
	if (read_file_at(f->proc, path, 65536, &info) <= 0)
		return;

	const char *field = strstr(info, "mnt_id:");
	int id = field ? atoi(field + strlen("mnt_id:")) : 0;

	if (!field || mounts_have_id(&f->target_view, id) || parse_views(f, &ignored) < 0 ||
	    (!is_mounted(&f->caller_view, st.st_dev) && !is_mounted(&f->target_view, st.st_dev)))
		return;
	f->outside = xreallocarray(f->outside, f->n_outside + 1, sizeof(*f->outside));
	f->outside[f->n_outside++] = (struct outside_fd){ pid, fd, id, xstrdup(target) };
}

static void look_fds(struct facts *f, pid_t pid)
{
	_cleanup_free_ pid_t *fds = NULL;
	char path[64];
	size_t n;

	snprintf(path, sizeof(path), "%d/fd", pid);
	n = procfs_list(f->proc, path, &fds);
	for (size_t i = 0; i < n; i++)
		look_fd(f, pid, fds[i]);
}

/* The task and everything below it; a tree that changes meanwhile is criu's to judge. */
static void look_tree(struct facts *f, pid_t pid, int depth)
{
	enum { TOO_DEEP = 1024 };
	_cleanup_free_ pid_t *children = NULL;
	size_t n = procfs_children(f->proc, pid, &children);

	look_fds(f, pid);
	for (size_t i = 0; i < n && depth < TOO_DEEP; i++)
		look_tree(f, children[i], depth + 1);
}

static int look_target(const struct cli *cli, struct facts *f, struct err *e)
{
	pid_t pid = cli->tree ? parse_pid(cli->tree) : -1;
	int r;

	if (!cli->tree)
		return err_set(e, 0, "%s needs the pid of a process: -t PID", cli->word);
	if (pid < 0)
		return err_set(e, 0, "-t wants the pid of a process, not '%s'", cli->tree);
	f->target_fd = pidfd_open(pid, 0);
	r = procfs_task(f->proc, pid, &f->target, e);
	if (r < 0)
		return r;
	f->is_ancestor = procfs_is_ancestor(f->proc, pid);
	if (f->target.kthread || f->target.state == 'Z' || f->target.tgid != pid || f->is_ancestor)
		return 0; /* the plan refuses; it has no namespaces to look at */
	if (f->target_fd < 0)
		return err_set(e, ESRCH, "cannot hold process %d", pid);
	r = procfs_namespaces(f->proc, &f->target, e);
	if (r == -EACCES || r == -EPERM) {
		/* Without a look at its namespaces: all that could be needed. */
		char doing[64];

		snprintf(doing, sizeof(doing), "freeze process %d", pid);
		if (caps_check(f->caps, CAP_USE_FREEZE | CAP_USE_ENTER, doing, e) < 0)
			return -EPERM;
	}
	if (!r && f->target.ns_pid != f->ns_pid)
		r = open_namespace(f->proc, pid, "pid", &f->ns_pid_fd, e);
	if (!r && f->target.ns_mnt != f->ns_mnt)
		r = open_namespace(f->proc, pid, "mnt", &f->ns_mnt_fd, e);
	return r;
}

int facts_look_freeze(const struct cli *cli, struct facts *f, struct err *e)
{
	int r = look_caller(cli, f, e);

	if (!r)
		r = look_target(cli, f, e);
	if (!r)
		r = look_frame(f, e);
	if (!r)
		r = look_views(f, e);
	if (r < 0)
		return r;
	if (f->ns_mnt_fd >= 0)
		look_tree(f, f->target.pid, 0);
	/* All that was read by number was about the process that the pidfd holds, if it still
	 * lives. */
	if (f->target_fd >= 0 && pidfd_send_signal(f->target_fd, 0, NULL, 0) < 0 && errno == ESRCH)
		return err_set(e, ESRCH, "process %d has just ended", f->target.pid);
	return 0;
}

/* Thaw */

static pid_t look_pid_max(int proc)
{
	_cleanup_free_ char *text = NULL;
	int value = 0;

	if (read_file_at(proc, "sys/kernel/pid_max", 64, &text) > 0)
		value = atoi(text);
	return value > 0 ? value : 32768;
}

static void look_pidfile(const struct cli *cli, struct facts *f)
{
	_cleanup_free_ char *folder = pidfile_folder(cli->pidfile);
	struct stat st;

	f->pidfile_exists = fstatat(f->work_dir.fd, cli->pidfile, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (faccessat(f->work_dir.fd, folder, W_OK | X_OK, AT_EACCESS) < 0)
		f->pidfile_errnum = errno;
}

int facts_look_thaw(const struct cli *cli, struct facts *f, struct err *e)
{
	int r = look_caller(cli, f, e);

	if (!r && f->images_dir.fd >= 0 && !cli->stream)
		r = images_read(f->images_dir.fd, &f->images, e);
	if (r < 0)
		return r;
	if (f->images.own_mounts)
		r = mounts_read(f->proc, "self/mountinfo", &f->caller_view, e);
	if (r < 0)
		return r;
	f->pid_max = look_pid_max(f->proc);
	f->stdin_is_tty = isatty(STDIN_FILENO);
	if (cli->pidfile && f->work_dir.fd >= 0)
		look_pidfile(cli, f);
	return 0;
}
