// SPDX-License-Identifier: MIT
#include "look/image_format.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

bool image_take_magics(struct pb *image, enum image_magic magic)
{
	uint32_t found;

	if (magic != INVENTORY_MAGIC && (!pb_take_u32(image, &found) || found != IMG_COMMON_MAGIC))
		return false;
	return pb_take_u32(image, &found) && found == (uint32_t)magic;
}

bool image_take_entry(struct pb *image, struct pb *ret)
{
	uint32_t length;

	if (!pb_take_u32(image, &length) || length > (size_t)(image->end - image->at))
		return false;
	*ret = (struct pb){ image->at, image->at + length };
	image->at += length;
	return true;
}

void image_put_entry(struct pb_out *image, const struct pb_out *message)
{
	uint32_t length = (uint32_t)message->n;

	pb_put(image, &length, sizeof(length));
	pb_put(image, message->v, message->n);
}

int image_parse(const void *text, size_t size, enum image_magic magic, image_entry_fn *parse,
		void *arg)
{
	struct pb image = { text, (const uint8_t *)text + size };
	struct pb entry;

	if (!image_take_magics(&image, magic))
		return -EINVAL;
	while (image.at < image.end)
		if (!image_take_entry(&image, &entry) || !parse(entry, arg))
			return -EINVAL;
	return 0;
}

int image_read(int dirfd, const char *name, enum image_magic magic, image_entry_fn *parse,
	       void *arg)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_regular_at(dirfd, name, MAX_IMAGE, &text);

	return n < 0 ? (int)n : image_parse(text, (size_t)n, magic, parse, arg);
}

bool image_is_name(const char *name)
{
	const char *end = strrchr(name, '.');

	return end && !strcmp(end, ".img");
}

bool image_take_number(const char *name, const char *kind, unsigned long *ret_number)
{
	const char *rest = text_after(name, kind);
	int end = 0;

	return rest && sscanf(rest, "-%lu.img%n", ret_number, &end) == 1 && end && !rest[end];
}

int image_names(int dirfd, const char *kind, struct strv *ret)
{
	_cleanup_closedir_ DIR *dir = open_directory_in(dirfd, ".");
	const struct dirent *d;
	unsigned long number;

	if (!dir)
		return -errno;
	while ((d = readdir(dir)))
		if (image_take_number(d->d_name, kind, &number))
			strv_add(ret, d->d_name);
	return 0;
}
