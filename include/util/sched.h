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
	uint32_t util_min,
		util_max; /* since Linux 5.3; 0 where the kernel has none of it, or no room */
};

/* For flags: only the clamps of utilization are set (SCHED_FLAG_KEEP_ALL, SCHED_FLAG_UTIL_CLAMP). */
enum { TASK_SCHED_ONLY_CLAMPS = 0x08 | 0x10 | 0x20 | 0x40 };

/* For both clamps: what the class has by itself (Linux 5.11). */
enum { TASK_SCHED_USUAL_CLAMP = -1 };

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
