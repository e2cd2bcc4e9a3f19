/*
 * crowd NUMBER KIND WHICH...: a process of so many threads beside its first. The threads with these
 * numbers (from 0 on, in the order of /proc/PID/task; -1: all) have something of their own, which
 * KIND names. Those of kind "late" have it only once SIGUSR1 has come, and then there is a file
 * "late"; those of kind "poll" wait in poll(2). It writes the ids of these threads to its standard
 * output, closes that, and sleeps.
 */
#include "target.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

static const char *kind;
static int n_chosen, chosen[8];

static _Noreturn void stay(void)
{
	for (;;)
		pause();
}

static void need(int good, const char *what)
{
	if (!good)
		target_die(what);
}

static void go(int unused)
{
	(void)unused;
	need(unshare(CLONE_NEWUTS) == 0, "unshare");
	need(dprintf(creat("late", 0600), "late\n") > 0, "late");
}

/* In this thread alone; main() has blocked it for all. */
static void wait_for_signal(void)
{
	sigset_t usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	need(signal(SIGUSR1, go) != SIG_ERR, "signal");
	need(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL) == 0, "sigmask");
}

static void have_child(void)
{
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (pid == 0) {
		need(prctl(PR_SET_TIMERSLACK, 70000) == 0, "prctl");
		close(STDOUT_FILENO);
		need(open("/dev/null", O_WRONLY) == STDOUT_FILENO, "/dev/null");
		stay();
	}
}

static void differ(void)
{
	if (!strcmp(kind, "slack"))
		need(prctl(PR_SET_TIMERSLACK, 70000) == 0, "prctl");
	else if (!strcmp(kind, "files"))
		need(unshare(CLONE_FILES) == 0, "unshare");
	else if (!strcmp(kind, "fs"))
		need(unshare(CLONE_FS) == 0, "unshare");
	else if (!strcmp(kind, "uts"))
		need(unshare(CLONE_NEWUTS) == 0, "unshare");
	else if (!strcmp(kind, "bears"))
		need(unshare(CLONE_NEWPID) == 0, "unshare");
	else if (!strcmp(kind, "parent"))
		have_child();
	else if (!strcmp(kind, "late"))
		wait_for_signal();
	else if (strcmp(kind, "poll") != 0)
		target_die(kind);
}

static pthread_barrier_t told;

static void *one(void *number)
{
	int is_chosen = 0;

	for (int i = 0; i < n_chosen; i++)
		is_chosen |= chosen[i] == -1 || chosen[i] == (int)(long)number;
	if (is_chosen) {
		differ();
		dprintf(STDOUT_FILENO, "%ld\n", syscall(SYS_gettid));
		pthread_barrier_wait(&told);
		if (!strcmp(kind, "poll"))
			poll(NULL, 0, -1);
	}
	stay();
}

int main(int argc, char *argv[])
{
	pthread_attr_t small;
	sigset_t usr1;
	pthread_t id;

	if (argc < 4 || argc > 3 + 8)
		return 2;
	target_close_rest();
	kind = argv[2];
	n_chosen = argc - 3;
	for (int i = 0; i < n_chosen; i++)
		chosen[i] = atoi(argv[i + 3]);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	need(sigprocmask(SIG_BLOCK, &usr1, NULL) == 0, "sigmask");
	pthread_barrier_init(&told, NULL,
			     (unsigned)(chosen[0] == -1 ? atoi(argv[1]) : n_chosen) + 1);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	for (long i = 0; i < atol(argv[1]); i++)
		need(pthread_create(&id, &small, one, (void *)i) == 0, "pthread_create");
	pthread_barrier_wait(&told);
	need(open("/dev/null", O_WRONLY) >= 0 && dup2(3, STDOUT_FILENO) >= 0 && close(3) == 0,
	     "/dev/null");
	stay();
}
