/* SPDX-License-Identifier: MIT */
/* Adding a finding about a task itself (FINDING_TASK), for the probes that find such. */
#ifndef CRIU_NS_TROUBLED_H
#define CRIU_NS_TROUBLED_H

#include "look/probe.h"

/* Thread tid of process pid, or the process if tid is pid; its name is read. */
struct finding *look_troubled(struct look *l, pid_t pid, pid_t tid, enum task_trouble trouble);

/* Another process takes part in it; 0: nobody that can be seen. */
void look_troubled_by(const struct look *l, struct finding *x, pid_t other);

/* Is it in a frozen cgroup (probe_freezer.c)? */
bool look_is_frozen(const struct look *l, pid_t pid);

#endif
