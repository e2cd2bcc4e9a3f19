/* SPDX-License-Identifier: MIT */
/*
 * What the host lacks for a thaw of the images, or has in its way: what criu would stop at. Each
 * kind has a row in plan/plan_thaw_findings.c that answers it. Only what is sure is a finding: criu
 * reports the rest.
 */
#ifndef CRIU_NS_THAW_FINDING_H
#define CRIU_NS_THAW_FINDING_H

#include "look/image_files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* In the order in which they are answered. */
enum thaw_finding_kind {
	THAW_FILE_GONE,   /* it cannot be opened */
	THAW_FILE_TYPE,   /* there is something else */
	THAW_FILE_MODE,   /* it has other permissions */
	THAW_FILE_SIZE,   /* it has another size */
	THAW_FILE_BUILD,  /* it is another build of the program or library */
	THAW_FILE_LOCKED, /* another process has a lock on it, for which criu would wait */
	THAW_LINK_GONE,   /* a name that the freeze made for it is gone */
	THAW_GHOST, /* criu cannot make a file again that had been deleted, because there is one */
	/*
	 * what is at the name of a unix socket: one that is somebody else's, another file; no
	 * directory
	 */
	THAW_NAME,
	THAW_ADDRESS,     /* a socket has an address that is not the host's */
	THAW_PORT,        /* another socket has its port */
	THAW_PORT_SHARED, /* another socket listens on it, and the kernel lets both */
	THAW_CONNECTION,  /* another socket is an end of the same connection */
	THAW_PTY,         /* a terminal that criu makes again cannot get its number */
	THAW_FROZEN,      /* a cgroup that the tree would get into is frozen */
	THAW_PROCESSOR,   /* the images are of another kind of processor */
	THAW_REGISTERS,   /* the processor does not have registers that are in use */
	/* the host does not have the security module, or the profile, that has confined the tree */
	THAW_LSM,
	THAW_FINDING_KINDS
};

struct thaw_finding {
	enum thaw_finding_kind kind;
	const struct image_file *file; /* the first of those with this path */
	const struct image_socket *socket;
	const struct image_unix *unix_socket; /* THAW_NAME */
	char *path;                           /* on the host; of a socket, its address and port */
	char *peer;  /* address and port of the other end of a connection; NULL: there is none */
	int errnum;  /* THAW_FILE_GONE: why */
	mode_t mode; /* what is there now */
	uint64_t size;
	/* THAW_FILE_SIZE: it has grown, and each descriptor of the tree could go on in it */
	bool goes_on;
	uint64_t registers; /* THAW_REGISTERS: which, as in XCR0 */
	/* THAW_PTY: another process has the number; else too many below it are free */
	bool is_taken;
	bool lacks_profile; /* THAW_LSM: the module is there, but not the profile */
	ino_t ino;          /* the other socket; 0: it is not seen */
	pid_t holder;       /* the process that has it; 0: none is seen */
	char comm[64];
};

struct thaw_findings {
	struct thaw_finding *v;
	size_t n;
};

/* Add a finding. Takes ownership of its strings. The result is valid until the next one. */
struct thaw_finding *thaw_findings_add(struct thaw_findings *s, const struct thaw_finding *x);
void thaw_findings_free(struct thaw_findings *s);

#endif
