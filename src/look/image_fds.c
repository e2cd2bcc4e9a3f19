// SPDX-License-Identifier: MIT
#include "look/image_fds.h"

#include "look/image_format.h"
#include "util/util.h"

struct reader {
	image_fd_fn *fn;
	void *arg;
};

/* fdinfo_entry (criu/images/fdinfo.proto): id = 1, type = 3, fd = 4 */
static bool parse_fd(struct pb m, void *arg)
{
	const struct reader *r = arg;
	struct image_fd fd = { 0 };
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == 1)
			fd.file = (uint32_t)f.value;
		else if (f.number == 3)
			fd.type = (unsigned)f.value;
		else if (f.number == 4)
			fd.fd = (uint32_t)f.value;
	}
	r->fn(&fd, r->arg);
	return true;
}

int image_fds_parse(const void *text, size_t size, image_fd_fn *fn, void *arg)
{
	return image_parse(text, size, FDINFO_MAGIC, parse_fd, &(struct reader){ fn, arg });
}

/* task_kobj_ids_entry (criu/images/core.proto): files_id = 2; tasks may share their descriptors. */
static bool parse_files_id(struct pb m, void *arg)
{
	uint64_t *ret = arg;
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == 2)
			*ret = f.value;
	}
	return true;
}

void image_fds_read(int dirfd, pid_t pid, image_fd_fn *fn, void *arg)
{
	_cleanup_free_ char *ids = xasprintf("ids-%d.img", pid);
	uint64_t number = 0;

	if (image_read(dirfd, ids, IDS_MAGIC, parse_files_id, &number) < 0)
		return;

	_cleanup_free_ char *fds = xasprintf("fdinfo-%lu.img", (unsigned long)number);

	(void)image_read(dirfd, fds, FDINFO_MAGIC, parse_fd, &(struct reader){ fn, arg });
}
