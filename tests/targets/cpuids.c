/*
 * cpuids COMMAND...: how many CPUID instructions the command executes before it opens its first
 * file, on x86; it is traced step by step. On a virtual machine each of them is an exit to the
 * host.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__
#include <sys/syscall.h>
#include <sys/user.h>

enum next { OTHER, CPUID, OPENS };

/* The instruction that it executes next. */
static enum next look(pid_t pid)
{
	struct user_regs_struct regs;
	long word;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return OTHER;
	errno = 0;
	word = ptrace(PTRACE_PEEKTEXT, pid, (void *)regs.rip, NULL);
	if (errno != 0)
		return OTHER;
	if ((word & 0xffff) == 0xa20f)
		return CPUID;
	return (word & 0xffff) == 0x050f && (regs.rax == SYS_openat || regs.rax == SYS_open)
		       ? OPENS
		       : OTHER;
}

int main(int argc, char *argv[])
{
	pid_t pid = argc > 1 ? fork() : -1;
	int status;
	long n = 0;

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0)
		return 2;
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		enum next next = look(pid);

		if (next == OPENS) {
			kill(pid, SIGKILL);
			printf("%ld\n", n);
			return 0;
		}
		n += next == CPUID;
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) < 0)
			return 1;
	}
	return 1;
}
#else
int main(void)
{
	return 2;
}
#endif
