/* SPDX-License-Identifier: MIT */
/*
 * What was found in a tree and needs an answer at the freeze: an option, a step, a note or a refusal. Each kind
 * has a probe that finds it (look/probe_*.c), and a row that answers it (plan/plan_findings.c).
 */
#ifndef CRIU_NS_FINDING_H
#define CRIU_NS_FINDING_H

#include "look/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* In the order in which they are answered. */
enum finding_kind {
	FINDING_SILENT_FILE,  /* in a file system whose server does not answer (served.h) */
	FINDING_SERVED_FILE,  /* in one whose server answers */
	FINDING_FUSE_SERVER,  /* serves a file system itself: /dev/fuse */
	FINDING_PROC_FILE,    /* in the /proc/PID of a process outside of the tree */
	FINDING_OWNER,        /* a descriptor whose signals go to a process outside (F_SETOWN) */
	FINDING_NESTED_NS,    /* a namespace that only a part of the tree is in */
	FINDING_OUTSIDE_FILE, /* from another mount namespace */
	FINDING_LONE_PIPE,    /* the other end is not in the tree */
	FINDING_KINDS
};

/* How a process holds what was found. */
enum held_as { HELD_FD, HELD_PROGRAM, HELD_CWD, HELD_MAP, HELD_BY_TASK };

/* FINDING_OUTSIDE_FILE */
struct outside_file {
	char type; /* of find(1): f d p c b s */
	bool is_tty;
	unsigned long flags; /* open flags and position, from fdinfo */
	long long pos;
	bool is_here; /* the caller finds the same file under that path */
	struct identity was;
};

/* FINDING_NESTED_NS */
struct nested_ns {
	const char *kind; /* its name in /proc/PID/ns */
	pid_t tid; /* of the first task that is in it; the pid of the process unless that is a thread */
	char comm[64];
	bool is_crius; /* the one that criu will be in */
};

struct finding {
	enum finding_kind kind;
	pid_t pid; /* the first process that has it */
	enum held_as as;
	int fd;     /* HELD_FD */
	char *path; /* what its link reads; NULL: it has none */
	int mnt_id; /* mount, superblock and inode, if they were looked up */
	dev_t dev;
	ino_t ino;
	pid_t other; /* the process outside that it refers to */
	union {
		struct outside_file file;
		struct nested_ns ns;
	};
};

struct findings {
	struct finding *v; /* in the order in which they were found */
	size_t n;
};

#define findings_for_each(x, s) /* NOLINTNEXTLINE(bugprone-macro-parentheses): x is a name */      \
	for (const struct finding *x = (s)->v; (s)->n && x < (s)->v + (s)->n; x++)

/* Add a finding. Takes ownership of its strings. */
struct finding *findings_add(struct findings *s, const struct finding *x);

/* The first of a kind; NULL: there is none. */
const struct finding *findings_first(const struct findings *s, enum finding_kind kind);

/* Is a process, not only a thread, in a mount namespace of its own? */
bool findings_have_nested_mounts(const struct findings *s);

void findings_free(struct findings *s);

#endif
