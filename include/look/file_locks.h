/* SPDX-License-Identifier: MIT */
/* The files on which there are locks or leases: /proc/locks. */
#ifndef CRIU_NS_FILE_LOCKS_H
#define CRIU_NS_FILE_LOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct locked_file {
	dev_t dev; /* the kernel's own number; stat(2) gives another one in overlay and btrfs */
	ino_t ino;
	pid_t pid; /* that made the lock; below 1: not known */
	bool is_lease, is_flock;
	bool writes; /* it keeps all others out */
	uint64_t first,
		last; /* bytes, but for flock(2) and leases; last is UINT64_MAX: and all behind */
};

/* Sorted by file. Zero-initialise. */
struct file_locks {
	struct locked_file *v;
	size_t n;
	bool may_lack_some; /* of those that were there all the time */
};

/*
 * Read them through this procfs; 0 or a negative errno. Only in the initial pid namespace does the
 * kernel list all: elsewhere, those whose maker has ended or is outside are missing (locks_show()
 * in fs/locks.c). And it lists a page at a time, by position: when a lock goes meanwhile, another
 * one slips through between two pages; ->may_lack_some tells of more than one page. Called again,
 * it adds to what is there. The caller frees *ret with file_locks_free().
 */
int file_locks_read(int proc, struct file_locks *ret);

/* The same for who has to know of each: reads more than a page several times. */
int file_locks_read_all(int proc, struct file_locks *ret);
void file_locks_free(struct file_locks *s);

/* Does the kernel list all locks to whoever is in this pid namespace (its inode)? */
bool file_locks_lists_all(ino_t ns_pid);

/*
 * Does another process have a lock on this open file that keeps the wanted one waiting? The file is
 * asked: a lock of flock(2) is taken for a moment if it is free, because the kernel has no other
 * way to tell.
 */
bool file_locks_would_wait(int fd, const struct locked_file *wanted);

/* Add those in such a text. Pure. */
void file_locks_parse(const char *text, struct file_locks *ret);

/* A lock on this file; NULL: there is none. */
const struct locked_file *file_locks_find(const struct file_locks *s, dev_t dev, ino_t ino);

/* One on this file that keeps whoever wants that lock on it waiting; NULL: there is none. */
const struct locked_file *file_locks_blocking(const struct file_locks *s, dev_t dev, ino_t ino,
					      const struct locked_file *wanted);

#endif
