/*
 * churn KIND...: counts, while below it, for each KIND, a process does the same thing all the time:
 *
 *     processes  starts others, which end at once
 *     threads    starts threads, which end at once
 *     files      makes, renames and removes files in the working directory, with one of them open and one mapped
 *     tcp        connects to itself
 *     unix       connects to itself, and sends what is not read at once
 *     all        each of these
 *
 * A tree like that is at no moment as it was when it was looked at.
 */
#include "target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static void a_moment(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
}

/* Children of children, too, of which the last to end have lost their parent. */
static void processes(void)
{
	for (unsigned n = 0;; n++) {
		for (int i = 0; i < 4; i++) {
			if (fork() != 0)
				continue;
			if (n % 2 && fork() == 0)
				a_moment();
			_exit(0);
		}
		while (waitpid(-1, NULL, n % 8 ? WNOHANG : 0) > 0)
			;
	}
}

static void *thread_main(void *unused)
{
	return unused;
}

static void threads(void)
{
	for (;;) {
		pthread_t t[8];

		for (int i = 0; i < 8; i++)
			if (pthread_create(&t[i], NULL, thread_main, NULL))
				_exit(1);
		for (int i = 0; i < 8; i++)
			pthread_join(t[i], NULL);
	}
}

static void files(void)
{
	for (unsigned n = 0;; n++) {
		char name[32];
		int fd;
		void *map;

		snprintf(name, sizeof(name), "churn.%u", n % 8);
		fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
		if (fd < 0 || ftruncate(fd, 4096) < 0)
			_exit(1);
		map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		a_moment();
		rename(name, "churn.renamed");
		a_moment();
		unlink("churn.renamed");
		a_moment();
		munmap(map, 4096);
		close(fd);
	}
}

static int listens(int family, const void *address, socklen_t size)
{
	int fd = socket(family, SOCK_STREAM, 0);
	const int yes = 1;

	/* As servers do: else what is left of closed connections keeps the port from a thaw. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, address, size) < 0 || listen(fd, 8) < 0)
		_exit(1);
	return fd;
}

static void connects(int family, const void *address, socklen_t size, int listener)
{
	for (;;) {
		int to = socket(family, SOCK_STREAM, 0);
		char byte = 0;

		if (connect(to, address, size) < 0)
			_exit(1);
		a_moment();
		int from = accept(listener, NULL, NULL);

		if (write(to, &byte, 1) != 1)
			_exit(1);
		a_moment();
		if (read(from, &byte, 1) != 1)
			_exit(1);
		close(to);
		a_moment();
		close(from);
	}
}

static void tcp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = listens(AF_INET, &at, size);

	getsockname(fd, (struct sockaddr *)&at, &size);
	connects(AF_INET, &at, size, fd);
}

static void local(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "churn.%d", getpid());
	unlink(at.sun_path);
	connects(AF_UNIX, &at, sizeof(at), listens(AF_UNIX, &at, sizeof(at)));
}

static const struct {
	const char *kind;
	void (*run)(void);
} kinds[] = { { "processes", processes },
	      { "threads", threads },
	      { "files", files },
	      { "tcp", tcp },
	      { "unix", local } };

static void start(const char *kind)
{
	int known = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kind, kinds[i].kind) && strcmp(kind, "all"))
			continue;
		known = 1;
		if (fork() == 0) {
			kinds[i].run();
			_exit(1);
		}
	}
	if (!known)
		target_die(kind);
}

int main(int argc, char **argv)
{
	unsigned int identity = target_identity();

	if (argc < 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	target_detach();
	for (int i = 1; i < argc; i++)
		start(argv[i]);
	for (unsigned long n = 1;; n++) {
		target_show(identity, n);
		target_pause(5);
	}
}
