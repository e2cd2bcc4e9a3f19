// SPDX-License-Identifier: MIT
#include "util/pause.h"

#include <fcntl.h>
#include <sys/fanotify.h>
#include <unistd.h>

static int begin(void)
{
	return fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC);
}

int pause_open(int dirfd)
{
	int fd = begin();

	if (fd >= 0 &&
	    fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM, dirfd, ".") < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int pause_open_file(int dirfd, const char *name)
{
	int fd = begin();

	if (fd >= 0 && fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, dirfd, name) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool pause_add_file(int pause, int dirfd, const char *name)
{
	return fanotify_mark(pause, FAN_MARK_ADD, FAN_OPEN_PERM, dirfd, name) == 0;
}

/* A mark that is there gets one event more. */
int pause_tell_file(int pause, int dirfd, const char *name)
{
	return fanotify_mark(pause, FAN_MARK_ADD, FAN_OPEN, dirfd, name);
}

bool pause_next_event(int pause, struct pause_event *ret)
{
	struct fanotify_event_metadata event;

	if (read(pause, &event, sizeof(event)) != sizeof(event))
		return false;
	*ret = (struct pause_event){ .pid = event.pid, .waiting = event.fd };
	if (event.mask & FAN_OPEN_PERM || event.fd < 0)
		return true;
	close(event.fd);
	ret->waiting = -1;
	return true;
}

int pause_next(int pause, pid_t *ret_pid)
{
	struct pause_event event;

	if (!pause_next_event(pause, &event))
		return -1;
	*ret_pid = event.pid;
	return event.waiting;
}

void pause_lift_file(int pause)
{
	fanotify_mark(pause, FAN_MARK_FLUSH, 0, AT_FDCWD, NULL);
}

void pause_lift(int pause, int dirfd)
{
	pause_lift_file(pause);
	fanotify_mark(pause, FAN_MARK_FLUSH | FAN_MARK_FILESYSTEM, 0, dirfd, ".");
}

void pause_only_tell(int pause, int dirfd, const char *name)
{
	(void)pause_tell_file(pause, dirfd, name);
	(void)fanotify_mark(pause, FAN_MARK_REMOVE, FAN_OPEN_PERM, dirfd, name);
}

void pause_answer(int pause, int waiting, bool allow)
{
	struct fanotify_response response = { .fd = waiting,
					      .response = allow ? FAN_ALLOW : FAN_DENY };

	if (waiting < 0)
		return;
	(void)!write(pause, &response, sizeof(response));
	close(waiting);
}
