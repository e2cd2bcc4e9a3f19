// SPDX-License-Identifier: MIT
#include "freeze/orphans.h"

#include "look/procfs.h"
#include "util/util.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

/*
 * The programs that criu runs to lock a connection (criu/netfilter.c), and those that they are
 * links to.
 */
static bool is_filter(int proc, pid_t pid)
{
	static const char *const names[] = { "iptables", "ip6tables", "xtables-", "nft" };
	_cleanup_free_ char *comm = NULL;
	char path[32];

	snprintf(path, sizeof(path), "%d/comm", pid);
	if (read_file_at(proc, path, 64, &comm) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (text_begins(comm, names[i]))
			return true;
	return false;
}

static bool is_orphan(int proc, pid_t pid, pid_t leader)
{
	struct proc_stat s;

	return pid != leader && procfs_stat(proc, pid, &s) == 0 && s.session == leader &&
	       s.state != 'Z' && s.state != 'X';
}

/*
 * A pid may be reused until a pidfd holds the process; so check after pidfd_open() that it is the
 * same one.
 */
static bool end_one(int proc, pid_t pid, pid_t leader)
{
	enum { LONG = 1000 };
	_cleanup_close_ int fd = pidfd_open(pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd < 0 || !is_orphan(proc, pid, leader) || pidfd_send_signal(fd, SIGKILL, NULL, 0) < 0)
		return false;
	RETRY(poll(&p, 1, LONG));
	return true;
}

static size_t end_all(int proc, pid_t leader, enum orphans which)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = procfs_list(proc, ".", &pids);
	size_t ended = 0;

	for (size_t i = 0; i < n; i++)
		if (is_orphan(proc, pids[i], leader) &&
		    (which == ORPHANS_ALL || is_filter(proc, pids[i])) &&
		    end_one(proc, pids[i], leader))
			ended++;
	return ended;
}

void orphans_end(int proc, pid_t leader, enum orphans which)
{
	enum { ENOUGH = 10 }; /* rounds, because processes may have forked meanwhile */

	for (int i = 0; i < ENOUGH && end_all(proc, leader, which) > 0; i++)
		;
}
