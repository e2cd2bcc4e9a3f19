/* SPDX-License-Identifier: MIT */
/*
 * A probe looks at one thing in the tree. It is a file, look/probe_NAME.c, and a line in the table
 * of look/tree.c, which walks the tree once for all probes; what it finds becomes findings
 * (finding.h). Probes only read, and stop nothing; criu will find out what has changed meanwhile.
 */
#ifndef CRIU_NS_PROBE_H
#define CRIU_NS_PROBE_H

#include "look/copies.h"
#include "look/facts.h"
#include "look/served.h"
#include "look/sockets.h"
#include "look/threads.h"
#include "util/seen.h"
#include "util/used.h"

#include <sys/stat.h>

/* What the probes of one look share. */
struct look {
	struct facts *facts;
	struct used used;
	pid_t *pids; /* the target and all below it, parents first */
	size_t n_pids;
	size_t n_fds;           /* descriptors so far */
	struct copies copies;   /* begun when there are many descriptors */
	bool copies_all;        /* each is copied, because no file can be of a server */
	struct thread *firsts;  /* of the processes of pids, while those are looked at; or NULL */
	size_t at;              /* which of pids is */
	struct threads threads; /* look_threads() */
	struct served served;   /* the superblocks of all mount tables */
	struct sockets unix_sockets; /* look_unix_sockets() */
	bool has_unix_sockets;
	/* the findings so far: by kind, and by what distinguishes those of a kind */
	struct seen seen;
};

/* Something that a process holds. */
struct held {
	pid_t pid;
	int pidfd; /* of the process */
	enum held_as as;
	int fd;  /* HELD_FD: its number in that process; else -1 */
	int dir; /* the magic link to it, relative to a directory of the caller's procfs: */
	char link[64];
	char path[4096]; /* what that reads: "/a/path", "pipe:[N]", "socket:[N]"... */
	struct statx st; /* held_status() */
	int asked;       /* for st: 0 not yet, 1 it is there, -1 there is none */
	bool is_copied;  /* held_copy() was called, and gave this: */
	int copy;
	char *fdinfo;     /* held_fdinfo() */
	const char *info; /* held_info(), of a copy */
};

/*
 * Its status, which is read when the first probe needs it; NULL if there is none. No server of a
 * file system is asked for it, so fields that only the server knows may be stale.
 */
const struct statx *held_status(struct held *h);

/*
 * A copy of the descriptor, to ask it with (pidfd_getfd(2)), which is made when the first probe
 * needs it, and closed soon after all have seen it; -1 if there is none. Not of a served file: FUSE
 * tells the server when a copy is closed.
 */
int held_copy(struct look *l, struct held *h);
bool held_may_copy(const struct look *l, struct held *h);

/* HELD_FD: the text of its fdinfo, read when the first probe needs it; "" if it cannot be read. */
const char *held_fdinfo(struct look *l, struct held *h);

/*
 * The same of the open file, whoever has it: maybe without O_CLOEXEC, and without the locks of
 * fcntl(2). Where there are many descriptors, that is ten times as fast.
 */
const char *held_info(struct look *l, struct held *h);

dev_t statx_dev(const struct statx *st);

/* Is it a path? Everything else has a name that the kernel makes, with a colon. */
static inline bool held_is_path(const struct held *h)
{
	return h->path[0] == '/';
}

/*
 * Is a part of the tree in another mount namespace than the caller? If not, criu does not look up
 * mounts of files.
 */
static inline bool look_has_views(const struct facts *f)
{
	return f->ns_mnt_fd >= 0 || f->nested_view.n;
}

/*
 * A copy of a descriptor of the process with that pidfd, and its status, as of held_status(), with
 * stx_mask 0 if there is none. -1 also if the process has, since it was looked at, put a served file
 * under that number: then it is left open (facts_leave_open()), and the look ends.
 */
int look_copy(struct look *l, pid_t pid, int pidfd, int fd, struct statx *ret);

/* Is it one of the tree's? */
bool look_has_process(const struct look *l, pid_t pid);

/*
 * The threads of a process of the tree. They are read when the first probe needs them, and stay
 * until another process is looked at.
 */
const struct threads *look_threads(struct look *l, pid_t pid);

/* Add a finding of that kind about it to the facts; the caller fills in the rest. */
struct finding *look_found(struct look *l, enum finding_kind kind, struct held *h);

/*
 * The same about something that criu does not save: one finding for all of a kind that a process
 * has. which: 0, or what tells those apart that are reported one by one. NULL: there is one already.
 */
struct finding *look_unsupported(struct look *l, enum unsupported what, struct held *h,
				 uint64_t which);

/*
 * All unix sockets of the target's network namespace, read when the first probe needs them. Empty
 * if the kernel does not tell: then criu cannot freeze any.
 */
const struct sockets *look_unix_sockets(struct look *l);

struct probe {
	/* The size of the probe's state, which is all zero at first. */
	size_t state_size;

	/* Called for each task, before anything that tasks hold. */
	void (*task)(struct look *l, pid_t pid, void *state);

	/* Does the probe need what the tasks hold? NULL: always. */
	bool (*wants)(const struct facts *f);

	/*
	 * A regular file on a mount of which it adds no finding must leave no trace in its state:
	 * of many descriptors another process looks at a part (tree.c).
	 *
	 * Called for each descriptor, program and working directory, and for those mapped files
	 * that a probe asks for when it sees their line in /proc/PID/maps, because there are many
	 * of them.
	 */
	void (*held)(struct look *l, struct held *h, void *state);
	bool (*wants_map)(const struct look *l, const struct proc_map *m);

	/*
	 * Called for each line of /proc/PID/maps that has a name; what is in memory anyway costs
	 * nothing to look at.
	 */
	void (*map)(struct look *l, pid_t pid, const struct proc_map *m, void *state);

	/* Called at the end. Frees what state points to. */
	void (*end)(struct look *l, void *state);
};

extern const struct probe probe_nested, probe_served, probe_proc_files, probe_owners, probe_outside,
	probe_pipes, probe_sockets, probe_unsupported, probe_file_locks, probe_gone, probe_watches,
	probe_ttys, probe_streams, probe_high_fds, probe_vdso;
extern const struct probe probe_sysv, probe_freezer, probe_sharing, probe_tasks, probe_attributes;

#endif
