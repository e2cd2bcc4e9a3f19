/* SPDX-License-Identifier: MIT */
/*
 * The last state of the pseudo-init: a loop that reaps, in a process that has given up everything
 * that the loop does not need, even its libraries, heap and other code.
 *
 * A forked criu-ns would keep some 250 KiB per thawed tree resident for a loop of three system
 * calls; this way a page or two of code and one of stack are left.
 */
#ifndef CRIU_NS_REAP_H
#define CRIU_NS_REAP_H

#include <sys/types.h>

struct reap {
	pid_t root;   /* report the end of this child ... */
	int report;   /* ... to this socket, with this packet; -1: to nobody */
	int root_fd;  /* -S: the root task's pidfd, when it is not our child; else -1 */
	void *packet; /* a struct that starts with the event; its wait status is at status_at */
	size_t packet_size, status_at;
};

/*
 * Reap until no child is left (and root_fd, if any, has ended), then exit with 0. Never returns.
 * Where memory cannot be given up (another architecture, a sanitizer) it only reaps.
 */
_Noreturn void reap(const struct reap *from);

#endif
