/* SPDX-License-Identifier: MIT */
/*
 * File systems that a process or another host serves: FUSE, NFS and similar ones. If a server does
 * not answer, whoever asks it waits in the kernel, where not even SIGKILL ends it
 * (request_wait_answer() in fs/fuse/dev.c). So a child that holds nothing of ours asks, and is left
 * behind if no answer comes.
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
	char **places; /* where those that are served are mounted, and automounters */
	size_t n_places;
};

/* Note the superblocks of a mount table, parsed or not. */
void served_learn(struct served *s, const struct mounts *t);
void served_free(struct served *s);

/*
 * Is it in one of the tables; is it that of the kernel's own for shared memory, which is in none?
 */
bool served_is_mounted(const struct served *s, dev_t dev);
bool served_is_memory(const struct served *s, dev_t dev);
/*
 * Does one have to answer, or an automounter, when somebody walks along path, which has no links?
 */
bool served_is_on_way(const struct served *s, const char *path);

/* Is it of a kind that is served, or not known at all, and has it not answered yet? */
bool served_is_of_a_server(const struct served *s, dev_t dev);
bool served_is_suspect(const struct served *s, dev_t dev);

/*
 * Is there none on this host at all, mounted or not? Then no file is of a server. False if that
 * cannot be found out. proc is the caller's procfs.
 */
bool served_rules_out(int proc);

/*
 * Has the text of /proc/filesystems (proc_filesystems(5)) one that is served: of FUSE, or another?
 */
bool served_has_kind(const char *filesystems, bool of_fuse);

/*
 * Would criu get an answer when it looks at a file? The file is the one that link, a magic link in
 * the procfs dirfd, leads to, or dirfd itself if link is empty. An error, for example a missing
 * permission, is an answer, too. Remembers superblocks that have answered.
 */
bool served_answers(struct served *s, dev_t dev, int dirfd, const char *link);

/*
 * The type of the file system of that descriptor, as statfs(2) has it; or a negative errno, which no
 * type looks like, -ETIMEDOUT if there is a server that does not answer. It is asked by a child
 * again and again: one that has answered once may fall silent.
 */
int served_type(const struct served *s, int fd);

/*
 * Open a file: an O_PATH descriptor, or a negative errno; -ETIMEDOUT if its server does not answer.
 * What the kernel has in its cache is opened without a child (RESOLVE_CACHED, openat2(2)).
 */
int served_open(int dirfd, const char *path, unsigned long long resolve);

#endif
