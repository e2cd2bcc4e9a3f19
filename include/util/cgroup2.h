/* SPDX-License-Identifier: MIT */
/*
 * The options of cgroups of version 2, which have one superblock, so that they are the whole
 * host's: with nsdelegate a container cannot leave its cgroup, with memory_recursiveprot the memory
 * that a service is to keep is kept for what is below it, too. If a task is in another cgroup or
 * cgroup namespace than criu, criu mounts them for itself, and names no options (criu/cgroup.c, to
 * 4.2.1; https://github.com/checkpoint-restore/criu/issues/3029). To the kernel, such a mount in
 * the first cgroup namespace says that there are to be none any more (apply_cgroup_root_flags() in
 * kernel/cgroup/cgroup.c).
 */
#ifndef CRIU_NS_CGROUP2_H
#define CRIU_NS_CGROUP2_H

#include <stdbool.h>
#include <stddef.h>

/*
 * In n bytes of a mount table, what follows the type of the first mount of version 2: its name and
 * its options, to the end of the line. NULL if there is no such mount.
 */
const char *cgroup2_after_type(const char *mountinfo, size_t n);

/*
 * Find in the text of a mount table where version 2 is mounted, and with which options. The caller
 * frees both. False if it is not, or has no options that could be lost.
 */
bool cgroup2_find(const char *mountinfo, char **ret_place, char **ret_options);

/*
 * Set the options again that it had according to this text, which may be NULL. Where that is not
 * possible, criu could not change them: nothing is reported.
 */
void cgroup2_put_back(const char *mountinfo);

#endif
