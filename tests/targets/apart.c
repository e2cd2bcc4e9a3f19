/*
 * apart KIND: counts, and a second thread of it is in a namespace of its own: net, uts, ipc, cgroup
 * or mnt.
 */
#include "target.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

static const struct {
	const char *kind;
	int flag;
} kinds[] = {
	{ "net", CLONE_NEWNET },       { "uts", CLONE_NEWUTS }, { "ipc", CLONE_NEWIPC },
	{ "cgroup", CLONE_NEWCGROUP }, { "mnt", CLONE_NEWNS },
};

static pthread_barrier_t apart;

static void *second(void *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0 && unshare(kinds[i].flag) < 0)
			target_die("unshare");
	pthread_barrier_wait(&apart);
	for (;;)
		pause();
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned int identity = target_identity();
	pthread_t thread;

	if (argc != 2)
		return 2;
	target_close_rest();
	if (pthread_barrier_init(&apart, NULL, 2) || pthread_create(&thread, NULL, second, argv[1]))
		target_die("thread");
	pthread_barrier_wait(&apart);
	target_detach();
	for (unsigned long n = 1;; n++) {
		target_show(identity, n);
		target_pause(5);
	}
}
