/* SPDX-License-Identifier: MIT */
/*
 * What is the case: everything that the plan is made from, read once, before anything is touched.
 * Descriptors that identify a process, a namespace or a directory are held from the first look to
 * the end, so that a reused pid or a moved folder cannot come in between.
 */
#ifndef CRIU_NS_FACTS_H
#define CRIU_NS_FACTS_H

#include "cli/cli.h"
#include "look/images.h"
#include "look/mounts.h"
#include "look/procfs.h"
#include "look/recipe.h"
#include "look/recipe_host.h"
#include "util/err.h"

#include <stdint.h>

/* A directory that criu will use, as the caller sees it. */
struct dir {
	const char *path; /* as given */
	int fd;
	bool writable;
	int errnum; /* why it could not be opened, or is not writable; 0 if it was */
};

/* A file that the target's tree has open, or mapped, from another mount namespace. */
struct outside_fd {
	pid_t pid;
	int fd; /* -1: mapped, or the working folder */
	int mnt_id;
	ino_t ino;
	char type; /* of find(1): f d p c b s */
	bool is_tty;
	unsigned long flags; /* open flags and position, from fdinfo */
	long long pos;
	char *path;
	bool is_here; /* the caller finds the same file under that path */
	struct identity was;
};

/*
 * A namespace that the target is not in, and a process below it is; or that a process is not in, and
 * one of its threads is.
 */
struct nested_ns {
	const char *kind; /* its name in /proc/PID/ns */
	ino_t ns;
	pid_t pid, tid; /* the first that is in it; they are equal unless it is a thread's */
	char comm[64];
	bool is_crius; /* the one that criu will be in */
};

/* A pipe of which the tree has one end only. */
struct lone_pipe {
	pid_t pid;
	int fd;
	ino_t ino;
};

/* A file that is not the kernel's to answer for (served.h), the last that was found in the tree. */
struct served_file {
	pid_t pid;
	int fd; /* -1: mapped, or the working directory */
	dev_t dev;
	char *path; /* NULL: there is none */
	bool is_silent;
};

struct server {
	pid_t pid; /* 0: there is none */
	int fd;    /* its /dev/fuse */
};

/* What something in the tree refers to by number, and a thaw has not (outside.h). */
struct reference {
	pid_t pid;
	int fd;        /* -1: the working directory */
	char *path;    /* NULL: there is none */
	pid_t to;      /* the process outside */
	bool is_owner; /* it gets the descriptor's signals; else it is whose directory is open */
	int mnt_id;
	ino_t ino;
};

struct facts {
	int proc;      /* the caller's procfs */
	uint64_t caps; /* the caller's effective capabilities, of those in caps.h */
	ino_t ns_pid, ns_mnt;

	struct dir images_dir, work_dir;

	/* freeze */
	struct task target;
	int target_fd;       /* pidfd */
	int ns_pid_fd;       /* the target's pid namespace, -1 if it is the caller's */
	int ns_mnt_fd;       /* the target's mount namespace, -1 if it is the caller's */
	bool is_ancestor;    /* of criu-ns, or criu-ns itself */
	struct task frame;   /* init of the frame's pid namespace; pid 0 if that is the caller's */
	int frame_ns_pid_fd; /* -1 if the frame's pid namespace is the caller's */
	int frame_ns_mnt_fd; /* -1 if the frame init's mount namespace is the caller's */
	bool own_network,
		has_iptables;          /* a network namespace of its own; what criu locks it with */
	ino_t user_ns, target_user_ns; /* the caller's, the target's */
	ino_t mnt_owner;    /* the user namespace that the target's mount namespace belongs to */
	bool foreign_frame; /* the frame init's belongs to another one than the caller's */
	char *chroot; /* the target's root, when that is not the root of its mount namespace */
	struct nested_ns *nested; /* one for each namespace, in the order of criu's walk */
	size_t n_nested;
	/*
	 * The target's view is the caller's, as the texts tell, and its /proc fits the frame. Then,
	 * and where there is nothing to compare, the tables are not parsed.
	 */
	bool same_view;
	struct mounts caller_view, target_view, frame_view;
	struct mounts nested_view; /* the mounts of all nested mount namespaces */
	struct outside_fd *outside;
	size_t n_outside;
	struct lone_pipe *pipes;
	size_t n_pipes;
	struct reference reference; /* the first that was found */
	struct served_file served;
	struct server server; /* in the tree, of a file system in user space */

	/* thaw */
	struct images images;
	bool has_recipe;
	struct recipe recipe;    /* has_recipe, and it says something of these images */
	struct recipe_host host; /* what the recipe names on the host */
	/*
	 * Where a thaw lays out what criu asks for, in a mount namespace that nobody else sees: an
	 * empty folder that is there to be mounted over. NULL: there is none.
	 */
	const char *staging;
	int root_errnum; /* why the content of a kept root cannot be read; 0 when it can */
	pid_t pid_max;
	bool stdin_is_tty;
	bool pidfile_exists;
	int pidfile_errnum; /* why it could not be made there; 0 when it could */
};

/* All descriptors -1, the rest zero. */
void facts_init(struct facts *f);
void facts_free(struct facts *f);

/* Parse the tables of caller, target and frame, unless they are: for when the two texts are not enough. */
int facts_parse_views(struct facts *f, struct err *e);

/* Read what a freeze (dump, pre-dump) or a thaw (restore) has to know. */
int facts_look_freeze(const struct cli *cli, struct facts *f, struct err *e);
int facts_look_thaw(const struct cli *cli, struct facts *f, struct err *e);

#endif
