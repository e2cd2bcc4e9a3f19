// SPDX-License-Identifier: MIT
#include "freeze/keep_programs.h"

#include "look/image_format.h"
#include "look/image_programs.h"
#include "look/image_tasks.h"
#include "util/draft.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>

static const char files[] = "files.img", remaps[] = "remap-fpath.img";

static int write_image(int images, const char *name, const char *text, size_t size, struct err *e)
{
	int r = draft_write_again(images, name, text, size);

	return r < 0 ? err_set(e, -r, "cannot write criu's image %s", name) : 0;
}

struct copied {
	uint32_t id, copy;
};

/* What has been read of a directory of images, and the files that have been copied. */
struct programs {
	int dirfd;
	char *text; /* of files.img */
	ssize_t size;
	struct copied *v;
	size_t n;
};

/* A file that has been deleted has another name, and its copy gets that, too. */
static int keep_name(int images, uint32_t id, uint32_t copy, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *edited = NULL;
	ssize_t n = read_regular_at(images, remaps, MAX_IMAGE, &text);
	size_t size = 0;

	if (n > 0)
		edited = image_copy_remap(text, (size_t)n, id, copy, &size);
	return edited ? write_image(images, remaps, edited, size, e) : 0;
}

static uint32_t known_copy(const struct programs *p, uint32_t id)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].id == id)
			return p->v[i].copy;
	return 0;
}

/* *ret_copy: the file that is to be the program in the place of id; 0: none, this one is good. */
static int copy_file(struct programs *p, uint32_t id, uint32_t *ret_copy, struct err *e)
{
	const uint32_t copy = image_new_file_id(p->text, (size_t)p->size);
	size_t size;
	char *edited;
	int r;

	*ret_copy = known_copy(p, id);
	if (*ret_copy)
		return 0;
	edited = image_copy_without_path(p->text, (size_t)p->size, id, copy, &size);
	if (!edited)
		return 0;
	free(p->text);
	p->text = edited;
	p->size = (ssize_t)size;
	p->v = xgrow(p->v, p->n, sizeof(*p->v));
	p->v[p->n++] = (struct copied){ id, copy };
	*ret_copy = copy;
	r = write_image(p->dirfd, files, edited, size, e);
	return r < 0 ? r : keep_name(p->dirfd, id, copy, e);
}

static int keep_program(struct programs *p, const char *name, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *edited = NULL;
	ssize_t n = read_regular_at(p->dirfd, name, MAX_IMAGE, &text);
	struct image_task task = { 0 };
	uint32_t copy = 0;
	size_t size;
	int r;

	if (n < 0 || image_task_parse_mm(text, (size_t)n, &task) < 0)
		return err_set(e, n < 0 ? (int)-n : EINVAL, "cannot read criu's image %s", name);
	r = copy_file(p, task.program, &copy, e);
	if (r < 0 || !copy)
		return r;
	edited = image_set_program(text, (size_t)n, copy, &size);
	return edited ? write_image(p->dirfd, name, edited, size, e)
		      : err_set(e, EINVAL, "cannot read criu's image %s", name);
}

int keep_programs(int images, struct err *e)
{
	struct programs p = { .dirfd = images };
	struct strv names = { 0 };
	int r = image_names(images, "mm", &names);

	if (r == 0)
		p.size = read_regular_at(images, files, MAX_IMAGE, &p.text);
	if (r < 0 || p.size < 0)
		err_set(e, r < 0 ? -r : (int)-p.size, "cannot read criu's image %s", files);
	r = r < 0 || p.size < 0 ? -EIO : 0;
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = keep_program(&p, names.v[i], e);
	free(p.text);
	free(p.v);
	strv_free(&names);
	return r;
}
