// SPDX-License-Identifier: MIT
#include "thaw/files_image.h"

#include "look/image_format.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * The fields of file_entry, reg_file_entry and unix_sk_entry (criu/images/fdinfo.proto...) that
 * count here.
 */
enum {
	FILE_REG = 3,
	FILE_USK = 16,
	ID = 1,
	REG_POS = 3,
	REG_NAME = 6,
	REG_SIZE = 8,
	USK_NAME = 11,
	USK_PERMISSIONS = 13,
	USK_DIR = 14,
	USK_DELETED = 15
};

static int by_id(const void *a, const void *b)
{
	const struct plan_edit *one = a;
	const struct plan_edit *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

/* What there is to change in that file or socket, whose id comes first; NULL: nothing. */
static const struct plan_edit *edit_of(struct pb m, const struct plan_edit *edits, size_t n)
{
	struct plan_edit like = { 0 };
	struct pb_field f;

	if (!pb_take_field(&m, &f) || f.number != ID)
		return NULL;
	like.id = (uint32_t)f.value;
	return bsearch(&like, edits, n, sizeof(*edits), by_id);
}

static bool edit_reg(struct pb m, const struct plan_edit *g, struct pb_out *out)
{
	struct pb_field f;

	while (m.at < m.end) {
		const uint8_t *start = m.at;

		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == REG_POS && g->moves) {
			pb_put_number(out, REG_POS, g->pos);
		} else if (f.number == REG_NAME && g->path) {
			pb_put_bytes(out, REG_NAME, g->path, strlen(g->path));
		} else if (f.number != REG_SIZE || g->path) {
			pb_put(out, start, (size_t)(m.at - start));
		}
	}
	return true;
}

/* file_perms_entry: mode = 1, uid = 2, gid = 3 */
static void put_permissions(const struct recipe_name *name, struct pb_out *out)
{
	struct pb_out perms = { 0 };
	char *end;

	pb_put_number(&perms, 1, name->mode);
	pb_put_number(&perms, 2, strtoul(name->owner, &end, 10));
	pb_put_number(&perms, 3, strtoul(end + 1, NULL, 10));
	pb_put_bytes(out, USK_PERMISSIONS, perms.v, perms.n);
	free(perms.v);
}

static void put_name(const struct recipe_name *name, struct pb_out *out)
{
	pb_put_bytes(out, USK_NAME, name ? name->now : "", name ? strlen(name->now) + 1 : 0);
	if (name)
		put_permissions(name, out);
}

/* criu needs a name, which may be empty; that of a path ends with a NUL. */
static bool edit_unix(struct pb m, const struct plan_edit *x, struct pb_out *out)
{
	struct pb_field f;

	while (m.at < m.end) {
		const uint8_t *start = m.at;

		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == USK_NAME)
			put_name(x->renamed, out);
		else if (!x->renamed || (f.number != USK_PERMISSIONS && f.number != USK_DIR &&
					 f.number != USK_DELETED))
			pb_put(out, start, (size_t)(m.at - start));
	}
	return true;
}

static bool edit_entry(struct pb m, const struct plan_edit *edits, size_t n, struct pb_out *out)
{
	struct pb_field f;
	bool good = true;

	while (good && m.at < m.end) {
		const uint8_t *start = m.at;
		const struct plan_edit *x = NULL;
		struct pb_out changed = { 0 };

		good = pb_take_field(&m, &f);
		if (good && (f.number == FILE_REG || f.number == FILE_USK))
			x = edit_of(pb_inside(&f), edits, n);
		if (!x || (x->is_unnamed || x->renamed) != (f.number == FILE_USK)) {
			pb_put(out, start, (size_t)(m.at - start));
			continue;
		}
		good = f.number == FILE_USK ? edit_unix(pb_inside(&f), x, &changed)
					    : edit_reg(pb_inside(&f), x, &changed);
		pb_put_bytes(out, f.number, changed.v, changed.n);
		free(changed.v);
	}
	return good;
}

static bool edit(struct pb image, const struct plan_edit *edits, size_t n, struct pb_out *out)
{
	struct pb_out entry = { 0 };
	struct pb m;
	bool good = true;

	while (good && image.at < image.end) {
		entry.n = 0;
		good = image_take_entry(&image, &m) && edit_entry(m, edits, n, &entry);
		image_put_entry(out, &entry);
	}
	free(entry.v);
	return good;
}

ssize_t files_image_edit(const void *text, size_t size, const struct plan_edit *edits, size_t n,
			 char **ret)
{
	struct pb image = { text, (const uint8_t *)text + size };
	struct pb_out out = { 0 };

	if (!image_take_magics(&image, FILES_MAGIC))
		return -EINVAL;
	pb_put(&out, text, IMAGE_MAGICS);
	if (!edit(image, edits, n, &out)) {
		free(out.v);
		return -EINVAL;
	}
	*ret = out.v;
	return (ssize_t)out.n;
}
