// SPDX-License-Identifier: MIT
#include "util/process.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void process_signal_set(sigset_t *set)
{
	static const int signals[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
				       SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH };

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(set, signals[i]);
	for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
		sigaddset(set, i);
}

void process_outlive(int proc)
{
	_cleanup_close_ int fd = openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, "-1000", 5);
}

int process_exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? EXIT_SIGNAL + WTERMSIG(wait_status)
					: WEXITSTATUS(wait_status);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the kernel writes to *ret_fd */
pid_t process_clone(unsigned long flags, pid_t pid, int *ret_fd)
{
	struct clone_args args = {
		.flags = flags | (ret_fd ? CLONE_PIDFD : 0),
		.pidfd = (uintptr_t)ret_fd,
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD, /* must be 0 then: clone3(2) */
		.set_tid = pid ? (uintptr_t)&pid : 0,
		.set_tid_size = pid ? 1 : 0,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int process_hand_over(int fd, struct err *e)
{
	int copy = fcntl(fd, F_DUPFD, 64);

	return copy < 0 ? err_set(e, errno, "cannot hand a descriptor to criu") : copy;
}
