/* SPDX-License-Identifier: MIT */
/* sched_getattr(2) and sched_setattr(2), for which glibc has functions only since 2.41. */
#ifndef CRIU_NS_SCHED_H
#define CRIU_NS_SCHED_H

#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

struct task_sched {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline,
		period; /* runtime: of other classes than SCHED_DEADLINE, the slice */
};

static inline int task_sched_get(pid_t tid, struct task_sched *ret)
{
	*ret = (struct task_sched){ 0 };
	return (int)syscall(SYS_sched_getattr, tid, ret, sizeof(*ret), 0);
}

static inline int task_sched_set(pid_t tid, struct task_sched *attributes)
{
	attributes->size = sizeof(*attributes);
	return (int)syscall(SYS_sched_setattr, tid, attributes, 0);
}

#endif
