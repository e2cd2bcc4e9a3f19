// SPDX-License-Identifier: MIT
#include "look/procfs.h"

#include "util/helped.h"
#include "util/used.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* include/linux/sched.h; field 9 of /proc/PID/stat (proc(5)), for kernels without "Kthread:" */
#define PF_KTHREAD 0x00200000

int procfs_open(int *ret_fd, struct err *e)
{
	_cleanup_close_ int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	char self[32];

	if (fd < 0)
		return err_set(e, errno, "cannot open /proc");
	if (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC) {
		err_set(e, 0, "/proc is not a procfs");
		return err_hint(e, "mount one: mount -t proc proc /proc");
	}

	ssize_t n = readlinkat(fd, "self", self, sizeof(self) - 1);

	self[n < 0 ? 0 : n] = '\0';
	if (parse_pid(self) != getpid()) {
		err_set(e, 0, "/proc shows another pid namespace than the one criu-ns runs in");
		return err_hint(
			e,
			"mount a fresh one: unshare -m mount -t proc proc /proc, or start with unshare --mount-proc");
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int parse_pids(const char *text, pid_t *out, int max)
{
	int n = 0;

	while (n < max) {
		char *end;
		long value = strtol(text, &end, 10);

		if (end == text)
			break;
		out[n++] = (pid_t)value;
		text = end;
	}
	return n;
}

/* There are sixty lines, and maybe thousands of threads with a status each. */
static inline bool is(const char *key, const char *name)
{
	return *key == *name && !strcmp(key, name);
}

static void take_status(const char *key, char *value, struct task *t, int *seen)
{
	pid_t list[PROCFS_DEPTH];
	int n;

	if (is(key, "Name")) {
		cut_text(t->comm, sizeof(t->comm), value);
	} else if (is(key, "State")) {
		t->state = *value;
		*seen |= 1;
	} else if (is(key, "Tgid")) {
		t->tgid = atoi(value);
	} else if (is(key, "Pid")) {
		t->pid = atoi(value);
		*seen |= 2;
	} else if (is(key, "PPid")) {
		t->ppid = atoi(value);
	} else if (is(key, "TracerPid")) {
		t->tracer = atoi(value);
	} else if (is(key, "NSpid")) {
		t->depth = parse_pids(value, t->nspid, PROCFS_DEPTH);
	} else if (is(key, "NSsid")) {
		n = parse_pids(value, list, PROCFS_DEPTH);
		t->session = n ? list[n - 1] : 0;
	} else if (is(key, "NSpgid")) {
		n = parse_pids(value, list, PROCFS_DEPTH);
		t->group = n ? list[n - 1] : 0;
	} else if (is(key, "Threads")) {
		t->threads = atoi(value);
	} else if (is(key, "Seccomp")) {
		t->seccomp = *value != '0';
	} else if (is(key, "x86_Thread_features")) {
		t->shadow_stack = strstr(value, "shstk") != NULL;
	} else if (is(key, "SigPnd") || is(key, "ShdPnd")) {
		t->pending |= strtoull(value, NULL, 16);
	} else if (is(key, "voluntary_ctxt_switches") || is(key, "nonvoluntary_ctxt_switches")) {
		t->switches += strtoull(value, NULL, 10);
	} else if (is(key, "Kthread")) {
		t->kthread = *value == '1';
		t->has_kthread = true;
	}
}

int procfs_parse_status(char *text, struct task *ret)
{
	struct task t = { 0 };
	int seen = 0;
	char *next;

	for (char *line = text; *line; line = next) {
		char *end = strchrnul(line, '\n');
		char *colon = memchr(line, ':', (size_t)(end - line));

		next = *end ? end + 1 : end;
		if (!colon)
			continue;
		*end = '\0';
		*colon++ = '\0';
		while (*colon == ' ' || *colon == '\t')
			colon++;
		take_status(line, colon, &t, &seen);
	}
	if (seen != 3 || t.pid <= 0)
		return -EINVAL;
	if (t.depth == 0) { /* no CONFIG_PID_NS: there is one number only */
		t.nspid[0] = t.pid;
		t.depth = 1;
	}
	if (t.nspid[0] != t.pid)
		return -EINVAL;
	*ret = t;
	return 0;
}

/*
 * Numbers between blanks, as many as there are, but not more than n. sscanf(3) would take as long
 * as the kernel does for the text, and there may be thousands of threads.
 */
static size_t take_numbers(const char *at, unsigned long *ret, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *end;

		ret[i] = strtoul(at, &end, 10);
		if (end == at)
			return i;
		at = end;
	}
	return n;
}

/* Between the first parenthesis and the last one. */
static void take_comm(const char *text, const char *last, char *ret, size_t size)
{
	const char *first = strchr(text, '(');

	if (first && first < last)
		snprintf(ret, size, "%.*s", (int)(last - first - 1), first + 1);
}

int procfs_parse_stat(const char *text, struct proc_stat *ret)
{
	/* Of proc_pid_stat(5), from the fourth one on. The last is a signal while it is stopped. */
	enum {
		PPID = 0,
		GROUP,
		SESSION,
		TERMINAL,
		FOREGROUND,
		FLAGS,
		MEMORY = 19,
		END_SIGNAL = 34,
		EXIT_CODE = 48
	};
	/* comm may contain blanks and parentheses, so the fields start after the last parenthesis */
	const char *p = strrchr(text, ')');
	struct proc_stat s = { 0 };
	unsigned long v[EXIT_CODE + 1] = { 0 };
	bool has_stopped;
	unsigned terminal;
	size_t n;

	if (!p || p[1] != ' ' || !p[2])
		return -EINVAL;
	s.state = p[2];
	has_stopped = s.state == 'T';
	n = take_numbers(p + 3, v, has_stopped ? EXIT_CODE + 1 : END_SIGNAL + 1);
	if (n <= MEMORY)
		return -EINVAL;
	terminal = (unsigned)v[TERMINAL];
	s.ppid = (pid_t)v[PPID];
	s.group = (pid_t)v[GROUP];
	s.session = (pid_t)v[SESSION];
	/* new_encode_dev(), include/linux/kdev_t.h */
	s.terminal = makedev(terminal >> 8 & 0xfff, (terminal & 0xff) | (terminal >> 12 & 0xfff00));
	s.foreground = (pid_t)v[FOREGROUND];
	s.flags = v[FLAGS];
	s.memory = v[MEMORY];
	s.exit_signal = n > END_SIGNAL ? (int)v[END_SIGNAL] : SIGCHLD;
	s.stop_signal = (int)v[EXIT_CODE];
	take_comm(text, p, s.comm, sizeof(s.comm));
	*ret = s;
	return 0;
}

int procfs_stat(int proc, pid_t pid, struct proc_stat *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[32];

	put_path(path, sizeof(path), pid, "stat");

	ssize_t n = read_record_at(proc, path, 4096, &text);

	return n < 0 ? (int)n : procfs_parse_stat(text, ret);
}

/* For kernels before about 6.10, which have no "Kthread:" in status. */
static bool is_kernel_thread(int proc, pid_t pid)
{
	struct proc_stat s;

	return procfs_stat(proc, pid, &s) == 0 && s.flags & PF_KTHREAD;
}

int procfs_task(int proc, pid_t pid, struct task *ret, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	struct task t;
	char path[32];

	put_path(path, sizeof(path), pid, "status");

	ssize_t n = read_record_at(proc, path, 65536, &text);

	if (n == -ENOENT || n == -ESRCH) {
		err_set(e, ESRCH, "cannot find process %d", pid);
		return err_hint(e, "it may have ended; ps -e shows the pids here");
	}
	if (n < 0)
		return err_set(e, (int)-n, "cannot read /proc/%s", path);
	if (procfs_parse_status(text, &t) < 0 || t.pid != pid)
		return err_set(e, 0, "cannot parse /proc/%s", path);
	if (!t.has_kthread)
		t.kthread = is_kernel_thread(proc, pid);
	*ret = t;
	return 0;
}

int procfs_thread(int proc, pid_t pid, pid_t tid, struct task *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/status", pid, tid);

	ssize_t n = read_record_at(proc, path, 65536, &text);

	return n < 0 ? (int)n : procfs_parse_status(text, ret);
}

int procfs_parse_namespace(const char *link, ino_t *ret)
{
	const char *number = strchr(link, '[');
	char *end;

	if (!number || number[1] < '0' || number[1] > '9')
		return -EINVAL;
	errno = 0;

	ino_t value = strtoul(number + 1, &end, 10);

	if (errno || strcmp(end, "]") != 0)
		return -EINVAL;
	*ret = value;
	return 0;
}

int procfs_namespace(int proc, const char *who, const char *kind, ino_t *ret)
{
	char path[64];
	char link[64];

	snprintf(path, sizeof(path), "%s/ns/%s", who, kind);

	ssize_t n = readlinkat(proc, path, link, sizeof(link) - 1);

	if (n < 0)
		return -errno;
	link[n] = '\0';
	return procfs_parse_namespace(link, ret);
}

int procfs_open_namespace(int proc, pid_t pid, const char *kind)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/ns/%s", pid, kind);
	return openat(proc, path, O_RDONLY | O_CLOEXEC);
}

int procfs_namespaces(int proc, struct task *task, struct err *e)
{
	char who[16];
	int r;

	snprintf(who, sizeof(who), "%d", task->pid);
	r = procfs_namespace(proc, who, "pid", &task->ns_pid);
	if (!r)
		r = procfs_namespace(proc, who, "mnt", &task->ns_mnt);
	if (!r)
		return 0;
	err_set(e, -r, "cannot read the namespaces of process %d (%s)", task->pid, task->comm);
	if (r == -EACCES || r == -EPERM)
		err_hint(e, "this needs CAP_SYS_PTRACE: run it as root");
	return r;
}

/* A list of numbers, and which of those in a directory it is to have. */
struct listing {
	int *v;
	size_t n;
	int least;
	size_t enough; /* when it has so many, the kernel is not asked for more */
};

static void take_entry(struct listing *l, const char *name)
{
	int number = name[0] < '0' || name[0] > '9' ? -1 : atoi(name);

	if (number < l->least)
		return;
	l->v = xgrow(l->v, l->n, sizeof(*l->v));
	l->v[l->n++] = number;
}

/* fdopendir() would ask the kernel three more questions about each directory. */
static size_t list(int dir, struct listing *l, int **ret)
{
	_Alignas(struct dirent64) char entries[32768];
	ssize_t length;

	while (dir >= 0 && l->n < l->enough &&
	       (length = getdents64(dir, (void *)entries, sizeof(entries))) > 0)
		for (ssize_t at = 0; at < length;) {
			const struct dirent64 *d = (const void *)(entries + at);

			at += d->d_reclen;
			take_entry(l, d->d_name);
		}
	*ret = l->v;
	return l->n;
}

size_t procfs_count_fds(int dir)
{
	struct stat st;

	return dir >= 0 && fstat(dir, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
}

size_t procfs_list_fds(int dir, size_t count, int **ret)
{
	return list(dir, &(struct listing){ .enough = count ? count : SIZE_MAX }, ret);
}

/* The position in such a directory is the number, and two (proc_readfd_common() in fs/proc/fd.c). */
size_t procfs_guess_fds(int dir, size_t count, int **ret)
{
	struct listing l = { .least = (int)count, .enough = SIZE_MAX };

	for (; l.n < count; l.n++) {
		l.v = xgrow(l.v, l.n, sizeof(*l.v));
		l.v[l.n] = (int)l.n;
	}
	(void)lseek(dir, (off_t)count + 2, SEEK_SET);
	return list(dir, &l, ret);
}

size_t procfs_list(int proc, const char *path, int **ret)
{
	_cleanup_close_ int dir = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return list(dir, &(struct listing){ .enough = SIZE_MAX }, ret);
}

static const char *skip_word(const char *text)
{
	text += strcspn(text, " \n");
	return *text == ' ' ? text + 1 : NULL;
}

/* START-END PERMS OFFSET MAJOR:MINOR INODE   PATH (proc_pid_maps(5)) */
static const char *parse_map(const char *at, struct proc_map *ret)
{
	unsigned long major = 0;
	unsigned long minor = 0;
	unsigned long ino = 0;

	at = parse_number(at, 16, '-', &ret->start);
	at = at ? parse_number(at, 16, ' ', &ret->end) : NULL;
	at = at ? skip_word(at) : NULL;
	at = at ? skip_word(at) : NULL;
	at = at ? parse_number(at, 16, ':', &major) : NULL;
	at = at ? parse_number(at, 16, ' ', &minor) : NULL;
	at = at ? parse_number(at, 10, ' ', &ino) : NULL;
	ret->dev = makedev((unsigned)major, (unsigned)minor);
	ret->ino = ino;
	return at;
}

const char *procfs_parse_map(const char *text, struct proc_map *ret)
{
	struct proc_map m = { 0 };
	const char *at = parse_map(text, &m);

	if (!at)
		return NULL;
	m.path = at + strspn(at, " ");
	m.path_length = strcspn(m.path, "\n");
	*ret = m;
	return m.path + m.path_length + (m.path[m.path_length] == '\n');
}

char *procfs_maps(int proc, pid_t pid)
{
	enum { MOST = 64 << 20 }; /* 65530 lines (vm.max_map_count) of a thousand bytes */
	char *text = NULL;
	char path[32];

	put_path(path, sizeof(path), pid, "maps");
	return read_file_at(proc, path, MOST, &text) > 0 ? text : NULL;
}

void procfs_parse_children(char *text, pid_t **list, size_t *n)
{
	static const char blanks[] = " \n";
	char *save;

	for (char *word = strtok_r(text, blanks, &save); word;
	     word = strtok_r(NULL, blanks, &save)) {
		pid_t pid = parse_pid(word);

		if (pid < 0)
			continue;
		*list = xgrow(*list, *n, sizeof(**list));
		(*list)[(*n)++] = pid;
	}
}

/*
 * The link count of the directory includes one for each thread (proc_task_getattr() in the kernel).
 */
size_t procfs_threads(int proc, pid_t pid, int **ret)
{
	struct stat st;
	char path[32];
	size_t n_others = 0;
	size_t n;

	*ret = NULL;
	put_path(path, sizeof(path), pid, "task");
	if (fstatat(proc, path, &st, 0) < 0 || st.st_nlink <= 3)
		return 0;
	n = procfs_list(proc, path, ret);
	for (size_t i = 0; i < n; i++)
		if ((*ret)[i] != pid)
			(*ret)[n_others++] = (*ret)[i];
	return n_others;
}

int procfs_open_threads(int proc, pid_t pid)
{
	char path[32];

	put_path(path, sizeof(path), pid, "task");
	return openat(proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

struct children {
	int task; /* the directory of the threads */
	int *threads;
	struct used used;
	pid_t *list;
	size_t n;
};

/* Of most threads there is nothing to read. */
static void add_children(struct children *c, int dir, const char *path)
{
	enum { MOST = 1 << 24 };
	_cleanup_free_ char *text = NULL;
	int fd = used_open(&c->used, dir, path);

	if (fd >= 0 && read_fd(fd, MOST, &text) > 0)
		procfs_parse_children(text, &c->list, &c->n);
}

static void take_children(size_t i, void *arg)
{
	struct children *c = arg;
	char path[32];

	put_path(path, sizeof(path), c->threads[i], "children");
	add_children(c, c->task, path);
}

static bool has_no_children(size_t i, void *arg)
{
	const struct children *c = arg;
	size_t n = c->n;

	take_children(i, arg);
	return c->n == n;
}

static void add_children_of_others(int proc, pid_t pid, size_t n, struct children *c)
{
	static const struct helped both = { .look = take_children, .is_idle = has_no_children };

	c->task = procfs_open_threads(proc, pid);
	helped_each(n, &both, c);
	cleanup_close(&c->task);
}

size_t procfs_children(int proc, pid_t pid, pid_t **ret)
{
	struct children c = { .task = -1 };
	size_t n_others = procfs_threads(proc, pid, &c.threads);
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/children", pid, pid);
	add_children(&c, proc, path);
	if (n_others)
		add_children_of_others(proc, pid, n_others, &c);
	used_close(&c.used);
	free(c.threads);
	*ret = c.list;
	return c.n;
}

size_t procfs_inner_threads(int proc, pid_t pid, pid_t **ret)
{
	_cleanup_free_ int *tids = NULL;
	char path[64];
	size_t n = 0;

	put_path(path, sizeof(path), pid, "task");

	size_t n_tids = procfs_list(proc, path, &tids);
	pid_t *list = xcalloc(n_tids, sizeof(*list));

	for (size_t i = 0; i < n_tids; i++) {
		struct task t = { 0 };

		if (procfs_thread(proc, pid, tids[i], &t) == 0)
			list[n++] = task_inner_pid(&t);
	}
	*ret = list;
	return n;
}

void procfs_each_fd(int proc, pid_t pid, procfs_fd_fn *fn, void *arg)
{
	_cleanup_free_ int *fds = NULL;
	char path[64];

	put_path(path, sizeof(path), pid, "fd");

	size_t n = procfs_list(proc, path, &fds);

	for (size_t i = 0; i < n; i++) {
		char link[PATH_MAX];

		snprintf(path, sizeof(path), "%d/fd/%d", pid, fds[i]);

		ssize_t length = readlinkat(proc, path, link, sizeof(link) - 1);

		if (length <= 0)
			continue;
		link[length] = '\0';
		fn(fds[i], link, arg);
	}
}

char *procfs_own_path(int proc, int fd)
{
	char path[32];
	char link[PATH_MAX];

	snprintf(path, sizeof(path), "self/fd/%d", fd);

	ssize_t length = readlinkat(proc, path, link, sizeof(link) - 1);

	return length > 0 && link[0] == '/' ? xstrndup(link, (size_t)length) : NULL;
}

void procfs_parse_fdinfo(const char *text, struct proc_fdinfo *ret)
{
	const char *flags = text_find_line(text, "flags:");
	const char *pos = text_find_line(text, "pos:");

	if (flags)
		ret->flags = strtoul(flags, NULL, 8);
	if (pos)
		ret->pos = strtoll(pos, NULL, 10);
}

int procfs_find_init(int proc, ino_t ns_pid, pid_t *ret)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = procfs_list(proc, ".", &pids);

	for (size_t i = 0; i < n; i++) {
		struct task t = { 0 };
		struct err ignored;

		if (procfs_task(proc, pids[i], &t, &ignored) < 0 || !task_is_init(&t) ||
		    procfs_namespaces(proc, &t, &ignored) < 0 || t.ns_pid != ns_pid)
			continue;
		*ret = t.pid;
		return 0;
	}
	return -ESRCH;
}

pid_t procfs_pidfd(int proc, int pidfd)
{
	_cleanup_free_ char *text = NULL;
	char path[48];
	const char *pid;

	snprintf(path, sizeof(path), "self/fdinfo/%d", pidfd);
	if (read_file_at(proc, path, 4096, &text) <= 0)
		return -1;
	pid = text_find_line(text, "Pid:");
	return pid ? (pid_t)atoi(pid) : -1;
}

bool procfs_is_ancestor(int proc, pid_t pid, struct proc_eldest *eldest)
{
	struct proc_stat s = { .ppid = getpid() };
	pid_t last = 0;

	*eldest = (struct proc_eldest){ 0 };
	while (s.ppid > 0 && s.ppid != pid) {
		last = s.ppid;
		if (procfs_stat(proc, last, &s) < 0)
			return false;
	}
	if (pid > 0 && s.ppid == pid)
		return true;
	eldest->pid = last;
	memcpy(eldest->comm, s.comm, sizeof(s.comm));
	return false;
}

bool procfs_tracks_memory(int proc)
{
	enum { SOFT_DIRTY = 55 };
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	_cleanup_close_ int fd = openat(proc, "self/pagemap", O_RDONLY | O_CLOEXEC);
	char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t entry = 0;
	bool is_known;

	if (page == MAP_FAILED)
		return true;
	*(volatile char *)page = 1;
	is_known =
		fd >= 0 && pread(fd, &entry, sizeof(entry),
				 (off_t)((uintptr_t)page / size * sizeof(entry))) == sizeof(entry);
	munmap(page, size);
	return !is_known || entry >> SOFT_DIRTY & 1;
}

/* The number in a column of a line of a status file: real, effective, saved or file system id. */
static unsigned long status_number(const char *text, const char *key, int column)
{
	const char *line = strstr(text, key);
	char *end = line ? (char *)line + strlen(key) : NULL;
	unsigned long number = 0;

	for (int i = 0; end && i <= column; i++)
		number = strtoul(end, &end, 10);
	return number;
}

char *procfs_rights(int proc, pid_t pid)
{
	enum { FSID = 3, MOST = 1 << 20 }; /* NGROUPS_MAX groups of ten digits */
	_cleanup_free_ char *text = NULL;
	char path[32];

	put_path(path, sizeof(path), pid, "status");
	if (read_file_at(proc, path, MOST, &text) <= 0 || !strstr(text, "\nUid:"))
		return NULL;

	char *rights = xasprintf("%lu:%lu", status_number(text, "\nUid:", FSID),
				 status_number(text, "\nGid:", FSID));
	const char *groups = strstr(text, "\nGroups:");
	char *end;

	for (groups = groups ? groups + strlen("\nGroups:") : ""; *groups != '\n'; groups = end) {
		unsigned long group = strtoul(groups, &end, 10);

		groups += strspn(groups, " \t");
		if (*groups < '0' || *groups > '9')
			break;

		char *longer = xasprintf("%s:%lu", rights, group);

		free(rights);
		rights = longer;
	}
	return rights;
}
