/* SPDX-License-Identifier: MIT */
/*
 * The recipe: what a thaw has to know beyond criu's images, in a text file beside them. Its format
 * is described in criu-ns(1), THE RECIPE.
 *
 * It is input to a program that runs as root. It can name paths of the host, keys and mounts; it
 * cannot name options, programs or anything else that this struct does not have, and a thaw checks
 * it against the images (plan/mount_check.h).
 */
#ifndef CRIU_NS_RECIPE_H
#define CRIU_NS_RECIPE_H

#include "look/attributes.h"
#include "look/identity.h"
#include "look/journal.h"
#include "util/err.h"
#include "util/sorted.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The names of the files beside the images: the recipe, and the content of a tmpfs root. */
extern const char recipe_file_name[], recipe_root_name[];

/* Whose a mount is: where its superblock comes from in a thaw. */
enum recipe_owner {
	OWNER_OWN,   /* the target's: criu saves it and makes it again */
	OWNER_HOST,  /* the host's: a directory of a mount there */
	OWNER_PROC,  /* the procfs of the pid namespace in which criu runs */
	OWNER_KEPT,  /* a tmpfs whose content is kept beside the images (kept_archive.h) */
	OWNER_GIVEN, /* the user's, who named it to criu by hand, and has to do so again */
	OWNER_AUTO,  /* the host's, which criu finds again by itself (mnt[]) */
	OWNER_NONE,  /* nobody's: hidden, here and on the host, and left out (--skip-mnt) */
	OWNER_PTY,   /* a terminal, /dev/console for example: a pty that the thaw makes */
};
enum { OWNERS = OWNER_PTY + 1 };

/* One mount, as it was when it was frozen. Lines are in the order of the target's table. */
struct recipe_mount {
	enum recipe_owner owner;
	char *at;   /* mountpoint in the target's view; "/" is the root */
	char *root; /* directory of its superblock that was mounted there */
	char *fstype;
	unsigned long flags; /* as in struct mount */
	unsigned locks;      /* likewise */
	char *key; /* host, proc, given, kept: its name in criu's images; NULL for the root */
	char *host, *folder; /* host: mountpoint on the host, and the directory below that */
	char *options;       /* kept: the superblock's options */
	unsigned shared;     /* peer groups by number, 0: none; equal numbers are one group */
	unsigned master;
	bool host_peer; /* the shared group is one of the host's */
	bool hidden;    /* another mount on the same mountpoint covers this one */

	int id; /* freeze: as in the target's table */
	/* freeze: criu is told that it is all of its file system (freeze/whole_root.h) */
	bool whole;
	/* freeze: of what has been deleted, as another mount that criu comes to first */
	bool again;
	/* freeze: criu leaves it private, and the thaw makes it a slave (plan/mount_groups.h) */
	bool apart;

	/*
	 * thaw: that directory, found and held open (recipe_host.h); NULL: nothing of the host's
	 * is needed
	 */
	const struct host_mount *from;
	int kept_errnum; /* thaw: why the content of a kept one cannot be read; 0 if it can */
};

/* A file that was opened outside of the target's mount namespace. */
struct recipe_file {
	char *id;            /* "MNT:INODE" in hex, as criu's images name it */
	char *path;          /* on the host */
	char type;           /* as in find(1): f d p c b */
	unsigned long flags; /* open flags, as in /proc/PID/fdinfo */
	long long pos;
	struct identity was;          /* which file it was; not known in format 1 */
	const struct host_file *from; /* thaw: the same for a file */
};

/* What criu has to be told at the thaw, too: options without a value, by their names. */
enum recipe_need {
	NEED_TCP_ESTABLISHED,
	NEED_TCP_CLOSE,
	NEED_FILE_LOCKS,
	NEED_EXT_UNIX_SK,
	NEED_ALLOW_UPROBES,
	NEED_SHELL_JOB,
	RECIPE_NEEDS
};
extern const char *const recipe_need_names[RECIPE_NEEDS];

/* A unix socket that the thaw makes, and hands to criu. */
struct recipe_unix {
	char *id;  /* its inode, as criu's images name it */
	char type; /* 's' stream, 'q' seqpacket */
	char *to;  /* what it was connected to: a path on the host, or "@" and an abstract name */
	bool cut;  /* ... or nothing is there any more: its new peer is closed */
	unsigned long flags; /* open flags, as in /proc/PID/fdinfo */
	unsigned shut;       /* how it was shut down: bits UNIX_SHUT_... */
	char *rights;        /* of the process that had it, as procfs_rights() gives them */
	struct journal journal;
	struct host_unix *from; /* thaw: the new connection (recipe_host.h) */
};

/*
 * A unix socket of the tree's that had another name at the freeze than the one that it was bound
 * to.
 */
struct recipe_name {
	char *id;           /* as of recipe_unix */
	char *now;          /* a path */
	unsigned long mode; /* permissions */
	char *owner;        /* UID:GID */
};

/* An option of a socket of the tree's, which criu forgets. */
struct recipe_option {
	pid_t pid;    /* as criu's images number it */
	long long fd; /* its descriptor of the socket */
	char *set;    /* look/socket_options.h */
};

/* A multicast group that a socket of the tree's had joined, which criu forgets. */
struct recipe_group {
	pid_t pid;    /* as criu's images number it */
	long long fd; /* its descriptor of the socket */
	char *group;  /* its address */
	char *on;     /* name of the device */
};

/* As the kernel's RCV_SHUTDOWN and SEND_SHUTDOWN. */
enum { UNIX_SHUT_READ = 1, UNIX_SHUT_WRITE = 2 };

/*
 * A view is the part of it about a mount namespace that the root task is not in: mounts, with its
 * root first, which may have a key, too; and pid, a process in it, as the images number it.
 */
struct recipe {
	/*
	 * freeze: what was frozen, for a person; written as a comment, and not read back. Or NULL
	 */
	char *about;
	pid_t pid;
	struct recipe *views;
	size_t n_views;
	bool init;      /* the root task is the init of its pid namespace */
	unsigned needs; /* bits 1U << NEED_... */
	struct recipe_mount *mounts;
	size_t n_mounts;
	struct recipe_file *files;
	size_t n_files;
	struct recipe_unix *sockets;
	size_t n_sockets;
	struct recipe_name *names;
	size_t n_names;
	struct recipe_group *groups;
	size_t n_groups;
	struct recipe_option *options;
	size_t n_options;
	struct tree_attributes tree;
	struct task_attributes *tasks; /* only those that have something */
	size_t n_tasks;
};

/* Of an empty list nothing is computed: NULL + 0 is undefined before C2y. */
/* NOLINTBEGIN(bugprone-macro-parentheses): m, f, s, t and w are names to declare */
#define recipe_for_each_mount(m, r)                                                                \
	for (const struct recipe_mount *m = (r)->mounts; m && m < (r)->mounts + (r)->n_mounts; m++)
#define recipe_for_each_file(f, r)                                                                 \
	for (const struct recipe_file *f = (r)->files; f && f < (r)->files + (r)->n_files; f++)
#define recipe_for_each_view(w, r)                                                                 \
	for (const struct recipe *w = (r)->views; w && w < (r)->views + (r)->n_views; w++)
#define recipe_for_each_unix(s, r)                                                                 \
	for (const struct recipe_unix *s = (r)->sockets; s && s < (r)->sockets + (r)->n_sockets;   \
	     s++)
#define recipe_for_each_name(x, r)                                                                 \
	for (const struct recipe_name *x = (r)->names; x && x < (r)->names + (r)->n_names; x++)
#define recipe_for_each_option(o, r)                                                               \
	for (const struct recipe_option *o = (r)->options; o && o < (r)->options + (r)->n_options; \
	     o++)

#define recipe_for_each_group(g, r)                                                                \
	for (const struct recipe_group *g = (r)->groups; g && g < (r)->groups + (r)->n_groups; g++)
#define recipe_for_each_task(t, r)                                                                 \
	for (const struct task_attributes *t = (r)->tasks; t && t < (r)->tasks + (r)->n_tasks; t++)
/* NOLINTEND(bugprone-macro-parentheses) */

/*
 * Parse size bytes of text. After a failure, which names the line, *ret is empty. A recipe that is
 * accepted is complete, up to its last line "end", and well-formed: paths are absolute and without
 * "." and "..", keys are unique and criu can look them up, and one root comes before all other
 * mounts. The caller frees *ret with recipe_free().
 */
int recipe_parse(const char *text, size_t size, struct recipe *ret, struct err *e);

/* The name of the archive with the content of a kept mount; the caller frees it. */
char *recipe_archive_name(const struct recipe_mount *m);

/*
 * The text of a recipe, which recipe_parse() reads back to the same, but for about. The caller
 * frees it.
 */
char *recipe_format(const struct recipe *r);

void recipe_copy(const struct recipe *from, struct recipe *ret);
void recipe_free(struct recipe *r);

/* Append an empty entry, and return it. */
struct recipe_mount *recipe_add_mount(struct recipe *r);
struct recipe_file *recipe_add_file(struct recipe *r);
struct recipe *recipe_add_view(struct recipe *r);
struct recipe_unix *recipe_add_unix(struct recipe *r);
struct recipe_name *recipe_add_name(struct recipe *r);
struct recipe_group *recipe_add_group(struct recipe *r);
struct recipe_option *recipe_add_option(struct recipe *r);

void recipe_unix_copy(const struct recipe_unix *from, struct recipe_unix *ret);
void recipe_unix_free(struct recipe_unix *s);
struct task_attributes *recipe_add_task(struct recipe *r);

/* Leave out what criu forgets of the tasks and of their sockets. */
void recipe_forget_attributes(struct recipe *r);

/* Is there anything that a thaw has to know? */
static inline bool recipe_is_empty(const struct recipe *r)
{
	return !r->n_mounts && !r->n_files && !r->n_sockets && !r->n_names && !r->n_groups &&
	       !r->n_options && !r->needs && !r->n_tasks && !tree_attributes_any(&r->tree);
}

/* Is there a mount that was locked? */
bool recipe_has_locks(const struct recipe *r);

/*
 * The mounts in an order in which those on one mountpoint are neighbours; and these, in the
 * recipe's order. The caller frees the former with sorted_free().
 */
struct sorted recipe_sort_by_at(const struct recipe *r);
struct sorted_run recipe_at(const struct sorted *by_at, const char *at);

/* By its id; NULL when there is none. */
const struct recipe_file *recipe_by_id(const struct recipe *r, const char *id);

/* "host", "own"...: the word in the file. */
const char *recipe_owner_name(enum recipe_owner owner);

/* Names of mount flags, "ro,nosuid", or "-"; the caller frees it. */
char *recipe_flags_text(unsigned long flags);

/* The same for locks. */
char *recipe_locks_text(unsigned locks);

#endif
