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
	char *id;        /* tty[RDEV:DEV], as the images name it */
	bool is_session; /* the terminal of a session, made before criu does it, */
	size_t pty;      /* which of the sessions; else which of the ptys */
};

/*
 * A session whose terminal is to be that of the children of its leader, too (thaw/hand_down.h), or
 * is made before criu does it for a /dev/tty.
 */
struct plan_session {
	pid_t leader;
	bool hands; /* it has such children */
	/* the id of the terminal, if that comes from outside; NULL: the tree has its other side, */
	char *given;
	const struct image_file *master; /* that file, which is opened in criu's place, */
	char *path;                      /* by which criu looks for it, */
	unsigned index;                  /* and the number of the terminal */
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

/*
 * A file or socket that criu is shown otherwise than the images have it, in one of these ways. If
 * none is set, it is a file whose size criu is not to compare.
 */
struct plan_edit {
	uint32_t id;                       /* in the images */
	const struct recipe_name *renamed; /* a unix socket gets that name; or NULL */
	bool is_unnamed;  /* a unix socket gets none, because that is left to another one */
	const char *path; /* criu finds a file by that path, for this thaw; or NULL */
	bool moves;       /* besides, what is written to it goes on at pos (--grown-files) */
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
char *plan_slot_tty(size_t number);    /* the same for a terminal */
char *plan_slot_master(size_t number); /* for the terminal of a session */
char *plan_slot_pipe(size_t number);   /* for a pipe */

/* The same for a socket. */
char *plan_slot_unix(size_t number);

/*
 * Below the staging area (struct facts): a directory or file N for host tree N, the procfs, the
 * root, the ptys, and the tmpfs whose parts were mounted.
 */
extern const char plan_staging_proc[], plan_staging_root[], plan_staging_pts[],
	plan_staging_tmpfs[];

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
	struct strv args;        /* criu's command line; words may be placeholders (slots) */
	struct plan_step *steps; /* what is done, for a person, in the order in which it happens */
	size_t n_steps;
	struct strv notes; /* what the user should know, but need not act on */

	/*
	 * all known reasons why it cannot be done; if there are any, there is nothing else but
	 * notes
	 */
	struct err *refusals;
	size_t n_refusals;
	size_t n_passing; /* how many of them are about something that may soon be over */

	/* written beside the images, or what has to come back; empty: the images say everything */
	struct recipe recipe;
	char *recipe_text; /* of a freeze; NULL: it is empty, or plan_recipe_text() makes it later */

	/* Freeze: where criu runs */
	pid_t tree;     /* the target's pid as criu will see it */
	bool enter_pid; /* join the frame's pid namespace, and keep it alive until criu is done */
	bool stop_init; /* keep the frame's init from running meanwhile */
	enum plan_mounts mounts;
	bool copy_mounts; /* in a copy of that, because criu does not save the one that it is in */
	bool whole_roots; /* freeze/whole_root.h */
	bool own_ipc;     /* in an IPC namespace of its own, for the same reason as copy_mounts */

	/* Freeze: what has to be known, and done, around criu */
	bool record;        /* a dump, which leaves images that can be thawed */
	bool streams;       /* one whose images criu sends elsewhere (--stream) */
	bool leaves_tree;   /* the tree stays (-R, -s, pre-dump) */
	bool own_session;   /* those in a session outside leave it before (freeze/sessions.h) */
	bool recheck;       /* criu asks before it ends the tree (freeze/recheck.h) */
	bool check_mounts;  /* the mounts must be those of the plan then, */
	bool keeps;         /* and the content of some is kept (look/kept_archive.h) */
	bool keep_programs; /* the images are corrected then (freeze/keep_programs.h) */
	bool notify;        /* criu can ask by a message, if it is told by RPC (freeze/notify.h) */
	size_t word_at;     /* for that: where in args the command is, */
	unsigned verbosity; /* and what criu will log */
	bool locks_tcp;     /* criu locks each of its TCP connections (util/network_lock.h) */
	bool keeps_links; /* criu makes names for deleted files of the host (freeze/keep_links.h) */
	bool restart;     /* some of the system calls that criu ends go on (freeze/restart.h) */

	/* Thaw: who starts criu, and what becomes of it */
	pid_t criu_pid; /* criu's pid in the new pid namespace */
	bool detach;
	bool sibling;       /* -S: the root task becomes a child of our caller */
	bool takes_place;   /* and criu, for that, takes the place of criu-ns (thaw/sibling.h) */
	bool wait_exec;     /* --exec-cmd: the command takes criu's place, then the tree runs */
	size_t exec_at;     /* where that command starts in args */
	char *const *start; /* `run`: the program that is started in the place of a thaw, or NULL */
	bool adopts; /* the root task adopts what another process has made for it (thaw/adopt.h) */

	/*
	 * by RPC or with -S: the images hold their own pid namespace, and the caller gives all of
	 * its mounts. Then criu needs no frame, and takes the place of criu-ns, which a client
	 * takes for the parent of the tree; and with -S the caller gets no other child than the
	 * root task.
	 */
	bool in_place;

	/* Thaw: mounts */
	struct plan_tree *trees; /* how host tree N is laid out */
	bool make_root;          /* from the recipe; else --root was given */
	bool make_tmpfs;         /* another one than the root, of which directories were mounted */
	bool lay_proc;           /* some of its mounts are of the procfs that is there */
	bool tolerate;           /* mounts that do not come back as they were are a warning */
	bool unlock;             /* mounts that were locked are not locked again (thaw/relock.h) */

	/* Thaw: terminals and pipes */
	enum plan_tty tty;
	size_t n_ptys;         /* how many the tree gets; nobody sees those after the first */
	bool job_pty;          /* the first one is the terminal of --shell-job: criu's stdio */
	bool has_keyboard;     /* what is typed on the caller's terminal is for the first one */
	bool own_devpts;       /* all terminals of the tree are of one (thaw/own_devpts.h) */
	struct laid_pty *laid; /* its mounts of terminals */
	size_t n_laid;
	struct given_tty *given;
	size_t n_given;
	struct plan_session *sessions;
	size_t n_sessions;
	struct plan_pipe pipes[3];
	size_t n_pipes;
	struct plan_pipe *kept; /* pipes that we make in criu's place */
	size_t n_kept;

	/* Thaw: files and sockets that criu is shown otherwise, sorted by id */
	struct plan_edit *edits;
	size_t n_edits;
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

/* The recipe of a freeze as text, in fresh memory, also if this fails: if a thaw cannot read it. */
int plan_recipe_text(const struct plan *p, char **ret, struct err *e);

/*
 * For a criu that is started ahead (freeze/ahead.h). Before the tree is looked at: does nothing but
 * the tree decide what criu has to be told? Then *ret has the place where criu runs, if the tree
 * does not need another. Afterwards: is it the place of the plan? The caller frees *ret.
 */
bool plan_freeze_ahead(const struct cli *cli, const struct facts *f, struct plan *ret);
bool plan_is_as_ahead(const struct plan *ahead, const struct plan *p);

/*
 * The same for a thaw whose namespaces are made and whose criu is started ahead (thaw/ahead.h),
 * before the host is looked at: *ret has all of the plan that the pseudo-init has to know. Nothing
 * that is found on the host changes this, as long as the two fit.
 */
bool plan_thaw_ahead(const struct cli *cli, const struct facts *f, struct plan *ret);
bool plan_thaw_is_as_ahead(const struct plan *ahead, const struct plan *p);

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
