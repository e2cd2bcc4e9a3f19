// SPDX-License-Identifier: MIT
#include "thaw/grown_files.h"

#include "look/image_format.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The fields of file_entry and reg_file_entry (criu/images/fdinfo.proto, regfile.proto) that count here. */
enum { FILE_REG = 3, REG_ID = 1, REG_POS = 3, REG_SIZE = 8 };

static int by_id(const void *a, const void *b)
{
	const struct plan_grown *one = a;
	const struct plan_grown *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

/* What there is to change in that file, whose id comes first; NULL: nothing. */
static const struct plan_grown *grown_of(struct pb m, const struct plan_grown *grown, size_t n)
{
	struct plan_grown like = { 0 };
	struct pb_field f;

	if (!pb_take_field(&m, &f) || f.number != REG_ID)
		return NULL;
	like.id = (uint32_t)f.value;
	return bsearch(&like, grown, n, sizeof(*grown), by_id);
}

static bool edit_reg(struct pb m, const struct plan_grown *g, struct pb_out *out)
{
	struct pb_field f;

	while (m.at < m.end) {
		const uint8_t *start = m.at;

		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == REG_POS && g->moves) {
			pb_put_number(out, REG_POS, g->pos);
		} else if (f.number != REG_SIZE) {
			pb_put(out, start, (size_t)(m.at - start));
		}
	}
	return true;
}

static bool edit_entry(struct pb m, const struct plan_grown *grown, size_t n, struct pb_out *out)
{
	struct pb_field f;
	bool good = true;

	while (good && m.at < m.end) {
		const uint8_t *start = m.at;
		const struct plan_grown *g;
		struct pb_out reg = { 0 };

		good = pb_take_field(&m, &f);
		g = good && f.number == FILE_REG ? grown_of(pb_inside(&f), grown, n) : NULL;
		if (!g) {
			pb_put(out, start, (size_t)(m.at - start));
			continue;
		}
		good = edit_reg(pb_inside(&f), g, &reg);
		pb_put_bytes(out, FILE_REG, reg.v, reg.n);
		free(reg.v);
	}
	return good;
}

static bool edit(struct pb image, const struct plan_grown *grown, size_t n, struct pb_out *out)
{
	struct pb_out entry = { 0 };
	struct pb m;
	bool good = true;

	while (good && image.at < image.end) {
		entry.n = 0;
		good = image_take_entry(&image, &m) && edit_entry(m, grown, n, &entry);
		image_put_entry(out, &entry);
	}
	free(entry.v);
	return good;
}

ssize_t grown_files_edit(const void *text, size_t size, const struct plan_grown *grown, size_t n,
			 char **ret)
{
	struct pb image = { text, (const uint8_t *)text + size };
	struct pb_out out = { 0 };
	uint32_t common;
	uint32_t magic;

	if (!pb_take_u32(&image, &common) || !pb_take_u32(&image, &magic) ||
	    common != IMG_COMMON_MAGIC || magic != FILES_MAGIC)
		return -EINVAL;
	pb_put(&out, text, IMAGE_MAGICS);
	if (!edit(image, grown, n, &out)) {
		free(out.v);
		return -EINVAL;
	}
	*ret = out.v;
	return (ssize_t)out.n;
}
