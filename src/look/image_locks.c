// SPDX-License-Identifier: MIT
#include "look/image_locks.h"

#include "look/image_fds.h"
#include "look/image_format.h"
#include "util/util.h"

#include <fcntl.h>
#include <stdlib.h>

/* file_lock_entry (criu/images/file-lock.proto) */
enum { FLAG = 1, TYPE, PID, FD, START, LEN, FIELDS };

/* criu/include/file-lock.h */
enum { IS_FLOCK = 2, IS_LEASE = 8 };

static void take(const uint64_t *value, struct image_lock *ret)
{
	uint64_t last = value[LEN] ? value[START] + value[LEN] - 1 : UINT64_MAX;

	*ret = (struct image_lock){
		.pid = (pid_t)value[PID],
		.fd = (uint32_t)value[FD],
		.lock = { .is_lease = (value[FLAG] & IS_LEASE) != 0,
			  .is_flock = (value[FLAG] & IS_FLOCK) != 0,
			  .writes = value[TYPE] == F_WRLCK,
			  .first = value[START],
			  .last = last },
	};
}

static bool parse_lock(struct pb m, void *arg)
{
	struct image_locks *ret = arg;
	uint64_t value[FIELDS] = { 0 };
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number < FIELDS)
			value[f.number] = f.value;
	}
	ret->v = xreallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
	take(value, &ret->v[ret->n++]);
	return true;
}

int image_locks_parse(const void *text, size_t size, struct image_locks *ret)
{
	return image_parse(text, size, FILE_LOCKS_MAGIC, parse_lock, ret);
}

/* All locks of one task. */
struct of_task {
	struct image_locks *locks;
	pid_t pid;
};

static void note_file(const struct image_fd *fd, void *arg)
{
	const struct of_task *t = arg;

	for (size_t i = 0; i < t->locks->n; i++) {
		struct image_lock *x = &t->locks->v[i];

		if (x->pid == t->pid && x->fd == fd->fd)
			x->file = fd->file;
	}
}

static bool is_first_of_task(const struct image_locks *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s->v[i].pid == s->v[n].pid)
			return false;
	return true;
}

void image_locks_read(int dirfd, struct image_locks *ret)
{
	*ret = (struct image_locks){ 0 };
	(void)image_read(dirfd, "filelocks.img", FILE_LOCKS_MAGIC, parse_lock, ret);
	for (size_t i = 0; i < ret->n; i++)
		if (is_first_of_task(ret, i))
			image_fds_read(dirfd, ret->v[i].pid, note_file,
				       &(struct of_task){ ret, ret->v[i].pid });
}

void image_locks_free(struct image_locks *s)
{
	free(s->v);
	*s = (struct image_locks){ 0 };
}
