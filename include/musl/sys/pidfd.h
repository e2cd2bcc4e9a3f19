/* SPDX-License-Identifier: MIT */
/* musl has no <sys/pidfd.h>: pidfd_open(2), pidfd_getfd(2), pidfd_send_signal(2). */
#ifndef CRIU_NS_MUSL_PIDFD_H
#define CRIU_NS_MUSL_PIDFD_H

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int pidfd_open(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int pidfd_getfd(int pidfd, int fd, unsigned flags)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, fd, flags);
}

static inline int pidfd_send_signal(int pidfd, int signo, siginfo_t *info, unsigned flags)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signo, info, flags);
}

#endif
