// SPDX-License-Identifier: MIT
#include "thaw/criu_tmp.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

static const char place[] = "/tmp";
static const char start[] = ".criu."; /* mkdtemp() in criu/mount.c, mount-v2.c and kerndat.c */

int criu_tmp_watch(void)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME |
				       FAN_UNLIMITED_QUEUE,
			       O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_CREATE | FAN_ONDIR,
				     AT_FDCWD, place) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The name follows a file handle (struct fanotify_event_info_fid). */
static const char *name_of(const struct fanotify_event_metadata *event)
{
	const struct fanotify_event_info_fid *info = (const void *)(event + 1);
	const struct file_handle *handle = (const void *)info->handle;

	if (event->event_len < sizeof(*event) + sizeof(*info) + sizeof(*handle) ||
	    info->hdr.info_type != FAN_EVENT_INFO_TYPE_DFID_NAME)
		return NULL;
	return (const char *)handle->f_handle + handle->handle_bytes;
}

void criu_tmp_stop(int watch)
{
	if (watch >= 0)
		fanotify_mark(watch, FAN_MARK_FLUSH, 0, AT_FDCWD, place);
}

static bool is_crius(const char *name)
{
	return name && text_begins(name, start) && !strchr(name, '/');
}

void criu_tmp_remove(const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", place, name);

	if (is_crius(name))
		rmdir(path);
}

/* Remove that directory or, if ret is not NULL, give its name. */
static void deal_with(const struct fanotify_event_metadata *event, pid_t maker, char *ret)
{
	const char *name = name_of(event);

	/* For a process outside of our pid namespace the kernel gives 0. */
	if (event->pid <= 0 || (maker != CRIU_TMP_OF_NAMESPACE && event->pid != maker) ||
	    !is_crius(name))
		return;
	if (ret)
		snprintf(ret, NAME_MAX + 1, "%s", name);
	else
		criu_tmp_remove(name);
}

static void deal_with_all(int watch, pid_t maker, char *ret)
{
	_Alignas(struct fanotify_event_metadata) char buffer[8192];
	ssize_t n;

	while (watch >= 0 && (n = RETRY(read(watch, buffer, sizeof(buffer)))) > 0) {
		const struct fanotify_event_metadata *event = (const void *)buffer;

		for (; FAN_EVENT_OK(event, n); event = FAN_EVENT_NEXT(event, n))
			deal_with(event, maker, ret);
	}
}

void criu_tmp_clear(int watch, pid_t maker)
{
	deal_with_all(watch, maker, NULL);
}

void criu_tmp_take(int watch, pid_t maker, char name[NAME_MAX + 1])
{
	name[0] = '\0';
	deal_with_all(watch, maker, name);
}
