// SPDX-License-Identifier: MIT
/* A recorded files.img (see image_files.c), changed: only what was asked for is different. */
#include "unit.h"

#include "look/image_files.h"
#include "look/image_format.h"
#include "thaw/files_image.h"

#include <errno.h>

static char *text;
static size_t size;

static void read_recorded(void)
{
	_cleanup_free_ char *path = unit_fixture("images/files.img");
	ssize_t n = read_file_at(AT_FDCWD, path, 1 << 20, &text);

	assert_true(n > 0);
	size = (size_t)n;
}

static size_t number_of(const struct image_files *f, const char *path)
{
	size_t i = 0;

	while (i < f->n && strcmp(f->v[i].path, path) != 0)
		i++;
	assert_true(i < f->n);
	return i;
}

static void assert_same_file(const struct image_file *a, const struct image_file *b)
{
	assert_int_equal(a->id, b->id);
	assert_string_equal(a->path, b->path);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->build_words, b->build_words);
}

static void sizes_go_and_positions_move(void **state)
{
	struct image_files before = { 0 };
	struct image_files after = { 0 };
	struct plan_edit grown[2];
	char *edited;
	ssize_t n;
	size_t both;
	size_t written;

	(void)state;
	assert_int_equal(image_files_parse(text, size, &before), 0);
	both = number_of(&before, "/tmp/h/rec/d/both");
	written = number_of(&before, "/tmp/h/rec/d/written");
	assert_true(before.v[both].id < before.v[written].id);
	grown[0] = (struct plan_edit){ .id = before.v[both].id };
	grown[1] = (struct plan_edit){ .id = before.v[written].id,
				       .moves = true,
				       .pos = UINT64_C(1) << 40 };
	n = files_image_edit(text, size, grown, 2, &edited);
	assert_true(n > 0);
	assert_int_equal(image_files_parse(edited, (size_t)n, &after), 0);
	assert_int_equal(after.n, before.n);
	assert_int_equal(after.n_sockets, before.n_sockets);
	for (size_t i = 0; i < after.n; i++) {
		assert_same_file(&after.v[i], &before.v[i]);
		assert_int_equal(after.v[i].has_size,
				 before.v[i].has_size && i != both && i != written);
		if (i != written)
			assert_true(after.v[i].pos == before.v[i].pos);
	}
	assert_true(after.v[written].pos == UINT64_C(1) << 40);
	image_files_free(&before);
	image_files_free(&after);
	free(edited);
}

/* All else of them stays, the size too. */
static void files_get_other_paths(void **state)
{
	struct image_files before = { 0 };
	struct image_files after = { 0 };
	struct plan_edit edit = { .path = "/elsewhere" };
	char *edited;
	ssize_t n;
	size_t written;

	(void)state;
	assert_int_equal(image_files_parse(text, size, &before), 0);
	written = number_of(&before, "/tmp/h/rec/d/written");
	edit.id = before.v[written].id;
	n = files_image_edit(text, size, &edit, 1, &edited);
	assert_true(n > 0);
	assert_int_equal(image_files_parse(edited, (size_t)n, &after), 0);
	assert_int_equal(after.n, before.n);
	assert_string_equal(after.v[written].path, "/elsewhere");
	assert_int_equal(after.v[written].has_size, before.v[written].has_size);
	assert_true(after.v[written].pos == before.v[written].pos);
	image_files_free(&before);
	image_files_free(&after);
	free(edited);
}

/* Two sockets, of which one is to have no name. */
static void names_go(void **state)
{
	struct pb_out image = { 0 };
	const struct plan_edit edit = { .id = 8, .is_unnamed = true };
	struct image_files after = { 0 };
	char *edited;
	ssize_t n;

	(void)state;
	pb_put(&image, text, IMAGE_MAGICS);
	for (unsigned id = 7; id <= 8; id++) {
		struct pb_out usk = { 0 };
		struct pb_out file = { 0 };

		pb_put_number(&usk, 1, id);
		pb_put_number(&usk, 3, SOCK_STREAM);
		pb_put_number(&usk, 4, TCP_LISTEN);
		pb_put_bytes(&usk, 11, "/run/s", 7);
		pb_put_bytes(&usk, 14, "/srv", 4);
		pb_put_number(&usk, 17, 26); /* zigzag */
		pb_put_bytes(&file, 16, usk.v, usk.n);
		image_put_entry(&image, &file);
		free(usk.v);
		free(file.v);
	}
	n = files_image_edit(image.v, image.n, &edit, 1, &edited);
	assert_int_equal(n, image.n - 7);
	assert_int_equal(image_files_parse(edited, (size_t)n, &after), 0);
	assert_int_equal(after.n_unixes, 1);
	assert_int_equal(after.unixes[0].id, 7);
	assert_string_equal(after.unixes[0].name, "/run/s");
	assert_int_equal(after.unixes[0].name_size, 6);
	assert_string_equal(after.unixes[0].dir, "/srv");
	assert_int_equal(after.unixes[0].mnt_id, 13);
	assert_true(image_unix_is_bound(&after.unixes[0]));
	image_files_free(&after);
	free(edited);
	free(image.v);
}

/* One that had lost the name that it was bound to gets another one. */
static void names_change(void **state)
{
	const struct recipe_name name = { .now = (char *)"/run/new",
					  .mode = 0700,
					  .owner = (char *)"5:33" };
	const struct plan_edit edit = { .id = 8, .renamed = &name };
	struct pb_out image = { 0 };
	struct pb_out usk = { 0 };
	struct pb_out file = { 0 };
	struct image_files after = { 0 };
	char *edited;
	ssize_t n;

	(void)state;
	pb_put(&image, text, IMAGE_MAGICS);
	pb_put_number(&usk, 1, 8);
	pb_put_number(&usk, 2, 4711);
	pb_put_bytes(&usk, 11, "old", 4);
	pb_put_bytes(&usk, 13, "\x08\x01", 2);
	pb_put_bytes(&usk, 14, "/srv", 4);
	pb_put_number(&usk, 15, 1);
	pb_put_bytes(&file, 16, usk.v, usk.n);
	image_put_entry(&image, &file);
	n = files_image_edit(image.v, image.n, &edit, 1, &edited);
	assert_true(n > 0);
	assert_int_equal(image_files_parse(edited, (size_t)n, &after), 0);
	assert_int_equal(after.n_unixes, 1);
	assert_int_equal(after.unixes[0].ino, 4711);
	assert_string_equal(after.unixes[0].name, "/run/new");
	assert_null(after.unixes[0].dir);
	assert_false(after.unixes[0].is_deleted);
	assert_non_null(memmem(edited, (size_t)n, "\x6a\x07\x08\xc0\x03\x10\x05\x18\x21", 9));
	assert_null(memmem(edited, (size_t)n, "\x6a\x02", 2));
	image_files_free(&after);
	free(edited);
	free(image.v);
	free(usk.v);
	free(file.v);
}

static void nothing_to_change_changes_nothing(void **state)
{
	const struct plan_edit other = { .id = 4242 };
	char *edited;

	(void)state;
	assert_int_equal(files_image_edit(text, size, &other, 1, &edited), size);
	assert_memory_equal(edited, text, size);
	free(edited);
}

static void damaged_images_are_refused(void **state)
{
	const struct plan_edit grown = { .id = 2 };

	(void)state;
	for (size_t n = 0; n < size; n++) {
		char *copy = xcalloc(n, 1);
		char *edited = NULL;
		ssize_t r;

		memcpy(copy, text, n);
		r = files_image_edit(copy, n, &grown, 1, &edited);
		/* cut behind a message it is an image */
		UNIT_CHECK(r >= 0 ? n >= 8 && edited : r == -EINVAL && !edited, "%zu bytes", n);
		free(edited);
		free(copy);
	}
}

int main(void)
{
	int status;

	read_recorded();
	UNIT(sizes_go_and_positions_move);
	UNIT(files_get_other_paths);
	UNIT(names_go);
	UNIT(names_change);
	UNIT(nothing_to_change_changes_nothing);
	UNIT(damaged_images_are_refused);
	status = unit_run("grown_files");
	free(text);
	return status;
}
