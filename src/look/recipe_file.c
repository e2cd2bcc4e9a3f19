// SPDX-License-Identifier: MIT
#include "look/recipe_file.h"

#include "util/draft.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_RECIPE = 16 << 20 };

int recipe_file_read(int dirfd, struct recipe *ret, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_regular_at(dirfd, recipe_file_name, MAX_RECIPE, &text);
	int r;

	if (n == -ENOENT)
		return 0;
	if (n == -EINVAL)
		return err_set(e, 0, "%s beside the images is not a regular file",
			       recipe_file_name);
	if (n < 0)
		return err_set(e, (int)-n, "cannot read %s beside the images", recipe_file_name);
	r = recipe_parse(text, (size_t)n, ret, e);
	return r < 0 ? r : 1;
}

int recipe_file_write(int dirfd, const char *text, char **ret_old, struct err *e)
{
	char *old = NULL;
	int r = 0;

	if (read_regular_at(dirfd, recipe_file_name, MAX_RECIPE, &old) < 0)
		old = NULL;
	if (text)
		r = draft_write(dirfd, recipe_file_name, text, strlen(text));
	else if (unlinkat(dirfd, recipe_file_name, 0) < 0 && errno != ENOENT)
		r = -errno;
	if (r < 0) {
		free(old);
		return err_set(e, -r, "cannot write %s to the images directory", recipe_file_name);
	}
	*ret_old = old;
	return 0;
}

void recipe_file_undo(int dirfd, const char *old)
{
	if (old)
		(void)draft_write(dirfd, recipe_file_name, old, strlen(old));
	else
		unlinkat(dirfd, recipe_file_name, 0);
}
