/* SPDX-License-Identifier: MIT */
/* Processes that criu has started, and leaves behind when it is killed. */
#ifndef CRIU_NS_ORPHANS_H
#define CRIU_NS_ORPHANS_H

#include <sys/types.h>

enum orphans {
	ORPHANS_ALL,
	/* only those that change the packet filter, because the others may be the user's */
	ORPHANS_FILTERS,
};

/*
 * End the members of the session of that leader, which itself has ended, but must not have been
 * waited for yet: until then nobody else can have its pid, and after that the members of the
 * session keep it taken (pid_has_task() in kernel/pid.c). Reads all of /proc.
 */
void orphans_end(int proc, pid_t leader, enum orphans which);

#endif
