// SPDX-License-Identifier: MIT
#include "thaw/console.h"

#include "util/pass.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int console_connect(const char *path, int *ret, struct err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(at.sun_path)) {
		err_set(e, ENAMETOOLONG, "cannot connect to the console socket %s", path);
		return err_hint(e, "give a path of at most %zu bytes, or change the directory",
				sizeof(at.sun_path) - 1);
	}
	memcpy(at.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || RETRY(connect(fd, (struct sockaddr *)&at, sizeof(at))) < 0) {
		err_set(e, errno, "cannot connect to the console socket %s", path);
		cleanup_close(&fd);
		return err_hint(e, "start the program that listens there first");
	}
	*ret = fd;
	return 0;
}

int console_send(int socket, int master, struct err *e)
{
	static const char name[] =
		"/dev/ptmx"; /* runc's receivers read a name, and expect some bytes */
	int flags = fcntl(master, F_GETFL);

	/* runc's is not non-blocking, either: the flag is shared with whoever gets it */
	fcntl(master, F_SETFL, flags & ~O_NONBLOCK);
	if (!pass_send(socket, name, sizeof(name) - 1, &master, 1))
		return err_set(e, errno, "cannot send the tree's terminal to the console socket");
	return 0;
}
