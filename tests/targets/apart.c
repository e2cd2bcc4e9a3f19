/*
 * apart KIND [FILE]: counts, and a second thread of it is in a namespace of its own: net, uts, ipc,
 * cgroup or mnt, or (pid) its children would be; with FILE from when it gets SIGUSR1, and then
 * makes FILE.
 */
#include "target.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

static const struct {
	const char *kind;
	int flag;
} kinds[] = {
	{ "net", CLONE_NEWNET },       { "uts", CLONE_NEWUTS }, { "ipc", CLONE_NEWIPC },
	{ "cgroup", CLONE_NEWCGROUP }, { "mnt", CLONE_NEWNS },  { "pid", CLONE_NEWPID },
};

static pthread_barrier_t apart;

/* targets/waitfor waits until something is in it. */
static void say(const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || write(fd, "0\n", 2) != 2)
		target_die("file");
	close(fd);
}

static void *second(void *args)
{
	const char *kind = ((char **)args)[1];
	const char *file = ((char **)args)[2];
	sigset_t usr1;
	int ignored;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	if (file) {
		pthread_barrier_wait(&apart);
		sigwait(&usr1, &ignored);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0 && unshare(kinds[i].flag) < 0)
			target_die("unshare");
	if (file)
		say(file);
	else
		pthread_barrier_wait(&apart);
	for (;;)
		pause();
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned int identity = target_identity();
	pthread_t thread;
	sigset_t usr1;

	if (argc != 2 && argc != 3)
		return 2;
	target_close_rest();
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	if (pthread_barrier_init(&apart, NULL, 2) || pthread_create(&thread, NULL, second, argv))
		target_die("thread");
	pthread_barrier_wait(&apart);
	target_detach();
	for (unsigned long n = 1;; n++) {
		target_show(identity, n);
		target_pause(5);
	}
}
