// SPDX-License-Identifier: MIT
#include "thaw/image_edit.h"

#include "look/image_format.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that are being written. */
struct out {
	char *v;
	size_t n, room;
};

static void put(struct out *o, const void *bytes, size_t n)
{
	if (o->room - o->n < n) {
		o->room = 2 * o->room + n + 64;
		o->v = xreallocarray(o->v, o->room, 1);
	}
	if (n)
		memcpy(o->v + o->n, bytes, n);
	o->n += n;
}

static void put_varint(struct out *o, uint64_t value)
{
	do {
		uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));

		put(o, &byte, 1);
		value >>= 7;
	} while (value);
}

enum { NUMBER = 0, BYTES = 2 }; /* wire types */

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

static bool edit_reg(struct pb m, const struct plan_grown *g, struct out *out)
{
	struct pb_field f;

	while (m.at < m.end) {
		const uint8_t *start = m.at;

		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == REG_POS && g->moves) {
			put_varint(out, REG_POS << 3 | NUMBER);
			put_varint(out, g->pos);
		} else if (f.number != REG_SIZE) {
			put(out, start, (size_t)(m.at - start));
		}
	}
	return true;
}

static bool edit_entry(struct pb m, const struct plan_grown *grown, size_t n, struct out *out)
{
	struct pb_field f;
	bool good = true;

	while (good && m.at < m.end) {
		const uint8_t *start = m.at;
		const struct plan_grown *g;
		struct out reg = { 0 };

		good = pb_take_field(&m, &f);
		g = good && f.number == FILE_REG ? grown_of(pb_inside(&f), grown, n) : NULL;
		if (!g) {
			put(out, start, (size_t)(m.at - start));
			continue;
		}
		good = edit_reg(pb_inside(&f), g, &reg);
		put_varint(out, FILE_REG << 3 | BYTES);
		put_varint(out, reg.n);
		put(out, reg.v, reg.n);
		free(reg.v);
	}
	return good;
}

static bool edit(struct pb image, const struct plan_grown *grown, size_t n, struct out *out)
{
	struct out entry = { 0 };
	struct pb m;
	bool good = true;

	while (good && image.at < image.end) {
		uint32_t length;

		entry.n = 0;
		good = image_take_entry(&image, &m) && edit_entry(m, grown, n, &entry);
		length = (uint32_t)entry.n;
		put(out, &length, sizeof(length));
		put(out, entry.v, entry.n);
	}
	free(entry.v);
	return good;
}

ssize_t image_edit_files(const void *text, size_t size, const struct plan_grown *grown, size_t n,
			 char **ret)
{
	enum { MAGICS = 8 };
	struct pb image = { text, (const uint8_t *)text + size };
	struct out out = { 0 };
	uint32_t common;
	uint32_t magic;

	if (!pb_take_u32(&image, &common) || !pb_take_u32(&image, &magic) ||
	    common != IMG_COMMON_MAGIC || magic != FILES_MAGIC)
		return -EINVAL;
	put(&out, text, MAGICS);
	if (!edit(image, grown, n, &out)) {
		free(out.v);
		return -EINVAL;
	}
	*ret = out.v;
	return (ssize_t)out.n;
}
