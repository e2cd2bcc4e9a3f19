/* SPDX-License-Identifier: MIT */
/* Processes of our own: how they are made, what ends them, what they hand on. */
#ifndef CRIU_NS_PROCESS_H
#define CRIU_NS_PROCESS_H

#include "util/err.h"

#include <signal.h>
#include <sys/types.h>

/* The signals that end or steer a program from outside, and that are forwarded or waited out. */
void process_signal_set(sigset_t *set);

/*
 * Let the kernel end others first when memory runs out: who has somebody stopped, and ends, leaves
 * him stopped, or broken. proc is the caller's procfs. Not allowed without CAP_SYS_RESOURCE: then it
 * stays as it is.
 */
void process_outlive(int proc);

/* 0-255 for an exit, 128+N for a death by signal N, of a wait status. */
int process_exit_code(int wait_status);

/*
 * The bare system call: fork with namespace flags, and at a chosen pid (0: the next). A pidfd in
 * *ret_fd if wanted. No library state is touched: it may be called in a vfork()ed child, too.
 */
pid_t process_clone(unsigned long flags, pid_t pid, int *ret_fd);

/*
 * A copy of a descriptor that criu will have, in the process that becomes criu: with a number that
 * the user's own (--status-fd, --ps-socket) do not have.
 */
int process_hand_over(int fd, struct err *e);

#endif
