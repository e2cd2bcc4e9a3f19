/* SPDX-License-Identifier: MIT */
/*
 * What the kernel says of the copies that are made of the target's descriptors (pidfd_getfd(2)),
 * one after the other. Each gets the number that the one before it had, and the files of our own
 * /proc that belong to that number stay open: whenever they are read, they tell of what has the
 * number then. So the reading needs no path, which makes it three to ten times as fast as in the
 * target's /proc.
 */
#ifndef CRIU_NS_COPIES_H
#define CRIU_NS_COPIES_H

#include <sys/types.h>

struct copies {
	int self;        /* /proc/self; -1: nobody has begun */
	int number;      /* of the last copy; -1: none yet */
	int link, info;  /* of that number: the link in fd, and the file in fdinfo */
	char text[4096]; /* of the last fdinfo that was read, if there is room for it */
};

#define COPIES_NONE ((struct copies){ .self = -1, .number = -1, .link = -1, .info = -1 })

/* proc is the caller's procfs. If it fails, nothing of a copy can be read. */
void copies_begin(struct copies *c, int proc);
void copies_end(struct copies *c);

/* As readlinkat(2) on the link in the fd directory; the length or a negative errno. */
ssize_t copies_name(struct copies *c, int copy, char *ret, size_t size);

/*
 * The text of its fdinfo, until the next one is read; NULL if that fails or it is longer than most
 * are. It is that of the target's descriptor, but for O_CLOEXEC, and without the locks of fcntl(2),
 * which belong to a process.
 */
const char *copies_info(struct copies *c, int copy);

#endif
