/*
 * seizer PID: what criu does when somebody kills a process with several threads that it has seized.
 *
 * Seizes and stops all threads of the process, which is killed then, and waits for the first of
 * them. That never returns: the kernel reports the first thread when the others have been waited
 * for.
 */
#include "target.h"

#include <dirent.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static void seize(pid_t tid)
{
	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0 ||
	    ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0 || waitpid(tid, NULL, __WALL) != tid)
		target_die("ptrace");
}

int main(int argc, char **argv)
{
	pid_t pid = argc == 2 ? atoi(argv[1]) : 0;
	struct dirent *entry;
	char path[64];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	if (!tasks)
		target_die(path);
	while ((entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			seize(atoi(entry->d_name));
	closedir(tasks);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
	return 3; /* not reached with more than one thread */
}
