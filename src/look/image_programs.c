// SPDX-License-Identifier: MIT
#include "look/image_programs.h"

#include "look/image_format.h"

#include <fcntl.h>
#include <stdlib.h>

/*
 * file_entry and reg_file_entry (criu/images/fdinfo.proto, regfile.proto), remap_file_path_entry
 * (remap-file-path.proto), mm_entry (mm.proto)
 */
enum { FILE_TYPE = 1, FILE_ID = 2, FILE_REG = 3, TYPE_REG = 1 };
enum { REG_ID = 1, REG_FLAGS = 2 };
enum { REMAP_ID = 1 };
enum { MM_PROGRAM = 12 };

/* What is done with each message of an image, and what of that comes behind all of them. */
struct copying {
	uint32_t id, copy;
	struct pb_out out;
};

/* The message, in which that field now is the first one, with that number. */
static struct pb_out changed(struct pb m, unsigned number, uint64_t value)
{
	struct pb_out out = { 0 };

	pb_put_number(&out, number, value);
	pb_put_without(&out, m, number);
	return out;
}

static struct pb all_of(const struct pb_out *o)
{
	return (struct pb){ (const uint8_t *)o->v, (const uint8_t *)o->v + o->n };
}

/* O_NOFOLLOW is for descriptors of symbolic links. */
static void copy_reg(struct pb reg, uint64_t flags, struct copying *c)
{
	struct pb_out opened = changed(reg, REG_FLAGS, flags & ~(uint64_t)(O_PATH | O_NOFOLLOW));
	struct pb_out named = changed(all_of(&opened), REG_ID, c->copy);
	struct pb_out entry = { 0 };

	pb_put_number(&entry, FILE_TYPE, TYPE_REG);
	pb_put_number(&entry, FILE_ID, c->copy);
	pb_put_bytes(&entry, FILE_REG, named.v, named.n);
	image_put_entry(&c->out, &entry);
	free(entry.v);
	free(named.v);
	free(opened.v);
}

static bool copy_file(struct pb entry, void *arg)
{
	struct copying *c = arg;
	struct pb_field reg;
	struct pb_field flags;

	if (pb_has(entry, FILE_ID, c->id) && pb_find(entry, FILE_REG, &reg) &&
	    pb_find(pb_inside(&reg), REG_FLAGS, &flags) && (flags.value & O_PATH))
		copy_reg(pb_inside(&reg), flags.value, c);
	return true;
}

static bool copy_remap(struct pb entry, void *arg)
{
	struct copying *c = arg;

	if (pb_has(entry, REMAP_ID, c->id)) {
		struct pb_out copy = changed(entry, REMAP_ID, c->copy);

		image_put_entry(&c->out, &copy);
		free(copy.v);
	}
	return true;
}

/* The image, with the copies behind it. */
static char *append(const void *text, size_t size, enum image_magic magic, image_entry_fn *copy,
		    struct copying *c, size_t *ret_size)
{
	struct pb_out out = { 0 };

	*ret_size = 0;
	if (image_parse(text, size, magic, copy, c) == 0 && c->out.n) {
		pb_put(&out, text, size);
		pb_put(&out, c->out.v, c->out.n);
		*ret_size = out.n;
	}
	free(c->out.v);
	return out.v;
}

char *image_copy_without_path(const void *text, size_t size, uint32_t id, uint32_t copy,
			      size_t *ret_size)
{
	struct copying c = { .id = id, .copy = copy };

	return append(text, size, FILES_MAGIC, copy_file, &c, ret_size);
}

char *image_copy_remap(const void *text, size_t size, uint32_t id, uint32_t copy, size_t *ret_size)
{
	struct copying c = { .id = id, .copy = copy };

	return append(text, size, REMAP_FPATH_MAGIC, copy_remap, &c, ret_size);
}

char *image_set_program(const void *text, size_t size, uint32_t program, size_t *ret_size)
{
	struct pb image = { text, (const uint8_t *)text + size };
	struct pb_out out = { 0 };
	struct pb entry;

	*ret_size = 0;
	if (!image_take_magics(&image, MM_MAGIC) || !image_take_entry(&image, &entry))
		return NULL;

	struct pb_out edited = changed(entry, MM_PROGRAM, program);

	pb_put(&out, text, IMAGE_MAGICS);
	image_put_entry(&out, &edited);
	free(edited.v);
	*ret_size = out.n;
	return out.v;
}

static bool raise_highest(struct pb entry, void *arg)
{
	uint32_t *highest = arg;
	struct pb_field f;

	if (!pb_find(entry, FILE_ID, &f) || f.text)
		return false;
	if (f.value > *highest)
		*highest = (uint32_t)f.value;
	return true;
}

uint32_t image_new_file_id(const void *text, size_t size)
{
	uint32_t highest = 0;

	return image_parse(text, size, FILES_MAGIC, raise_highest, &highest) < 0 ? 0 : highest + 1;
}
