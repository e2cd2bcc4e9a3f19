/* SPDX-License-Identifier: MIT */
/* What libmount reads in a mount table, beside what criu-ns reads. For tests and the fuzzer. */
#ifndef CRIU_NS_UNIT_LIBMOUNT_H
#define CRIU_NS_UNIT_LIBMOUNT_H

#include "look/mounts.h"

#include <libmount/libmount.h>
#include <stdio.h>
#include <string.h>

/* NULL if libmount passes over a line, which it does in silence (seen with 2.38.1). */
static inline struct libmnt_table *libmount_table(const struct mounts *t)
{
	struct libmnt_table *tb = mnt_new_table();
	FILE *stream = fmemopen(t->text, strlen(t->text), "re");
	int r = stream && tb ? mnt_table_parse_stream(tb, stream, "") : -1;

	if (stream)
		fclose(stream);
	if (r == 0 && (size_t)mnt_table_get_nents(tb) == t->n)
		return tb;
	mnt_unref_table(tb);
	return NULL;
}

/* The last field of that name, at the start or behind a blank. */
static inline bool libmount_group_is(struct libmnt_fs *fs, const char *name, unsigned group)
{
	const char *fields = mnt_fs_get_optional_fields(fs);
	unsigned long found = 0;

	for (const char *at = fields; at && (at = strstr(at, name)); at++)
		if (at == fields || at[-1] == ' ')
			found = strtoul(at + strlen(name), NULL, 10);
	return group == found;
}

/* The name of a field that is another one for libmount; NULL if there is none. */
static inline const char *libmount_differs(struct libmnt_fs *fs, const struct mount *m)
{
	const char *options = mnt_fs_get_fs_options(fs);

	if (mnt_fs_get_id(fs) != m->id || mnt_fs_get_parent_id(fs) != m->parent)
		return "the ids";
	if (mnt_fs_get_devno(fs) != m->dev)
		return "the device";
	if (strcmp(mnt_fs_get_root(fs), m->root) != 0)
		return "the root";
	if (strcmp(mnt_fs_get_target(fs), m->at) != 0)
		return "the mountpoint";
	if (strcmp(mnt_fs_get_fstype(fs), m->fstype) != 0)
		return "the type";
	if (strcmp(options ? options : "", m->options) != 0)
		return "the options of the superblock";
	if (!libmount_group_is(fs, "shared:", m->shared) ||
	    !libmount_group_is(fs, "master:", m->master))
		return "the peer groups";
	return NULL;
}

/* The first mount that is another one for libmount, and in what; NULL if there is none. */
static inline const struct mount *libmount_first_other(struct libmnt_table *tb,
						       const struct mounts *t, const char **what)
{
	struct libmnt_iter *it = mnt_new_iter(MNT_ITER_FORWARD);
	const struct mount *other = NULL;
	struct libmnt_fs *fs;

	mounts_for_each (m, t) {
		if (!it || mnt_table_next_fs(tb, it, &fs) != 0)
			*what = "the number";
		else
			*what = libmount_differs(fs, m);
		if (*what) {
			other = m;
			break;
		}
	}
	mnt_free_iter(it);
	return other;
}

#endif
