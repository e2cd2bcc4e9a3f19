// SPDX-License-Identifier: MIT
#include "look/image_pipes.h"

#include "look/image_fds.h"
#include "look/image_format.h"
#include "util/sorted.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Ends of pipes */

static int by_pipe(const void *a, const void *b)
{
	const struct image_pipe_end *one = a;
	const struct image_pipe_end *other = b;

	return (one->pipe > other->pipe) - (one->pipe < other->pipe);
}

static bool has_end(const struct sorted_run *run, unsigned long mode)
{
	for (size_t i = 0; i < run->n; i++)
		if ((((const struct image_pipe_end *)run->v[i])->flags & O_ACCMODE) == mode)
			return true;
	return false;
}

void image_pipes_find(const struct image_files *files, struct image_pipes *ret)
{
	struct sorted sorted;

	sorted_make(&sorted, files->pipes, files->n_pipes, sizeof(*files->pipes), by_pipe);
	for (size_t i = 0; i < files->n_pipes; i++) {
		const struct image_pipe_end *end = &files->pipes[i];
		struct sorted_run run = sorted_find(&sorted, end);
		bool is_both = has_end(&run, O_RDWR);
		bool reads = has_end(&run, O_RDONLY) || is_both;

		if (run.v[0] != end || (reads && has_end(&run, O_WRONLY) && !is_both))
			continue;
		ret->v = xreallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
		ret->v[ret->n++] =
			(struct image_pipe){ .id = end->pipe, .is_both = is_both, .reads = reads };
	}
	sorted_free(&sorted);
}

static struct image_pipe *find_pipe(struct image_pipes *p, uint32_t id)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].id == id)
			return &p->v[i];
	return NULL;
}

/* Descriptors of the root task */

struct fds {
	const struct image_files *files;
	struct image_pipes *pipes;
};

static void note_fd(const struct image_fd *fd, void *arg)
{
	enum { PIPE = 2 };
	const struct fds *s = arg;

	for (size_t i = 0; i < s->files->n_pipes && fd->type == PIPE && fd->fd < 3; i++) {
		const struct image_pipe_end *end = &s->files->pipes[i];
		struct image_pipe *pipe =
			end->id == fd->file ? find_pipe(s->pipes, end->pipe) : NULL;

		if (pipe)
			pipe->is_stdio[fd->fd] = true;
	}
}

int image_pipes_parse_fds(const void *text, size_t size, const struct image_files *files,
			  struct image_pipes *ret)
{
	return image_fds_parse(text, size, note_fd, &(struct fds){ files, ret });
}

/* What was in them */

/* pipe_data_entry (criu/images/pipe-data.proto): pipe_id = 1, bytes = 2, size = 3 */
static bool take_data(struct pb m, uint64_t value[4])
{
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number < 4)
			value[f.number] = f.value;
	}
	return true;
}

/* Each message is followed by that many bytes. */
int image_pipes_parse_data(const void *text, size_t size, struct image_pipes *ret)
{
	struct pb image = { text, (const uint8_t *)text + size };
	struct pb entry;

	if (!image_take_magics(&image, PIPES_DATA_MAGIC))
		return -EINVAL;
	while (image.at < image.end) {
		uint64_t value[4] = { 0 };
		struct image_pipe *pipe;

		if (!image_take_entry(&image, &entry) || !take_data(entry, value) ||
		    value[2] > (size_t)(image.end - image.at))
			return -EINVAL;
		pipe = find_pipe(ret, (uint32_t)value[1]);
		if (pipe && pipe->reads && !pipe->bytes) {
			pipe->n = value[2];
			pipe->size = value[3];
			pipe->bytes = xreallocarray(NULL, pipe->n + 1, 1);
			memcpy(pipe->bytes, image.at, pipe->n);
		}
		image.at += value[2];
	}
	return 0;
}

static void read_data(int dirfd, struct image_pipes *ret)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_regular_at(dirfd, "pipes-data.img", MAX_IMAGE, &text);

	if (n > 0)
		(void)image_pipes_parse_data(text, (size_t)n, ret);
}

void image_pipes_read(int dirfd, pid_t root, const struct image_files *files,
		      struct image_pipes *ret)
{
	*ret = (struct image_pipes){ 0 };
	image_pipes_find(files, ret);
	if (!ret->n)
		return;
	image_fds_read(dirfd, root, note_fd, &(struct fds){ files, ret });
	read_data(dirfd, ret);
}

void image_pipes_free(struct image_pipes *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].bytes);
	free(p->v);
	*p = (struct image_pipes){ 0 };
}
