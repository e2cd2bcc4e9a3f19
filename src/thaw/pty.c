// SPDX-License-Identifier: MIT
#include "thaw/pty.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int pty_make(int devpts, struct pty *ret, struct err *e)
{
	enum { FLAGS = O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK };
	int fd = devpts < 0 ? posix_openpt(FLAGS) : openat(devpts, "ptmx", FLAGS);
	struct termios modes;
	struct winsize size;

	ret->master = -1;
	if (fd < 0 || unlockpt(fd) < 0 || ptsname_r(fd, ret->slave, sizeof(ret->slave)) != 0) {
		err_set(e, errno, "cannot make a pty for the tree");
		cleanup_close(&fd);
		return -e->errnum;
	}
	/* On Linux, settings made on the master apply to its slave (ioctl_tty(2)). */
	if (tcgetattr(STDIN_FILENO, &modes) == 0)
		tcsetattr(fd, TCSANOW, &modes);
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(fd, TIOCSWINSZ, &size);
	ret->master = fd;
	return 0;
}
