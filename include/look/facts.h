/* SPDX-License-Identifier: MIT */
/*
 * Everything that the plan is made from, read once, before anything is touched. Descriptors that
 * identify a process, a namespace or a directory are held from the first look to the end, so that a
 * reused pid or a moved directory cannot be taken for it.
 */
#ifndef CRIU_NS_FACTS_H
#define CRIU_NS_FACTS_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "look/finding.h"
#include "look/image_files.h"
#include "look/image_pipes.h"
#include "look/images.h"
#include "look/kept_links.h"
#include "look/mounts.h"
#include "look/namespaces.h"
#include "look/procfs.h"
#include "look/recipe.h"
#include "look/recipe_host.h"
#include "look/thaw_finding.h"
#include "util/err.h"
#include "util/network_lock.h"

#include <stdint.h>
#include <sys/utsname.h>
#include <time.h>

/* A directory that criu will use, as the caller sees it. */
struct dir {
	const char *path; /* as given */
	int fd;
	bool writable;
	int errnum; /* why it could not be opened, or is not writable; 0 if it was */
};

/* The mounts of one mount namespace that the target is not in: a part of nested_view. */
struct nested_view {
	pid_t outer, crius,
		pid; /* a process in it: for us, where criu runs, in its own pid namespace */
	char *text;  /* its table, as it was read */
	size_t first, n;
};

struct facts {
	int proc;      /* the caller's procfs */
	uint64_t caps; /* the caller's effective capabilities, of those in caps.h */
	ino_t ns_pid, ns_mnt;

	struct dir images_dir, work_dir;
	int log_errnum; /* why the log file cannot be made or written to; 0 if it can */

	struct criu_binary *criu; /* the one that will be run; not ours */
	unsigned criu_version;    /* facts_ask_version(); 0: not known */
	/* it would load some without being told (criu/plugin.c); if a finding needs it */
	bool has_plugins;

	/*
	 * A descriptor that was copied, and whose copy must not be closed, because a file system
	 * with a server has got under its number meanwhile; pid 0: there is none.
	 */
	struct {
		pid_t pid;
		int fd;
	} left;

	/*
	 * The staging area: an existing empty directory on which a thaw mounts, in a mount
	 * namespace that nobody else sees, what criu is to find (thaw/staging.h); and a freeze with
	 * nested mount namespaces, too, in a copy of that which criu runs in. NULL: there is no
	 * such directory.
	 */
	const char *staging;

	/* freeze */
	ino_t *unseen; /* unix sockets whose other end the look before this one has not seen */
	size_t n_unseen;
	/* criu has failed again and again because TCP connections were just being made */
	bool is_connecting;
	/* the socket of the RPC client, whose other end criu saves by itself; 0: none */
	ino_t service;
	struct task target;
	struct namespaces target_namespaces;
	int target_fd; /* pidfd */
	/*
	 * the same of the look before this one: it is still that process; -1: it is the first look
	 */
	int known_fd;
	int ns_pid_fd;             /* the target's pid namespace, -1 if it is the caller's */
	int ns_mnt_fd;             /* the target's mount namespace, -1 if it is the caller's */
	bool is_ancestor;          /* an ancestor of criu-ns, or criu-ns itself */
	struct proc_eldest eldest; /* of criu-ns's ancestors */
	struct task frame;   /* init of the frame's pid namespace; pid 0 if that is the caller's */
	int frame_ns_pid_fd; /* -1 if the frame's pid namespace is the caller's */
	int frame_ns_mnt_fd; /* -1 if the frame init's mount namespace is the caller's */
	bool tracks_no_memory; /* the kernel cannot; of a pre-dump only (procfs_tracks_memory()) */
	bool own_network;      /* a network namespace of its own */
	bool has_iptables;     /* what criu locks that with, or facts_ask_iptables() */
	ino_t user_ns, target_user_ns; /* the caller's, the target's */
	ino_t mnt_owner; /* the user namespace that the target's mount namespace belongs to */
	/* the name of one of its namespaces that belongs to one above target_user_ns; NULL: none */
	const char *foreign_ns;
	/* the mount namespace of the frame's init belongs to another one than the caller's */
	bool foreign_frame;
	char *chroot; /* the target's root, if that is not the root of its mount namespace */
	/*
	 * According to the texts, the target's view is the caller's, and its /proc fits the frame.
	 * Then, and if there is nothing to compare, the tables are not parsed.
	 */
	bool same_view;
	struct mounts caller_view, target_view, frame_view;
	struct mounts nested_view; /* the mounts of all nested mount namespaces */
	struct nested_view *views;
	size_t n_views;
	size_t n_processes; /* of the tree */
	size_t n_tasks;     /* processes and threads of the tree */
	time_t now;
	struct utsname machine; /* nodename "": not known */
	size_t n_other_ipc;     /* FINDING_SYSV: what else is in the caller's IPC namespace, */
	unsigned long long other_ipc_size; /* and how large these segments are */
	struct findings findings;          /* what the probes have found in the tree */

	/* thaw */
	struct images images;
	struct image_files files;
	struct image_pipes pipes;
	struct kept_links links;            /* the files of images that have no name of their own */
	struct thaw_findings thaw_findings; /* what the host lacks, or has in the way */
	/* the connections that criu makes in the caller's network namespace */
	struct network_lock locked;
	/* THAW_PTY: those of the caller's /dev/pts; NULL: that is no devpts */
	char *devpts_options;
	bool has_recipe;
	struct recipe recipe;    /* if has_recipe */
	struct recipe_host host; /* what the recipe names on the host */
	int *joined; /* for each of cli->joined its namespace; -1: it cannot be opened */
	size_t n_joined;
	pid_t pid_max;
	pid_t own_ids[3]; /* -S: the pid, process group and session of this process */
	bool stdin_is_tty, stdout_is_tty;
	/* the caller's: stdin reads from one that has no name, the others write to one */
	bool stdio_is_pipe[3];
	bool pidfile_exists;
	int pidfile_errnum; /* why it cannot be made there; 0 if it can */
};

/* All descriptors -1, the rest zero; the caller fills in criu. */
void facts_init(struct facts *f);
void facts_free(struct facts *f);

/*
 * Let go of the mount namespaces of the target and of its frame's init, which nobody will enter any
 * more: whoever is the last to do so takes the mounts down, and shall be the target, or that init,
 * when it ends. The numbers stay in use.
 */
void facts_release_mounts(const struct facts *f);

/*
 * Empty, to look once more: nothing is left but what the caller has filled in, criu, service and
 * is_connecting, and unseen and known_fd.
 */
void facts_renew(struct facts *f);

/*
 * Which criu will be run, for an answer that depends on it: the plan can then compare
 * f->criu_version with CRIU_VERSION(). Only for a target that has what the answer is about, because
 * it takes time (criu_version()).
 */
void facts_ask_version(struct facts *f);

/*
 * Leave that copy of a descriptor of another process's open for ever: what is done now must end, and
 * start no process any more (process_leave_open()).
 */
void facts_leave_open(struct facts *f, pid_t pid, int fd, int copy);

/* Has that been done? Then nothing more is looked at. */
static inline bool facts_must_end(const struct facts *f)
{
	return f->left.pid != 0;
}

/* Has the caller this capability for the host, and not only for a user namespace? */
bool facts_has_on_host(const struct facts *f, int cap);

/*
 * Is there the program with which criu locks connections in the caller's network namespace, each by
 * itself (iptables_connection_switch_raw() in criu/netfilter.c)? Only for a target that has
 * connections there.
 */
void facts_ask_iptables(struct facts *f);

/* Read the texts of the tables of caller and target, if not yet done. */
int facts_read_views(struct facts *f, struct err *e);

/*
 * Parse the tables of caller, target and frame, if not yet done, because comparing the texts is not
 * enough.
 */
int facts_parse_views(struct facts *f, struct err *e);

/*
 * Read what a freeze (dump, pre-dump) or a thaw (restore) has to know, in two parts. For a freeze:
 * where the target lives, and then what there is in its tree. For a thaw: the images and the
 * recipe, and then what the host has of what they name.
 */
int facts_look_freeze(const struct cli *cli, struct facts *f, struct err *e);
int facts_look_tree(const struct cli *cli, struct facts *f, struct err *e);
int facts_look_thaw(const struct cli *cli, struct facts *f, struct err *e);
int facts_look_host(const struct cli *cli, struct facts *f, struct err *e);
int facts_look_start(const struct cli *cli, struct facts *f, struct err *e); /* `run` */

#endif
