// SPDX-License-Identifier: MIT
#include "util/process.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PIDFD_GET_INFO /* linux/pidfd.h, Linux 6.13; its exit_code, 6.15 */
#define PIDFD_INFO_EXIT (UINT64_C(1) << 3)
struct pidfd_info {
	uint64_t mask, cgroupid;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};
#define PIDFD_GET_INFO _IOWR(0xFF, 11, struct pidfd_info)
#endif

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

bool process_asks_for_an_end(int signo)
{
	return signo == SIGINT || signo == SIGTERM || signo == SIGHUP || signo == SIGQUIT;
}

int process_signal_of(const char *name)
{
	sigset_t set;

	process_signal_set(&set);
	if (text_begins(name, "SIG"))
		name += 3;
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *known = sigabbrev_np(i);

		if (known && !strcmp(known, name) && sigismember(&set, i))
			return i;
	}
	return 0;
}

void process_outlive(int proc, pid_t pid)
{
	char path[32] = "self/oom_score_adj";

	if (pid)
		snprintf(path, sizeof(path), "%d/oom_score_adj", pid);

	_cleanup_close_ int fd = openat(proc, path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, "-1000", 5);
}

int process_exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? EXIT_SIGNAL + WTERMSIG(wait_status)
					: WEXITSTATUS(wait_status);
}

/*
 * Until its parent has collected it, it can be read in proc(5), stat, field 52; then from the
 * pidfd.
 */
int process_status_of(int proc, pid_t pid, int pidfd)
{
	_cleanup_free_ char *text = NULL;
	struct pidfd_info info = { .mask = PIDFD_INFO_EXIT };
	char path[32];

	snprintf(path, sizeof(path), "%d/stat", pid);
	if (read_file_at(proc, path, 4096, &text) > 0) {
		const char *state = strrchr(text, ')');
		const char *status = strrchr(text, ' ');

		if (state && status && text_begins(state, ") Z"))
			return atoi(status);
	}
	if (ioctl(pidfd, PIDFD_GET_INFO, &info) == 0 && info.mask & PIDFD_INFO_EXIT)
		return info.exit_code;
	return -1;
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

enum { SHARED_STACK = 256 << 10 };

#ifdef __SANITIZE_ADDRESS__ /* it knows of no other stack */
pid_t process_share(int (*run)(void *), void *arg, int *ret_fd, void **ret_stack)
{
	(void)run;
	(void)arg;
	(void)ret_fd;
	*ret_stack = NULL;
	return -1;
}
#else
pid_t process_share(int (*run)(void *), void *arg, int *ret_fd, void **ret_stack)
{
	char *stack = mmap(NULL, SHARED_STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	*ret_stack = stack == MAP_FAILED ? NULL : stack;
	if (!*ret_stack)
		return -1;
	return clone(run, stack + SHARED_STACK, CLONE_VM | CLONE_PIDFD | SIGCHLD, arg, ret_fd);
}
#endif

void process_free_stack(void *stack)
{
	if (stack)
		munmap(stack, SHARED_STACK);
}

bool process_apart(void (*call)(void *), void *arg)
{
	int status = -1;

	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid_t child = vfork();

	if (child == 0) {
		call(arg);
		_exit(EXIT_SUCCESS);
	}
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	return child > 0 && RETRY(waitpid(child, &status, 0)) == child && status == 0;
}

/* The table is shared until the parent has ended. */
static _Noreturn void close_after(int fd, int parent)
{
	struct pollfd p = { .fd = parent, .events = POLLIN };

	RETRY(poll(&p, 1, -1));
	/* It may have to wait, and whoever waits for a pipe of ours should not. */
	if (fd > 0)
		close_range(0, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, ~0U, 0);
	_exit(EXIT_SUCCESS);
}

void process_leave_open(int fd)
{
	int parent = pidfd_open(getpid(), 0);
	sigset_t callers;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &callers);
	if (parent >= 0 && process_clone(CLONE_FILES, 0, NULL) == 0) {
		setsid();
		close_after(fd, parent);
	}
	sigprocmask(SIG_SETMASK, &callers, NULL);
}

int process_hand_over(int fd, struct err *e)
{
	int copy = fcntl(fd, F_DUPFD, 64);

	return copy < 0 ? err_set(e, errno, "cannot hand a descriptor to criu") : copy;
}

int process_hand(int fd, int *ret, struct err *e)
{
	if (fd >= 0 && *ret < 0)
		*ret = process_hand_over(fd, e);
	return fd >= 0 && *ret < 0 ? *ret : 0;
}
