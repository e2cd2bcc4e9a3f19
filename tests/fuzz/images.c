// SPDX-License-Identifier: MIT
/*
 * criu's images: whatever one holds, each of the parsers gets it, and all but one refuse its magic.
 */
#include "files.h"

#include "look/image_restart.h"
#include "look/images.h"

static void check_ids(const struct images *i)
{
	static const pid_t limits[] = { 300, 32768, 4194304 };

	for (size_t n = 0; n < i->n_ids; n++)
		FUZZ_CHECK(i->ids[n] > 0, "id %d", i->ids[n]);
	for (size_t l = 0; l < ARRAY_SIZE(limits); l++) {
		pid_t pid = images_free_pid(i->ids, i->n_ids, limits[l]);

		FUZZ_CHECK(pid == 0 || (pid >= 300 && pid < limits[l]), "pid %d of %d", pid,
			   limits[l]);
		for (size_t n = 0; n < i->n_ids && pid; n++)
			FUZZ_CHECK(i->ids[n] < pid - 512 || i->ids[n] >= pid + 512,
				   "pid %d is near %d", pid, i->ids[n]);
	}
}

static void check_mounts(const struct images *i)
{
	const struct image_mount *root = images_root_mount(i);

	for (size_t n = 0; n < i->n_mounts; n++) {
		const struct image_mount *m = &i->mounts[n];

		FUZZ_CHECK(m->root && m->at, "mount %zu", n);
		FUZZ_CHECK(!images_is_auto(m) || m->key, "mount %zu", n);
		FUZZ_CHECK(root || strcmp(m->at, "/") != 0, "mount %zu", n);
	}
	FUZZ_CHECK(!root || !strcmp(root->at, "/"), "the root is on %s", root->at);
}

/* A directory in which all images are this one. */
static void check_directory(int dir)
{
	struct images i;
	struct err e = { 0 };
	int r = images_read(dir, &i, &e);

	FUZZ_CHECK(r == 0, "%s", e.what);
	FUZZ_CHECK(i.present && i.has_tree && i.own_mounts, "%zu ids, %zu mounts", i.n_ids,
		   i.n_mounts);
	check_ids(&i);
	check_mounts(&i);
	images_free(&i);
}

/* It changes a text in place: at most once, and the size stays. */
static void check_restart(const uint8_t *data, size_t size)
{
	char *copy = xcalloc(1, size + 1);

	memcpy(copy, data, size);
	if (image_restart_poll(copy, size))
		FUZZ_CHECK(!image_restart_poll(copy, size), "a poll(2) has been restarted twice");
	else
		FUZZ_CHECK(!memcmp(copy, data, size), "changed for nothing");
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "inventory.img",      "pstree.img",
					     "core-1.img",         "mountpoints-9.img",
					     "mountpoints-12.img", "remap-fpath.img",
					     "pagemap-1.img" };
	static struct fuzz_files files = { -1, -1 };
	struct images i = { 0 };

	if (files.fd < 0)
		files = fuzz_files_make(names, ARRAY_SIZE(names));
	if (fuzz_files_take(&files, data, size))
		check_directory(files.dir);
	if (images_parse_pstree(data, size, &i) < 0)
		FUZZ_CHECK(!i.ids && !i.n_ids && !i.root, "something is left of a pstree.img");
	if (images_parse_mounts(data, size, &i) < 0)
		FUZZ_CHECK(!i.mounts && !i.n_mounts, "something is left of a mountpoints.img");
	(void)images_parse_core(data, size, &i);
	(void)images_parse_pagemap(data, size, &i);
	check_restart(data, size);
	if (image_ttys_parse(data, size, &i.ttys) == 0)
		(void)image_ttys_have_job(&i.ttys);
	(void)images_parse_remaps(data, size, &i);
	check_ids(&i);
	check_mounts(&i);
	images_free(&i);
	return 0;
}
