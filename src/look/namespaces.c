// SPDX-License-Identifier: MIT
#include "look/namespaces.h"

#include "look/procfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const namespaces_kinds[NAMESPACES_KINDS] = { "pid", "mnt",    "net",  "uts",
							 "ipc", "cgroup", "time", "user" };

ino_t namespaces_get(const struct namespaces *n, const char *kind)
{
	for (size_t i = 0; i < NAMESPACES_KINDS; i++)
		if (!strcmp(kind, namespaces_kinds[i]))
			return n->v[i];
	return 0;
}

/*
 * In the namespaces of the other kinds a thread always is where its process is (copy_process() in
 * the kernel's kernel/fork.c, timens_install(), userns_install()), and there may be many threads.
 * Who has its root in common with another task is in the same mount namespace (ksys_unshare(),
 * mntns_install()).
 */
static bool can_differ(const char *kind, bool shares_fs)
{
	static const char *const of_threads[] = { "net", "uts", "ipc", "cgroup" };

	for (size_t i = 0; i < ARRAY_SIZE(of_threads); i++)
		if (!strcmp(kind, of_threads[i]))
			return true;
	return !strcmp(kind, "mnt") && !shares_fs;
}

struct namespaces namespaces_of(int dir, const char *who, bool is_thread, bool shares_fs)
{
	struct namespaces ret = { 0 };

	for (size_t i = 0; i < NAMESPACES_KINDS; i++)
		if ((is_thread && !can_differ(namespaces_kinds[i], shares_fs)) ||
		    procfs_namespace(dir, who, namespaces_kinds[i], &ret.v[i]) < 0)
			ret.v[i] = 0;
	return ret;
}

/*
 * One that nobody has been born in yet cannot be read (pidns_for_children_get() in the kernel); nor
 * can any that a task is in which has just ended, but for that one's own pid namespace.
 */
bool namespaces_of_children_differ(int dir, const char *who, const char *kind, ino_t own)
{
	char name[32];
	ino_t theirs;

	snprintf(name, sizeof(name), "%s_for_children", kind);

	int r = procfs_namespace(dir, who, name, &theirs);

	if (r == 0)
		return theirs != own;
	return r == -ENOENT && procfs_namespace(dir, who, "uts", &theirs) == 0;
}
