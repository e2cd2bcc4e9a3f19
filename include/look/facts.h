/* SPDX-License-Identifier: MIT */
/*
 * What is the case: everything that the plan is made from, read once, before anything is touched.
 * Descriptors that identify a process, a namespace or a directory are held from the first look to
 * the end, so that a reused pid or a moved folder cannot come in between.
 */
#ifndef CRIU_NS_FACTS_H
#define CRIU_NS_FACTS_H

#include "cli/cli.h"
#include "look/finding.h"
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
	/*
	 * The target's view is the caller's, as the texts tell, and its /proc fits the frame. Then,
	 * and where there is nothing to compare, the tables are not parsed.
	 */
	bool same_view;
	struct mounts caller_view, target_view, frame_view;
	struct mounts nested_view; /* the mounts of all nested mount namespaces */
	struct findings findings;  /* what the look at the tree has found */

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
