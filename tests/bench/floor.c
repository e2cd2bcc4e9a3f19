// SPDX-License-Identifier: MIT
/*
 * floor CRIU ARGUMENT...: the least that a thaw in namespaces of its own can cost. New pid and
 * mount namespaces, a fresh /proc, a pid for criu that no image needs, criu; then the exit status
 * is criu's, and an init stays. No look at anything, no check, no repair, no pidfile of the
 * caller's.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int become_init(char *argv[], int verdict)
{
	static const char pid[] = "30000";
	int status = 127;

	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return 126;

	int last = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);

	if (last < 0 || write(last, pid, sizeof(pid) - 1) < 0)
		return 126;

	pid_t criu = vfork();

	if (criu == 0) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	waitpid(criu, &status, 0);
	if (write(verdict, &status, sizeof(status)) < 0 || close(verdict) < 0)
		return 126;
	while (wait(NULL) > 0)
		;
	return 0;
}

int main(int argc, char *argv[])
{
	int verdict[2];
	int status = 0;

	if (argc < 2 || pipe2(verdict, O_CLOEXEC) < 0)
		return 126;

	long init =
		syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, NULL);

	if (init == 0)
		_exit(become_init(argv, verdict[1]));
	close(verdict[1]);
	if (init < 0 || read(verdict[0], &status, sizeof(status)) != sizeof(status))
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
