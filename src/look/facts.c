// SPDX-License-Identifier: MIT
#include "look/facts.h"

#include "look/caps.h"
#include "look/join_ns.h"
#include "look/kept_archive.h"
#include "look/locks.h"
#include "look/mappings_look.h"
#include "look/recipe_file.h"
#include "look/thaw_look.h"
#include "look/tree.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
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
		.known_fd = -1,
		.ns_pid_fd = -1,
		.ns_mnt_fd = -1,
		.frame_ns_pid_fd = -1,
		.frame_ns_mnt_fd = -1,
	};
}

void facts_free(struct facts *f)
{
	const int fds[] = { f->proc,      f->images_dir.fd,   f->work_dir.fd,
			    f->target_fd, f->known_fd,        f->ns_pid_fd,
			    f->ns_mnt_fd, f->frame_ns_pid_fd, f->frame_ns_mnt_fd };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		cleanup_close(&fds[i]);
	mounts_free(&f->caller_view);
	free(f->devpts_options);
	mounts_free(&f->target_view);
	mounts_free(&f->frame_view);
	mounts_free(&f->nested_view);
	for (size_t i = 0; i < f->n_views; i++)
		free(f->views[i].text);
	free(f->views);
	for (size_t i = 0; i < f->n_joined; i++)
		cleanup_close(&f->joined[i]);
	free(f->joined);
	findings_free(&f->findings);
	free(f->unseen);
	free(f->chroot);
	recipe_free(&f->recipe);
	recipe_host_free(&f->host);
	thaw_findings_free(&f->thaw_findings);
	network_lock_free(&f->locked);
	image_pipes_free(&f->pipes);
	kept_links_free(&f->links);
	image_files_free(&f->files);
	images_free(&f->images);
	facts_init(f);
}

void facts_release_mounts(const struct facts *f)
{
	if (f->ns_mnt_fd >= 0)
		(void)dup3(f->proc, f->ns_mnt_fd, O_CLOEXEC);
	if (f->frame_ns_mnt_fd >= 0)
		(void)dup3(f->proc, f->frame_ns_mnt_fd, O_CLOEXEC);
}

static ino_t *take_unseen(const struct facts *f, size_t *ret_n)
{
	ino_t *v = NULL;

	*ret_n = 0;
	findings_for_each (x, &f->findings) {
		if (x->kind != FINDING_OUTSIDE_STREAM || x->other)
			continue;
		v = xgrow(v, *ret_n, sizeof(*v));
		v[(*ret_n)++] = x->ino;
	}
	return v;
}

void facts_renew(struct facts *f)
{
	struct criu_binary *criu = f->criu;
	ino_t service = f->service;
	bool connecting = f->is_connecting;
	int known = f->target_fd;
	size_t n;
	ino_t *unseen = take_unseen(f, &n);

	f->target_fd = -1;
	facts_free(f);
	f->known_fd = known;
	f->criu = criu;
	f->service = service;
	f->is_connecting = connecting;
	f->unseen = unseen;
	f->n_unseen = n;
}

void facts_ask_version(struct facts *f)
{
	if (f->criu)
		f->criu_version = criu_version(f->criu);
}

void facts_leave_open(struct facts *f, pid_t pid, int fd, int copy)
{
	f->left.pid = pid;
	f->left.fd = fd;
	process_leave_open(copy);
}

static int check_left(const struct facts *f, struct err *e)
{
	if (!f->left.pid)
		return 0;
	err_set(e, 0,
		"descriptor %d of process %d has been exchanged, while criu-ns looked at it, for a file that a process or another host serves (FUSE, NFS)",
		f->left.fd, f->left.pid);
	return err_hint(e, "nothing was touched; stop that process, or try again");
}

bool facts_has_on_host(const struct facts *f, int cap)
{
	/* PROC_USER_INIT_INO of the kernel: the user namespace of the host. */
	const ino_t host = 0xEFFFFFFDUL;
	ino_t user = 0;

	(void)procfs_namespace(f->proc, "self", "user", &user);
	return f->caps & UINT64_C(1) << cap && (!user || user == host);
}

/* For a freeze and a thaw */

static void look_dir(const char *path, struct dir *ret)
{
	ret->path = path;
	ret->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret->writable = ret->fd >= 0 && faccessat(ret->fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
	if (!ret->writable)
		ret->errnum = errno;
}

/* Where nothing else is named, criu works in the directory of the images. */
static void look_work_dir(const struct cli *cli, struct facts *f)
{
	if (f->images_dir.fd < 0 || strcmp(cli->work_dir, cli->images_dir) != 0) {
		look_dir(cli->work_dir, &f->work_dir);
		return;
	}
	f->work_dir = f->images_dir;
	f->work_dir.fd = fcntl(f->images_dir.fd, F_DUPFD_CLOEXEC, 0);
	if (f->work_dir.fd < 0)
		f->work_dir = (struct dir){ .path = cli->work_dir, .fd = -1, .errnum = errno };
}

/* Whether a file can be made there, in or below the work directory: 0, or why not. */
static int look_place(const struct facts *f, const char *file)
{
	_cleanup_free_ char *dir = path_directory(file);

	if (!strcmp(dir, "."))
		return f->work_dir.errnum;
	return faccessat(f->work_dir.fd, dir, W_OK | X_OK, AT_EACCESS) < 0 ? errno : 0;
}

/* criu opens it to write, and makes it if it is not there. */
static void look_log(const struct cli *cli, struct facts *f)
{
	const char *file = cli->log_file;
	struct stat st;

	if (!file || !strcmp(file, "-") || f->work_dir.fd < 0)
		return;
	if (fstatat(f->work_dir.fd, file, &st, 0) < 0)
		f->log_errnum = errno == ENOENT ? look_place(f, file) : errno;
	else if (S_ISDIR(st.st_mode))
		f->log_errnum = EISDIR;
	else if (faccessat(f->work_dir.fd, file, W_OK, AT_EACCESS) < 0)
		f->log_errnum = errno;
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
		return err_set(e, -r, "cannot read criu-ns's own namespaces");
	look_dir(cli->images_dir, &f->images_dir);
	look_work_dir(cli, f);
	look_log(cli, f);
	return 0;
}

/* Freeze */

static int open_namespace(int proc, pid_t pid, const char *kind, int *ret, struct err *e)
{
	*ret = procfs_open_namespace(proc, pid, kind);
	if (*ret < 0)
		return err_set(e, errno, "cannot open /proc/%d/ns/%s", pid, kind);
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

/*
 * The user namespace that a namespace belongs to; 0, which is no namespace, if it cannot be seen.
 */
static ino_t owner_of(int ns_fd)
{
	_cleanup_close_ int user_fd = ioctl(ns_fd, NS_GET_USERNS);
	struct stat st;

	return user_fd < 0 || fstat(user_fd, &st) < 0 ? 0 : st.st_ino;
}

static bool is_on_path(const char *name)
{
	const char *path = getenv("PATH");

	for (path = path ? path : ""; *path; path += *path == ':') {
		size_t length = strcspn(path, ":");
		_cleanup_free_ char *file = xasprintf("%.*s/%s", (int)length, path, name);

		if (access(file, X_OK) == 0)
			return true;
		path += length;
	}
	return false;
}

void facts_ask_iptables(struct facts *f)
{
	f->has_iptables = is_on_path("iptables");
}

static void look_network(struct facts *f)
{
	char who[16];
	ino_t ours;
	ino_t theirs;

	snprintf(who, sizeof(who), "%d", f->target.pid);
	f->own_network = procfs_namespace(f->proc, "self", "net", &ours) == 0 &&
			 procfs_namespace(f->proc, who, "net", &theirs) == 0 && ours != theirs;
	if (f->own_network)
		f->has_iptables = is_on_path("iptables-restore");
}

/* For the root of another mount namespace the kernel gives the path "/" (d_path()). */
static void look_root(struct facts *f)
{
	char name[32];
	char root[4096];
	ssize_t n;

	snprintf(name, sizeof(name), "%d/root", f->target.pid);
	n = readlinkat(f->proc, name, root, sizeof(root) - 1);
	if (n > 1)
		f->chroot = xstrndup(root, (size_t)n);
}

/* Is it one of the user namespaces above that of the target? */
static bool is_above(const struct facts *f, ino_t owner)
{
	int fd = procfs_open_namespace(f->proc, f->target.pid, "user");
	bool found = false;
	struct stat st;

	while (fd >= 0 && !found) {
		int parent = ioctl(fd, NS_GET_PARENT);

		close(fd);
		fd = parent;
		found = fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == owner;
	}
	cleanup_close(&fd);
	return found;
}

/* Is the target in another namespace of that kind than the caller? */
static bool is_in_another(const struct facts *f, const char *kind)
{
	char who[16];
	ino_t ours;
	ino_t theirs;

	snprintf(who, sizeof(who), "%d", f->target.pid);
	return procfs_namespace(f->proc, "self", kind, &ours) == 0 &&
	       procfs_namespace(f->proc, who, kind, &theirs) == 0 && ours != theirs;
}

/*
 * criu enters each of those that it is not in itself with the rights of the target's
 * (check_user_ns() in criu/namespaces.c)
 */
static void look_foreign(struct facts *f)
{
	static const char *const kinds[] = { "net", "uts", "ipc", "time" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds) && !f->foreign_ns; i++) {
		_cleanup_close_ int fd = -1;

		if (!is_in_another(f, kinds[i]))
			continue;
		fd = procfs_open_namespace(f->proc, f->target.pid, kinds[i]);
		if (fd >= 0 && is_above(f, owner_of(fd)))
			f->foreign_ns = kinds[i];
	}
}

/*
 * The owner of a mount namespace may remount in it while we are there, so it must be our own user
 * namespace.
 */
static int look_owners(struct facts *f, struct err *e)
{
	char who[16];
	int r = procfs_namespace(f->proc, "self", "user", &f->user_ns);

	snprintf(who, sizeof(who), "%d", f->target.pid);
	if (!r)
		r = procfs_namespace(f->proc, who, "user", &f->target_user_ns);
	if (r < 0)
		return err_set(e, -r, "cannot read the user namespace of process %d",
			       f->target.pid);
	look_network(f);
	look_root(f);
	f->mnt_owner = f->ns_mnt_fd >= 0 ? owner_of(f->ns_mnt_fd) : f->user_ns;
	if (f->target_user_ns != f->user_ns)
		look_foreign(f);
	f->foreign_frame = f->frame_ns_mnt_fd >= 0 && owner_of(f->frame_ns_mnt_fd) != f->user_ns;
	return 0;
}

static int read_frame(struct facts *f, struct err *e)
{
	if (f->frame_view.n || f->frame_ns_mnt_fd < 0 || f->frame.ns_mnt == f->target.ns_mnt)
		return 0;
	return mounts_read_of(f->proc, f->frame.pid, &f->frame_view, e);
}

int facts_read_views(struct facts *f, struct err *e)
{
	int r = 0;

	if (f->ns_mnt_fd < 0 && !f->caller_view.text) { /* the target is in the caller's */
		r = mounts_read_text(f->proc, "self/mountinfo", &f->caller_view, e);
		if (!r)
			f->target_view.text = xstrdup(f->caller_view.text);
	}
	return r;
}

int facts_parse_views(struct facts *f, struct err *e)
{
	int r = facts_read_views(f, e);

	if (!r)
		r = mounts_parse(&f->caller_view, "of the caller", e);
	if (!r)
		r = mounts_parse(&f->target_view, "of the target", e);
	return r < 0 ? r : read_frame(f, e);
}

/*
 * The mountinfo of a task has only the mounts below its root. In a chroot that may be none, or not
 * all: then the table is read from within, by a process that joins, reads it through the caller's
 * procfs, and opens nothing.
 */
static int read_joined(const struct facts *f, struct mounts *ret, struct err *e)
{
	int out[2];
	pid_t pid;
	ssize_t n;

	if (pipe2(out, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0) {
		struct mounts here = { 0 };

		if (setns(f->ns_mnt_fd, CLONE_NEWNS) < 0 ||
		    mounts_read_text(f->proc, "self/mountinfo", &here, e) < 0 ||
		    write_all(out[1], here.text, strlen(here.text)) < 0)
			_exit(EXIT_OWN);
		_exit(0);
	}
	close(out[1]);
	*ret = (struct mounts){ 0 };
	n = pid < 0 ? -errno : read_fd(out[0], 64 << 20, &ret->text);
	close(out[0]);
	if (pid > 0)
		RETRY(waitpid(pid, NULL, 0));
	return n <= 0 ? err_set(e, n < 0 ? (int)-n : EPERM,
				"cannot look into the mount namespace of process %d", f->target.pid)
		      : 0;
}

static int read_target(struct facts *f, struct err *e)
{
	char path[32];

	if (f->chroot)
		return read_joined(f, &f->target_view, e);
	snprintf(path, sizeof(path), "%d/mountinfo", f->target.pid);
	return mounts_read_text(f->proc, path, &f->target_view, e);
}

/*
 * An init that is not in its frame's mount namespace may have a procfs on /proc that shows its own
 * pid namespace, while the frame's init has one that shows another; the texts do not tell them
 * apart.
 */
static bool has_two_views(const struct facts *f)
{
	return f->frame.pid && task_is_init(&f->target) && f->frame.ns_mnt != f->target.ns_mnt;
}

static int look_views(struct facts *f, struct err *e)
{
	bool own_proc;
	int r;

	if (f->ns_mnt_fd < 0)
		return 0;
	r = mounts_read_text(f->proc, "self/mountinfo", &f->caller_view, e);
	if (!r)
		r = read_target(f, e);
	if (r < 0)
		return r;
	f->same_view = mounts_surely_same(f->caller_view.text, f->target_view.text, &own_proc) &&
		       own_proc == (f->frame.pid != 0) && !has_two_views(f) &&
		       f->mnt_owner == f->user_ns && !f->foreign_frame;
	if (f->same_view)
		return 0;
	r = facts_parse_views(f, e);
	if (!r && f->mnt_owner != f->user_ns && f->mnt_owner == f->target_user_ns)
		r = locks_read(f->proc, f->ns_mnt_fd, &f->target_view, e);
	return r;
}

static int look_target(const struct cli *cli, struct facts *f, struct err *e)
{
	pid_t pid = parse_pid(cli->tree);
	int r;

	f->target_fd = pidfd_open(pid, 0);
	r = procfs_task(f->proc, pid, &f->target, e);
	if (r < 0)
		return r;
	if (f->target.kthread || f->target.state == 'Z' || f->target.tgid != pid)
		return 0; /* the plan will refuse it; there are no namespaces to look at */
	if (f->target_fd < 0)
		return err_set(e, ESRCH, "cannot open a pidfd of process %d", pid);
	r = procfs_namespaces(f->proc, &f->target, e);
	if (r == -EACCES || r == -EPERM) {
		if (procfs_is_ancestor(f->proc, pid, &f->eldest))
			return 0; /* the same */
		/*
		 * Before its namespaces are looked at, so with all capabilities that may be needed.
		 */
		char doing[64];

		snprintf(doing, sizeof(doing), "freeze process %d", pid);
		if (caps_check(f->caps, CAP_USE_FREEZE | CAP_USE_ENTER, cli->verbose, doing, e) < 0)
			return -EPERM;
	}
	if (!r && f->target.ns_pid != f->ns_pid)
		r = open_namespace(f->proc, pid, "pid", &f->ns_pid_fd, e);
	if (!r && f->target.ns_mnt != f->ns_mnt)
		r = open_namespace(f->proc, pid, "mnt", &f->ns_mnt_fd, e);
	return r;
}

static bool is_mounted_on(const struct mounts *t, const char *place)
{
	_cleanup_free_ char *field = xasprintf(" %s ", place);

	return t->text && strstr(t->text, field);
}

/*
 * Directories that the kernel makes as mountpoints for file systems, and that are otherwise empty.
 * Those in /sys come first, because /proc will be bound, and in a user namespace a mount cannot be
 * bound without the mounts on it (has_locked_children() in the kernel). The best one is free: with
 * mnt[], criu looks by path for what the host has mounted there. systemd mounts on all in /sys.
 */
static const char *look_staging(const struct mounts *caller)
{
	static const char *const places[] = {
		"/sys/fs/pstore",    "/sys/fs/fuse/connections", "/sys/kernel/config",
		"/sys/kernel/debug", "/sys/kernel/security",     "/proc/fs/nfsd",
	};
	const char *covered = NULL;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (lstat(places[i], &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		if (!is_mounted_on(caller, places[i]))
			return places[i];
		covered = covered ? covered : places[i];
	}
	return covered;
}

/* If the process of the pidfd still lives, everything that was read by its pid was about it. */
static bool has_ended(int pidfd)
{
	return pidfd >= 0 && pidfd_send_signal(pidfd, 0, NULL, 0) < 0 && errno == ESRCH;
}

int facts_look_freeze(const struct cli *cli, struct facts *f, struct err *e)
{
	int r = look_caller(cli, f, e);

	if (!r)
		r = look_target(cli, f, e);
	if (!r)
		r = look_frame(f, e);
	if (!r && f->ns_mnt_fd >= 0)
		r = look_owners(f, e);
	return r < 0 ? r : look_views(f, e);
}

/* If there will be no freeze that does it. */
static void look_mappings(struct facts *f)
{
	struct mappings_look l;
	pid_t *pids;
	size_t n = tree_list(f->proc, f->target.pid, &pids);

	mappings_look_begin(&l, f, pids, n);
	mappings_look_rest(&l);
	mappings_look_end(&l, &f->findings);
}

int facts_look_tree(const struct cli *cli, struct facts *f, struct err *e)
{
	int r = 0;

	f->is_ancestor = procfs_is_ancestor(f->proc, f->target.pid, &f->eldest);
	if (f->target.ns_mnt && f->ns_mnt_fd < 0)
		r = look_owners(f, e);
	if (r < 0)
		return r;
	if (f->target_fd >= 0)
		tree_look(f);
	if (f->target_fd >= 0 && cli->dry_run)
		look_mappings(f);
	f->target_view.in_cgroup_ns =
		((cli->by_rpc && f->target_view.n) || f->n_tasks > 1) && is_in_another(f, "cgroup");
	if (check_left(f, e) < 0)
		return -EINVAL;
	if (cli->command == CMD_PRE_DUMP)
		f->tracks_no_memory = !procfs_tracks_memory(f->proc);
	f->now = time(NULL);
	(void)uname(&f->machine);
	if (f->n_views)
		f->staging = look_staging(&f->caller_view);
	return has_ended(f->target_fd) || has_ended(f->known_fd)
		       ? err_set(e, ESRCH, "process %d has just ended", f->target.pid)
		       : 0;
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
	struct stat st;

	f->pidfile_exists = fstatat(f->work_dir.fd, cli->pidfile, &st, AT_SYMLINK_NOFOLLOW) == 0;
	f->pidfile_errnum = look_place(f, cli->pidfile);
}

/* Read the recipe beside the images, and look for what it names. */
static int look_recipe(const struct cli *cli, struct facts *f, struct err *e)
{
	int r = recipe_file_read(f->images_dir.fd, &f->recipe, e);

	if (r <= 0)
		return r;
	f->has_recipe = true;
	for (size_t i = 0; i < f->recipe.n_mounts; i++)
		if (f->recipe.mounts[i].owner == OWNER_KEPT)
			f->recipe.mounts[i].kept_errnum =
				-kept_archive_check(f->images_dir.fd, &f->recipe.mounts[i]);
	if (f->recipe.n_mounts || f->recipe.n_files)
		r = mounts_read_text(f->proc, "self/mountinfo", &f->caller_view, e);
	if (r >= 0 && f->recipe.n_mounts)
		r = mounts_parse(&f->caller_view, "of the caller", e);
	return r < 0 ? r : recipe_host_look(cli, f->proc, &f->recipe, &f->caller_view, &f->host, e);
}

/* The caller's mounts, and where a thaw can mount what criu is to find; if not yet done. */
static int look_mounts(struct facts *f, struct err *e)
{
	int r = 0;

	if (f->staging)
		return 0;
	if (!f->caller_view.text)
		r = mounts_read_text(f->proc, "self/mountinfo", &f->caller_view, e);
	if (!r && f->images.own_mounts)
		r = mounts_parse(&f->caller_view, "of the caller", e);
	if (!r)
		f->staging = look_staging(&f->caller_view);
	return r;
}

/* Is it that end of a pipe, and not of a FIFO, which has a name in some mount namespace? */
static bool is_pipe(int fd, int end)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC &&
	       (fcntl(fd, F_GETFL) & O_ACCMODE) == end;
}

static void look_joined(const struct cli *cli, struct facts *f)
{
	f->joined = cli->joined.n ? xcalloc(cli->joined.n, sizeof(*f->joined)) : NULL;
	for (; f->n_joined < cli->joined.n; f->n_joined++)
		f->joined[f->n_joined] = join_ns_open(f->proc, cli->joined.v[f->n_joined]);
}

/*
 * For uprobes criu takes an option that an older one does not have. Where an older one finds no
 * memory, its thaw fails, and the reason is said then (explain_failure()): asking before takes a
 * tenth of the time of a thaw. Other images an older criu takes, and what it does not know in them
 * is lost.
 */
static bool is_version_asked(const struct cli *cli, const struct images *i)
{
	return i->has_uprobes || (i->criu && (cli->dry_run || !i->hides_memory));
}

int facts_look_thaw(const struct cli *cli, struct facts *f, struct err *e)
{
	int r = look_caller(cli, f, e);

	if (!r && f->images_dir.fd >= 0 && !cli->stream)
		r = images_read(f->images_dir.fd, &f->images, e);
	if (!r && f->images.present)
		r = look_recipe(cli, f, e);
	if (!r && f->images.own_mounts)
		r = look_mounts(f, e);
	if (r < 0)
		return r;
	if (f->images.present) {
		image_files_read(f->images_dir.fd, &f->files);
		image_pipes_read(f->images_dir.fd, f->images.root, &f->files, &f->pipes);
	}
	f->pid_max = look_pid_max(f->proc);
	return 0;
}

/* criu may take the place of this process. */
static void look_self(struct facts *f)
{
	f->own_ids[0] = getpid();
	f->own_ids[1] = getpgid(0);
	f->own_ids[2] = getsid(0);
}

int facts_look_host(const struct cli *cli, struct facts *f, struct err *e)
{
	if (f->images.present && look_mounts(f, e) < 0)
		return err_result(e);
	if (f->images.present && !cli->as_given) { /* else criu finds out by itself */
		thaw_look_files(cli, f);
		thaw_look_sockets(cli, f);
		if (check_left(f, e) < 0)
			return -EINVAL;
		thaw_look_unix(cli, f);
		thaw_name_holders(f);
		thaw_look_ptys(f);
		thaw_look_cgroups(f);
		thaw_look_machine(f);
		images_read_pagemap(f->images_dir.fd, &f->images);
		if (is_version_asked(cli, &f->images))
			facts_ask_version(f);
	}
	look_joined(cli, f);
	if (cli->sibling)
		look_self(f);
	f->stdin_is_tty = isatty(STDIN_FILENO);
	f->stdout_is_tty = isatty(STDOUT_FILENO);
	for (int fd = 0; fd < 3; fd++)
		f->stdio_is_pipe[fd] = is_pipe(fd, fd == STDIN_FILENO ? O_RDONLY : O_WRONLY);
	if (cli->pidfile && f->work_dir.fd >= 0)
		look_pidfile(cli, f);
	return 0;
}

int facts_look_start(const struct cli *cli, struct facts *f, struct err *e)
{
	return look_caller(cli, f, e);
}
