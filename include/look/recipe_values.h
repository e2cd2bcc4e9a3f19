/* SPDX-License-Identifier: MIT */
/* The types of values in a recipe: how each is read from its text, checked, and written. */
#ifndef CRIU_NS_RECIPE_VALUES_H
#define CRIU_NS_RECIPE_VALUES_H

/*
 * A type of value. read() returns what is wrong with the text, or NULL; it may change the text, or
 * take it and leave NULL. write() returns a fresh text, or NULL for a member that is not set.
 */
struct recipe_kind {
	const char *(*read)(char **value, void *to);
	char *(*write)(const void *from);
};

extern const struct recipe_kinds {
	struct recipe_kind text, path, owner, flags, locks, group, shared, bare, id, type,
		open_flags, mode, pos, identity, inode, socket_type, address, shut, rights,
		owner_ids, journal, journal_text, pid, descriptor, multicast, device, socket_option,
		cpus, io, slack, slice, clamps, dump, nice, memory, mce, speculation;
} recipe_kinds;

#endif
