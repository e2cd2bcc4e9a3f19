/* SPDX-License-Identifier: MIT */
/*
 * The sets of cgroups in cgroup.img. criu saves neither the set that it is in itself, nor the cgroup
 * namespace of any task but the root task. So if the root task has a cgroup namespace of its own, and
 * criu is in the same cgroups, then the other tasks are in criu's set, which is not in the image, and
 * a restore fails with "No set 1 found" (dump_thread_cgroup(), dump_sets() and restore_task_cgroup()
 * in criu/cgroup.c, to 4.2.1). Pure.
 */
#ifndef CRIU_NS_IMAGE_CGROUPS_H
#define CRIU_NS_IMAGE_CGROUPS_H

#include <stddef.h>

/*
 * Give criu's set, which has that number, to a cgroup.img: as that of the root task, if this has a
 * cgroup namespace and is in the cgroups that `own`, the text of criu's /proc/PID/cgroup, tells. A
 * fresh text; NULL if there is nothing to add, or the image is damaged.
 */
char *image_add_crius_cgroups(const void *text, size_t size, unsigned long number, const char *own,
			      size_t *ret_size);

#endif
