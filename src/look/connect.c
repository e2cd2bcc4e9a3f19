// SPDX-License-Identifier: MIT
#include "look/connect.h"

#include "look/rights.h"
#include "look/served.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const unsigned long long no_links = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

static int check_socket(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISSOCK(st.st_mode) ? 0 : -ENOTSOCK;
}

/*
 * The parent has asked the server of the file system, so nobody waits here. Gives a descriptor or a
 * negative errno.
 */
static int open_here(const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = no_links };
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	int r = fd < 0 ? -errno : check_socket(fd);

	return r < 0 ? r : fd;
}

/*
 * A path may be longer than an address, and may lead elsewhere a moment later; so the address is
 * the descriptor's magic link.
 */
static int connect_file(int proc, int sock, const char *path, bool is_trial)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = open_here(path);

	if (fd < 0)
		return fd;
	if (is_trial)
		return syscall(SYS_faccessat2, fd, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) < 0
			       ? -errno
			       : 0;
	snprintf(to.sun_path, sizeof(to.sun_path), "self/fd/%d", fd);
	return fchdir(proc) < 0 || connect(sock, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno
											 : 0;
}

/* It has no file, and anybody may connect to it. */
static int connect_abstract(int sock, const char *name, bool is_trial)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(name);

	if (n > sizeof(to.sun_path) - 1)
		return -ENAMETOOLONG;
	memcpy(to.sun_path + 1, name, n);
	if (is_trial)
		return 0;
	n += offsetof(struct sockaddr_un, sun_path) + 1;
	return connect(sock, (struct sockaddr *)&to, (socklen_t)n) < 0 ? -errno : 0;
}

static int connect_with_rights(int proc, int sock, const struct recipe_unix *s, bool is_trial)
{
	if (!rights_are_roots(s->rights) && !rights_take(s->rights))
		return -EPERM;
	return s->to[0] == '@' ? connect_abstract(sock, s->to + 1, is_trial)
			       : connect_file(proc, sock, s->to, is_trial);
}

static int ask_file_system(const char *path)
{
	_cleanup_close_ int fd = path[0] == '/' ? served_open(AT_FDCWD, path, no_links) : -1;

	if (path[0] != '/')
		return 0;
	return fd < 0 ? fd : check_socket(fd);
}

/* The peer has been closed: there is nothing to read, and who writes gets EPIPE. */
static int connect_nowhere(int type, int *ret)
{
	int pair[2];

	if (socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	close(pair[1]);
	*ret = pair[0];
	return 0;
}

int connect_again(int proc, const struct recipe_unix *s, bool is_trial, int *ret)
{
	int type = s->type == 's' ? SOCK_STREAM : SOCK_SEQPACKET;
	_cleanup_close_ int sock = -1;
	int status;
	pid_t pid;
	int r;

	*ret = -1;
	if (s->cut)
		return connect_nowhere(type, ret);
	r = ask_file_system(s->to);
	if (r < 0)
		return r;
	sock = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		_exit(-connect_with_rights(proc, sock, s, is_trial));
	if (pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0)
		return -errno;
	if (!WIFEXITED(status))
		return -EPERM;
	if (WEXITSTATUS(status) == 0 && !is_trial)
		*ret = steal_fd(&sock);
	return -WEXITSTATUS(status);
}
