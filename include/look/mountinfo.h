/* SPDX-License-Identifier: MIT */
/*
 * One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). Pure.
 *
 * libmount could read it, too. It comes with three more libraries, which together take longer to
 * load than everything else that a freeze adds to criu's time; it is not there as an archive, so
 * that the whole program would have to be dynamic; it must not be loaded after a namespace has been
 * joined; and it passes over damaged lines. The unit tests and the fuzzer compare what is read here
 * with what libmount reads.
 */
#ifndef CRIU_NS_MOUNTINFO_H
#define CRIU_NS_MOUNTINFO_H

#include <stdbool.h>
#include <sys/types.h>

/* The fields that are used, in the order of the line. The texts point into that. */
struct mountinfo {
	int id, parent;
	dev_t dev;
	char *root, *at;
	char *options; /* of the mount */
	unsigned shared, master;
	char *fstype, *source;
	char *fs_options; /* of the superblock */
};

/* Undo the kernel's escapes (\040) in a text, in place. */
void mountinfo_unescape(char *text);

/*
 * Take a line apart, which is changed: the fields end with NUL in it, and the kernel's escapes
 * are undone. False if it is damaged.
 */
bool mountinfo_parse(char *line, struct mountinfo *ret);

#endif
