/* SPDX-License-Identifier: MIT */
/* What criu has started, and leaves behind when it is killed. */
#ifndef CRIU_NS_ORPHANS_H
#define CRIU_NS_ORPHANS_H

#include <sys/types.h>

enum orphans {
	ORPHANS_ALL,
	ORPHANS_FILTERS, /* those that change the packet filter only: the rest may be the user's */
};

/*
 * End the members of the session of that leader, which itself has ended and has not been waited for
 * yet: until then nobody else can have its number, and a session's members keep the number of the
 * session taken (pid_has_task() in kernel/pid.c). Reads all of /proc.
 */
void orphans_end(int proc, pid_t leader, enum orphans which);

#endif
