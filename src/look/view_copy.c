// SPDX-License-Identifier: MIT
#include "look/view_copy.h"

#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * It takes a process in that mount namespace, which shares our descriptors, does nothing else, and
 * opens no path but "/".
 */
int view_copy(int ns_mnt, bool with_mounts)
{
	const unsigned all = with_mounts ? AT_RECURSIVE : 0;
	int out[2];
	int fd = -1;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		return -1;
	pid = process_clone(CLONE_FILES, 0, NULL);
	if (pid == 0) {
		if (setns(ns_mnt, CLONE_NEWNS) == 0)
			fd = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | all);
		(void)write_all(out[1], &fd, sizeof(fd));
		_exit(0);
	}
	if (pid < 0 || RETRY(waitpid(pid, NULL, 0)) < 0 ||
	    RETRY(read(out[0], &fd, sizeof(fd))) != sizeof(fd))
		fd = -1;
	close(out[0]);
	close(out[1]);
	return fd;
}
