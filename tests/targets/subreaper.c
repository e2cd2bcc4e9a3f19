/*
 * subreaper SECONDS COMMAND...: runs a test and leaves nothing of it behind.
 *
 * It is the subreaper of everything that the test starts: orphans come to it and are reaped at once
 * (pid 1 of a build container may never do so). When the test ends, or SECONDS have passed, it
 * kills what is left, pid by pid: its own children, then those that come to it by that, until none
 * is left. The pseudo-init of a thawed tree is among them, and takes its tree along.
 *
 * A test finds its strays as the children of its parent, in /proc/$PPID/task/$PPID/children.
 */
#include "target.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

/* The children of PID, with SIGNAL sent to each of them. */
static void signal_children(pid_t pid, int signal)
{
	char path[64];
	FILE *list;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	list = fopen(path, "re");
	while (list && fscanf(list, "%d", &child) == 1)
		kill(child, signal);
	if (list)
		fclose(list);
}

/* Reaps until the test has ended, which sets *status; returns 0 when the time was up or on ^C. */
static int reap_until_end(pid_t test, int *status, const sigset_t *signals)
{
	for (;;) {
		int got = 0;
		pid_t pid;

		while ((pid = waitpid(-1, status, WNOHANG)) > 0) {
			if (pid == test)
				return 1;
		}
		while (got <= 0)
			got = sigwaitinfo(signals, NULL);
		if (got == SIGALRM)
			fprintf(stderr, "# subreaper: the test took too long, ending it\n");
		if (got != SIGCHLD)
			return 0;
	}
}

int main(int argc, char **argv)
{
	int status = 0, ended;
	sigset_t signals;
	pid_t test;

	if (argc < 3)
		return 2;
	target_close_rest();
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGALRM);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);

	test = fork();
	if (test < 0)
		target_die("fork");
	if (test == 0) {
		/*
		 * A shell ignores some for what it starts in the background, nohup(1) one: all of
		 * that is not the test's.
		 */
		for (int n = 1; n < NSIG; n++)
			signal(n, SIG_DFL);
		sigemptyset(&signals);
		sigprocmask(SIG_SETMASK, &signals, NULL);
		execvp(argv[2], argv + 2);
		target_die(argv[2]);
	}
	alarm((unsigned int)atoi(argv[1]));
	ended = reap_until_end(test, &status, &signals);
	if (!ended) {
		/*
		 * The shell removes its directory when it is told to end and no command holds it
		 * up.
		 */
		kill(test, SIGTERM);
		signal_children(test, SIGKILL);
		alarm(3);
		ended = reap_until_end(test, &status, &signals);
		status = 1 << 8;
	}

	alarm(0);
	for (int tries = 0; tries < 1000; tries++) {
		signal_children(getpid(), SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			break;
		target_pause(2);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
