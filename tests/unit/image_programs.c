// SPDX-License-Identifier: MIT
/* Images as criu writes them, in which the program of a task would be opened with O_PATH. */
#include "unit.h"

#include "look/image_files.h"
#include "look/image_format.h"
#include "look/image_programs.h"
#include "look/image_tasks.h"

enum { O_LARGE = 0100000 };

static struct pb_out image_of(enum image_magic magic)
{
	const uint32_t magics[] = { IMG_COMMON_MAGIC, magic };
	struct pb_out image = { 0 };

	pb_put(&image, magics, sizeof(magics));
	return image;
}

static void put_entry(struct pb_out *image, struct pb_out *entry)
{
	image_put_entry(image, entry);
	free(entry->v);
	*entry = (struct pb_out){ 0 };
}

static void put_file(struct pb_out *image, unsigned id, unsigned flags, const char *name)
{
	struct pb_out reg = { 0 };
	struct pb_out entry = { 0 };

	pb_put_number(&reg, 1, id);
	pb_put_number(&reg, 2, flags);
	pb_put_number(&reg, 3, 0);
	pb_put_bytes(&reg, 6, name, strlen(name));
	pb_put_number(&reg, 8, 4711);
	pb_put_number(&entry, 1, 1);
	pb_put_number(&entry, 2, id);
	pb_put_bytes(&entry, 3, reg.v, reg.n);
	free(reg.v);
	put_entry(image, &entry);
}

static struct pb_out files(void)
{
	struct pb_out image = image_of(FILES_MAGIC);

	put_file(&image, 7, O_PATH | O_NOFOLLOW | O_LARGE, "bin/p");
	put_file(&image, 9, O_LARGE, "bin/q");
	put_file(&image, 8, O_PATH, "bin/r");
	return image;
}

static void a_copy_has_no_path(void **state)
{
	struct pb_out image = files();
	struct image_files all = { 0 };
	size_t size;
	char *text = image_copy_without_path(image.v, image.n, 7, 10, &size);

	(void)state;
	assert_non_null(text);
	assert_memory_equal(text, image.v, image.n);
	assert_int_equal(image_files_parse(text, size, &all), 0);
	assert_int_equal(all.n, 4);
	assert_int_equal(all.v[0].flags, O_PATH | O_NOFOLLOW | O_LARGE);
	assert_int_equal(all.v[3].id, 10);
	assert_int_equal(all.v[3].flags, O_LARGE);
	assert_string_equal(all.v[3].path, all.v[0].path);
	assert_int_equal(all.v[3].size, 4711);
	image_files_free(&all);
	free(text);
	free(image.v);
}

static void others_have_no_copy(void **state)
{
	struct pb_out image = files();
	size_t size;

	(void)state;
	assert_null(image_copy_without_path(image.v, image.n, 9, 10, &size));
	assert_null(image_copy_without_path(image.v, image.n, 11, 12, &size));
	assert_null(image_copy_without_path(image.v, image.n - 1, 7, 10, &size));
	assert_int_equal(size, 0);
	free(image.v);
}

static void a_new_number(void **state)
{
	struct pb_out image = files();

	(void)state;
	assert_int_equal(image_new_file_id(image.v, image.n), 10);
	assert_int_equal(image_new_file_id(image.v, image.n - 1), 0);
	free(image.v);
}

static void a_copy_is_renamed_as_its_original(void **state)
{
	struct pb_out image = image_of(REMAP_FPATH_MAGIC);
	struct pb_out wanted;
	size_t size;
	char *text;

	(void)state;
	for (unsigned id = 7; id <= 10; id += 3) {
		struct pb_out entry = { 0 };

		pb_put_number(&entry, 1, id);
		pb_put_number(&entry, 2, 3);
		pb_put_number(&entry, 3, 1);
		if (id == 7)
			put_entry(&image, &entry);
		else
			wanted = entry;
	}
	text = image_copy_remap(image.v, image.n, 7, 10, &size);
	assert_non_null(text);
	assert_null(image_copy_remap(image.v, image.n, 9, 10, &(size_t){ 0 }));
	put_entry(&image, &wanted);
	assert_int_equal(size, image.n);
	assert_memory_equal(text, image.v, size);
	free(text);
	free(image.v);
}

static void a_task_has_another_program(void **state)
{
	struct pb_out image = image_of(MM_MAGIC);
	struct pb_out entry = { 0 };
	struct image_task task = { 0 };
	size_t size;
	char *text;

	(void)state;
	pb_put_number(&entry, 8, 100);
	pb_put_number(&entry, 9, 200);
	pb_put_number(&entry, 12, 7);
	put_entry(&image, &entry);
	text = image_set_program(image.v, image.n, 10, &size);
	assert_non_null(text);
	assert_int_equal(image_task_parse_mm(text, size, &task), 0);
	assert_int_equal(task.program, 10);
	assert_int_equal(task.args_start, 100);
	assert_int_equal(task.args_end, 200);
	assert_null(image_set_program(image.v, image.n - 1, 10, &size));
	free(text);
	free(image.v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_has_no_path),
		cmocka_unit_test(others_have_no_copy),
		cmocka_unit_test(a_new_number),
		cmocka_unit_test(a_copy_is_renamed_as_its_original),
		cmocka_unit_test(a_task_has_another_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
