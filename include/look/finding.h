/* SPDX-License-Identifier: MIT */
/*
 * What was found in a tree and needs an answer at the freeze: an option, a step, a note or a refusal. Each kind
 * has a probe that finds it (look/probe_*.c), and a row that answers it (plan/plan_findings.c).
 */
#ifndef CRIU_NS_FINDING_H
#define CRIU_NS_FINDING_H

#include "look/attributes.h"
#include "look/groups.h"
#include "look/identity.h"
#include "look/recipe.h"
#include "look/socket_options.h"
#include "look/sockets.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* In the order in which they are answered. */
enum finding_kind {
	FINDING_SILENT_FILE,  /* in a file system whose server does not answer (served.h) */
	FINDING_SERVED_FILE,  /* in one whose server answers */
	FINDING_FUSE_SERVER,  /* serves a file system itself: /dev/fuse */
	FINDING_PROC_FILE,    /* in the /proc/PID of a process outside of the tree */
	FINDING_OWNER,        /* a descriptor whose signals go to a process outside (F_SETOWN) */
	FINDING_FROZEN,       /* tasks in a frozen cgroup */
	FINDING_TASK,         /* a task in a state that criu cannot save */
	FINDING_NESTED_NS,    /* a namespace that only a part of the tree is in */
	FINDING_OUTSIDE_FILE, /* from another mount namespace */
	FINDING_TERMINAL,     /* its other side is not in the tree; or /dev/tty */
	FINDING_LONE_PIPE,    /* the other end is not in the tree, and somebody has it */
	FINDING_FULL_FIFO,    /* with something in it that the tree has not read */
	FINDING_SOCKET_LACK,  /* a socket that criu cannot freeze or thaw */
	FINDING_CONNECTION,   /* a TCP connection */
	FINDING_BACKLOG,      /* a listening socket with connections that nobody has accepted yet */
	FINDING_DATAGRAM,     /* a UNIX datagram socket that is connected to one outside */
	FINDING_SEMAPHORE,    /* an eventfd that each read(2) takes 1 from (EFD_SEMAPHORE) */
	FINDING_GROUP,        /* a multicast group that a socket has joined */
	FINDING_OPTION,       /* an option of a socket that criu forgets */
	FINDING_UNSUPPORTED,  /* a kind of file that criu does not save, or not like this */
	FINDING_PATH_OF_PROGRAM, /* a program, opened with O_PATH: criu would open it so for its tasks, too */
	FINDING_SYSV,            /* System V shared memory of the caller's IPC namespace */
	FINDING_LOCK,            /* a lock or a lease on a file */
	FINDING_GHOST,           /* a large file without a name */
	FINDING_UNLINKED, /* a file that has lost this name, and has others */
	FINDING_WATCH, /* a watch of inotify or fanotify, on a file that has no handle by which criu can open it */
	FINDING_GONE_WATCH, /* the same of a file that has been deleted */
	FINDING_OTHER_NODE, /* a device, in the place of which there is another node of the same device now */
	FINDING_UPROBES,        /* the mapping that the kernel makes where uprobes are */
	FINDING_OUTSIDE_STREAM, /* a unix socket connected to one outside of the tree */
	FINDING_HIGH_FD,        /* no room for criu's descriptors above it */
	FINDING_LOST_CLASS,     /* a scheduling class that criu freezes, but does not thaw */
	FINDING_ATTRIBUTES,     /* of a task, which criu forgets, and which can be given back */
	FINDING_ALIKE,          /* the same of all tasks */
	FINDING_FORGOTTEN,      /* what will be gone */
	FINDING_KINDS
};

/* How a process holds what was found. */
enum held_as { HELD_FD, HELD_PROGRAM, HELD_CWD, HELD_MAP, HELD_BY_TASK };

/* FINDING_OUTSIDE_FILE */
struct outside_file {
	char type; /* of find(1): f d p c b s */
	bool is_tty;
	bool is_covered;     /* it is in the target's view, but a later mount is over it */
	bool is_left_out;    /* so it is, but criu leaves out what is mounted there */
	unsigned long flags; /* open flags and position, from fdinfo */
	long long pos;
	bool is_here; /* the caller finds the same file under that path */
	struct identity was;
};

/* FINDING_NESTED_NS */
struct nested_ns {
	const char *kind; /* its name in /proc/PID/ns */
	pid_t tid; /* of the first task that is in it; the pid of the process unless that is a thread */
	char comm[64];
	bool is_crius; /* the one that criu will be in */
	/* of look/late_namespaces.h: only the next children of that task are born in it */
	bool is_of_children;
};

/*
 * FINDING_SOCKET_LACK: what criu lacks, each with the place in its sources where it says so.
 */
enum socket_lack {
	LACK_NONE,
	LACK_FAMILY, /* another family than UNIX, IPv4, IPv6, netlink and packet: dump_socket(), sockets.c */
	LACK_PROTOCOL,  /* can_dump_ipproto(), sk-inet.c */
	LACK_PING,      /* the same before criu 4.2: ICMP without SOCK_RAW */
	LACK_OTHER_NET, /* in a network namespace that no task of the tree is in */
	LACK_FILTER,    /* an eBPF program: dump_socket_filter(), sockets.c */
	LACK_CORKED,    /* UDP_CORK: do_dump_one_inet_fd(), sk-inet.c */
	LACK_STATE,     /* of TCP: can_dump_inet_sk(), sk-inet.c */
	LACK_ULP,       /* TCP under another protocol (kernel TLS), which criu does not see */
	LACK_SCOPE, /* a connection of link-local addresses: restore_tcp_conn_state(), sk-tcp.c */
	LACK_MULTICAST, /* bound to a multicast address of a link: needs_scope_id(), sk-inet.c */
	LACK_GROUPS,    /* netlink, more than 32 groups: dump_one_netlink_fd(), sk-netlink.c */
	LACK_UNBOUND,   /* netlink, groups but no address: the same */
	LACK_UNREAD,    /* netlink, something to read: can_dump_netlink_sk(), sk-netlink.c */
	LACK_SENDERS, /* UNIX, unread with the senders' credentials: dump_sk_queue(), sk-queue.c */
	LACK_NAMELESS, /* UNIX, datagrams to one outside without name: __dump_external_socket(), sk-unix.c */
	LACK_RELATIVE, /* UNIX, the same with a relative path: criu/sk-unix.c connects from another directory */
	LACK_PEER_NET, /* UNIX, connected to another network namespace: dump_one_unix_fd(), sk-unix.c */
	LACK_WAITS, /* UNIX, waits to be accepted by one outside: fixup_unix_peer(), sk-unix.c */
	LACK_WAITS_SENT, /* UNIX, waits to be accepted, and has sent something: dump_one_unix_fd(), sk-unix.c */
	LACK_RENAMED, /* UNIX, bound to a path, and has another name now: criu binds to the first, unix_process_name() */
	LACK_WAITS_GONE, /* UNIX, listening: one that waited to be accepted has been closed: the same */
};

/* FINDING_SOCKET_LACK, FINDING_CONNECTION, FINDING_BACKLOG, FINDING_DATAGRAM */
struct found_socket {
	struct socket is; /* without name and clients */
	enum socket_lack lack;
	char *name; /* UNIX: its own, or the one that it is connected to; "@" begins an abstract one; NULL */
	char *name_now; /* LACK_RENAMED: which leads to it; NULL: not found */
	mode_t mode;    /* of that file */
	uid_t uid;
	gid_t gid;
	bool is_inside; /* FINDING_CONNECTION: its other end is in the tree, too */
};

/* FINDING_UNSUPPORTED */
enum unsupported {
	UNSUPPORTED_OTHER, /* an anonymous inode that criu does not know, by its name */
	UNSUPPORTED_IO_URING,
	UNSUPPORTED_USERFAULTFD,
	UNSUPPORTED_SECRET, /* memfd_secret(2) */
	UNSUPPORTED_HUGE,   /* huge pages of a size of which none is free */
	UNSUPPORTED_DEVICE,
	UNSUPPORTED_SERIAL,    /* a terminal of a kind that criu does not know */
	UNSUPPORTED_FUSE,      /* a server's */
	UNSUPPORTED_TUN,       /* in the caller's network namespace */
	UNSUPPORTED_NAMESPACE, /* one that no process of the tree is in */
	UNSUPPORTED_PIDFD,     /* of a process outside of the tree, which is finding.other, or 0 */
	UNSUPPORTED_THREAD_PIDFD,
	UNSUPPORTED_OLD_PIDFD, /* any, before criu 4.1 */
	UNSUPPORTED_EPOLL, /* waits for a descriptor that the process has closed, which is finding.other */
	UNSUPPORTED_ALARM,     /* a timerfd of a clock that wakes the machine up */
	UNSUPPORTED_FANOTIFY,  /* marks of whole file systems */
	UNSUPPORTED_QUEUE,     /* mq_overview(7) */
	UNSUPPORTED_PACKETS,   /* a pipe in packet mode, pipe2(2) */
	UNSUPPORTED_PATH,      /* O_PATH, of what criu would ask more than its path */
	UNSUPPORTED_UNMOUNTED, /* in another file system of the kernel's own */
};

struct unsupported_file {
	enum unsupported what;
	char comm[64];
	size_t more;       /* how many more of these the process has */
	unsigned long kib; /* UNSUPPORTED_HUGE */
	dev_t rdev;        /* UNSUPPORTED_SERIAL */
};

/* FINDING_WATCH; finding.ino is the file that is watched */
struct found_watch {
	char *place; /* where that file is; NULL: that could not be found out */
	bool is_in_overlay;
	char fstype[32]; /* of what else it is in */
};

/* FINDING_SYSV; its id is finding.ino */
struct segment {
	unsigned long long size;
	size_t inside, attached; /* how often tasks of the tree have it mapped, and all */
	bool stays; /* when nobody has it mapped any more; else it has been removed already */
};

/* FINDING_LOCK */
struct file_lock {
	bool is_lease;
	bool is_of_file; /* not of the process, but of the open file */
	bool is_shared; /* with the process outside that is finding.other, which has the same descriptor */
	bool is_ancestors; /* that one is an ancestor of the target */
	char comm[64];
};

/* FINDING_TERMINAL */
struct found_terminal {
	dev_t rdev;
	bool leads;  /* it controls a session whose leader is in the tree */
	bool is_job; /* it controls the session of a process of the tree, whose leader is outside */
	pid_t again_pid; /* of such a one: who has opened it once more; 0: nobody */
	int again_fd;
	bool is_dev_tty; /* /dev/tty; these are about the terminal that it leads to: */
	bool is_inside;  /* its other side is in the tree */
	bool is_first;   /* criu can freeze that */
	bool is_shared;  /* so do all /dev/tty of the tree: criu tells them by their device alone */
	bool is_after;   /* the process has it by name, too, as a descriptor with a lower number */
};

/* FINDING_OUTSIDE_STREAM; the process at the other end is finding.other, 0: it was not asked for, or is not seen */
struct outside_stream {
	struct recipe_unix again; /* how a thaw could connect again; `to` is NULL if it could not */
	char *peer_name; /* the other end's address, "@NAME" an abstract one; NULL: it has none */
	bool is_server;  /* the other end is a client of the tree's */
	bool is_syslog;  /* to connect again is all that it takes; as with again.journal */
	char comm[64];   /* of that process */
	bool is_new; /* that process is in the tree: it has made the connection since it was looked at */
	bool is_unseen; /* no process has been seen that has the other end, which may be as new */
};

/* FINDING_TASK. In the order of a task's life in a freeze: can it be stopped, and then saved? */
enum task_trouble {
	TASK_UNTRACEABLE,   /* the caller may not trace it */
	TASK_LIMITS,        /* the caller may not read its resource limits */
	TASK_TRACED,        /* somebody else does: other */
	TASK_WAITS,         /* without a break, where no signal reaches it */
	TASK_STOPPED,       /* by a signal that criu does not know: number */
	TASK_LEADERLESS,    /* its first thread has ended, others have not */
	TASK_SECCOMP,       /* its filters cannot be suspended */
	TASK_TRAP,          /* SIGTRAP is pending */
	TASK_SHARES_MEMORY, /* with another process: other */
	TASK_SHARES_FS,     /* its root, working directory and umask (CLONE_FS): other */
	TASK_OWN_FILES,     /* a thread with a descriptor table of its own */
	TASK_SESSION,       /* belongs to a session outside of its pid namespace */
	TASK_ALIEN, /* in a session that criu could not have it born in (look/births.h); other: its parent */
	TASK_CHILDREN_TIME, /* its children are born in another time namespace */
	TASK_CHILDREN_PID,  /* its children are born in another pid namespace */
	TASK_SHADOW_STACK,  /* the processor keeps a second stack of return addresses for it */
	TASK_FOREGROUND,    /* of its terminal: nobody is left in that process group, number */
	TASK_NO_VDSO,       /* it has unmapped its vDSO, but not what belongs to that */
	TASK_TROUBLES
};

struct troubled_task {
	enum task_trouble trouble;
	pid_t tid; /* the pid of the process unless it is another thread */
	char comm[64], other_comm[64];
	int number;
	char where[64]; /* TASK_WAITS: the function of the kernel; empty: not known */
	bool is_dead;   /* a zombie */
};

/* Attributes that come back as the defaults. */
enum forgotten {
	FORGOTTEN_PERSONALITY, /* personality(2) */
	FORGOTTEN_MEMORY,      /* set_mempolicy(2) */
	FORGOTTEN_MCE,         /* PR_MCE_KILL(2const) */
	FORGOTTEN_MERGE,       /* PR_SET_MEMORY_MERGE(2const) */
	FORGOTTEN_FLUSHER,     /* PR_SET_IO_FLUSHER(2const) */
	FORGOTTEN_SPECULATION, /* PR_SET_SPECULATION_CTRL(2const) */
	FORGOTTEN_FS, /* a thread's own working directory, root and umask: CLONE_FS, unshare(2) */
	FORGOTTEN_EXIT_SIGNAL, /* what the parent of a child of the root task gets when it ends, clone(2) */
	FORGOTTEN_TAGS,  /* ARCH_ENABLE_TAGGED_ADDR of arch_prctl(2) */
	FORGOTTEN_LOCKS, /* mlock(2), in a child of the root task */
	/* of single mappings (look/mappings.h): */
	FORGOTTEN_KEYS,     /* pkey_mprotect(2) */
	FORGOTTEN_SEALS,    /* mseal(2) */
	FORGOTTEN_FAULTS,   /* MLOCK_ONFAULT, mlock2(2), in the root task */
	FORGOTTEN_POLICIES, /* mbind(2) */
	FORGOTTEN_KINDS
};

/* FINDING_LOST_CLASS to FINDING_FORGOTTEN */
struct found_attributes {
	pid_t tid;                   /* FINDING_LOST_CLASS, FINDING_ATTRIBUTES */
	struct task_attributes own;  /* FINDING_ATTRIBUTES */
	struct tree_attributes tree; /* FINDING_ALIKE */
	enum forgotten what;         /* FINDING_FORGOTTEN */
	size_t n;                    /* so many tasks have it */
};

/* FINDING_OPTION */
struct found_option {
	struct socket_option option;
	pid_t pid; /* of that process, as criu's images number it */
};

/* FINDING_GROUP */
struct found_group {
	struct group group;
	pid_t pid;        /* of that process, as criu's images number it */
	bool is_filtered; /* only what some sources send */
};

struct finding {
	enum finding_kind kind;
	pid_t pid; /* the first process that has it */
	enum held_as as;
	int fd;     /* HELD_FD */
	char *path; /* what its link reads; NULL: it has none */
	int mnt_id; /* mount, superblock and inode, if they were looked up */
	dev_t dev;
	ino_t ino;
	pid_t other; /* the process that it refers to */
	union {
		struct outside_file file;
		struct nested_ns ns;
		struct found_terminal terminal;
		struct found_socket socket;
		struct found_attributes attributes;
		struct unsupported_file unsupported;
		struct found_group joined;
		struct found_option set;
		struct segment segment;
		struct file_lock lock;
		unsigned long long
			size; /* FINDING_GHOST, FINDING_UNLINKED: bytes on the disk; FINDING_FULL_FIFO: in it */
		struct found_watch watch;
		unsigned long limit; /* FINDING_HIGH_FD: of the numbers of criu's descriptors */
		bool needs_path;     /* FINDING_GONE_WATCH: criu does not freeze it */
		struct outside_stream stream;
		bool is_read; /* FINDING_LONE_PIPE: the tree has the end from which one reads */
		struct troubled_task task;
		bool frozen_twice; /* FINDING_FROZEN: by itself, and by one above */
	};
};

static inline bool finding_is_socket(const struct finding *x)
{
	return x->kind >= FINDING_SOCKET_LACK && x->kind <= FINDING_DATAGRAM;
}

struct findings {
	struct finding *v; /* in the order in which they were found */
	size_t n;
};

#define findings_for_each(x, s) /* NOLINTNEXTLINE(bugprone-macro-parentheses): x is a name */      \
	for (const struct finding *x = (s)->v; (s)->n && x < (s)->v + (s)->n; x++)

/* Add a finding. Takes ownership of its strings. */
struct finding *findings_add(struct findings *s, const struct finding *x);

/* The first of a kind; NULL: there is none. */
const struct finding *findings_first(const struct findings *s, enum finding_kind kind);

/* Is a process, not only a thread, in a mount namespace of its own? */
bool findings_have_nested_mounts(const struct findings *s);

void findings_free(struct findings *s);

#endif
