// SPDX-License-Identifier: MIT
#include "freeze/keep_cgroups.h"

#include "look/image_cgroups.h"
#include "look/image_format.h"
#include "util/draft.h"
#include "util/util.h"

#include <stdlib.h>

static const char name[] = "cgroup.img";

/* criu is in the cgroups that criu-ns is in. There is no cgroup.img if the whole tree is, too. */
int keep_crius_cgroups(const struct facts *f, struct err *e)
{
	const int images = f->images_dir.fd;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *own = NULL;
	_cleanup_free_ char *edited = NULL;
	ssize_t n = read_regular_at(images, name, MAX_IMAGE, &text);
	struct images known = { 0 };
	size_t size;
	int r;

	if (n > 0)
		images_read_inventory(images, &known);
	if (!known.crius_cgroups || read_file_at(f->proc, "self/cgroup", MAX_IMAGE, &own) <= 0)
		return 0;
	edited = image_add_crius_cgroups(text, (size_t)n, known.crius_cgroups, own, &size);
	r = edited ? draft_write_again(images, name, edited, size) : 0;
	return r < 0 ? err_set(e, -r, "cannot write criu's image %s", name) : 0;
}
