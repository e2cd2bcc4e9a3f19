/*
 * holds WHAT [ARGUMENT] [WHAT [ARGUMENT]]...: a counter that has something open, mapped or locked
 * which criu treats in a way of its own: the table below. Ends with 77 where the kernel does not
 * have it.
 *
 * The state is that of counter.c, with an identity that stays when the thing is still as it was:
 * the count ends at the moment at which it is not.
 */
#include "target.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

enum { LACKS = 77, PAGE = 4096 };

#define MOST 16
static int (*checks[MOST])(int fd, const char *argument);
static struct {
	int fd;
	const char *argument;
} held[MOST];
static int n_held;

static int need(int fd, const char *what)
{
	if (fd >= 0)
		return fd;
	perror(what);
	_exit(errno == ENOSYS || errno == ENODEV || errno == EOPNOTSUPP || errno == EINVAL ? LACKS
											   : 1);
}

static void *map(int fd, size_t size, int protection, int flags)
{
	void *at = mmap(NULL, size, protection, flags, fd, 0);

	if (at == MAP_FAILED)
		need(-1, "mmap");
	return at;
}

/* Files */

static int open_file(const char *path)
{
	return need(open(path, O_RDWR | O_CREAT, 0644), path);
}

static int flock_held(const char *path)
{
	int fd = open_file(path);

	need(flock(fd, LOCK_EX | LOCK_NB), path);
	return fd;
}

static int flock_shared(const char *path)
{
	int fd = open_file(path);

	need(flock(fd, LOCK_SH | LOCK_NB), path);
	return fd;
}

/*
 * Another description, which stays open: POSIX locks end when the process closes the file,
 * whichever it closes.
 */
static int other;

static int lock_range(const char *path, int command)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 3, .l_len = 5 };
	int fd = open_file(path);

	other = open_file(path);
	need(fcntl(fd, command, &lock), path);
	return fd;
}

static int posix_lock(const char *path)
{
	return lock_range(path, F_SETLK);
}

static int ofd_lock(const char *path)
{
	return lock_range(path, F_OFD_SETLK);
}

static int lease(const char *path)
{
	int fd;

	close(open_file(path));
	fd = need(open(path, O_RDONLY), path);
	need(fcntl(fd, F_SETLEASE, F_RDLCK), path);
	return fd;
}

/*
 * Is the file locked against others? A new description is another owner, but for POSIX locks of
 * this process.
 */
static int check_flock(int fd, const char *path)
{
	int again = open(path, O_RDWR);
	int free = flock(again, LOCK_EX | LOCK_NB) == 0;

	(void)fd;
	close(again);
	return !free;
}

static int check_range(int fd, const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	(void)fd;
	(void)path;
	return fcntl(other, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_WRLCK &&
	       lock.l_start == 3 && lock.l_len == 5;
}

static int check_lease(int fd, const char *path)
{
	(void)path;
	return fcntl(fd, F_GETLEASE) == F_RDLCK;
}

/* SIZE:PATH: a file without a name, full of the letter g. */
static int ghost(const char *argument)
{
	long size = atol(argument);
	const char *path = strchr(argument, ':') + 1;
	int fd = open_file(path);
	char block[PAGE];

	memset(block, 'g', sizeof(block));
	for (long at = 0; at < size; at += PAGE)
		if (pwrite(fd, block, PAGE, at) != PAGE)
			target_die(path);
	if (unlink(path) < 0)
		target_die(path);
	return fd;
}

static int check_ghost(int fd, const char *argument)
{
	char letter = 0;
	struct stat st;

	return pread(fd, &letter, 1, atol(argument) - 1) == 1 && letter == 'g' &&
	       fstat(fd, &st) == 0 && st.st_nlink == 0;
}

/* The same, only mapped. */
static char *ghost_at;

static int ghost_map(const char *argument)
{
	int fd = ghost(argument);

	ghost_at = map(fd, atol(argument), PROT_READ, MAP_SHARED);
	close(fd);
	return 0;
}

static int check_ghost_map(int fd, const char *argument)
{
	(void)fd;
	return ghost_at[atol(argument) - 1] == 'g';
}

/* PATH, whose name goes while PATH.other stays. It may have more names: images keep one. */
static int linked(const char *path)
{
	int fd = open_file(path);
	char other[4096];

	snprintf(other, sizeof(other), "%s.other", path);
	unlink(other);
	if (write(fd, "linked\n", 7) != 7 || link(path, other) < 0 || unlink(path) < 0)
		target_die(path);
	return fd;
}

static int check_linked(int fd, const char *path)
{
	char other[4096];
	struct stat here, there;

	snprintf(other, sizeof(other), "%s.other", path);
	return fstat(fd, &here) == 0 && stat(other, &there) == 0 && here.st_ino == there.st_ino;
}

static int gone_directory(const char *path)
{
	if (mkdir(path, 0755) < 0 || chdir(path) < 0 || rmdir(path) < 0)
		target_die(path);
	return 0;
}

static int open_gone_directory(const char *path)
{
	int fd;

	if (mkdir(path, 0755) < 0)
		target_die(path);
	fd = need(open(path, O_RDONLY | O_DIRECTORY), path);
	if (rmdir(path) < 0)
		target_die(path);
	return fd;
}

/* PATH in the place of which there is another file by now. */
static int replaced(const char *path)
{
	int fd = open_file(path);
	char other[4096];

	snprintf(other, sizeof(other), "%s.moved", path);
	if (link(path, other) < 0 || unlink(path) < 0)
		target_die(path);
	snprintf(other, sizeof(other), "%s (deleted)", path);
	close(open_file(other));
	close(open_file(path));
	return fd;
}

static int readable(const char *path)
{
	return need(open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY), path);
}

static int handle_only(const char *path)
{
	return need(open(path, O_PATH), path);
}

static int mapped(const char *path)
{
	int fd = readable(path);

	map(fd, PAGE, PROT_READ, MAP_PRIVATE);
	close(fd);
	return 0;
}

/* Watches */

static int watches(const char *path)
{
	int fd = need(inotify_init1(IN_NONBLOCK), "inotify");

	need(inotify_add_watch(fd, path, IN_CREATE | IN_MODIFY), path);
	return fd;
}

static int tells_of_a_file(int fd, const char *path)
{
	char name[4096];
	char events[4096];
	ssize_t n;

	snprintf(name, sizeof(name), "%s/event", path);
	unlink(name);
	close(open(name, O_CREAT | O_WRONLY, 0644));
	n = read(fd, events, sizeof(events));
	unlink(name);
	return n > 0;
}

/*
 * The watch is there if a file that is made in the directory is told; at the second time, too,
 * because criu drops what is to be read at the moment of the freeze.
 */
static int check_watches(int fd, const char *path)
{
	return tells_of_a_file(fd, path) || tells_of_a_file(fd, path);
}

static int fan(const char *path)
{
	int fd = need(fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY), "fanotify");

	need(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, path), path);
	return fd;
}

static int fan_filesystem(const char *path)
{
	int fd = need(fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY), "fanotify");

	need(fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN, AT_FDCWD, path), path);
	return fd;
}

/* Descriptors without a path */

static int io_uring(const char *argument)
{
	struct io_uring_params p = { 0 };

	(void)argument;
	return need((int)syscall(SYS_io_uring_setup, 8, &p), "io_uring");
}

static int io_uring_mapped(const char *argument)
{
	struct io_uring_params p = { 0 };
	int fd = need((int)syscall(SYS_io_uring_setup, 8, &p), "io_uring");

	(void)argument;
	mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(unsigned), PROT_READ | PROT_WRITE,
	     MAP_SHARED, fd, IORING_OFF_SQ_RING);
	close(fd);
	return 0;
}

static int userfaults(const char *argument)
{
	(void)argument;
	return need((int)syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY), "userfaultfd");
}

static int secret(const char *argument)
{
	int fd = need((int)syscall(SYS_memfd_secret, 0), "memfd_secret");

	(void)argument;
	need(ftruncate(fd, PAGE), "ftruncate");
	return fd;
}

static int secret_mapped(const char *argument)
{
	int fd = secret(argument);

	*(char *)map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED) = 's';
	close(fd);
	return 0;
}

static int perf(const char *argument)
{
	struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE,
				     .size = sizeof(a),
				     .config = PERF_COUNT_SW_TASK_CLOCK };

	(void)argument;
	return need((int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0), "perf_event");
}

static int bpf_map(const char *argument)
{
	union bpf_attr a = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	(void)argument;
	return need((int)syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof(a)), "bpf");
}

static int pidfd_self(const char *argument)
{
	(void)argument;
	return need(pidfd_open(getpid(), 0), "pidfd");
}

static int pidfd_other(const char *pid)
{
	return need(pidfd_open(atoi(pid), 0), "pidfd");
}

static int pidfd_thread(const char *argument)
{
	(void)argument;
	return need(pidfd_open(getpid(), O_EXCL), "pidfd of a thread");
}

static int queue(const char *name)
{
	return need(mq_open(name, O_RDWR | O_CREAT, 0600, NULL), name);
}

static int landlock(const char *argument)
{
	unsigned long long access = 1;

	(void)argument;
	return need((int)syscall(SYS_landlock_create_ruleset, &access, sizeof(access), 0),
		    "landlock");
}

static int fs_context(const char *argument)
{
	(void)argument;
	return need((int)syscall(SYS_fsopen, "tmpfs", 0), "fsopen");
}

static int tree_clone(const char *path)
{
	return need((int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE), path);
}

static int own_namespace(const char *kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
	return need(open(path, O_RDONLY), path);
}

/* One that nothing of the tree is in. */
static int other_namespace(const char *kind)
{
	int ready[2];
	char path[64];
	pid_t child;
	int fd;

	if (pipe(ready) < 0)
		target_die("pipe");
	child = fork();
	if (child == 0) {
		need(unshare(CLONE_NEWUTS), "unshare");
		close(ready[1]);
		pause();
	}
	close(ready[1]);
	(void)!read(ready[0], path, 1);
	usleep(50000);
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", child, kind);
	fd = need(open(path, O_RDONLY), path);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ready[0]);
	return fd;
}

/* A file in the /proc directory of a process that has ended. */
static int dead_proc(const char *argument)
{
	char path[64];
	pid_t child;
	int fd;

	(void)argument;
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	fd = need(open(path, O_RDONLY), path);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return fd;
}

static int add_to_epoll(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = need(epoll_create1(0), "epoll");

	need(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
	return epoll;
}

/* The pipe's other end stays open, too. */
static int epoll_on_pipe(int *ret_watched)
{
	int pair[2];

	if (pipe(pair) < 0)
		target_die("pipe");
	*ret_watched = pair[0];
	return add_to_epoll(pair[0]);
}

/* A target whose number is closed, but which another number keeps. */
static int epoll_moved(const char *argument)
{
	int watched;
	int epoll = epoll_on_pipe(&watched);

	(void)argument;
	dup2(watched, 100);
	close(watched);
	return epoll;
}

/* A target that only a child has. */
static int epoll_childs(const char *argument)
{
	int watched;
	int epoll = epoll_on_pipe(&watched);

	(void)argument;
	if (fork() == 0)
		for (;;)
			pause();
	close(watched);
	return epoll;
}

/* The same epoll in a child, which has closed the target. */
static int epoll_shared(const char *argument)
{
	int watched;
	int epoll = epoll_on_pipe(&watched);

	(void)argument;
	if (fork() == 0) {
		close(watched);
		for (;;)
			pause();
	}
	return epoll;
}

/* A target that only a process outside of the tree has. */
static int epoll_strangers(const char *argument)
{
	int pair[2];
	int epoll;

	(void)argument;
	if (pipe(pair) < 0)
		target_die("pipe");
	if (fork() == 0) {
		if (fork() == 0)
			for (;;)
				pause();
		_exit(0);
	}
	epoll = add_to_epoll(pair[0]);
	close(pair[0]);
	close(pair[1]);
	return epoll;
}

static int signals(const char *argument)
{
	sigset_t set;

	(void)argument;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return need(signalfd(-1, &set, 0), "signalfd");
}

static int alarm_timer(const char *argument)
{
	(void)argument;
	return need(timerfd_create(CLOCK_BOOTTIME_ALARM, 0), "timerfd");
}

static int path_of(const char *argument)
{
	return need(open(argument, O_PATH | O_NOFOLLOW), argument);
}

static int path_of_descriptor(int fd)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return need(open(link, O_PATH), link);
}

static int pipe_path(const char *argument)
{
	int ends[2];

	(void)argument;
	if (pipe(ends) < 0)
		target_die("pipe");
	return path_of_descriptor(ends[0]);
}

static int socket_path(const char *argument)
{
	(void)argument;
	return path_of_descriptor(need(socket(AF_UNIX, SOCK_STREAM, 0), "socket"));
}

static int packets(const char *argument)
{
	int ends[2];

	(void)argument;
	return need(pipe2(ends, O_DIRECT) < 0 ? -1 : ends[0], "pipe2");
}

static int aio(const char *argument)
{
	unsigned long context = 0;

	(void)argument;
	need((int)syscall(SYS_io_setup, 8, &context), "io_setup");
	return 0;
}

static int sealed(const char *argument)
{
	int fd = need(memfd_create("sealed", MFD_ALLOW_SEALING), "memfd");

	(void)argument;
	if (ftruncate(fd, PAGE) < 0)
		target_die("ftruncate");
	need(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), "seals");
	return fd;
}

static int check_sealed(int fd, const char *argument)
{
	(void)argument;
	return fcntl(fd, F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

/* Of a file that is open, and has been deleted. */
static int watches_gone(const char *path)
{
	open_file(path);

	int fd = watches(path);

	need(unlink(path), path);
	return fd;
}

static int hugetlb(const char *argument)
{
	(void)argument;
	return need(memfd_create("huge", MFD_HUGETLB), "hugetlb");
}

static int hugetlb_mapped(const char *argument)
{
	(void)argument;
	map(-1, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB);
	return 0;
}

static int *shared_at;

static int sysv(const char *argument)
{
	int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0600);

	(void)argument;
	need(id, "shmget");
	shared_at = shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);
	*shared_at = 4711;
	return 0;
}

/* One that has a key, and stays. */
static int sysv_of(const char *key)
{
	int id = shmget((key_t)strtol(key, NULL, 0), PAGE, IPC_CREAT | 0600);

	shared_at = shmat(need(id, "shmget"), NULL, 0);
	*shared_at = 4711;
	return id;
}

static int check_sysv(int fd, const char *argument)
{
	(void)fd;
	(void)argument;
	return *shared_at == 4711;
}

static int kvm_vm(const char *argument)
{
	(void)argument;
	return need(ioctl(need(open("/dev/kvm", O_RDWR), "/dev/kvm"), 0xae01, 0), "KVM_CREATE_VM");
}

static const struct {
	const char *name;
	int (*hold)(const char *argument);
	int takes_argument;
	int (*check)(int fd, const char *argument);
} table[] = {
	{ "file", open_file, 1, NULL },
	{ "flock", flock_held, 1, check_flock },
	{ "flock-shared", flock_shared, 1, check_flock },
	{ "posix-lock", posix_lock, 1, check_range },
	{ "ofd-lock", ofd_lock, 1, check_range },
	{ "lease", lease, 1, check_lease },
	{ "ghost", ghost, 1, check_ghost },
	{ "ghost-map", ghost_map, 1, check_ghost_map },
	{ "linked", linked, 1, check_linked },
	{ "gone-cwd", gone_directory, 1, NULL },
	{ "gone-dir", open_gone_directory, 1, NULL },
	{ "replaced", replaced, 1, NULL },
	{ "read", readable, 1, NULL },
	{ "path", handle_only, 1, NULL },
	{ "map", mapped, 1, NULL },
	{ "watch", watches, 1, check_watches },
	{ "watch-gone", watches_gone, 1, NULL },
	{ "fanotify", fan, 1, NULL },
	{ "fanotify-fs", fan_filesystem, 1, NULL },
	{ "io_uring", io_uring, 0, NULL },
	{ "io_uring-map", io_uring_mapped, 0, NULL },
	{ "userfaultfd", userfaults, 0, NULL },
	{ "secret", secret, 0, NULL },
	{ "secret-map", secret_mapped, 0, NULL },
	{ "perf", perf, 0, NULL },
	{ "bpf-map", bpf_map, 0, NULL },
	{ "pidfd", pidfd_self, 0, NULL },
	{ "pidfd-of", pidfd_other, 1, NULL },
	{ "pidfd-thread", pidfd_thread, 0, NULL },
	{ "mqueue", queue, 1, NULL },
	{ "landlock", landlock, 0, NULL },
	{ "fs-context", fs_context, 0, NULL },
	{ "open-tree", tree_clone, 1, NULL },
	{ "own-ns", own_namespace, 1, NULL },
	{ "other-ns", other_namespace, 1, NULL },
	{ "dead-proc", dead_proc, 0, NULL },
	{ "epoll-moved", epoll_moved, 0, NULL },
	{ "epoll-childs", epoll_childs, 0, NULL },
	{ "epoll-shared", epoll_shared, 0, NULL },
	{ "epoll-strangers", epoll_strangers, 0, NULL },
	{ "signalfd", signals, 0, NULL },
	{ "alarm-timer", alarm_timer, 0, NULL },
	{ "path-of", path_of, 1, NULL },
	{ "pipe-path", pipe_path, 0, NULL },
	{ "socket-path", socket_path, 0, NULL },
	{ "packets", packets, 0, NULL },
	{ "aio", aio, 0, NULL },
	{ "sealed", sealed, 0, check_sealed },
	{ "hugetlb", hugetlb, 0, NULL },
	{ "hugetlb-map", hugetlb_mapped, 0, NULL },
	{ "sysv", sysv, 0, check_sysv },
	{ "sysv-of", sysv_of, 1, check_sysv },
	{ "kvm", kvm_vm, 0, NULL },
};

static void hold(const char *name, char ***next)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		if (table[i].takes_argument)
			held[n_held].argument = *(*next)++;
		checks[n_held] = table[i].check;
		held[n_held].fd = table[i].hold(held[n_held].argument);
		n_held++;
		return;
	}
	fprintf(stderr, "holds: what is %s?\n", name);
	_exit(1);
}

static int is_as_it_was(void)
{
	for (int i = 0; i < n_held; i++)
		if (checks[i] && !checks[i](held[i].fd, held[i].argument))
			return 0;
	return 1;
}

int main(int argc, char **argv)
{
	unsigned int identity = target_identity();

	(void)argc;
	target_close_rest();
	if (setsid() < 0 && getsid(0) != getpid())
		target_die("setsid");
	for (char **next = argv + 1; *next;) {
		const char *name = *next++;

		hold(name, &next);
	}
	target_null_stdio(0);
	for (unsigned long count = 1;; count++) {
		if (!is_as_it_was())
			_exit(2);
		target_show(identity, count);
		target_pause(5);
	}
}
