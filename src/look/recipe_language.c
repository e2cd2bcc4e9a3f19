// SPDX-License-Identifier: MIT
#include "look/recipe_language.h"

#include "look/recipe.h"
#include "util/util.h"

const char recipe_magic[] = "criu-ns-recipe ";

/* 1 has no was=, 2 no "needs", 3 no is=kept but for the root, no "flusher", and no clamps=. */
const char *const recipe_formats[] = { "1", "2", "3", "4" };
const size_t recipe_n_formats = ARRAY_SIZE(recipe_formats);

/* Bit sets of owners: whose mounts have the field. */
enum {
	ALL = ~0U,
	OF_HOST = 1U << OWNER_HOST,
	OF_KEPT = 1U << OWNER_KEPT,
	OF_NAMED = 1U << OWNER_HOST | 1U << OWNER_PROC | 1U << OWNER_GIVEN | 1U << OWNER_PTY |
		   1U << OWNER_KEPT,
};

#define AT(member) offsetof(struct recipe_mount, member)
static const struct recipe_field mount_fields[] = {
	{ "at", AT(at), &recipe_kinds.path, ALL, NEEDED },
	{ "is", AT(owner), &recipe_kinds.owner, ALL, NEEDED },
	{ "key", AT(key), &recipe_kinds.text, OF_NAMED, NEEDED },
	/* root is no path: it may be net:[4026531840] or /x//deleted */
	{ "root", AT(root), &recipe_kinds.text, ALL, NEEDED },
	{ "type", AT(fstype), &recipe_kinds.text, ALL, NEEDED },
	{ "flags", AT(flags), &recipe_kinds.flags, ALL, NEEDED },
	{ "locked", AT(locks), &recipe_kinds.locks, ALL, OPTIONAL },
	{ "host", AT(host), &recipe_kinds.path, OF_HOST, NEEDED },
	{ "folder", AT(folder), &recipe_kinds.path, OF_HOST, NEEDED },
	{ "options", AT(options), &recipe_kinds.text, OF_KEPT, OPTIONAL },
	{ "shared", 0, &recipe_kinds.shared, ALL, OPTIONAL },
	{ "master", AT(master), &recipe_kinds.group, ALL, OPTIONAL },
	{ "hidden", AT(hidden), &recipe_kinds.bare, ALL, OPTIONAL },
};
#undef AT

#define AT(member) offsetof(struct recipe_file, member)
static const struct recipe_field file_fields[] = {
	{ "id", AT(id), &recipe_kinds.id, ALL, NEEDED },
	{ "path", AT(path), &recipe_kinds.path, ALL, NEEDED },
	{ "type", AT(type), &recipe_kinds.type, ALL, NEEDED },
	{ "flags", AT(flags), &recipe_kinds.open_flags, ALL, NEEDED },
	{ "pos", AT(pos), &recipe_kinds.pos, ALL, NEEDED },
	{ "was", AT(was), &recipe_kinds.identity, ALL, OPTIONAL },
};
#undef AT

#define AT(member) offsetof(struct recipe_unix, member)
static const struct recipe_field unix_fields[] = {
	{ "id", AT(id), &recipe_kinds.inode, ALL, NEEDED },
	{ "type", AT(type), &recipe_kinds.socket_type, ALL, NEEDED },
	{ "to", AT(to), &recipe_kinds.address, ALL, OPTIONAL },
	{ "cut", AT(cut), &recipe_kinds.bare, ALL, OPTIONAL },
	{ "flags", AT(flags), &recipe_kinds.open_flags, ALL, NEEDED },
	{ "shut", AT(shut), &recipe_kinds.shut, ALL, OPTIONAL },
	{ "by", AT(rights), &recipe_kinds.rights, ALL, NEEDED },
	{ "journal", AT(journal), &recipe_kinds.journal, ALL, OPTIONAL },
	{ "identifier", AT(journal.identifier), &recipe_kinds.journal_text, ALL, OPTIONAL },
	{ "unit", AT(journal.unit), &recipe_kinds.journal_text, ALL, OPTIONAL },
};
#undef AT

#define AT(member) offsetof(struct recipe_name, member)
static const struct recipe_field name_fields[] = {
	{ "id", AT(id), &recipe_kinds.inode, ALL, NEEDED },
	{ "now", AT(now), &recipe_kinds.path, ALL, NEEDED },
	{ "mode", AT(mode), &recipe_kinds.mode, ALL, NEEDED },
	{ "owner", AT(owner), &recipe_kinds.owner_ids, ALL, NEEDED },
};
#undef AT

#define AT(member) offsetof(struct recipe_group, member)
static const struct recipe_field group_fields[] = {
	{ "pid", AT(pid), &recipe_kinds.pid, ALL, NEEDED },
	{ "fd", AT(fd), &recipe_kinds.descriptor, ALL, NEEDED },
	{ "group", AT(group), &recipe_kinds.multicast, ALL, NEEDED },
	{ "on", AT(on), &recipe_kinds.device, ALL, NEEDED },
};
#undef AT

#define AT(member) offsetof(struct task_attributes, member)
static const struct recipe_field task_fields[] = {
	{ "pid", AT(pid), &recipe_kinds.pid, ALL, NEEDED },
	{ "cpus", AT(cpus), &recipe_kinds.cpus, ALL, OPTIONAL },
	{ "io", AT(io), &recipe_kinds.io, ALL, OPTIONAL },
	{ "slack", AT(slack), &recipe_kinds.slack, ALL, OPTIONAL },
	{ "slice", AT(slice), &recipe_kinds.slice, ALL, OPTIONAL },
	{ "clamps", 0, &recipe_kinds.clamps, ALL, OPTIONAL },
	{ "dump", 0, &recipe_kinds.dump, ALL, OPTIONAL },
	{ "group", AT(group), &recipe_kinds.nice, ALL, OPTIONAL },
};
#undef AT

#define AT(member) offsetof(struct tree_attributes, member)
static const struct recipe_field tree_fields[] = {
	{ "fixed", AT(fixed), &recipe_kinds.bare, ALL, OPTIONAL },
	{ "memory", AT(memory), &recipe_kinds.memory, ALL, OPTIONAL },
	{ "mce", AT(mce), &recipe_kinds.mce, ALL, OPTIONAL },
	{ "merge", AT(merge), &recipe_kinds.bare, ALL, OPTIONAL },
	{ "flusher", AT(flusher), &recipe_kinds.bare, ALL, OPTIONAL },
	{ "bypass", AT(speculation.bypass), &recipe_kinds.speculation, ALL, OPTIONAL },
	{ "indirect", AT(speculation.indirect), &recipe_kinds.speculation, ALL, OPTIONAL },
};
#undef AT

#define AT(member) offsetof(struct recipe_option, member)
static const struct recipe_field option_fields[] = {
	{ "pid", AT(pid), &recipe_kinds.pid, ALL, NEEDED },
	{ "fd", AT(fd), &recipe_kinds.descriptor, ALL, NEEDED },
	{ "set", AT(set), &recipe_kinds.socket_option, ALL, NEEDED },
};
#undef AT

const struct recipe_fields recipe_mount_fields = { mount_fields, ARRAY_SIZE(mount_fields) };
const struct recipe_fields recipe_file_fields = { file_fields, ARRAY_SIZE(file_fields) };
const struct recipe_fields recipe_unix_fields = { unix_fields, ARRAY_SIZE(unix_fields) };
const struct recipe_fields recipe_name_fields = { name_fields, ARRAY_SIZE(name_fields) };
const struct recipe_fields recipe_option_fields = { option_fields, ARRAY_SIZE(option_fields) };
const struct recipe_fields recipe_group_fields = { group_fields, ARRAY_SIZE(group_fields) };
const struct recipe_fields recipe_task_fields = { task_fields, ARRAY_SIZE(task_fields) };
const struct recipe_fields recipe_tree_fields = { tree_fields, ARRAY_SIZE(tree_fields) };
