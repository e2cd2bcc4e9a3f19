// SPDX-License-Identifier: MIT
/*
 * Processes outside of the tree that something in the tree refers to by pid. In the pid namespace
 * of the thawed tree no process has that pid, and criu cannot restore such a reference.
 */
#include "look/probe.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

/* In whichever pid namespace the number is. */
static bool has_number(const struct look *l, pid_t number)
{
	struct err ignored;
	struct task t;

	if (procfs_task(l->facts->proc, number, &t, &ignored) == 0 &&
	    look_has_process(l, t.tgid)) /* a thread */
		return true;
	for (size_t i = 0; i < l->n_pids; i++) {
		if (procfs_task(l->facts->proc, l->pids[i], &t, &ignored) < 0)
			continue;
		for (int level = 0; level < t.depth; level++)
			if (t.nspid[level] == number)
				return true;
	}
	return false;
}

/* The number after "/proc/"; 0 if the link says that it has ended. */
static pid_t number_of(const char *path)
{
	static const char gone[] = " (deleted)";
	const char *rest = text_after(path, "/proc/");
	size_t length = strlen(path);
	char *end;
	long number;

	if (!rest || *rest < '1' || *rest > '9')
		return 0;
	if (length > sizeof(gone) && !strcmp(path + length - sizeof(gone) + 1, gone))
		return 0;
	number = strtol(rest, &end, 10);
	return *end == '/' || *end == '\0' ? (pid_t)number : 0;
}

/* In a mount namespace of its own, a tree may have a file system of any kind below its /proc. */
static bool is_on_procfs(const struct look *l, const struct held *h)
{
	_cleanup_close_ int fd = openat(h->dir, h->link, O_PATH | O_CLOEXEC);

	return fd >= 0 && served_type(&l->served, fd) == PROC_SUPER_MAGIC;
}

static bool lives_in(int proc, ino_t ns_pid, pid_t number)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = procfs_list(proc, ".", &pids);

	for (size_t i = 0; i < n; i++) {
		struct task t = { 0 };
		struct err ignored;

		if (procfs_task(proc, pids[i], &t, &ignored) == 0 && task_inner_pid(&t) == number &&
		    procfs_namespaces(proc, &t, &ignored) == 0 && t.ns_pid == ns_pid)
			return true;
	}
	return false;
}

/*
 * Does the process live? If it has ended, criu makes another one with its pid at the thaw
 * (check_path_remap() in criu/files-reg.c). Only the link to its directory says "(deleted)" then,
 * not those to files in there. A procfs that is not the caller's is taken for one of the target's
 * pid namespace.
 */
static bool lives(const struct look *l, struct held *h, pid_t number)
{
	const struct statx *st = held_status(h);
	struct err ignored;
	struct stat own;
	struct task t;

	if (!st || fstat(l->facts->proc, &own) < 0)
		return true;
	if (l->facts->target.ns_pid == l->facts->ns_pid || statx_dev(st) == own.st_dev)
		return procfs_task(l->facts->proc, number, &t, &ignored) == 0;
	return lives_in(l->facts->proc, l->facts->target.ns_pid, number);
}

/* A thawed tree has a pid 1, too. */
static void look_proc_file(struct look *l, struct held *h, void *state)
{
	pid_t number = number_of(h->path);
	const struct statx *st;

	(void)state;
	if (number <= 1 || !is_on_procfs(l, h) || has_number(l, number) || !lives(l, h, number))
		return;
	st = held_status(h);
	if (st && !seen_before(&l->seen, FINDING_PROC_FILE, st->stx_mnt_id, st->stx_ino))
		look_found(l, FINDING_PROC_FILE, h)->other = number;
}

const struct probe probe_proc_files = { .held = look_proc_file };

static bool is_owner_in_tree(const struct look *l, const struct f_owner_ex *owner)
{
	struct err ignored;
	struct task t;

	if (owner->type != F_OWNER_PGRP)
		return procfs_task(l->facts->proc, owner->pid, &t, &ignored) < 0 ||
		       look_has_process(l, t.tgid);
	for (size_t i = 0; i < l->n_pids; i++)
		if (getpgid(l->pids[i]) == owner->pid)
			return true;
	return false;
}

/* criu asks in the target's pid namespace, and does not save an owner that has no pid there. */
static bool has_number_inside(const struct facts *f, pid_t pid)
{
	struct err ignored;
	struct task t;

	return procfs_task(f->proc, pid, &t, &ignored) == 0 &&
	       procfs_namespaces(f->proc, &t, &ignored) == 0 && t.ns_pid == f->target.ns_pid &&
	       task_inner_pid(&t) != 1;
}

static bool get_owner(struct look *l, struct held *h, struct f_owner_ex *ret)
{
	int copy = held_copy(l, h);

	return copy >= 0 && fcntl(copy, F_GETOWN_EX, ret) == 0 && ret->pid > 0;
}

/*
 * Any descriptor can have an owner, and criu asks each for it (fill_fd_params() in criu/files.c).
 */
static void look_owner(struct look *l, struct held *h, void *state)
{
	struct f_owner_ex owner = { 0 };
	const struct statx *st;

	(void)state;
	if (!held_may_copy(l, h) || !get_owner(l, h, &owner) || is_owner_in_tree(l, &owner) ||
	    !has_number_inside(l->facts, owner.pid))
		return;
	st = held_status(h);
	if (st && !seen_before(&l->seen, FINDING_OWNER, st->stx_mnt_id << 32 | (unsigned)owner.pid,
			       st->stx_ino))
		look_found(l, FINDING_OWNER, h)->other = owner.pid;
}

const struct probe probe_owners = { .held = look_owner };
