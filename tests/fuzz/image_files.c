// SPDX-License-Identifier: MIT
/*
 * The files in criu's images: files.img, remap-fpath.img, what is written in its place for files
 * that have grown; and build-IDs.
 */
#include "fuzz.h"

#include "look/build_id.h"
#include "look/image_files.h"
#include "thaw/files_image.h"

static void check_files(const struct image_files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct image_file *file = &f->v[i];

		FUZZ_CHECK(file->path, "file %zu has no path", i);
		FUZZ_CHECK(!file->build_words || file->build_id, "file %zu has no build-ID", i);
		FUZZ_CHECK(!file->link || file->link->is_link, "file %zu", i);
		FUZZ_CHECK(!file->link || (file->link >= f->v && file->link < f->v + f->n),
			   "file %zu has a link outside", i);
		FUZZ_CHECK(!file->makes_ghost || file->remap == IMAGE_GHOST, "file %zu", i);
		(void)image_file_goes_on(file);
	}
}

/* Of the file in the middle the size goes, and nothing else. */
static void check_edited(const uint8_t *data, size_t size, const struct image_files *before)
{
	const struct plan_edit grown = { .id = before->v[before->n / 2].id };
	struct image_files after = { 0 };
	char *edited = NULL;
	ssize_t n = files_image_edit(data, size, &grown, 1, &edited);

	FUZZ_CHECK(n >= 8 && edited, "a good image could not be changed");
	FUZZ_CHECK((size_t)n <= size, "it has become longer"); /* no position has moved */
	FUZZ_CHECK(image_files_parse(edited, (size_t)n, &after) == 0, "it is damaged now");
	FUZZ_CHECK(after.n == before->n && after.n_sockets == before->n_sockets,
		   "%zu files, and %zu before", after.n, before->n);
	for (size_t i = 0; i < after.n; i++)
		FUZZ_CHECK(!strcmp(after.v[i].path, before->v[i].path) &&
				   after.v[i].pos == before->v[i].pos,
			   "file %zu is another one", i);
	image_files_free(&after);
	free(edited);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_files f = { 0 };
	uint8_t id[BUILD_ID_MAX];
	char *edited = NULL;
	int r = image_files_parse(data, size, &f);

	if (r == 0 && f.n)
		check_edited(data, size, &f);
	else if (r < 0)
		(void)files_image_edit(data, size, &(struct plan_edit){ .id = 1 }, 1, &edited);
	free(edited);
	(void)image_files_parse_remaps(data, size, &f);
	check_files(&f);
	FUZZ_CHECK(build_id_find(data, size, id) <= BUILD_ID_MAX, "a long build-ID");
	image_files_free(&f);
	return 0;
}
