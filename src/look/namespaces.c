// SPDX-License-Identifier: MIT
#include "look/namespaces.h"

#include "look/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

int namespaces_open(int dir, pid_t tid, struct used *used)
{
	char path[32];
	int ns;

	put_path(path, sizeof(path), tid, "ns");
	ns = openat(dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ns >= 0)
		used_close_later(used, ns);
	return ns;
}

static int read_one(int ns, const char *name, ino_t *ret)
{
	char link[64];
	ssize_t n = readlinkat(ns, name, link, sizeof(link) - 1);

	if (n < 0)
		return -errno;
	link[n] = '\0';
	return procfs_parse_namespace(link, ret);
}

struct namespaces namespaces_read(int ns, bool is_thread, bool shares_fs)
{
	struct namespaces ret = { 0 };

	for (size_t i = 0; i < NAMESPACES_KINDS; i++)
		if ((is_thread && !can_differ(namespaces_kinds[i], shares_fs)) ||
		    read_one(ns, namespaces_kinds[i], &ret.v[i]) < 0)
			ret.v[i] = 0;
	return ret;
}

/*
 * One that nobody has been born in yet cannot be read (pidns_for_children_get() in the kernel); nor
 * can any that a task is in which has just ended, but for that one's own pid namespace.
 */
bool namespaces_of_children_differ(int ns, const char *kind, ino_t own)
{
	char name[32];
	ino_t theirs = 0;

	stpcpy(stpcpy(name, kind), "_for_children");

	int r = read_one(ns, name, &theirs);

	if (r == 0)
		return theirs != own;
	return r == -ENOENT && read_one(ns, "uts", &theirs) == 0;
}
