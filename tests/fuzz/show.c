// SPDX-License-Identifier: MIT
/*
 * A directory in which all images are this one: shown as text and as JSON, nothing of it reaches a
 * terminal but as text.
 */
#include "files.h"

#include "explain/show.h"
#include "look/image_tasks.h"

static void check_printed(const struct contents *c, void print(FILE *, const struct contents *),
			  bool one_line)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	size_t lines;

	FUZZ_CHECK(out, "no memory");
	print(out, c);
	fclose(out);
	FUZZ_CHECK(strlen(text) == size, "a NUL is printed");
	lines = fuzz_count_lines(text);
	FUZZ_CHECK(!one_line || lines == 1, "%zu lines", lines);
	free(text);
}

static void check_tasks(const struct image_tasks *t)
{
	for (size_t i = 0; i < t->n; i++) {
		FUZZ_CHECK(t->v[i].pid > 0, "task %zu has no pid", i);
		FUZZ_CHECK(!t->v[i].args || (t->v[i].n_args && !t->v[i].args[t->v[i].n_args - 1]),
			   "the command line of task %zu has no end", i);
	}
}

static void check_directory(int dir)
{
	struct contents c;
	struct err e = { 0 };

	FUZZ_CHECK(contents_read_in(dir, "images", &c, &e) == 0, "%s", e.what);
	FUZZ_CHECK(c.problems.n <= c.n_problems, "%zu problems", c.n_problems);
	check_tasks(&c.tasks);
	check_printed(&c, show_text, false);
	check_printed(&c, show_json, true);
	contents_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"inventory.img", "pstree.img",         "core-1.img",   "mm-1.img",
		"ids-1.img",     "pagemap-1.img",      "pages-1.img",  "pages-0.img",
		"files.img",     "mountpoints-12.img", "tty-info.img", "remap-fpath.img",
		"criu-ns.recipe"
	};
	static struct fuzz_files files = { -1, -1 };
	const struct image_range range = { 0x7ffc00001000, 4096, 4096 };
	struct image_task task = { 0 };
	struct image_tasks tasks = { 0 };
	struct image_pages pages;

	if (files.fd < 0)
		files = fuzz_files_make(names, ARRAY_SIZE(names));
	if (fuzz_files_take(&files, data, size))
		check_directory(files.dir);
	(void)image_tasks_parse(data, size, &tasks);
	check_tasks(&tasks);
	(void)image_task_parse_core(data, size, &task);
	(void)image_task_parse_mm(data, size, &task);
	(void)image_pages_find(data, size, &range, &pages);
	FUZZ_CHECK(pages.size <= range.size, "%zu bytes", pages.size);
	image_tasks_free(&tasks);
	free(task.comm);
	return 0;
}
