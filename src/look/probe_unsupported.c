// SPDX-License-Identifier: MIT
/*
 * Descriptors and mapped files of kinds that criu does not save. What it does save is known, and listed here
 * (dump_one_file() in criu/files.c, vma_get_mapfile() and handle_vma() in criu/proc_parse.c); all else is found,
 * whatever a newer kernel calls it.
 */
#include "look/probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#ifndef MQUEUE_MAGIC
#define MQUEUE_MAGIC 0x19800202
#endif
#ifndef SECRETMEM_MAGIC
#define SECRETMEM_MAGIC 0x5345434d
#endif
#ifndef HUGETLBFS_MAGIC
#define HUGETLBFS_MAGIC 0x958458f6
#endif

/* cr_plugin_init() in criu/plugin.c */
static bool has_plugins(void)
{
	static const char usual[] = "/usr/lib/criu";
	const char *path = getenv("CRIU_LIBS_DIR");
	DIR *d = opendir(path ? path : usual);
	bool found = false;
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		size_t n = strlen(entry->d_name);

		found |= n > 3 && !strcmp(entry->d_name + n - 3, ".so");
	}
	if (d)
		closedir(d);
	return found;
}

struct state {
	pid_t pid; /* of which all descriptors are known */
	int *fds;
	size_t n_fds;
	struct epoll {
		pid_t pid;
		int fd;
	} * epolls; /* those seen so far */
	size_t n_epolls;
};

struct finding *look_unsupported(struct look *l, enum unsupported what, struct held *h,
				 uint64_t which)
{
	struct finding *x;
	struct task task;
	struct err ignored;

	for (size_t i = 0; !which && i < l->facts->findings.n; i++) {
		x = &l->facts->findings.v[i];
		if (x->kind == FINDING_UNSUPPORTED && x->pid == h->pid &&
		    x->unsupported.what == what && !strcmp(x->path, h->path)) {
			x->unsupported.more++;
			return NULL;
		}
	}
	if (which &&
	    seen_before(&l->seen, FINDING_UNSUPPORTED, (uint64_t)h->pid << 8 | what, which))
		return NULL;
	if (!findings_first(&l->facts->findings, FINDING_UNSUPPORTED)) {
		l->facts->has_plugins = has_plugins();
		facts_ask_version(l->facts); /* a newer one may save it */
	}
	x = look_found(l, FINDING_UNSUPPORTED, h);
	x->unsupported = (struct unsupported_file){ .what = what };
	if (procfs_task(l->facts->proc, h->pid, &task, &ignored) == 0)
		snprintf(x->unsupported.comm, sizeof(x->unsupported.comm), "%s", task.comm);
	return x;
}

/* The number after a word at the start of a line of fdinfo. */
static bool fdinfo_number(const char *text, const char *word, long *ret)
{
	const char *number = text ? text_find_line(text, word) : NULL;

	if (number)
		*ret = strtol(number, NULL, 0);
	return number != NULL;
}

/* dump_one_pidfd() in criu/pidfd.c; -1 is a process that has ended. criu can save any since 4.1. */
static void look_pidfd(struct look *l, struct held *h)
{
	const char *text = held_info(l, h);
	struct finding *x;
	long flags = 0;
	long pid = -1;

	facts_ask_version(l->facts);
	if (l->facts->criu_version && l->facts->criu_version < CRIU_VERSION(4, 1, 0)) {
		look_unsupported(l, UNSUPPORTED_OLD_PIDFD, h, 0);
		return;
	}
	(void)fdinfo_number(text, "flags:", &flags);
	if (flags & O_EXCL) { /* PIDFD_THREAD */
		look_unsupported(l, UNSUPPORTED_THREAD_PIDFD, h, 0);
		return;
	}
	if (!fdinfo_number(text, "Pid:", &pid) || pid == -1 || look_has_process(l, (pid_t)pid))
		return;
	x = look_unsupported(l, UNSUPPORTED_PIDFD, h, (uint64_t)pid + 1);
	if (x)
		x->other = (pid_t)pid;
}

/* Epoll: criu looks for the files among the process's own descriptors (find_tfd_bsearch() in criu/eventpoll.c) */

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void learn_fds(const struct look *l, struct state *s, pid_t pid)
{
	char path[32];

	if (s->pid == pid)
		return;
	free(s->fds);
	put_path(path, sizeof(path), pid, "fd");
	s->n_fds = procfs_list(l->facts->proc, path, &s->fds);
	s->pid = pid;
	if (s->n_fds)
		qsort(s->fds, s->n_fds, sizeof(*s->fds), by_number);
}

/* One line of its fdinfo: "tfd: 4 events: 19 data: 4  pos:0 ino:5c52 sdev:9". */
struct awaited {
	int fd;
	ino_t ino;
};

static bool parse_awaited(const char *line, struct awaited *ret)
{
	const char *fd = text_after(line, "tfd:");
	const char *ino = strstr(line, " ino:");

	if (!fd || !ino || ino > strchrnul(line, '\n'))
		return false;
	ret->fd = atoi(fd);
	ret->ino = strtoul(ino + strlen(" ino:"), NULL, 16);
	return true;
}

/* Most are what they seem to be; comparing all as criu does would take the square of their number. */
static bool is_own_number(const struct look *l, const struct state *s, const struct awaited *a)
{
	char link[64];
	struct statx st;

	if (!s->n_fds || !bsearch(&a->fd, s->fds, s->n_fds, sizeof(*s->fds), by_number))
		return false;
	snprintf(link, sizeof(link), "%d/fd/%d", s->pid, a->fd);
	return statx(l->facts->proc, link, AT_STATX_DONT_SYNC, STATX_INO, &st) < 0 ||
	       st.stx_ino == a->ino;
}

/* nth: of those with the same number */
static bool is_own_file(const struct state *s, const struct held *epoll, const struct awaited *a,
			unsigned nth)
{
	struct kcmp_epoll_slot slot = { .efd = (unsigned)epoll->fd,
					.tfd = (unsigned)a->fd,
					.toff = nth };

	for (size_t i = 0; i < s->n_fds; i++) {
		long order = syscall(SYS_kcmp, s->pid, s->pid, KCMP_EPOLL_TFD, s->fds[i], &slot);

		if (order == 0 || (order < 0 && errno != EBADF && errno != ENOENT))
			return true; /* or the kernel does not tell */
	}
	return false;
}

static unsigned count_number(const char *text, const char *end, int fd)
{
	struct awaited a;
	unsigned n = 0;

	for (const char *line = text; line < end; line = text_next_line(line))
		if (parse_awaited(line, &a) && a.fd == fd)
			n++;
	return n;
}

/*
 * One that several processes have, as after fork(2), is saved with the descriptors of the first, and with no others
 * (do_dump_gen_file() in criu/files.c): what a child has closed since does not matter.
 */
static bool is_saved_before(const struct state *s, const struct held *epoll)
{
	for (size_t i = 0; i < s->n_epolls; i++) {
		const struct epoll *e = &s->epolls[i];

		if (e->pid != epoll->pid &&
		    syscall(SYS_kcmp, e->pid, epoll->pid, KCMP_FILE, e->fd, epoll->fd) == 0)
			return true;
	}
	return false;
}

static void remember(struct state *s, const struct held *epoll)
{
	s->epolls = xgrow(s->epolls, s->n_epolls, sizeof(*s->epolls));
	s->epolls[s->n_epolls++] = (struct epoll){ epoll->pid, epoll->fd };
}

static void look_epoll(struct look *l, struct held *h, struct state *s)
{
	const char *text = held_info(l, h);
	struct awaited a;

	learn_fds(l, s, h->pid);
	for (const char *line = text; line && *line; line = text_next_line(line)) {
		if (parse_awaited(line, &a) && !is_own_number(l, s, &a) &&
		    !is_own_file(s, h, &a, count_number(text, line, a.fd))) {
			struct finding *x;

			if (is_saved_before(s, h))
				break;
			x = look_unsupported(l, UNSUPPORTED_EPOLL, h,
					     (uint64_t)h->fd << 32 | (unsigned)a.fd);

			if (x)
				x->other = a.fd;
		}
	}
	remember(s, h);
}

/* verify_timerfd() in criu/include/timerfd.h */
static void look_timer(struct look *l, struct held *h)
{
	long clock = CLOCK_REALTIME;

	if (fdinfo_number(held_info(l, h), "clockid:", &clock) && clock != CLOCK_REALTIME &&
	    clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
		look_unsupported(l, UNSUPPORTED_ALARM, h, 0);
}

/* criu makes all of them without that flag (eventfd_open() in criu/eventfd.c). Kernels tell it since 6.5. */
static void look_eventfd(struct look *l, struct held *h)
{
	const char *text = held_info(l, h);
	long is_semaphore = 0;
	long id = 0;

	if (fdinfo_number(text, "eventfd-semaphore:", &is_semaphore) && is_semaphore &&
	    fdinfo_number(text, "eventfd-id:", &id) &&
	    !seen_before(&l->seen, FINDING_SEMAPHORE, (uint64_t)id, 0))
		look_found(l, FINDING_SEMAPHORE, h);
}

/* parse_fdinfo_pid_s() in criu/proc_parse.c skips such marks: they are gone after a thaw, and it does not say so. */
static void look_fanotify(struct look *l, struct held *h)
{
	const char *text = held_info(l, h);

	if (text && strstr(text, "\nfanotify sdev:"))
		look_unsupported(l, UNSUPPORTED_FANOTIFY, h, 0);
}

/* Anonymous inodes, in the kernel's words */

/* criu has it only if it was built with libbpf, and its program has these words only then (criu/bpfmap.c). */
static bool saves_bpf_maps(const struct facts *f)
{
	enum { MOST = 64 << 20 };
	_cleanup_free_ char *text = NULL;
	char path[64];
	ssize_t n;

	if (!f->criu)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f->criu->fd);
	n = read_file_at(AT_FDCWD, path, MOST, &text);
	return n <= 0 || memmem(text, (size_t)n, "bpfmap: ", strlen("bpfmap: "));
}

static void look_anonymous(struct look *l, struct held *h, struct state *s)
{
	const char *name = strchr(h->path, ':') + 1;

	if (!strcmp(name, "[eventpoll]"))
		look_epoll(l, h, s);
	else if (!strcmp(name, "[timerfd]"))
		look_timer(l, h);
	else if (!strcmp(name, "[eventfd]"))
		look_eventfd(l, h);
	else if (!strcmp(name, "[pidfd]"))
		look_pidfd(l, h);
	else if (!strcmp(name, "[fanotify]"))
		look_fanotify(l, h);
	else if (!strcmp(name, "[io_uring]"))
		look_unsupported(l, UNSUPPORTED_IO_URING, h, 0);
	else if (!strcmp(name, "[userfaultfd]"))
		look_unsupported(l, UNSUPPORTED_USERFAULTFD, h, 0);
	else if (strcmp(name, "[signalfd]") != 0 && strcmp(name, "inotify") != 0 &&
		 (strcmp(name, "bpf-map") != 0 || !saves_bpf_maps(l->facts)))
		look_unsupported(l, UNSUPPORTED_OTHER, h, 0);
}

/* "uts:[4026531838]": criu knows those that a process of the tree is in (dump_one_ns_file() in criu/namespaces.c) */
static void look_namespace(struct look *l, struct held *h)
{
	_cleanup_free_ char *kind = xstrndup(h->path, strcspn(h->path, ":"));
	ino_t ns;
	ino_t theirs;

	if (procfs_parse_namespace(h->path, &ns) < 0)
		return;
	for (size_t i = 0; i < l->n_pids; i++) {
		char who[16];

		snprintf(who, sizeof(who), "%d", l->pids[i]);
		if (procfs_namespace(l->facts->proc, who, kind, &theirs) == 0 && theirs == ns)
			return;
	}
	look_unsupported(l, UNSUPPORTED_NAMESPACE, h, ns);
}

static bool is_namespace(const char *path)
{
	static const char *const kinds[] = { "net:[",  "uts:[",  "ipc:[", "pid:[",
					     "user:[", "time:[", "mnt:[", "cgroup:[" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (text_begins(path, kinds[i]))
			return true;
	return false;
}

/* Files with a path */

/* Documentation/admin-guide/devices.txt of the kernel */
enum {
	MEM = 1,
	TTY = 4,
	TTY_AUX = 5,
	MISC = 10,
	PTY = 136,
	PTY_LAST = 143,
	USB_SERIAL = 188,
	LOW_DENSITY_SERIAL = 204,
	TUN_MINOR = 200,
	FUSE_MINOR = 229,
	AUTOFS_MINOR = 235,
	ZERO_MINOR = 5,
	LAST_CONSOLE_MINOR = 63,
	PTMX_MINOR = 2,
};

static bool is_device(const struct statx *st, unsigned number, unsigned minor)
{
	return st->stx_rdev_major == number && st->stx_rdev_minor == minor;
}

/* Of those with the number TTY: /dev/tty0, the console in front, is none, nor are serial ports (from 64 on). */
static bool is_saved_console(unsigned minor)
{
#ifdef __s390x__
	if (minor == LAST_CONSOLE_MINOR + 1 || minor == LAST_CONSOLE_MINOR + 2)
		return true;
#endif
	return minor > 0 && minor <= LAST_CONSOLE_MINOR;
}

/* dump_chrdev() in criu/files.c, get_tty_driver() in criu/tty.c */
static bool is_saved_device(const struct statx *st)
{
	unsigned number = st->stx_rdev_major;

	if (number == TTY_AUX)
		return st->stx_rdev_minor <= PTMX_MINOR;
	return number == MEM || number == TTY || number == USB_SERIAL ||
	       number == LOW_DENSITY_SERIAL || (number >= PTY && number <= PTY_LAST) ||
	       is_device(st, MISC, AUTOFS_MINOR);
}

/*
 * Has another node of the same device taken the place of one that is open, by a mount, or in a directory that was
 * exchanged? criu then accepts it with --evasive-devices (check_path_remap() in criu/files-reg.c). Only looked for
 * where the target's paths are the caller's.
 */
static bool is_exchanged(const struct look *l, const struct held *h, const struct statx *st)
{
	_cleanup_close_ int fd = -1;
	struct statx there;

	if (l->facts->ns_mnt_fd >= 0 && !l->facts->same_view)
		return false;
	fd = served_open(AT_FDCWD, h->path, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	return fd >= 0 &&
	       statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &there) == 0 &&
	       S_ISCHR(there.stx_mode) &&
	       (there.stx_ino != st->stx_ino || statx_dev(&there) != statx_dev(st)) &&
	       is_device(&there, st->stx_rdev_major, st->stx_rdev_minor);
}

static void look_device(struct look *l, struct held *h, const struct statx *st)
{
	uint64_t which = (uint64_t)st->stx_rdev_major << 32 | st->stx_rdev_minor;
	struct finding *x;

	if (S_ISCHR(st->stx_mode) && st->stx_rdev_major == TTY &&
	    !is_saved_console(st->stx_rdev_minor)) {
		x = look_unsupported(l, UNSUPPORTED_SERIAL, h, which);
		if (x)
			x->unsupported.rdev = makedev(TTY, st->stx_rdev_minor);
	} else if (S_ISCHR(st->stx_mode) && is_device(st, MISC, FUSE_MINOR)) {
		look_unsupported(l, UNSUPPORTED_FUSE, h, which);
	} else if (S_ISCHR(st->stx_mode) && is_device(st, MISC, TUN_MINOR)) {
		if (!l->facts->own_network)
			look_unsupported(l, UNSUPPORTED_TUN, h, which);
	} else if (!S_ISCHR(st->stx_mode) || !is_saved_device(st)) {
		look_unsupported(l, UNSUPPORTED_DEVICE, h, which);
	} else if (st->stx_rdev_major == MEM && is_exchanged(l, h, st) &&
		   !seen_before(&l->seen, FINDING_OTHER_NODE, which, 0)) {
		look_found(l, FINDING_OTHER_NODE, h);
	}
}

/* criu's cache of what it has found out of the kernel: kerndat_save_cache() in criu/kerndat.c. */
static bool has_cached(dev_t dev)
{
	enum { MOST = 64 << 10 };
	_cleanup_free_ char *text = NULL;
	uint64_t number = dev;
	ssize_t n = read_file_at(AT_FDCWD, "/run/criu.kdat", MOST, &text);

	return n > 0 && memmem(text, (size_t)n, &number, sizeof(number));
}

static long read_count(unsigned long kib, const char *name)
{
	_cleanup_free_ char *text = NULL;
	char path[96];

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%lukB/%s", kib, name);
	return read_file_at(AT_FDCWD, path, 32, &text) > 0 ? atol(text) : -1;
}

/*
 * criu learns the device of huge pages by mapping one (kerndat_get_hugetlb_dev() in criu/kerndat.c), for which one
 * must be free that nobody has a right to.
 */
static void look_huge(struct look *l, struct held *h, dev_t dev, unsigned long page_size)
{
	unsigned long kib = page_size >> 10;
	long in_pool = read_count(kib, "free_hugepages") - read_count(kib, "resv_hugepages");
	long beyond =
		read_count(kib, "nr_overcommit_hugepages") - read_count(kib, "surplus_hugepages");
	struct finding *x;

	if (in_pool > 0 || beyond > 0 || has_cached(dev))
		return;
	x = look_unsupported(l, UNSUPPORTED_HUGE, h, 0);
	if (x)
		x->unsupported.kib = kib;
}

/*
 * In a file system that is mounted nowhere, where criu does not find it ("Can't lookup mount"). If it has a server
 * that does not answer, that has been found (probe_served).
 */
static void look_unmounted(struct look *l, struct held *h, const struct statx *st)
{
	_cleanup_close_ int fd = openat(h->dir, h->link, O_PATH | O_CLOEXEC);
	const int type = fd < 0 ? -errno : served_type(&l->served, fd);
	struct statfs fs = { 0 };

	if (served_is_suspect(&l->served, statx_dev(st)) || type == -ETIMEDOUT || fd < 0)
		return;
	if (type == SECRETMEM_MAGIC)
		look_unsupported(l, UNSUPPORTED_SECRET, h, st->stx_ino);
	else if (type == MQUEUE_MAGIC)
		look_unsupported(l, UNSUPPORTED_QUEUE, h, st->stx_ino);
	else if ((uint32_t)type == HUGETLBFS_MAGIC && fstatfs(fd, &fs) == 0)
		look_huge(l, h, statx_dev(st), (unsigned long)fs.f_bsize);
	else if (h->as == HELD_FD)
		look_unsupported(l, UNSUPPORTED_UNMOUNTED, h, st->stx_ino);
}

static bool is_terminal(const struct statx *st)
{
	return S_ISCHR(st->stx_mode) && st->stx_rdev_major != MEM && st->stx_rdev_major != MISC &&
	       is_saved_device(st);
}

/*
 * criu asks a socket for its options, and a terminal for its number, which a descriptor that only
 * stands for a path does not tell: "Can't get 1:39 opt", "Can't obtain ptmx index". For FIFOs see
 * probe_pipes.c.
 */
static bool is_only_a_path(struct look *l, struct held *h, const struct statx *st)
{
	long flags = 0;

	return h->as == HELD_FD && (S_ISSOCK(st->stx_mode) || is_terminal(st)) &&
	       fdinfo_number(held_info(l, h), "flags:", &flags) && (flags & O_PATH);
}

/*
 * Of what could be the program of a task: few files are, and only theirs cost the look at the
 * flags.
 */
static void look_program(struct look *l, struct held *h, const struct statx *st)
{
	long flags = 0;

	if (h->as == HELD_FD && S_ISREG(st->stx_mode) && (st->stx_mode & 0111) &&
	    !findings_first(&l->facts->findings, FINDING_PATH_OF_PROGRAM) &&
	    fdinfo_number(held_info(l, h), "flags:", &flags) && (flags & O_PATH))
		look_found(l, FINDING_PATH_OF_PROGRAM, h);
}

static void look_path(struct look *l, struct held *h)
{
	const struct statx *st = held_status(h);

	if (!st)
		return;
	look_program(l, h, st);
	if (is_only_a_path(l, h, st))
		look_unsupported(l, UNSUPPORTED_PATH, h, 0);
	else if (S_ISCHR(st->stx_mode) || S_ISBLK(st->stx_mode))
		look_device(l, h, st);
	else if (h->as == HELD_FD && !served_is_mounted(&l->served, statx_dev(st)) &&
		 !served_is_memory(&l->served, statx_dev(st)))
		look_unmounted(l, h, st);
}

static const char huge_map[] = "/anon_hugepage";

/* handle_vma() in criu/proc_parse.c */
static void look_mapped(struct look *l, struct held *h)
{
	const struct statx *st = held_status(h);

	if (st && text_begins(h->path, huge_map))
		look_unmounted(l, h, st);
	else if (st && (S_ISBLK(st->stx_mode) ||
			(S_ISCHR(st->stx_mode) && !is_device(st, MEM, ZERO_MINOR))))
		look_unsupported(l, UNSUPPORTED_DEVICE, h,
				 (uint64_t)st->stx_rdev_major << 32 | st->stx_rdev_minor);
}

static void look_held(struct look *l, struct held *h, void *state)
{
	if (h->as == HELD_MAP) {
		look_mapped(l, h);
	} else if (held_is_path(h)) {
		look_path(l, h);
	} else if (h->as == HELD_FD && text_begins(h->path, "anon_inode:")) {
		look_anonymous(l, h, state);
	} else if (h->as == HELD_FD && text_begins(h->path, "pidfd:")) {
		look_pidfd(l, h);
	} else if (h->as == HELD_FD && is_namespace(h->path)) {
		look_namespace(l, h);
	}
}

/* Maps */

/* Only a map of a device, which criu does not save, or of huge pages: its status says what it is. */
static bool wants_map(const struct look *l, const struct proc_map *m)
{
	(void)l;
	if (text_begins(m->path, huge_map))
		return true;
	return text_begins(m->path, "/dev/") && !text_begins(m->path, "/dev/shm/") &&
	       !text_begins(m->path, "/dev/zero");
}

static void look_map(struct look *l, pid_t pid, const struct proc_map *m, void *state)
{
	struct held h = { .pid = pid, .pidfd = -1, .as = HELD_MAP, .fd = -1, .asked = -1 };
	enum unsupported what;

	(void)state;

	if (text_begins(m->path, "anon_inode:[io_uring]"))
		what = UNSUPPORTED_IO_URING;
	else if (text_begins(m->path, "anon_inode:") || text_begins(m->path, "/dmabuf:"))
		what = UNSUPPORTED_OTHER;
	else if (text_begins(m->path, "/secretmem"))
		what = UNSUPPORTED_SECRET;
	else
		return;
	snprintf(h.path, sizeof(h.path), "%.*s", (int)m->path_length, m->path);
	look_unsupported(l, what, &h, 0);
}

static void end(struct look *l, void *state)
{
	struct state *s = state;

	(void)l;
	free(s->fds);
	free(s->epolls);
}

const struct probe probe_unsupported = { .state_size = sizeof(struct state),
					 .held = look_held,
					 .wants_map = wants_map,
					 .map = look_map,
					 .end = end };
