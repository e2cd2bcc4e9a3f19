/* SPDX-License-Identifier: MIT */
/*
 * The threads of a process: what the kernel tells of each is read once, for all probes. Where there
 * are many threads or processes, two processes read (util/helped.h).
 */
#ifndef CRIU_NS_THREADS_H
#define CRIU_NS_THREADS_H

#include "look/attributes.h"
#include "look/namespaces.h"
#include "look/procfs.h"
#include "util/used.h"

struct thread {
	pid_t tid;
	bool has_status;
	struct task status;
	struct namespaces
		ns; /* of a thread: of those kinds in which it can differ from its process */
	/* Are its next children born in another pid or time namespace than its process is in? */
	bool bears_in_pid, bears_in_time;
	/* kcmp(2) with the first: 0: the same; more: it has its own */
	long fs;    /* root, working directory and umask */
	long files; /* descriptors */
	/* Attributes (attributes.h): */
	unsigned long slack, personality;
	unsigned long flags; /* proc_stat(5) */
	char memory[64];     /* NUMA memory policy; "": the default */
	/* Of the first thread only: */
	int exit_signal; /* what the parent gets when the process ends; SIGCHLD also if not known */
	struct speculation speculation;
	bool has_locked;     /* memory */
	bool has_tags;       /* in its addresses */
	bool merge;          /* all of its memory may be merged, PR_SET_MEMORY_MERGE(2const) */
	unsigned long dump;  /* coredump_filter, core(5) */
	bool is_untraceable; /* we may not seize it */
};

enum { THREAD_SLACK = 50000 }; /* ns, what a thread has by itself (PR_SET_TIMERSLACK(2const)) */

struct threads {
	pid_t pid;           /* 0: of no process yet */
	struct thread first; /* which has the number of the process */
	struct thread *v;    /* the others */
	size_t n;
};

/*
 * What cannot be read of a thread, because it has ended, is as if it had nothing of its own.
 * first: what has been read of the first thread; NULL: read it, too.
 */
void threads_read(int proc, pid_t pid, const struct thread *first, struct used *used,
		  struct threads *ret);
void threads_free(struct threads *t);

/*
 * The first threads of many processes, which two processes read; NULL: these are so few that one
 * reads them faster, one after the other. The caller frees them with threads_free_firsts().
 */
struct thread *threads_read_firsts(int proc, const pid_t *pids, size_t n, struct used *used);
void threads_free_firsts(struct thread *firsts, size_t n);

#endif
