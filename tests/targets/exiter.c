/*
 * exiter FILE HOW: waits until FILE exists, then ends in the way HOW says.
 *
 *     3        exits with code 3
 *     -9       kills itself with signal 9
 *     signal   does not wait for FILE, but for a signal, and exits with that signal's number
 *
 * Shows what a foreground thaw makes of the end of the root task, and of signals sent to criu-ns.
 */
#include "target.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
	unsigned int identity = target_identity();
	struct rlimit no_core = { 0, 0 };
	sigset_t all;
	int how;

	if (argc != 3)
		return 2;
	target_detach();
	setrlimit(RLIMIT_CORE, &no_core);
	target_show(identity, 1);
	if (strcmp(argv[2], "signal") == 0) {
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		target_show(identity, 2);
		/* A freeze interrupts the wait with EINTR. */
		do
			how = sigwaitinfo(&all, NULL);
		while (how < 0 || how == SIGCONT);
		return how;
	}
	while (access(argv[1], F_OK) < 0)
		target_pause(5);
	how = atoi(argv[2]);
	if (how < 0) {
		signal(-how, SIG_DFL);
		raise(-how);
	}
	return how;
}
