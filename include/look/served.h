/* SPDX-License-Identifier: MIT */
/*
 * File systems that a process or another host answers for: FUSE, NFS and their kind. One that stays
 * silent keeps whoever asks it in the kernel, beyond KILL (request_wait_answer() in fs/fuse/dev.c). So a
 * question is put by a child that holds nothing of ours, and that is left behind when no answer comes.
 */
#ifndef CRIU_NS_SERVED_H
#define CRIU_NS_SERVED_H

#include "look/mounts.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SERVED_LIMIT_MS = 1000 }; /* how long an answer may take */

/* Zero-initialise; served_free() at the end. */
struct served {
	struct superblock *v; /* those that are known, sorted */
	size_t n;
};

/* Take the superblocks of a mount table, parsed or not, as known. */
void served_learn(struct served *s, const struct mounts *t);
void served_free(struct served *s);

/* Is it of a kind that is served, or not known at all; and has not answered yet? */
bool served_is_of_a_server(const struct served *s, dev_t dev);
bool served_is_suspect(const struct served *s, dev_t dev);

/*
 * Would criu get an answer when it looks at a file: what link, a magic link in the procfs dirfd, leads
 * to, or dirfd itself where link is empty? An error, no right to look for one, is an answer. Remembers a superblock that gave one.
 */
bool served_answers(struct served *s, dev_t dev, int dirfd, const char *link);

/*
 * Take hold of a file: an O_PATH descriptor, or a negative errno; -ETIMEDOUT when nobody answers. What
 * the kernel has in its cache is found without a child (RESOLVE_CACHED, openat2(2)).
 */
int served_open(int dirfd, const char *path, unsigned long long resolve);

#endif
