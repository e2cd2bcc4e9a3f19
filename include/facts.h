/* SPDX-License-Identifier: MIT */
/*
 * What is the case: everything that the plan is made from, read once, before anything is touched.
 * Descriptors that identify a process, a namespace or a directory are held from the first look to
 * the end, so that a reused pid or a moved folder cannot come in between.
 */
#ifndef CRIU_NS_FACTS_H
#define CRIU_NS_FACTS_H

#include "cli.h"
#include "err.h"
#include "images.h"
#include "mounts.h"
#include "procfs.h"

#include <stdint.h>

/* The criu to run, opened before any namespace is entered. */
struct criu_binary {
	char *path;
	int fd; /* O_PATH-like, close-on-exec */
};

/* A directory that criu will use, as the caller sees it. */
struct dir {
	const char *path; /* as given */
	int fd;
	bool writable;
	int errnum; /* why it could not be opened, or is not writable; 0 if it was */
};

/* A descriptor in the target's tree that was opened in another mount namespace. */
struct outside_fd {
	pid_t pid;
	int fd;
	int mnt_id;
	char *path;
};

struct facts {
	int proc;      /* the caller's procfs */
	uint64_t caps; /* the caller's effective capabilities, of those in caps.h */
	ino_t ns_pid, ns_mnt;

	struct dir images_dir, work_dir;

	/* freeze */
	struct task target;
	int target_fd;        /* pidfd */
	int ns_pid_fd;        /* the target's pid namespace, -1 if it is the caller's */
	int ns_mnt_fd;        /* the target's mount namespace, -1 if it is the caller's */
	bool is_ancestor;     /* of criu-ns, or criu-ns itself */
	struct task frame;    /* init of the frame's pid namespace; pid 0 if that is the caller's */
	int frame_ns_pid_fd;  /* -1 if the frame's pid namespace is the caller's */
	int frame_ns_mnt_fd;  /* -1 if the frame init's mount namespace is the caller's */
	bool foreign_user_ns; /* a mount namespace to enter belongs to another user namespace */
	/*
	 * The target's view is the caller's, as the texts tell, and its /proc fits the frame. Then,
	 * and where there is nothing to compare, the tables are not parsed.
	 */
	bool same_view;
	struct mounts caller_view, target_view, frame_view;
	struct outside_fd *outside;
	size_t n_outside;

	/* thaw */
	struct images images;
	pid_t pid_max;
	bool stdin_is_tty;
	bool pidfile_exists;
	int pidfile_errnum; /* why it could not be made there; 0 when it could */
};

/* All descriptors -1, the rest zero. */
void facts_init(struct facts *f);
void facts_free(struct facts *f);

/*
 * Find and open the criu to run: given, else $CRIU_BINARY, else the first `criu` on PATH that is
 * not this program under another name. Error status EXIT_NOT_FOUND or EXIT_NOT_RUNNABLE.
 */
int facts_find_criu(const char *given, struct criu_binary *ret, struct err *e);
void facts_free_criu(struct criu_binary *criu);

/* Read what a freeze (dump, pre-dump) or a thaw (restore) has to know. */
int facts_look_freeze(const struct cli *cli, struct facts *f, struct err *e);
int facts_look_thaw(const struct cli *cli, struct facts *f, struct err *e);

#endif
