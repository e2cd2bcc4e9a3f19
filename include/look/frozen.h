/* SPDX-License-Identifier: MIT */
/* Frozen cgroups, where the hierarchies usually are mounted (probe_freezer.c). */
#ifndef CRIU_NS_FROZEN_H
#define CRIU_NS_FROZEN_H

#include <stdbool.h>

/*
 * Is what is in this cgroup frozen, or about to be? Of the hierarchy of that controller ("freezer";
 * "": that of version 2; others freeze nothing). Gives the directory of the highest one above it, or
 * itself, that was frozen by itself, which the caller frees; *twice is set if there is another one.
 * NULL if it is not frozen. The cgroup itself need not be there.
 */
char *frozen_cgroup_at(const char *controller, const char *path, bool *twice);

#endif
