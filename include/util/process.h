/* SPDX-License-Identifier: MIT */
/* Processes that criu-ns starts: how they are made, what ends them, what they pass on. */
#ifndef CRIU_NS_PROCESS_H
#define CRIU_NS_PROCESS_H

#include "util/err.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * The signals by which others end or control a program: a thaw forwards them, a freeze holds them
 * back.
 */
void process_signal_set(sigset_t *set);

/* Is it one of those that ask a program to end? */
bool process_asks_for_an_end(int signo);

/* The number of one of them, by its name: "TERM" or "SIGTERM". 0: it is none of them. */
int process_signal_of(const char *name);

/*
 * Let the kernel end others before this child of ours, or before this process (pid 0), when memory
 * runs out, because a process that has stopped another one and is ended leaves that stopped or
 * broken. proc is the caller's procfs. Without CAP_SYS_RESOURCE, which this needs, nothing is
 * changed.
 */
void process_outlive(int proc, pid_t pid);

/* The exit status for a wait status: 0-255 after an exit, 128+N after a death by signal N. */
int process_exit_code(int wait_status);

/*
 * The wait status of a process that is not our child, and has ended; -1 if it is not known (before
 * Linux 6.15, once its parent knows it). proc is the caller's procfs.
 */
int process_status_of(int proc, pid_t pid, int pidfd);

/*
 * The bare system call: fork with namespace flags, and with a chosen pid (0: the next one). Gives a
 * pidfd in *ret_fd unless that is NULL. Touches no library state, so that a vfork()ed child may
 * call it, too.
 */
pid_t process_clone(unsigned long flags, pid_t pid, int *ret_fd);

/*
 * A child that shares the memory of this process until it executes a program, as after vfork(), but
 * can wait for this process before: to copy the memory costs more than all else that a thaw does.
 * run() must not return, and the two may not run at the same time: errno is theirs, too. Its pid is
 * the next one. Gives its pidfd, and the stack to be given to process_free_stack() when it has
 * executed; -1: it has to be forked.
 */
pid_t process_share(int (*run)(void *), void *arg, int *ret_fd, void **ret_stack);
void process_free_stack(void *stack);

/*
 * Call it in a process of its own, which may join namespaces that this one must not be in, and wait
 * until that has ended. It is in our memory, because a copy of that costs more than most of what is
 * done so. False: there is no such process, with errno, or it has been killed.
 */
bool process_apart(void (*call)(void *), void *arg);

/*
 * For a descriptor that this process must not close, because that may take for ever (FUSE): a child
 * shares the table of descriptors from now on, and so the table outlives this process. The child
 * closes the descriptor when this process has ended. Until then, no process may be forked any more
 * that this one would wait for, because it would have the descriptor, too.
 */
void process_leave_open(int fd);

/*
 * In the process that becomes criu: copy a descriptor so that criu has it, under a number that does
 * not meet the user's own descriptors (--status-fd, --ps-socket).
 */
int process_hand_over(int fd, struct err *e);

/* The same for one that there may not be (-1), unless it has been done: *ret gets the number. */
int process_hand(int fd, int *ret, struct err *e);

#endif
