// SPDX-License-Identifier: MIT
#include "freeze/rekey.h"

#include "look/image_edit.h"
#include "look/image_format.h"
#include "look/images.h"
#include "util/draft.h"
#include "util/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct edits {
	struct image_edit *v;
	size_t n;
};

/* What was named by hand, or left to criu (mnt[]), stays as criu wrote it. */
static void add_edits(struct edits *x, const struct recipe *r)
{
	recipe_for_each_mount (m, r) {
		if (m->owner == OWNER_GIVEN || m->owner == OWNER_AUTO || m->owner == OWNER_NONE)
			continue;
		x->v = xgrow(x->v, x->n, sizeof(*x->v));
		x->v[x->n++] = (struct image_edit){
			.id = m->id,
			.key = m->key,
			.shared = m->shared,
			.master = m->apart ? 0 : m->master,
			.again = m->again,
		};
	}
}

/* What cannot be read is of an earlier freeze, or the caller finds that it lacks mounts. */
static int edit_view(int dirfd, const char *name, const struct edits *x, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_regular_at(dirfd, name, MAX_MOUNTPOINTS, &text);
	size_t size = 0;
	_cleanup_free_ char *edited =
		n > 0 ? image_edit_mounts(text, (size_t)n, x->v, x->n, &size) : NULL;
	int r;

	if (!edited || (size == (size_t)n && !memcmp(text, edited, size)))
		return 0;
	r = draft_write_again(dirfd, name, edited, size);
	return r < 0 ? err_set(e, -r, "cannot write criu's image %s", name) : 0;
}

int rekey_images(int dirfd, const struct recipe *r, struct err *e)
{
	struct edits x = { 0 };
	struct strv names = { 0 };
	int result = image_names(dirfd, images_mounts_kind, &names);

	add_edits(&x, r);
	recipe_for_each_view (w, r)
		add_edits(&x, w);
	if (x.n)
		qsort(x.v, x.n, sizeof(*x.v), image_edit_compare);
	if (result < 0)
		err_set(e, -result, "cannot list criu's images");
	for (size_t i = 0; i < names.n && !result; i++)
		result = edit_view(dirfd, names.v[i], &x, e);
	strv_free(&names);
	free(x.v);
	return result;
}
