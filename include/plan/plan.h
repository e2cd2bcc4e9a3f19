/* SPDX-License-Identifier: MIT */
/*
 * Only decisions: command line and facts in, what to do and why out. No system calls, no errno, no
 * environment, no globals (tests/unit/plan_*.c, tests/unit/purity.c).
 */
#ifndef CRIU_NS_PLAN_H
#define CRIU_NS_PLAN_H

#include "cli/cli.h"
#include "look/facts.h"
#include "util/err.h"

/* The mount namespace that criu runs in. */
enum plan_mounts {
	MOUNTS_CALLER,
	/*
	 * the target's: it holds nothing but what the caller's does, a procfs, and a thaw's devpts
	 */
	MOUNTS_TARGET,
	MOUNTS_FRAME, /* that of the init of the frame; the target has a view of its own */
};

/*
 * What is done with the other side of the first pty that the tree gets in the place of its
 * terminal.
 */
enum plan_tty {
	TTY_NONE,   /* no pty: criu and the tree have the caller's stdio, whatever it is */
	TTY_RELAY,  /* relayed to the caller's stdio, in the foreground */
	TTY_BEHIND, /* detached: a process stays, and serves the caller's terminal */
	/* detached, and there is no terminal: a process stays, and reads what nobody sees */
	TTY_UNSEEN,
	TTY_SOCKET, /* --console-socket */
};

/* A terminal that criu is given by --inherit-fd. */
struct given_tty {
	char *id;   /* tty[RDEV:DEV], as the images name it */
	size_t pty; /* which of the ptys */
};

/* A mount of a terminal, which somebody may open at any time. */
struct laid_pty {
	/* mnt[KEY]:PATH on criu's command line; its last word in <> is the name of the pty */
	char *slot;
	size_t pty;
};

/*
 * A pipe whose other end was outside of the tree, connected with a standard descriptor of the
 * caller's.
 */
struct plan_pipe {
	const struct image_pipe *was; /* of the facts */
	int fd;
	/* a pipe of our own, as long as criu-ns runs; else the tree is given the descriptor */
	bool is_relayed;
};

struct plan_step {
	char *what, *why;
};

/* What criu is shown otherwise than the images have it. */
struct plan_edit {
	uint32_t id;                       /* of the file or socket in the images */
	const struct recipe_name *renamed; /* a unix socket, which gets that name; or NULL */
	const char *path; /* a file, which criu finds by that path for this thaw; or NULL */
	/* a unix socket, whose name is left to another one; else a file of another size: */
	bool is_unnamed;
	bool moves; /* what is written goes on behind what has been added, at pos (--grown-files) */
	uint64_t pos;
};

/*
 * Placeholders in the final command line, compared as whole words, which only the run can fill in,
 * because descriptors get their numbers when they are opened.
 */
extern const char plan_slot_images[], plan_slot_work[], plan_slot_pidfile[], plan_slot_recheck[];

/*
 * The placeholder for the file with this index in the recipe, because `--inherit-fd` needs a
 * descriptor.
 */
char *plan_slot_file(size_t number);
char *plan_slot_tty(size_t number);  /* the same for a terminal */
char *plan_slot_pipe(size_t number); /* for a pipe */

/* The same for a socket. */
char *plan_slot_unix(size_t number);

/*
 * Below the staging area (struct facts): a directory or file N for host tree N, the procfs, the
 * root.
 */
extern const char plan_staging_proc[], plan_staging_root[], plan_staging_pts[];

/* The name of a pseudo-init (comm), by which it is recognised. */
extern const char plan_init_comm[];

/* How a mount of the host's is laid out, so that criu can make others from it. */
struct plan_tree {
	bool peers; /* shared, because criu makes slaves of it */
	/* it loses these flags, because a mount that is made from it lacks them, */
	unsigned long without;
	unsigned long atime; /* and gets these in their place */
};

struct plan {
	/* freeze */
	bool enter_pid; /* join the frame's pid namespace, and keep it alive until criu is done */
	bool stop_init; /* keep the frame's init from running meanwhile */
	enum plan_mounts mounts;
	bool whole_roots; /* freeze/whole_root.h */
	bool own_ipc; /* make an IPC namespace for it, because it saves none that it is in itself */
	/* leave it for a copy, because criu does not save one that it is in itself */
	bool copy_mounts;
	pid_t tree; /* the target's pid as criu will see it */

	/* thaw */
	enum plan_tty tty;
	size_t n_ptys;         /* how many the tree gets; nobody sees those after the first */
	bool job_pty;          /* the first one is the terminal of --shell-job: criu's stdio */
	bool has_keyboard;     /* what is typed on the caller's terminal is for the first one */
	bool own_devpts;       /* all terminals of the tree are of one (thaw/own_devpts.h) */
	struct laid_pty *laid; /* its mounts of terminals */
	size_t n_laid;
	struct given_tty *given;
	size_t n_given;
	struct plan_pipe pipes[3];
	size_t n_pipes;
	struct plan_pipe *kept; /* pipes that we make in criu's place */
	size_t n_kept;
	pid_t criu_pid; /* criu's pid in the new pid namespace */
	bool sibling;   /* -S: the root task becomes a child of our caller */
	bool wait_exec; /* --exec-cmd: the command takes criu's place, then the tree runs */
	bool detach;
	char *const *start; /* `run`: the program that is started in the place of a thaw, or NULL */
	size_t exec_at;     /* where the --exec-cmd command starts in args */

	/*
	 * Both: what is written beside the images, or what has to come back. Empty: criu's images
	 * say everything.
	 */
	struct recipe recipe;
	bool record;      /* freeze: a dump, which leaves images that can be thawed */
	bool leaves_tree; /* freeze: the tree stays (-R, -s, pre-dump) */
	bool locks_tcp;   /* freeze: criu locks each of its TCP connections (util/network_lock.h) */
	bool recheck;     /* freeze: criu asks before it ends the tree (freeze/recheck.h) */
	bool notify;      /* freeze: it could do so by a message, told by RPC (freeze/notify.h) */
	size_t word_at;   /* for that: where in args the command is, and what criu will log */
	unsigned verbosity;
	bool keep_root; /* freeze: at that moment, the content of a tmpfs root is kept */
	bool make_root; /* thaw: from the recipe; else --root was given */
	bool lay_proc;  /* thaw: some of its mounts are of the procfs that is there */
	bool tolerate;  /* thaw: mounts that do not come back as they were are a warning */
	bool unlock;    /* thaw: mounts that were locked are not locked again (relock.h) */
	/* thaw: the root task adopts what criu has had made by another process (thaw/adopt.h) */
	bool adopts;
	struct plan_tree *trees; /* thaw: how host tree N is laid out */
	struct plan_edit *edits; /* thaw: sorted by id */
	size_t n_edits;

	/* freeze: criu makes names for deleted files of the host (freeze/keep_links.h) */
	bool keeps_links;
	bool restart; /* freeze: some of the system calls that criu ends go on (freeze/restart.h) */
	bool own_session;  /* freeze: those in a session outside leave it (freeze/sessions.h) */
	bool check_mounts; /* freeze: in the recheck, the mounts must be those of the plan */

	struct strv args; /* criu's command line; words may be placeholders (slots) */

	struct strv notes; /* what the user should know, but need not act on */

	/*
	 * thaw, by RPC or with -S: the images hold their own pid namespace, and the caller gives
	 * all of its mounts: criu needs no frame, and takes the place of criu-ns, which a client
	 * takes for the parent of the tree; and with -S the caller gets no other child than the
	 * root task
	 */
	bool in_place;

	struct plan_step *steps; /* in the order in which they happen */
	size_t n_steps;

	/*
	 * all known reasons why it cannot be done; if there are any, there is nothing else but
	 * notes
	 */
	struct err *refusals;
	size_t n_refusals;
	/* how many of them are of something that the tree may have done with a moment later */
	size_t n_passing;
};

/*
 * Decide. Returns 0, or what the first of ret->refusals returned. Each refusal names the object in
 * the way, and nothing has been touched then. The caller frees *ret with plan_free() in either
 * case.
 */
int plan_freeze(const struct cli *cli, const struct facts *f, struct plan *ret);
int plan_thaw(const struct cli *cli, const struct facts *f, struct plan *ret);
int plan_start(const struct cli *cli, const struct facts *f, struct plan *ret);
void plan_free(struct plan *p);

/* A kind of namespaces, by its name in /proc/PID/ns, as text. */
const char *plan_namespace(const char *kind);

/*
 * A freeze that asks by a message (->notify): make of the command line in *args that of a criu
 * which takes its request from that descriptor. What was the action script is left out.
 */
void plan_say_swrk(const struct plan *p, const char *socket, struct strv *args);

/*
 * Is the directory of the host's that is to be mounted gone, and one of systemd's that the thaw
 * makes again? systemd has an empty one for each unit with mounts of its own and for each container
 * of systemd-nspawn, and deletes it when that has ended, as after a freeze.
 */
bool plan_makes_again(const struct recipe_mount *m);

#endif
