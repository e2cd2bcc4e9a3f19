// SPDX-License-Identifier: MIT
#include "look/outside.h"

#include "util/util.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool has(const struct tree_pids *tree, pid_t pid)
{
	for (size_t i = 0; i < tree->n; i++)
		if (tree->v[i] == pid)
			return true;
	return false;
}

/* Whichever pid namespace the number is of. */
static bool has_number(const struct facts *f, const struct tree_pids *tree, pid_t number)
{
	struct err ignored;
	struct task t;

	if (procfs_task(f->proc, number, &t, &ignored) == 0 && has(tree, t.tgid)) /* a thread */
		return true;
	for (size_t i = 0; i < tree->n; i++) {
		if (procfs_task(f->proc, tree->v[i], &t, &ignored) < 0)
			continue;
		for (int level = 0; level < t.depth; level++)
			if (t.nspid[level] == number)
				return true;
	}
	return false;
}

/* The number after "/proc/", of a process that lives; what was one's that has ended criu knows. */
static pid_t number_of(const char *path)
{
	static const char gone[] = " (deleted)";
	size_t length = strlen(path);
	char *end;
	long number;

	if (strncmp(path, "/proc/", 6) != 0 || path[6] < '1' || path[6] > '9')
		return 0;
	if (length > sizeof(gone) && !strcmp(path + length - sizeof(gone) + 1, gone))
		return 0;
	number = strtol(path + 6, &end, 10);
	return *end == '/' || *end == '\0' ? (pid_t)number : 0;
}

static bool is_on_procfs(int proc, const char *link)
{
	_cleanup_close_ int fd = openat(proc, link, O_PATH | O_CLOEXEC);
	struct statfs fs;

	return fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* A thawed tree has a pid 1, too. */
pid_t outside_of_file(const struct facts *f, const struct tree_pids *tree, const char *link,
		      const char *path)
{
	pid_t number = number_of(path);

	if (number <= 1 || !is_on_procfs(f->proc, link) || has_number(f, tree, number))
		return 0;
	return number;
}

static bool is_owner_in_tree(const struct facts *f, const struct tree_pids *tree,
			     const struct f_owner_ex *owner)
{
	struct err ignored;
	struct task t;

	if (owner->type != F_OWNER_PGRP)
		return procfs_task(f->proc, owner->pid, &t, &ignored) < 0 || has(tree, t.tgid);
	for (size_t i = 0; i < tree->n; i++)
		if (getpgid(tree->v[i]) == owner->pid)
			return true;
	return false;
}

/* criu asks in the target's pid namespace, and keeps nothing of one that has no number there. */
static bool has_number_inside(const struct facts *f, pid_t pid)
{
	struct err ignored;
	struct task t;

	return procfs_task(f->proc, pid, &t, &ignored) == 0 &&
	       procfs_namespaces(f->proc, &t, &ignored) == 0 && t.ns_pid == f->target.ns_pid &&
	       task_inner_pid(&t) != 1;
}

pid_t outside_owner(const struct facts *f, const struct tree_pids *tree, int pidfd, int fd)
{
	struct f_owner_ex owner = { 0 };
	_cleanup_close_ int copy = pidfd_getfd(pidfd, fd, 0);

	if (copy < 0 || fcntl(copy, F_GETOWN_EX, &owner) < 0 || owner.pid <= 0 ||
	    is_owner_in_tree(f, tree, &owner) || !has_number_inside(f, owner.pid))
		return 0;
	return owner.pid;
}
