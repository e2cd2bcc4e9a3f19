// SPDX-License-Identifier: MIT
#include "freeze/record.h"

#include "look/recipe_file.h"
#include "util/util.h"

int record_write(struct record *c, const struct plan *p, const struct facts *f, struct err *e)
{
	_cleanup_free_ char *made = NULL;
	int r = 0;

	if (!p->record || c->done)
		return 0;
	if (!p->recipe_text && !recipe_is_empty(&p->recipe))
		r = plan_recipe_text(p, &made, e);
	if (!r)
		r = recipe_file_write(f->images_dir.fd, made ? made : p->recipe_text, &c->old, e);
	c->done = r == 0;
	return r;
}

void record_undo(const struct record *c, const struct facts *f)
{
	if (c->done)
		recipe_file_undo(f->images_dir.fd, c->old);
}
