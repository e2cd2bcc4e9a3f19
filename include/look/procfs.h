/* SPDX-License-Identifier: MIT */
/*
 * All reads of /proc/PID, through one descriptor of a procfs, so that tests can use a recorded tree
 * instead, and so that the target's view of /proc is never used.
 */
#ifndef CRIU_NS_PROCFS_H
#define CRIU_NS_PROCFS_H

#include "util/err.h"
#include "util/util.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCFS_DEPTH = 33 }; /* MAX_PID_NS_LEVEL is 32, pid_namespaces(7) */

/* What /proc/PID/status and /proc/PID/ns say. */
struct task {
	pid_t pid; /* as the reader of this procfs sees it */
	pid_t tgid, ppid;
	pid_t tracer; /* 0: none that the reader sees */
	char comm[64];
	char state;                /* R S D T t Z X I */
	bool kthread, has_kthread; /* has_kthread: status has it */
	int depth; /* entries in nspid: 1 for a task of the procfs's own pid namespace */
	pid_t nspid[PROCFS_DEPTH]; /* outermost first; the last is what the task itself sees */
	pid_t session;             /* as the task itself sees it; 0: its leader is outside */
	pid_t group;               /* the same of its process group */
	int threads;
	bool seccomp;      /* strict, or with filters */
	bool shadow_stack; /* it has one (x86: CET) */
	uint64_t pending;  /* signals, of the thread and of the process: bit N - 1 for signal N */
	uint64_t switches; /* how often it has ceased to run */
	ino_t ns_pid, ns_mnt; /* 0 if not read */
};

static inline pid_t task_inner_pid(const struct task *t)
{
	return t->nspid[t->depth - 1];
}

/* Pid 1 of a pid namespace below the reader's. */
static inline bool task_is_init(const struct task *t)
{
	return t->depth > 1 && task_inner_pid(t) == 1;
}

/*
 * Open the caller's /proc. Refuses one that is not a procfs, or that belongs to another pid
 * namespace than the caller's, because every pid in it would mean another process. Gives the
 * descriptor.
 */
int procfs_open(int *ret_fd, struct err *e);

/*
 * The parsers are separate from the readers, for tests and fuzzing. They are pure, and return 0, or
 * -EINVAL with *ret untouched. Those that take a char * write to the text.
 */

/* The text of a status file; namespaces stay 0. */
int procfs_parse_status(char *text, struct task *ret);

/* The same of a thread, or of the process's first thread if tid is pid. 0 or a negative errno. */
int procfs_thread(int proc, pid_t pid, pid_t tid, struct task *ret);

/* Read a task's status. -ESRCH (with the message) if there is no such task. */
int procfs_task(int proc, pid_t pid, struct task *ret, struct err *e);

/* What /proc/PID/stat says; it is much faster to read than status. */
struct proc_stat {
	char state;
	pid_t ppid, group, session; /* as the reader sees them */
	dev_t terminal;             /* of that session; 0: none */
	pid_t foreground;           /* the process group that has it; -1: none */
	unsigned long flags;        /* PROC_EXITING and others */
	unsigned long memory;       /* virtual memory, in bytes; 0 if it has given that up */
	int exit_signal;            /* of a process: what its parent gets when it ends, clone(2) */
	/* that has stopped it, if it is in state T; 0: not known (before Linux 6.7) */
	int stop_signal;
	char comm[16]; /* as it is; cut */
};

/* PF_EXITING of the kernel's include/linux/sched.h: the task is ending. */
#define PROC_EXITING 0x00000004UL

/* Parse or read it. 0 or a negative errno. */
int procfs_parse_stat(const char *text, struct proc_stat *ret);
int procfs_stat(int proc, pid_t pid, struct proc_stat *ret);

/* Read which pid and mount namespace the task is in; this needs the right to ptrace the task. */
int procfs_namespaces(int proc, struct task *task, struct err *e);

/* The inode of one of a task's namespaces ("pid", "mnt", "user"...); who is "self" or a number. */
int procfs_namespace(int proc, const char *who, const char *kind, ino_t *ret);

/* A descriptor of it; -1 with errno. */
int procfs_open_namespace(int proc, pid_t pid, const char *kind);

/* The text of its link: "mnt:[4026531841]", namespaces(7). */
int procfs_parse_namespace(const char *link, ino_t *ret);

/*
 * The pid, as the reader sees it, of the init of the pid namespace with this inode, which is the
 * task in it whose innermost pid is 1. -ESRCH if it cannot be seen. Reads all of /proc; this is the
 * slow way for kernels without NS_GET_TGID_FROM_PIDNS (before 6.11).
 */
int procfs_find_init(int proc, ino_t ns_pid, pid_t *ret);

/*
 * The entries of a directory whose names are numbers (descriptors, threads), and the children of a
 * process. Gives how many there are (0 if it cannot be read) and a fresh array that the caller
 * frees.
 */
size_t procfs_list(int proc, const char *path, int **ret);
size_t procfs_children(int proc, pid_t pid, pid_t **ret);

/*
 * How many descriptors a process has, and their numbers; dir: its "fd". 0: the kernel does not tell
 * how many (before 6.2).
 */
size_t procfs_count_fds(int dir);
size_t procfs_list_fds(int dir, size_t count, int **ret);

/*
 * The same with numbers that may not be in use: all that are less than the count, and those from
 * there on that the kernel lists. It makes a file for each name that it lists, which takes longer
 * than it takes whoever uses the number to see that there is none.
 */
size_t procfs_guess_fds(int dir, size_t count, int **ret);

/* Called for a descriptor of a process, with what its link reads (proc_pid_fd(5)). */
typedef void procfs_fd_fn(int fd, const char *link, void *arg);

/* All descriptors of a process; none if they cannot be read. */
void procfs_each_fd(int proc, pid_t pid, procfs_fd_fn *fn, void *arg);

/* The path of what a descriptor of our own is open on, in fresh memory; NULL if it has none. */
char *procfs_own_path(int proc, int fd);

/*
 * Add the pids in the text of a task's "children" to a list of *n; ignores everything else in it.
 */
void procfs_parse_children(char *text, pid_t **list, size_t *n);

/* What /proc/PID/fdinfo/N says (proc_pid_fdinfo(5)). */
struct proc_fdinfo {
	unsigned long flags; /* of open(2) */
	long long pos;
};

/* Parse it; a field that the text does not have is not changed in *ret. */
void procfs_parse_fdinfo(const char *text, struct proc_fdinfo *ret);

/* A line of /proc/PID/maps. */
struct proc_map {
	unsigned long start, end;
	dev_t dev; /* the superblock's, as in mountinfo; 0: no file is mapped there */
	ino_t ino;
	const char *path; /* within the line; characters that cannot be in it are escaped */
	size_t path_length;
};

/*
 * Parse the line that text begins with; gives the next one, or NULL at the end, and if it is not
 * such a line.
 */
const char *procfs_parse_map(const char *text, struct proc_map *ret);

/* The text of that file, in fresh memory; NULL if it cannot be read. */
char *procfs_maps(int proc, pid_t pid);

/*
 * The threads of a process but its first, as procfs_list() gives them; a process without any costs
 * a stat(2) only.
 */
size_t procfs_threads(int proc, pid_t pid, int **ret);

/* The directory that has one for each of them, to be looked up in (O_PATH). -1 with errno. */
int procfs_open_threads(int proc, pid_t pid);

/* The threads of a process, by their ids in its own pid namespace. */
size_t procfs_inner_threads(int proc, pid_t pid, pid_t **ret);

/*
 * With which ids a task opens files: "UID:GID:GROUP:GROUP..." (fsuid, fsgid and the supplementary
 * groups), as the reader's user namespace numbers them. In fresh memory; NULL if that cannot be
 * read.
 */
char *procfs_rights(int proc, pid_t pid);

/* The pid, as the reader sees it, of one of our pidfds; -1 once the process has been reaped. */
pid_t procfs_pidfd(int proc, int pidfd);

/*
 * Does the kernel keep track of which pages a task has written (soft-dirty bits;
 * proc_pid_pagemap(5))? A new mapping has that bit where it does. True if it cannot be found out.
 */
bool procfs_tracks_memory(int proc);

/* The first process of a line of ancestors, whose parent is not visible, or the kernel. */
struct proc_eldest {
	pid_t pid; /* 0: not found */
	char comm[16];
};

/* Is pid the caller itself or an ancestor of it? If not, the first of all of these goes to *eldest. */
bool procfs_is_ancestor(int proc, pid_t pid, struct proc_eldest *eldest);

#endif
