/* SPDX-License-Identifier: MIT */
/*
 * The files, pipes and internet sockets in criu's images: what the tree had open or mapped, and was
 * in. Read from files.img, remap-fpath.img and filelocks.img, as criu has written them since 3.3.
 */
#ifndef CRIU_NS_IMAGE_FILES_H
#define CRIU_NS_IMAGE_FILES_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What criu opens in the place of a file whose name was gone (images/remap-file-path.proto). */
enum image_remap {
	IMAGE_LINKED, /* another name of it, which was made at the freeze (--link-remap) */
	IMAGE_GHOST,  /* a copy from the images */
	IMAGE_PROCFS, /* the /proc of a process that had ended */
	IMAGE_AS_NAMED,
};

/* A file with a path: reg_file_entry. */
struct image_file {
	uint32_t id;
	char *path;    /* as the task saw it; "file[...]" if it is external */
	int mnt_id;    /* of the mount in the images; -1: the tree has no mounts of its own */
	bool external; /* --external file[...] */
	/* where a terminal was; criu opens or makes the terminal in another way */
	bool is_terminals;
	uint32_t terminal;   /* which (struct image_tty) */
	unsigned long flags; /* open flags */
	uint64_t pos;
	bool has_size, has_mode; /* what criu compares */
	uint64_t size;
	/* that of the host's file, if it has grown since the freeze (thaw_look.h); else 0 */
	uint64_t size_now;
	mode_t mode;        /* with its type */
	uint32_t *build_id; /* of a program or library, in whole words; NULL: none */
	size_t build_words;
	enum image_remap remap;
	uint32_t remap_id;             /* of that file or copy */
	const struct image_file *link; /* IMAGE_LINKED: that file; NULL: it is not in the images */
	bool is_link;                  /* it is that file of another one */
	bool makes_ghost; /* IMAGE_GHOST: the first with that copy, beside which criu makes it */
};

/* inet_sk_entry */
struct image_socket {
	uint32_t id;
	unsigned family, type, protocol, state; /* AF_, SOCK_, IPPROTO_, TCP_ (netinet/tcp.h) */
	unsigned from_port, to_port;
	uint32_t from[4], to[4]; /* in network order; of IPv4 the first word */
	unsigned long ns_id;     /* criu's number of its network namespace; 0: unknown */
	bool v6only, freebind, reuseport;
};

/* As tcp_connection() in criu/sk-inet.c. */
static inline bool image_socket_is_connection(const struct image_socket *s)
{
	return s->protocol == IPPROTO_TCP && s->to_port;
}

struct recipe_name;

/* unix_sk_entry: one with a name of its own, and not one outside of the tree */
struct image_unix {
	uint32_t id, ino;
	unsigned type, state; /* SOCK_, TCP_ */
	char *name;           /* ends with a NUL; an abstract one begins with a NUL, too */
	size_t name_size;     /* without the last NUL */
	char *dir;            /* where a relative one begins; or NULL */
	int mnt_id;           /* as of files */
	unsigned long ns_id;
	bool is_deleted; /* somebody had removed the name */
	/* the recipe has another name for it, which is `name` now */
	const struct recipe_name *renamed;
	bool is_taken; /* another socket has it now (thaw_look.h) */
};

/*
 * Does criu bind it? Not a connection: that has been accepted, or has lost its own name
 * (bind_unix_sk(), sk-unix.c).
 */
static inline bool image_unix_is_bound(const struct image_unix *u)
{
	return u->type == SOCK_DGRAM || u->state != TCP_ESTABLISHED;
}

/* pipe_entry: a descriptor of a pipe, or several that share it */
struct image_pipe_end {
	uint32_t id, pipe;
	unsigned long flags; /* open flags */
};

struct image_files {
	struct image_file *v;
	size_t n;
	struct image_socket *sockets;
	size_t n_sockets;
	struct image_unix *unixes;
	size_t n_unixes;
	struct image_pipe_end *pipes;
	size_t n_pipes;
	bool has_outside_unix; /* there is a unix socket whose datagrams go outside of the tree */
	bool has_locks;        /* filelocks.img has more than its magics */
};

/*
 * Can it go on in a file that has grown: does it only append or read, or has it written at the end?
 * Then nothing of what has been added is lost.
 */
bool image_file_goes_on(const struct image_file *file);

/*
 * Read them from the directory dirfd. What is missing or damaged is left out: that is criu's to
 * report. The caller frees *ret with image_files_free().
 */
void image_files_read(int dirfd, struct image_files *ret);
void image_files_free(struct image_files *f);

/* Parse the text of a files.img; -EINVAL on damage. What comes before the damage is added. */
int image_files_parse(const void *text, size_t size, struct image_files *ret);

/*
 * Note in the files, which must all be there, what a remap-fpath.img says of them. -EINVAL on
 * damage.
 */
int image_files_parse_remaps(const void *text, size_t size, struct image_files *ret);

#endif
