/* SPDX-License-Identifier: MIT */
/*
 * Mount tables (/proc/PID/mountinfo) and the comparison of two views.
 */
#ifndef CRIU_NS_MOUNTS_H
#define CRIU_NS_MOUNTS_H

#include "util/err.h"
#include "util/sorted.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/types.h>

struct mount {
	int id, parent;
	dev_t dev;   /* the superblock */
	char *texts; /* in which those that follow are; NULL: another mount of the table has it */
	const char *root; /* directory of that superblock that is mounted here */
	const char *at;   /* mountpoint, as the process sees it whose table this is */
	const char *fstype;
	const char *options;     /* the superblock's */
	unsigned long flags;     /* MS_RDONLY, MS_NOSUID... of the mount: MOUNT_GUARDS and atime */
	unsigned shared, master; /* peer groups; 0: none */
	bool is_staged;          /* from the staging area of a thaw (mounts_staging_source) */
	bool is_thaws_devpts;    /* mounts_devpts_source */
	unsigned locks;          /* enum mount_lock; 0 unless locks_read() has looked */
};

/*
 * The source, in mountinfo, of what a thaw has made in its staging area (thaw/staging.h), and of a
 * devpts that it has mounted for the tree (thaw/own_devpts.h).
 */
extern const char mounts_staging_source[], mounts_devpts_source[];

/*
 * What nobody may change on a mount, however privileged in the user namespace that the mount
 * namespace belongs to (mount_namespaces(7), "Restrictions on mount namespaces"). mountinfo does
 * not show it.
 */
enum mount_lock {
	LOCK_MOUNT = 1, /* it cannot be unmounted */
	LOCK_RDONLY = 2,
	LOCK_NOSUID = 4,
	LOCK_NODEV = 8,
	LOCK_NOEXEC = 16,
	LOCK_ATIME = 32,
};

/*
 * Their names, and the flag that each of them keeps set; 0: the mount itself, or all flags of
 * access times.
 */
struct mount_lock_name {
	const char *name;
	unsigned lock;
	unsigned long flag;
};
enum { MOUNT_LOCKS = 6, LOCK_ALL = 63 };
extern const struct mount_lock_name mount_locks[MOUNT_LOCKS];

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

/* The flags that forbid something. */
enum { MOUNT_GUARDS = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOSYMFOLLOW };

/* The flags of access times, of which all or none are locked. */
enum { MOUNT_ATIMES = MS_NOATIME | MS_NODIRATIME | MS_RELATIME };

/* The flags that are distinguished, by their names in mountinfo. */
struct mount_flag {
	const char *name;
	unsigned long flag;
};
enum { MOUNT_FLAGS = 8 };
extern const struct mount_flag mount_flags[MOUNT_FLAGS];

struct mounts {
	struct mount *v; /* empty if only the text was read */
	size_t n;
	char *text;                /* as it was read */
	struct mount_index *index; /* NULL until the first search (mount_index.h) */
	bool in_cgroup_ns;         /* who sees it is in another cgroup namespace than the caller */
};

/* Of an empty table nothing is computed: NULL + 0 is undefined before C2y. */
/* NOLINTBEGIN(bugprone-macro-parentheses): m is a name to declare */
#define mounts_for_each(m, table)                                                                  \
	for (const struct mount *m = (table)->v; m && m < (table)->v + (table)->n; m++)
/* NOLINTEND(bugprone-macro-parentheses) */

/*
 * Read the table at path (relative to dirfd). Damaged lines and an empty table are errors. The
 * caller frees *ret with mounts_free(), also after a failure.
 */
int mounts_read(int dirfd, const char *path, struct mounts *ret, struct err *e);

/* The same for the table of a process, in a procfs. */
int mounts_read_of(int proc, pid_t pid, struct mounts *ret, struct err *e);

/*
 * The same in two steps: read only the text; then parse it, unless that has been done. path is for
 * messages.
 */
int mounts_read_text(int dirfd, const char *path, struct mounts *ret, struct err *e);
int mounts_parse(struct mounts *t, const char *path, struct err *e);

void mounts_free(struct mounts *t);

/*
 * Give a mount that comes from elsewhere copies of these texts; the table that it is put into frees
 * them.
 */
void mount_copy_texts(struct mount *m, const char *root, const char *at, const char *fstype,
		      const char *options);

/* Move the mounts of one table to the end of another, which has no text then. */
void mounts_append(struct mounts *to, struct mounts *from);

/* A part of a table, which has to stay meanwhile; end it with mounts_end_part(). */
struct mounts mounts_part(const struct mounts *t, size_t first, size_t n);
void mounts_end_part(struct mounts *part);

/*
 * Do two texts tell of the same mounts? The options of cgroups of version 2 do not count, because
 * criu may have taken them away meanwhile (util/cgroup2.h).
 */
bool mounts_same_texts(const char *a, const char *b);

/* Is the text of the table at path still the one that was read before? */
bool mounts_unchanged(int dirfd, const char *path, const struct mounts *t);

const struct mount *mounts_by_id(const struct mounts *t, int id);

/* Is there a mount with this id? Searches the text, if that is not parsed. */
bool mounts_have_id(const struct mounts *t, int id);

/* The same: is there one, and of this type? */
bool mounts_id_has_type(const struct mounts *t, int id, const char *fstype);

/*
 * The mounts that have something in common: mountpoint, superblock, superblock and root, peer
 * group, master. Pointers to struct mount, in the order of the table.
 */
struct sorted_run mounts_at(const struct mounts *t, const char *at);
struct sorted_run mounts_of(const struct mounts *t, dev_t dev);
struct sorted_run mounts_showing(const struct mounts *t, dev_t dev, const char *root);
struct sorted_run mounts_shared(const struct mounts *t, unsigned group);
struct sorted_run mounts_slaves(const struct mounts *t, unsigned master);

/*
 * Walk through the directories above path, from "/" on, and finally path itself: dir, which has
 * room for all of path, is empty at first, and becomes the next one. False: there is none.
 */
bool mounts_next_dir(const char *path, char *dir);

/* Is path (absolute, without links) the directory dir, or something below it? */
bool mounts_is_below(const char *path, const char *dir);

/*
 * The part of path below dir ("/" for dir itself); and the path of such a part below another
 * directory. Fresh.
 */
char *mounts_path_below(const char *path, const char *dir);
char *mounts_path_join(const char *dir, const char *below);

/* Is this superblock mounted anywhere in the table? */
bool mounts_have_superblock(const struct mounts *t, dev_t dev);

/* Is anything in the table in this peer group, or a slave of it? */
bool mounts_have_group(const struct mounts *t, unsigned group);

/* A mount of cgroups, of either version. */
bool mounts_is_cgroup(const char *fstype);

/* An automounter's, on which a mount appears when somebody asks. */
static inline bool mounts_is_automount(const char *fstype)
{
	return !strcmp(fstype, "autofs");
}

/* Has the directory that a mount shows (its root in the table) been deleted? */
bool mounts_root_is_deleted(const char *root);

/* The mount that a walk from the root along path (absolute, without links) leads to. */
const struct mount *mounts_covering(const struct mounts *t, const char *path);

/* Does the mountpoint lead to this mount, or is something mounted over it? */
bool mounts_is_visible(const struct mounts *t, const struct mount *m);

/* How a mount differs from all mounts of the frame. */
enum mount_difference {
	OTHER_PLACE, /* the frame has this superblock, but not this directory of it here */
	OTHER_FS,    /* the frame does not have this superblock */
	OTHER_FLAGS, /* the frame has it here, but with other flags (ro, nosuid...) */
	OTHER_ORDER, /* the frame has it here, but in another order of a stack */
};

struct mount_diff {
	const struct mount *mount; /* points into the target's table */
	enum mount_difference why;
};

/*
 * Compare the target's view with the frame's. They are the same if each of the target's mounts is
 * in the frame's table: same superblock, directory, mountpoint and protective flags, and same order
 * if several are stacked. A procfs of its own on /proc does not count, because a new pid namespace
 * needs one, unless it hides something (hidepid, subset), nor does a devpts that a thaw has
 * mounted. Mounts that only the frame has do not count, either, because they came later. Gives the
 * number of mounts that differ and, in a fresh array that the caller frees, which they are.
 */
size_t mounts_compare(const struct mounts *frame, const struct mounts *target,
		      struct mount_diff **ret);

/*
 * The quick way to find that no mount differs, from the texts alone, because parsing them takes
 * longer. True if all lines of the target's table are in the frame's, in the same order, apart from
 * ids and propagation. False means nothing: then the tables have to be compared. *own_proc: the
 * target has a procfs of its own on /proc.
 */
bool mounts_surely_same(const char *frame, const char *target, bool *own_proc);

/* Does criu need `mnt[]:m`: is there a mount whose master is in no mount of the table? */
bool mounts_have_outside_master(const struct mounts *target);

/* Does criu need `mnt[]:s`: is there a mount that is a peer of one of the frame's? */
bool mounts_have_outside_peer(const struct mounts *frame, const struct mounts *target);

/* "a file system that the caller does not have"... for a person. */
const char *mounts_difference_text(enum mount_difference why);

/* The id of the mount that a descriptor is open on; -1 if it cannot be found out. */
int mounts_id_of(int fd);

#endif
