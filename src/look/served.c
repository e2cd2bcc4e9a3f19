// SPDX-License-Identifier: MIT
#include "look/served.h"

#include "look/mountinfo.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* Which superblocks are served */

struct superblock {
	dev_t dev;
	bool is_served;
	bool is_mounted; /* in one of the tables */
	bool is_memory;
	bool has_answered;
};

static bool is_type(const char *type, size_t length, const char *name)
{
	return strlen(name) == length && !strncmp(type, name, length);
}

static bool is_served_type(const char *type, size_t length)
{
	static const char *const types[] = {
		"9p",     "afs", "beegfs", "ceph",  "cifs",     "coda", "gfs2",   "glusterfs",
		"lustre", "nfs", "nfs4",   "ocfs2", "orangefs", "smb3", "vboxsf", "virtiofs",
	};

	if (text_begins(type, "fuse"))
		return !is_type(type, length, "fusectl");
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (is_type(type, length, types[i]))
			return true;
	return false;
}

static int by_device(const void *a, const void *b)
{
	const struct superblock *one = a;
	const struct superblock *other = b;

	return (one->dev > other->dev) - (one->dev < other->dev);
}

static struct superblock *find(const struct served *s, dev_t dev)
{
	const struct superblock key = { .dev = dev };

	return s->n ? bsearch(&key, s->v, s->n, sizeof(*s->v), by_device) : NULL;
}

static void sort(struct served *s)
{
	size_t n = 0;

	qsort(s->v, s->n, sizeof(*s->v), by_device);
	for (size_t i = 0; i < s->n; i++)
		if (n == 0 || s->v[n - 1].dev != s->v[i].dev)
			s->v[n++] = s->v[i];
	s->n = n;
}

static void add_device(struct served *s, dev_t dev, bool is_served)
{
	s->v = xgrow(s->v, s->n, sizeof(*s->v));
	s->v[s->n++] =
		(struct superblock){ .dev = dev, .is_served = is_served, .is_mounted = true };
}

/*
 * The kernel's own mount for shared memory (memfd_create(2), shmget(2)) is in no table, but its
 * files have paths like all others.
 */
static void add_memory(struct served *s)
{
	_cleanup_close_ int fd = memfd_create("criu-ns", MFD_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	add_device(s, st.st_dev, false);
	s->v[s->n - 1].is_mounted = false;
	s->v[s->n - 1].is_memory = true;
}

/*
 * Takes ownership of place. If the server of / did not answer, criu-ns would not have been started.
 */
static void add_place(struct served *s, char *place)
{
	if (!strcmp(place, "/")) {
		free(place);
		return;
	}
	s->places = xgrow(s->places, s->n_places, sizeof(*s->places));
	s->places[s->n_places++] = place;
}

/* Looking below an automounter may start a mount, and wait for it. */
static bool may_wait(const char *type, size_t length)
{
	return is_served_type(type, length) || is_type(type, length, "autofs");
}

/* The n-th word of a line, counted from 0; NULL: there are not so many. */
static const char *word(const char *line, const char *end, int n)
{
	for (; line && n > 0; n--) {
		line = memchr(line, ' ', (size_t)(end - line));
		line = line ? line + 1 : NULL;
	}
	return line;
}

/* "36 35 98:0 /root /mountpoint options - type source options": a blank in a path is escaped. */
static void learn_line(struct served *s, const char *line, const char *end)
{
	const char *dev = word(line, end, 2);
	const char *at = word(line, end, 4);
	const char *type = memmem(line, (size_t)(end - line), " - ", 3);
	size_t length;
	char *colon;

	if (!at || !type)
		return;
	type += 3;
	length = strcspn(type, " \n");

	unsigned long major = strtoul(dev, &colon, 10);

	if (*colon != ':')
		return;
	add_device(s, makedev((unsigned)major, (unsigned)strtoul(colon + 1, NULL, 10)),
		   is_served_type(type, length));
	if (may_wait(type, length)) {
		char *place = xstrndup(at, strcspn(at, " \n"));

		mountinfo_unescape(place);
		add_place(s, place);
	}
}

static void learn_text(struct served *s, const char *mountinfo)
{
	for (const char *line = mountinfo; line && *line;) {
		const char *end = strchrnul(line, '\n');

		learn_line(s, line, end);
		line = *end ? end + 1 : end;
	}
}

void served_learn(struct served *s, const struct mounts *t)
{
	bool waits = false;

	if (!s->n)
		add_memory(s);
	mounts_for_each (m, t) {
		if (m == t->v || m->dev != m[-1].dev) { /* often many mounts are of one */
			size_t length = strlen(m->fstype);

			add_device(s, m->dev, is_served_type(m->fstype, length));
			waits = may_wait(m->fstype, length);
		}
		if (waits)
			add_place(s, xstrdup(m->at));
	}
	if (!t->n)
		learn_text(s, t->text);
	sort(s);
}

void served_free(struct served *s)
{
	for (size_t i = 0; i < s->n_places; i++)
		free(s->places[i]);
	free(s->places);
	free(s->v);
	*s = (struct served){ 0 };
}

bool served_is_mounted(const struct served *s, dev_t dev)
{
	const struct superblock *known = find(s, dev);

	return known && known->is_mounted;
}

bool served_is_memory(const struct served *s, dev_t dev)
{
	const struct superblock *known = find(s, dev);

	return known && known->is_memory;
}

bool served_is_on_way(const struct served *s, const char *path)
{
	for (size_t i = 0; i < s->n_places; i++)
		if (mounts_is_below(path, s->places[i]))
			return true;
	return false;
}

bool served_is_of_a_server(const struct served *s, dev_t dev)
{
	const struct superblock *known = find(s, dev);

	return !known || known->is_served;
}

bool served_is_suspect(const struct served *s, dev_t dev)
{
	const struct superblock *known = find(s, dev);

	return served_is_of_a_server(s, dev) && !(known && known->has_answered);
}

/* A line is "nodev\tNAME" or "\tNAME". */
bool served_has_kind(const char *filesystems, bool of_fuse)
{
	for (const char *line = filesystems; *line;) {
		const char *tab = line + strcspn(line, "\t\n");
		const char *type = *tab == '\t' ? tab + 1 : line;
		size_t length = strcspn(type, "\n");

		if (is_served_type(type, length) && text_begins(type, "fuse") == of_fuse)
			return true;
		line = text_next_line(type + length);
	}
	return false;
}

/* But for the names that every directory has; false if it cannot be read, too. */
static bool is_empty(int dir)
{
	_Alignas(struct dirent64) char entries[4096];
	ssize_t length = getdents64(dir, (void *)entries, sizeof(entries));

	for (ssize_t at = 0; at < length;) {
		const struct dirent64 *d = (const void *)(entries + at);

		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			return false;
		at += d->d_reclen;
	}
	return length > 0;
}

/*
 * The kernel lists all connections of FUSE, whoever has mounted them and wherever
 * (fuse_ctl_add_conn() in fs/fuse/control.c). In /sys that list may not be mounted, or may be
 * covered, so it is read in a mount of our own that is attached nowhere.
 */
static bool has_connections(void)
{
	_cleanup_close_ int fs = fsopen("fusectl", FSOPEN_CLOEXEC);
	_cleanup_close_ int mount = -1;
	_cleanup_close_ int dir = -1;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return true;
	mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	dir = mount < 0 ? -1 : openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 || !is_empty(dir);
}

bool served_rules_out(int proc)
{
	enum { MOST = 64 << 10 };
	_cleanup_free_ char *kinds = NULL;

	if (read_file_at(proc, "filesystems", MOST, &kinds) <= 0 || served_has_kind(kinds, false))
		return false;
	return !served_has_kind(kinds, true) || !has_connections();
}

static void trust(struct served *s, dev_t dev)
{
	if (!find(s, dev)) {
		add_device(s, dev, true);
		s->v[s->n - 1].is_mounted = false;
		sort(s);
	}
	find(s, dev)->has_answered = true;
}

/* Questions */

struct question {
	int (*ask)(const struct question *q); /* 0 or a negative errno; or a descriptor */
	bool is_for_fd;
	int dirfd;
	const char *path;
	unsigned long long resolve;
};

static void close_all_but(int a, int b)
{
	unsigned low = (unsigned)(a >= 0 && a < b ? a : b);
	unsigned high = (unsigned)(a > b ? a : b);

	if (low > 0)
		close_range(0, low - 1, 0);
	if (high - low > 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

/*
 * It may stay as long as the server does, so it must not keep a pipe or a directory of the
 * caller's.
 */
static _Noreturn void put_question(const struct question *q, int out, pid_t parent)
{
	int answer;

	/* If we are killed now, nobody else would end it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	close_all_but(q->dirfd, out);
	answer = chdir("/") < 0 ? -errno : q->ask(q);
	(void)write_all(out, &answer, sizeof(answer));
	for (;;)
		pause(); /* a descriptor is fetched by number */
}

static int hear(const struct question *q, pid_t pid, int in)
{
	struct pollfd p = { .fd = in, .events = POLLIN };
	int answer;

	if (RETRY(poll(&p, 1, SERVED_LIMIT_MS)) != 1)
		return -ETIMEDOUT;
	if (RETRY(read(in, &answer, sizeof(answer))) != sizeof(answer))
		return -ESRCH;
	if (answer < 0 || !q->is_for_fd)
		return answer;

	_cleanup_close_ int holder = pidfd_open(pid, 0);
	int fd = pidfd_getfd(holder, answer, 0);

	return fd < 0 ? -errno : fd;
}

static int put_to_child(const struct question *q)
{
	const pid_t parent = getpid();
	int pipe[2];
	int answer;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		put_question(q, pipe[1], parent);
	close(pipe[1]);
	answer = pid < 0 ? -errno : hear(q, pid, pipe[0]);
	close(pipe[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		RETRY(waitpid(pid, NULL, answer == -ETIMEDOUT ? WNOHANG : 0));
	}
	return answer;
}

/* As criu asks of each descriptor (fill_fd_params() in criu/files.c). */
static int ask_status(const struct question *q)
{
	int fd = *q->path ? openat(q->dirfd, q->path, O_PATH | O_CLOEXEC) : q->dirfd;
	struct statfs fs;
	struct stat st;

	return fd < 0 || fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0 ? -errno : 0;
}

bool served_answers(struct served *s, dev_t dev, int dirfd, const char *link)
{
	const struct question q = { .ask = ask_status, .dirfd = dirfd, .path = link };

	if (put_to_child(&q) == -ETIMEDOUT)
		return false;
	trust(s, dev);
	return true;
}

static int ask_type(const struct question *q)
{
	struct statfs fs;

	return fstatfs(q->dirfd, &fs) < 0 ? -errno : (int)fs.f_type;
}

int served_type(const struct served *s, int fd)
{
	const struct question q = { .ask = ask_type, .dirfd = fd };
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0)
		return -errno;
	return served_is_of_a_server(s, makedev(st.stx_dev_major, st.stx_dev_minor))
		       ? put_to_child(&q)
		       : ask_type(&q);
}

static int ask_open(const struct question *q)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = q->resolve };
	int fd = (int)RETRY(syscall(SYS_openat2, q->dirfd, q->path, &how, sizeof(how)));

	return fd < 0 ? -errno : fd;
}

static bool is_in_mount_of(int dirfd, int fd)
{
	int id = mounts_id_of(dirfd);

	return id >= 0 && id == mounts_id_of(fd);
}

/*
 * A directory on which something is mounted in any mount namespace, as /usr is where a service has
 * it read-only, is not resolved from the cache with RESOLVE_NO_XDEV, although nothing is mounted on
 * it here (__follow_mount_rcu() in fs/namei.c).
 */
static int ask_within_mount(const struct question *q)
{
	struct question without = *q;
	int fd;

	without.resolve &= ~(unsigned long long)RESOLVE_NO_XDEV;
	fd = ask_open(&without);
	if (fd < 0 || is_in_mount_of(q->dirfd, fd))
		return fd;
	close(fd);
	return -EAGAIN;
}

int served_open(int dirfd, const char *path, unsigned long long resolve)
{
	struct question q = { .ask = ask_open,
			      .is_for_fd = true,
			      .dirfd = dirfd,
			      .path = path,
			      .resolve = resolve | RESOLVE_CACHED };
	int fd = ask_open(&q);

	if (fd == -EAGAIN && resolve & RESOLVE_NO_XDEV)
		fd = ask_within_mount(&q);
	if (fd != -EAGAIN && fd != -EINVAL) /* EINVAL: Linux before 5.12 */
		return fd;
	q.resolve = resolve;
	return put_to_child(&q);
}
