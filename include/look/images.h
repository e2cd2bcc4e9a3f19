/* SPDX-License-Identifier: MIT */
/*
 * What criu-ns must know of a directory of images before a thaw: every pid that criu will need, and
 * the mounts.
 */
#ifndef CRIU_NS_IMAGES_H
#define CRIU_NS_IMAGES_H

#include "look/image_ttys.h"
#include "look/mounts.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A mount in the view that criu saved. */
struct image_mount {
	int id; /* files refer to it */
	dev_t dev;
	char *root, *at;
	/*
	 * the key by which criu looks for it (--external mnt[KEY]:PATH); NULL: criu makes the mount
	 */
	char *key;
};

/* A mount namespace that the root task was not in. */
struct image_view {
	unsigned long id; /* criu's number for it */
	pid_t pid;        /* a process that was in it, as the images number it; 0: none */
	pid_t *pids;      /* all of them */
	size_t n_pids;
	bool auto_external; /* mnt[] found some of its mounts */
	/* without types and options; criu saves fewer flags than the kernel has */
	struct mounts table;
};

/* A child of the leader of its session, in that session. */
struct image_heir {
	pid_t pid, leader;
};

struct images {
	bool present;    /* there is an inventory.img */
	bool unfinished; /* there is none, but there are other images */
	bool has_tree;   /* and a pstree.img */
	unsigned long crius_mnt,
		crius_net; /* criu's numbers of the namespaces that it ran in; 0: unknown */
	unsigned long crius_cgroups; /* its number of the cgroups that it was in */
	unsigned lsm;                /* enum lsmtype of criu/images/inventory.proto */
	bool has_plugins;            /* plugins of criu were at work */
	bool closes_tcp;             /* --tcp-close was given at the freeze */
	bool has_uprobes;            /* --allow-uprobes was */
	/* they are of a criu of this version, or of a newer one: CRIU_VERSION(); 0: unknown */
	unsigned criu;
	bool hides_memory; /* an older one than that finds no memory in them */
	/* processor of the root task: enum march of criu/images/core.proto; 0: unknown */
	unsigned march;
	uint64_t xstate;   /* x86: which of its registers hold something, as in XCR0 */
	char *lsm_profile; /* its label; NULL: none, or unconfined */
	pid_t root;        /* the root task's pid in the images; 0 when unknown */
	bool pdeath;       /* it wants a signal when its parent ends (PR_SET_PDEATHSIG) */
	bool adopts;       /* orphans below it become its children (PR_SET_CHILD_SUBREAPER) */
	/*
	 * a child of it that criu will have made by another process, because it is neither in the
	 * root task's session nor the leader of its own; 0: none
	 */
	pid_t reborn;
	pid_t *ids; /* every pid, tid, group and session in them, unsorted, with repetitions */
	size_t n_ids;
	bool own_mounts;            /* criu dumped a mount namespace (mountpoints-*.img) */
	unsigned long view;         /* criu's number for the root task's */
	bool auto_external;         /* and some of its mounts as autodetected external ones */
	struct image_mount *mounts; /* the root task's view, in order; none when unknown */
	size_t n_mounts;
	struct image_view *nested;
	size_t n_nested;
	struct image_ttys ttys;
	struct image_heir *heirs;
	size_t n_heirs;
};

/*
 * Read the images in the directory dirfd. Those of an earlier freeze may be there, too; which mount
 * namespaces belong to this tree is known from its tasks (ids-PID.img). If pstree.img cannot be
 * parsed, ids is empty: criu itself will report what is wrong with it, and nothing has to be
 * guessed here.
 */
int images_read(int dirfd, struct images *ret, struct err *e);
void images_free(struct images *i);

/* The same of the pids, the root task and the mounts alone. */
int images_read_views(int dirfd, struct images *ret, struct err *e);

/* What else tells of which criu they are: the root task's pagemap-PID.img. */
void images_read_pagemap(int dirfd, struct images *ret);

/* The mount namespace, other than the root task's, that this process was in; NULL: none. */
const struct image_view *images_view_of(const struct images *i, pid_t pid);

/*
 * Parse the text of an inventory.img: what comes from it, up to has_uprobes; -EINVAL on damage,
 * with nothing changed.
 */
int images_parse_inventory(const void *text, size_t size, struct images *ret);

/* Read it in the directory dirfd. If there is none, or it is damaged, nothing is changed. */
void images_read_inventory(int dirfd, struct images *ret);

/*
 * Parse the text of an ids-PID.img: criu's number of the mount namespace that the process was in.
 * -EINVAL on damage.
 */
int images_parse_ids(const void *text, size_t size, unsigned long *ret_view);

/* Parse the text of a pstree.img, size bytes; -EINVAL on damage, with nothing added. */
int images_parse_pstree(const void *text, size_t size, struct images *ret);

/* The kind of image that has the mounts of one mount namespace, and how large one is at most. */
extern const char images_mounts_kind[];
enum { MAX_MOUNTPOINTS = 16 << 20 };

/* Parse the text of a mountpoints-N.img; -EINVAL on damage, with nothing added. */
int images_parse_mounts(const void *text, size_t size, struct images *ret);

/* The same in full. */
int images_parse_table(const void *text, size_t size, struct mounts *ret);

/*
 * Parse the text of the root task's core-PID.img: pdeath, adopts, march, xstate, lsm_profile.
 * -EINVAL on damage.
 */
int images_parse_core(const void *text, size_t size, struct images *ret);

/*
 * The same of the root task's pagemap-PID.img, or of its beginning: criu, hides_memory. What comes
 * after that is not looked at.
 */
int images_parse_pagemap(const void *text, size_t size, struct images *ret);

/* The name of the processor that they are for, "x86_64"; NULL when unknown. */
const char *images_processor(const struct images *i);

/* The mount that was on /, as the task saw it; NULL when unknown. */
const struct image_mount *images_root_mount(const struct images *i);

/* Did criu find this one itself (mnt[]), so that it will look for it in the same way? */
bool images_is_auto(const struct image_mount *m);

/* Does it have a key that was given to it (--external mnt[AT]:KEY)? */
bool images_is_named(const struct image_mount *m);

/*
 * Add the pids that a remap-fpath.img needs, those of dead processes whose /proc/PID was open:
 * while it restores, criu makes a helper process with each of these pids (criu/files-reg.c).
 */
int images_parse_remaps(const void *text, size_t size, struct images *ret);

/*
 * A pid for criu, in the middle of a run of pids that are none of the ids. Above it there is room
 * for criu's short-lived helpers (usernsd, cgroupd, iptables-restore, action scripts...), and below
 * it for pids that criu itself chooses: it takes the first one above those of the images
 * (get_free_pid() in criu/pstree.c). The run is above all ids if there is room, so that what the
 * thawed tree starts later does not meet criu and its helpers, either; it is as high as possible if
 * no ids are known. Gives 0 if there is no such run below pid_max.
 */
pid_t images_free_pid(const pid_t *ids, size_t n, pid_t pid_max);

#endif
