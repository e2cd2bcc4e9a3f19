// SPDX-License-Identifier: MIT
/*
 * grown WHAT NUMBER DIRECTORY: a tree of so many processes, or a process with so many threads,
 * descriptors (of files, pipes, sockets or events), mounts or MiB of memory. It says "ready" on its
 * standard output when it has them, closes that, and sleeps.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void need(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	_exit(1);
}

/* A freeze ends a pause(2) early. */
static _Noreturn void stay(void)
{
	for (;;)
		pause();
}

static void processes(long n, const char *unused)
{
	(void)unused;
	while (--n > 0) {
		pid_t pid = fork();

		need(pid >= 0, "fork");
		if (pid == 0) {
			close(STDOUT_FILENO);
			stay();
		}
	}
}

static void *thread(void *unused)
{
	(void)unused;
	stay();
}

static void threads(long n, const char *unused)
{
	pthread_attr_t small;
	pthread_t id;

	(void)unused;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	while (--n > 0)
		need(pthread_create(&id, &small, thread, NULL) == 0, "pthread_create");
}

static void make_room(long n)
{
	struct rlimit many = { (rlim_t)n + 64, (rlim_t)n + 64 };

	need(setrlimit(RLIMIT_NOFILE, &many) == 0, "setrlimit");
}

static void descriptors(long n, const char *directory)
{
	char path[4096];

	make_room(n);
	for (long i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%ld", directory, i);
		need(open(path, O_CREAT | O_RDWR, 0600) >= 0, path);
	}
}

static void pipes(long n, const char *unused)
{
	int ends[2];

	(void)unused;
	make_room(n);
	for (; n > 0; n -= 2)
		need(pipe(ends) == 0, "pipe");
}

static void sockets(long n, const char *unused)
{
	int ends[2];

	(void)unused;
	make_room(n);
	for (; n > 0; n -= 2)
		need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
}

static void events(long n, const char *unused)
{
	(void)unused;
	make_room(n);
	while (n-- > 0)
		need(eventfd(0, 0) >= 0, "eventfd");
}

/* A descriptor of a mount that is the caller's alone is more than bare criu can save ("Can't lookup mount"). */
static void reopen(int fd)
{
	int null = open("/dev/null", O_RDWR);

	need(null >= 0 && dup2(null, fd) == fd && close(null) == 0, "/dev/null");
}

/* The caller's files, each in a place of its own. */
static void mounts(long n, const char *directory)
{
	char path[4096];

	need(unshare(CLONE_NEWNS) == 0, "unshare");
	need(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0, "mount");
	reopen(STDIN_FILENO);
	reopen(STDERR_FILENO);
	for (long i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%ld", directory, i);
		mkdir(path, 0700);
		need(mount("/usr", path, NULL, MS_BIND, NULL) == 0, path);
	}
	/* Once more, and by its path, so that its program and libraries are in these mounts. */
	memset(path, 0, sizeof(path));
	need(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0, "readlink");
	need(chdir("/") == 0 && execl(path, "grown", "memory", "1", NULL) == 0, "exec");
}

static void memory(long n, const char *unused)
{
	size_t size = (size_t)n << 20;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)unused;
	need(at != MAP_FAILED, "mmap");
	memset(at, 'x', size);
}

static const struct {
	const char *name;
	void (*grow)(long n, const char *directory);
} kinds[] = {
	{ "processes", processes }, { "threads", threads }, { "descriptors", descriptors },
	{ "pipes", pipes },         { "sockets", sockets }, { "events", events },
	{ "mounts", mounts },       { "memory", memory },
};

int main(int argc, char *argv[])
{
	for (size_t i = 0; argc > 2 && i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(argv[1], kinds[i].name) != 0)
			continue;
		need(close_range(STDERR_FILENO + 1, ~0U, 0) == 0, "close_range"); /* the caller's */
		kinds[i].grow(atol(argv[2]), argv[3]);
		need(write(STDOUT_FILENO, "ready", 5) == 5, "write");
		close(STDOUT_FILENO);
		stay();
	}
	return 2;
}
