/* SPDX-License-Identifier: MIT */
/*
 * What criu-ns must know of a folder of images before a thaw: every pid that criu will want.
 */
#ifndef CRIU_NS_IMAGES_H
#define CRIU_NS_IMAGES_H

#include "look/mounts.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A mount in the view that criu saved. */
struct image_mount {
	dev_t dev;
	char *root, *at;
	char *key; /* by which criu asks for it (--external mnt[KEY]:PATH); NULL: criu makes it */
};

/* A mount namespace that the root task was not in. */
struct image_view {
	unsigned long id;    /* criu's number for it */
	pid_t pid;           /* who was in it, in the numbers of the images; 0: nobody */
	bool auto_external;  /* mnt[] found some of its mounts */
	struct mounts table; /* without types and options; criu knows fewer flags than the kernel */
};

struct images {
	bool present;    /* there is an inventory.img */
	bool unfinished; /* there is not, but there are other images */
	bool has_tree;   /* and a pstree.img */
	pid_t root;      /* the root task's pid in the images; 0 when unknown */
	bool pdeath;     /* it wants a signal when its parent ends (PR_SET_PDEATHSIG) */
	pid_t *ids;      /* every pid, tid, group and session in them, unsorted, with repetitions */
	size_t n_ids;
	bool own_mounts;            /* criu dumped a mount namespace (mountpoints-*.img) */
	bool auto_external;         /* and some of its mounts as autodetected external ones */
	struct image_mount *mounts; /* the root task's view, in order; none when unknown */
	size_t n_mounts;
	struct image_view *nested;
	size_t n_nested;
};

/*
 * Read the images in the directory dirfd, in which those of an earlier freeze may lie, too: which
 * mount namespaces are this tree's is told by its tasks (ids-PID.img). A pstree.img that cannot be understood leaves ids empty:
 * criu itself will say what is wrong with it, and nothing has to be guessed here.
 */
int images_read(int dirfd, struct images *ret, struct err *e);
void images_free(struct images *i);

/* Parse the text of a pstree.img, size bytes; -EINVAL on damage, with nothing added. */
int images_parse_pstree(const void *text, size_t size, struct images *ret);

/* Parse the text of a mountpoints-N.img; -EINVAL on damage, with nothing added. */
int images_parse_mounts(const void *text, size_t size, struct images *ret);

/* The same in full. */
int images_parse_table(const void *text, size_t size, struct mounts *ret);

/* Parse the text of the root task's core-PID.img: pdeath. -EINVAL on damage. */
int images_parse_core(const void *text, size_t size, struct images *ret);

/* The mount that was on /, as the task saw it; NULL when unknown. */
const struct image_mount *images_root_mount(const struct images *i);

/* Did criu find this one itself (mnt[]), and will look for it in the same way? */
bool images_is_auto(const struct image_mount *m);

/* Has it a key that somebody gave it (--external mnt[AT]:KEY)? */
bool images_is_named(const struct image_mount *m);

/*
 * Add the pids that a remap-fpath.img needs: of dead processes whose /proc/PID was open. criu makes
 * a helper with that pid for as long as it restores (criu/files-reg.c).
 */
int images_parse_remaps(const void *text, size_t size, struct images *ret);

/*
 * Where criu may sit: in the middle of a run of pids that is free of ids, with room behind it for
 * its short-lived helpers (usernsd, cgroupd, iptables-restore, action scripts...) and before it for
 * what criu makes up itself: it takes the first pid above the images' (get_free_pid() in
 * criu/pstree.c). Above all ids where there is room, so that what the thawed tree starts later does
 * not meet them either; as far up as possible where no ids are known. Gives 0 when there is no such
 * run below pid_max.
 */
pid_t images_free_pid(const pid_t *ids, size_t n, pid_t pid_max);

#endif
