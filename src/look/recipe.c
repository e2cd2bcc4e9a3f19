// SPDX-License-Identifier: MIT
#include "look/recipe.h"

#include "look/mounts.h"
#include "util/printable.h"
#include "util/util.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char recipe_file_name[] = "criu-ns.recipe";
const char recipe_root_name[] = "criu-ns.root.tar";

static const char magic[] = "criu-ns-recipe ";
/* The formats that are read; the last one is written. 1 has no was=, 2 no "needs". */
static const char *const versions[] = { "1", "2", "3" };
enum { NEWEST = ARRAY_SIZE(versions) - 1 };
static const char comment[] =
	"# What a thaw needs beside criu's images; criu-ns(1), THE RECIPE, tells how to read and edit it.\n";

/* 100,000 mounts is the kernel's default limit (fs.mount-max). */
enum { MAX_SIZE = 16 << 20, MAX_LINES = 100000 };

/* Limits with which everything that was read can be written again, with magic, comments, frame and end. */
enum { MAX_ENTRIES = MAX_LINES - 5 };

enum { MAX_KEY = 64, MAX_GIVEN_KEY = 4096, MAX_OPEN_FLAGS = 0177777777 };

static const char *const owner_names[] = {
	[OWNER_OWN] = "own",   [OWNER_HOST] = "host",   [OWNER_PROC] = "proc",
	[OWNER_KEPT] = "kept", [OWNER_GIVEN] = "given", [OWNER_AUTO] = "auto",
	[OWNER_NONE] = "none", [OWNER_PTY] = "pty",
};

const char *const recipe_need_names[RECIPE_NEEDS] = {
	[NEED_TCP_ESTABLISHED] = "tcp-established", [NEED_TCP_CLOSE] = "tcp-close",
	[NEED_FILE_LOCKS] = "file-locks",           [NEED_EXT_UNIX_SK] = "ext-unix-sk",
	[NEED_ALLOW_UPROBES] = "allow-uprobes",     [NEED_SHELL_JOB] = "shell-job",
};

/* Values: from a text, and to a text */

/*
 * A type of value. read() returns what is wrong with the text, or NULL; it may change the text, or take it and
 * leave NULL. write() returns a fresh text, or NULL for a member that is not set.
 */
struct kind {
	const char *(*read)(char **value, void *to);
	char *(*write)(const void *from);
};

/* strtoull() accepts blanks and signs, and reports a number that is too large only by errno. */
static bool read_number(const char *text, unsigned base, unsigned long long max,
			unsigned long long *ret)
{
	unsigned long long value = 0;

	/* Some programs read 017 as 15, others as 17. */
	if (!*text || (base == 10 && text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned char)*text - (unsigned)'0';

		if (digit >= base || value > (max - digit) / base)
			return false;
		value = value * base + digit;
	}
	*ret = value;
	return true;
}

static const char *read_text(char **value, void *to)
{
	*(char **)to = *value;
	*value = NULL;
	return NULL;
}

static char *write_text(const void *from)
{
	const char *text = *(char *const *)from;

	return text ? xstrdup(text) : NULL;
}

static bool is_clean(const char *path)
{
	if (!path[1])
		return true;
	while (*path) {
		size_t n = strcspn(++path, "/");

		if (n == 0 || (n <= 2 && !strncmp(path, "..", n)))
			return false;
		path += n;
	}
	return true;
}

static const char *read_path(char **value, void *to)
{
	if (**value != '/')
		return "not an absolute path";
	if (!is_clean(*value))
		return "a path with an empty, a \".\" or a \"..\" component";
	if (strlen(*value) >= PATH_MAX)
		return "too long for a path";
	return read_text(value, to);
}

static const char *read_owner(char **value, void *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(owner_names); i++) {
		if (strcmp(*value, owner_names[i]) != 0)
			continue;
		*(enum recipe_owner *)to = (enum recipe_owner)i;
		return NULL;
	}
	return "not one of own, host, proc, kept, given, auto, none";
}

static char *write_owner(const void *from)
{
	return xstrdup(recipe_owner_name(*(const enum recipe_owner *)from));
}

static unsigned long flag_by_name(const char *name, size_t n)
{
	for (size_t i = 0; i < MOUNT_FLAGS; i++)
		if (strlen(mount_flags[i].name) == n && !memcmp(mount_flags[i].name, name, n))
			return mount_flags[i].flag;
	return 0;
}

static const char *read_flags(char **value, void *to)
{
	unsigned long flags = 0;
	const char *p = *value;

	for (bool more = strcmp(p, "-") != 0; more;) {
		size_t n = strcspn(p, ",");
		unsigned long flag = flag_by_name(p, n);

		if (!flag)
			return "not \"-\" nor a list of ro, nosuid, nodev, noexec, "
			       "nosymfollow, noatime, nodiratime, relatime";
		if (flags & flag)
			return "a duplicate flag";
		flags |= flag;
		more = p[n] == ',';
		p += n + more;
	}
	*(unsigned long *)to = flags;
	return NULL;
}

static char *write_flags(const void *from)
{
	return recipe_flags_text(*(const unsigned long *)from);
}

static unsigned lock_by_name(const char *name, size_t n)
{
	for (size_t i = 0; i < MOUNT_LOCKS; i++)
		if (!strncmp(mount_locks[i].name, name, n) && !mount_locks[i].name[n])
			return mount_locks[i].lock;
	return 0;
}

static const char *read_locks(char **value, void *to)
{
	unsigned locks = 0;
	const char *p = *value;

	for (bool more = true; more;) {
		size_t n = strcspn(p, ",");
		unsigned lock = lock_by_name(p, n);

		if (!lock)
			return "not a list of mount, ro, nosuid, nodev, noexec, atime";
		if (locks & lock)
			return "a duplicate lock";
		locks |= lock;
		more = p[n] == ',';
		p += n + more;
	}
	*(unsigned *)to = locks;
	return NULL;
}

static char *write_locks(const void *from)
{
	unsigned locks = *(const unsigned *)from;

	return locks ? recipe_locks_text(locks) : NULL;
}

static const char *read_group(char **value, void *to)
{
	unsigned long long group;

	if (!read_number(*value, 10, INT_MAX, &group) || !group)
		return "not the number of a peer group";
	*(unsigned *)to = (unsigned)group;
	return NULL;
}

static char *write_group(const void *from)
{
	unsigned group = *(const unsigned *)from;

	return group ? xasprintf("%u", group) : NULL;
}

/* For two members of a mount: the peer group, and whether it is the host's. */
static const char *read_shared(char **value, void *to)
{
	struct recipe_mount *m = to;
	char *colon = strchr(*value, ':');

	if (colon && strcmp(colon, ":host") != 0)
		return "not the number of a peer group, alone or with \":host\"";
	m->host_peer = colon != NULL;
	if (colon)
		*colon = '\0';
	return read_group(value, &m->shared);
}

static char *write_shared(const void *from)
{
	const struct recipe_mount *m = from;

	return m->shared ? xasprintf("%u%s", m->shared, m->host_peer ? ":host" : "") : NULL;
}

/* The one type without a value: the word is the name alone. */
static const char *read_bare(char **value, void *to)
{
	(void)value;
	*(bool *)to = true;
	return NULL;
}

static char *write_bare(const void *from)
{
	return *(const bool *)from ? xstrdup("") : NULL;
}

/* As printf("%x") writes it, because ids are compared as text. */
static bool is_hex(const char *text, size_t n, size_t max)
{
	return n > 0 && n <= max && strspn(text, "0123456789abcdef") >= n &&
	       (n == 1 || text[0] != '0');
}

static const char *read_id(char **value, void *to)
{
	size_t n = strcspn(*value, ":");
	const char *inode = *value + n + 1;

	if (!(*value)[n] || !is_hex(*value, n, 8) || !is_hex(inode, strlen(inode), 16))
		return "not MNT:INODE, hexadecimal in small letters without leading zeros";
	return read_text(value, to);
}

static const char *read_type(char **value, void *to)
{
	const char *type = *value;

	if (!strchr("fdpcb", type[0]) || type[1])
		return "not one of f, d, p, c, b";
	*(char *)to = type[0];
	return NULL;
}

static char *write_type(const void *from)
{
	return xstrndup(from, 1);
}

static const char *read_open_flags(char **value, void *to)
{
	unsigned long long flags;

	if (!read_number(*value, 8, MAX_OPEN_FLAGS, &flags))
		return "not the octal open flags of a file";
	*(unsigned long *)to = (unsigned long)flags;
	return NULL;
}

static char *write_open_flags(const void *from)
{
	return xasprintf("0%lo", *(const unsigned long *)from);
}

static const char *read_mode(char **value, void *to)
{
	unsigned long long mode;

	if (!read_number(*value, 8, 07777, &mode))
		return "not the octal permissions of a file";
	*(unsigned long *)to = (unsigned long)mode;
	return NULL;
}

static const char *read_pos(char **value, void *to)
{
	unsigned long long pos;

	if (!read_number(*value, 10, LLONG_MAX, &pos))
		return "not a position in a file";
	*(long long *)to = (long long)pos;
	return NULL;
}

static char *write_pos(const void *from)
{
	return xasprintf("%lld", *(const long long *)from);
}

static const char *read_identity(char **value, void *to)
{
	return identity_read(*value, to);
}

static char *write_identity(const void *from)
{
	const struct identity *i = from;

	return i->known ? identity_write(i) : NULL;
}

/* As procfs_rights() writes them: user, group, supplementary groups. */
static const char *read_rights(char **value, void *to)
{
	const char *text = *value;
	unsigned n = 0;

	for (bool more = true; more; n++) {
		char number[16] = "";
		size_t length = strcspn(text, ":");
		unsigned long long id;

		if (length < sizeof(number))
			memcpy(number, text, length);
		if (!read_number(number, 10, UINT_MAX, &id))
			return "not the numbers of a user and of groups: UID:GID:GROUP...";
		more = text[length] == ':';
		text += length + more;
	}
	return n < 2 ? "a user without a group" : read_text(value, to);
}

static const char *read_owner_ids(char **value, void *to)
{
	const char *colon = strchr(*value, ':');

	return colon && strchr(colon + 1, ':') ? "more than UID:GID" : read_rights(value, to);
}

static const char *read_inode(char **value, void *to)
{
	unsigned long long inode;

	if (!read_number(*value, 10, UINT_MAX, &inode) || !inode)
		return "not the inode of a socket";
	return read_text(value, to);
}

static const char *read_socket_type(char **value, void *to)
{
	bool is_stream = !strcmp(*value, "stream");

	if (!is_stream && strcmp(*value, "seqpacket") != 0)
		return "not one of stream, seqpacket";
	*(char *)to = is_stream ? 's' : 'q';
	return NULL;
}

static char *write_socket_type(const void *from)
{
	return xstrdup(*(const char *)from == 's' ? "stream" : "seqpacket");
}

/* What connect(2) takes: a path, or "@" and an abstract name, of which there are 107 bytes. */
static const char *read_address(char **value, void *to)
{
	enum { MAX_NAME = 107 };

	if (**value != '@')
		return read_path(value, to);
	if (!(*value)[1] || strlen(*value + 1) > MAX_NAME)
		return "not an abstract name";
	return read_text(value, to);
}

static const char *const shut_names[] = { "", "read", "write", "both" };

static const char *read_shut(char **value, void *to)
{
	for (unsigned i = 1; i < ARRAY_SIZE(shut_names); i++) {
		if (strcmp(*value, shut_names[i]) != 0)
			continue;
		*(unsigned *)to = i;
		return NULL;
	}
	return "not one of read, write, both";
}

static char *write_shut(const void *from)
{
	unsigned shut = *(const unsigned *)from;

	return shut ? xstrdup(shut_names[shut]) : NULL;
}

/* PRIORITY,FLAG,FLAG... */
static const char *read_journal(char **value, void *to)
{
	struct journal *j = to;
	char *word = *value;
	char *rest = strchr(word, ',');
	unsigned long long priority;

	if (rest)
		*rest++ = '\0';
	if (!read_number(word, 10, JOURNAL_PRIORITY, &priority))
		return "not a priority, as in syslog(3)";
	j->priority = (unsigned)priority;
	while ((word = rest)) {
		unsigned i = 0;

		rest = strchr(word, ',');
		if (rest)
			*rest++ = '\0';
		while (i < JOURNAL_FLAGS && strcmp(word, journal_flag_names[i]) != 0)
			i++;
		if (i == JOURNAL_FLAGS)
			return "after the priority, not a list of prefix, syslog, kmsg, console";
		if (j->flags & 1U << i)
			return "a duplicate flag";
		j->flags |= 1U << i;
	}
	j->is_one = true;
	return NULL;
}

static char *write_journal(const void *from)
{
	const struct journal *j = from;
	char *text = j->is_one ? xasprintf("%u", j->priority) : NULL;

	for (unsigned i = 0; text && i < JOURNAL_FLAGS; i++) {
		if (!(j->flags & 1U << i))
			continue;

		char *longer = xasprintf("%s,%s", text, journal_flag_names[i]);

		free(text);
		text = longer;
	}
	return text;
}

static const char *read_journal_text(char **value, void *to)
{
	return journal_accepts(*value) ? read_text(value, to)
				       : "control characters, or too long for the journal";
}

static const char *read_pid(char **value, void *to)
{
	unsigned long long pid;

	if (!read_number(*value, 10, 1 << 22, &pid) || !pid) /* PID_MAX_LIMIT */
		return "not a pid";
	*(pid_t *)to = (pid_t)pid;
	return NULL;
}

static char *write_pid(const void *from)
{
	return xasprintf("%d", *(const pid_t *)from);
}

static const char *read_cpus(char **value, void *to)
{
	unsigned char bits[ATTRIBUTES_CPUS / 8];

	if (!attributes_parse_list(*value, bits, ATTRIBUTES_CPUS))
		return "not a list of processors, as in 0-3,7";
	return read_text(value, to);
}

static const char *read_io(char **value, void *to)
{
	unsigned io = attributes_parse_io(*value);

	*(unsigned *)to = io;
	return io ? NULL : "not an I/O priority: rt:N, be:N (N from 0 to 7) or idle";
}

static char *write_io(const void *from)
{
	unsigned io = *(const unsigned *)from;

	return io ? attributes_format_io(io) : NULL;
}

static const char *read_slack(char **value, void *to)
{
	unsigned long long ns;

	if (!read_number(*value, 10, INT_MAX, &ns) || !ns)
		return "not a number of nanoseconds";
	*(unsigned long *)to = (unsigned long)ns;
	return NULL;
}

/* The kernel accepts 0.1 to 100 ms (__setparam_fair() in kernel/sched/syscalls.c). */
static const char *read_slice(char **value, void *to)
{
	unsigned long long ns;

	if (!read_number(*value, 10, 100000000, &ns) || ns < 100000)
		return "not a number of nanoseconds from 100000 to 100000000";
	*(unsigned long *)to = (unsigned long)ns;
	return NULL;
}

static char *write_ns(const void *from)
{
	unsigned long ns = *(const unsigned long *)from;

	return ns ? xasprintf("%lu", ns) : NULL;
}

/* For two members of a task: whether it is set, and the value, in octal like open flags. */
static const char *read_dump(char **value, void *to)
{
	struct task_attributes *t = to;
	unsigned long long filter;

	if (!read_number(*value, 8, 0777, &filter)) /* MMF_DUMP_FILTER_BITS */
		return "not the octal filter of a core dump";
	t->dump = (unsigned)filter;
	t->has_dump = true;
	return NULL;
}

static char *write_dump(const void *from)
{
	const struct task_attributes *t = from;

	return t->has_dump ? xasprintf("0%o", t->dump) : NULL;
}

static const char *read_nice(char **value, void *to)
{
	unsigned long long nice;
	bool negative = **value == '-';

	if (!read_number(*value + negative, 10, negative ? 20 : 19, &nice) || !nice)
		return "not a nice value from -20 to 19, without 0";
	*(int *)to = negative ? -(int)nice : (int)nice;
	return NULL;
}

static char *write_nice(const void *from)
{
	int nice = *(const int *)from;

	return nice ? xasprintf("%d", nice) : NULL;
}

static const char *read_memory(char **value, void *to)
{
	unsigned char nodes[ATTRIBUTES_NODES / 8];
	int mode;

	if (!attributes_parse_memory(*value, &mode, nodes))
		return "not a memory policy: prefer:NODE, bind:LIST, interleave:LIST or local";
	return read_text(value, to);
}

static const char *read_mce(char **value, void *to)
{
	if (strcmp(*value, "early") != 0 && strcmp(*value, "late") != 0)
		return "not one of early, late";
	*(char *)to = **value;
	return NULL;
}

static char *write_mce(const void *from)
{
	char mce = *(const char *)from;

	return mce ? xstrdup(mce == 'e' ? "early" : "late") : NULL;
}

static const struct kind text_kind = { read_text, write_text };
static const struct kind path_kind = { read_path, write_text };
static const struct kind owner_kind = { read_owner, write_owner };
static const struct kind flags_kind = { read_flags, write_flags };
static const struct kind locks_kind = { read_locks, write_locks };
static const struct kind group_kind = { read_group, write_group };
static const struct kind shared_kind = { read_shared, write_shared };
static const struct kind bare_kind = { read_bare, write_bare };
static const struct kind id_kind = { read_id, write_text };
static const struct kind type_kind = { read_type, write_type };
static const struct kind open_flags_kind = { read_open_flags, write_open_flags };
static const struct kind mode_kind = { read_mode, write_open_flags };
static const struct kind pos_kind = { read_pos, write_pos };
static const struct kind identity_kind = { read_identity, write_identity };
static const struct kind inode_kind = { read_inode, write_text };
static const struct kind socket_type_kind = { read_socket_type, write_socket_type };
static const struct kind address_kind = { read_address, write_text };
static const struct kind shut_kind = { read_shut, write_shut };
static const struct kind rights_kind = { read_rights, write_text };
static const struct kind owner_ids_kind = { read_owner_ids, write_text };
static const struct kind journal_kind = { read_journal, write_journal };
static const struct kind journal_text_kind = { read_journal_text, write_text };
static const struct kind pid_kind = { read_pid, write_pid };
static const struct kind cpus_kind = { read_cpus, write_text };
static const struct kind io_kind = { read_io, write_io };
static const struct kind slack_kind = { read_slack, write_ns };
static const struct kind slice_kind = { read_slice, write_ns };
static const struct kind dump_kind = { read_dump, write_dump };
static const struct kind nice_kind = { read_nice, write_nice };
static const struct kind memory_kind = { read_memory, write_text };
static const struct kind mce_kind = { read_mce, write_mce };

/* The fields of a line, in the order in which they are written */

enum presence { OPTIONAL, NEEDED };

/* Bit sets of owners: whose mounts have the field. */
enum {
	ALL = ~0U,
	OF_HOST = 1U << OWNER_HOST,
	OF_KEPT = 1U << OWNER_KEPT,
	OF_NAMED = 1U << OWNER_HOST | 1U << OWNER_PROC | 1U << OWNER_GIVEN | 1U << OWNER_PTY,
};

struct field {
	const char *name;
	size_t offset;
	const struct kind *kind;
	unsigned owners;
	enum presence presence;
};

#define AT(member) offsetof(struct recipe_mount, member)
static const struct field mount_fields[] = {
	{ "at", AT(at), &path_kind, ALL, NEEDED },
	{ "is", AT(owner), &owner_kind, ALL, NEEDED },
	{ "key", AT(key), &text_kind, OF_NAMED, NEEDED },
	{ "root", AT(root), &text_kind, ALL, NEEDED }, /* also net:[4026531840], /x//deleted */
	{ "type", AT(fstype), &text_kind, ALL, NEEDED },
	{ "flags", AT(flags), &flags_kind, ALL, NEEDED },
	{ "locked", AT(locks), &locks_kind, ALL, OPTIONAL },
	{ "host", AT(host), &path_kind, OF_HOST, NEEDED },
	{ "folder", AT(folder), &path_kind, OF_HOST, NEEDED },
	{ "options", AT(options), &text_kind, OF_KEPT, OPTIONAL },
	{ "shared", 0, &shared_kind, ALL, OPTIONAL },
	{ "master", AT(master), &group_kind, ALL, OPTIONAL },
	{ "hidden", AT(hidden), &bare_kind, ALL, OPTIONAL },
};
#undef AT

#define AT(member) offsetof(struct recipe_file, member)
static const struct field file_fields[] = {
	{ "id", AT(id), &id_kind, ALL, NEEDED },
	{ "path", AT(path), &path_kind, ALL, NEEDED },
	{ "type", AT(type), &type_kind, ALL, NEEDED },
	{ "flags", AT(flags), &open_flags_kind, ALL, NEEDED },
	{ "pos", AT(pos), &pos_kind, ALL, NEEDED },
	{ "was", AT(was), &identity_kind, ALL, OPTIONAL },
};
#undef AT

#define AT(member) offsetof(struct recipe_unix, member)
static const struct field unix_fields[] = {
	{ "id", AT(id), &inode_kind, ALL, NEEDED },
	{ "type", AT(type), &socket_type_kind, ALL, NEEDED },
	{ "to", AT(to), &address_kind, ALL, OPTIONAL },
	{ "cut", AT(cut), &bare_kind, ALL, OPTIONAL },
	{ "flags", AT(flags), &open_flags_kind, ALL, NEEDED },
	{ "shut", AT(shut), &shut_kind, ALL, OPTIONAL },
	{ "by", AT(rights), &rights_kind, ALL, NEEDED },
	{ "journal", AT(journal), &journal_kind, ALL, OPTIONAL },
	{ "identifier", AT(journal.identifier), &journal_text_kind, ALL, OPTIONAL },
	{ "unit", AT(journal.unit), &journal_text_kind, ALL, OPTIONAL },
};
#undef AT

#define AT(member) offsetof(struct recipe_name, member)
static const struct field name_fields[] = {
	{ "id", AT(id), &inode_kind, ALL, NEEDED },
	{ "now", AT(now), &path_kind, ALL, NEEDED },
	{ "mode", AT(mode), &mode_kind, ALL, NEEDED },
	{ "owner", AT(owner), &owner_ids_kind, ALL, NEEDED },
};
#undef AT

#define AT(member) offsetof(struct task_attributes, member)
static const struct field task_fields[] = {
	{ "pid", AT(pid), &pid_kind, ALL, NEEDED },
	{ "cpus", AT(cpus), &cpus_kind, ALL, OPTIONAL },
	{ "io", AT(io), &io_kind, ALL, OPTIONAL },
	{ "slack", AT(slack), &slack_kind, ALL, OPTIONAL },
	{ "slice", AT(slice), &slice_kind, ALL, OPTIONAL },
	{ "dump", 0, &dump_kind, ALL, OPTIONAL },
	{ "group", AT(group), &nice_kind, ALL, OPTIONAL },
};
#undef AT

#define AT(member) offsetof(struct tree_attributes, member)
static const struct field tree_fields[] = {
	{ "fixed", AT(fixed), &bare_kind, ALL, OPTIONAL },
	{ "memory", AT(memory), &memory_kind, ALL, OPTIONAL },
	{ "mce", AT(mce), &mce_kind, ALL, OPTIONAL },
	{ "merge", AT(merge), &bare_kind, ALL, OPTIONAL },
};
#undef AT

struct fields {
	const struct field *v;
	size_t n;
};

static const struct fields of_mount = { mount_fields, ARRAY_SIZE(mount_fields) };
static const struct fields of_file = { file_fields, ARRAY_SIZE(file_fields) };
static const struct fields of_unix = { unix_fields, ARRAY_SIZE(unix_fields) };
static const struct fields of_name = { name_fields, ARRAY_SIZE(name_fields) };
static const struct fields of_task = { task_fields, ARRAY_SIZE(task_fields) };
static const struct fields of_tree = { tree_fields, ARRAY_SIZE(tree_fields) };

/* Parsing */

struct span {
	const char *p;
	size_t n;
};

/* A name that may occur only once, and the line it was on. */
struct name {
	const char *name;
	const char *at; /* the mountpoint at which it may occur again; NULL: it may not */
	unsigned long line;
};

struct names {
	struct name *v;
	size_t n;
};

struct parser {
	struct span rest;
	unsigned long line; /* the current line */
	bool framed, ended;
	struct names keys, ids, inodes;
	struct recipe *ret;
	struct recipe
		*view; /* the mount lines from here on are about this one; NULL: the root task's */
	struct err *e;
};

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool span_is(struct span s, const char *text)
{
	return s.n == strlen(text) && !memcmp(s.p, text, s.n);
}

static __attribute__((format(printf, 2, 3))) int bad(const struct parser *p, const char *fmt, ...)
{
	char what[sizeof(p->e->what)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(p->e, 0, "line %lu of the recipe: %s", p->line, what);
}

/* A word of the file for a message: as it is in the file, but not too long, and only in ASCII. */
struct shown {
	char text[80];
};

static struct shown show(struct span word)
{
	enum { LONGEST = sizeof("\\377...") };
	struct shown s = { "" };
	size_t n = 0;

	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];
		bool plain = c >= ' ' && c < 0x7f;

		if (n + LONGEST > sizeof(s.text)) {
			snprintf(s.text + n, sizeof(s.text) - n, "...");
			break;
		}
		n += (size_t)snprintf(s.text + n, sizeof(s.text) - n, plain ? "%c" : "\\%03o", c);
	}
	return s;
}

static struct shown show_text(const char *text)
{
	return show((struct span){ text, strlen(text) });
}

/* The next word of a line; an empty one at the end. */
static struct span take_word(struct span *line)
{
	struct span word = *line;

	while (word.n && is_blank(*word.p)) {
		word.p++;
		word.n--;
	}
	*line = word;
	while (line->n && !is_blank(*line->p)) {
		line->p++;
		line->n--;
	}
	word.n -= line->n;
	return word;
}

/* The byte that the three octal digits after a backslash stand for; NUL if they are not such digits. */
static char escaped_byte(const char *p, size_t n)
{
	unsigned value = 0;

	if (n < 3 || p[0] > '3')
		return '\0';
	for (size_t i = 0; i < 3; i++) {
		if (p[i] < '0' || p[i] > '7')
			return '\0';
		value = value * 8 + (unsigned)(p[i] - '0');
	}
	return (char)value;
}

/* A fresh text; NULL if a backslash is not followed by the octal digits of a byte other than NUL. */
static char *unescape(struct span s)
{
	char *text = xcalloc(s.n + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\\') {
			c = escaped_byte(s.p + i + 1, s.n - i - 1);
			i += 3;
		}
		if (!c) {
			free(text);
			return NULL;
		}
		text[n++] = c;
	}
	return text;
}

static const struct field *find_field(const struct fields *fields, struct span name)
{
	for (size_t i = 0; i < fields->n; i++)
		if (span_is(name, fields->v[i].name))
			return &fields->v[i];
	return NULL;
}

static int parse_value(const struct parser *p, const struct field *f, struct span value,
		       void *entry)
{
	if (!value.n)
		return bad(p, "\"%s\" has no value", f->name);

	_cleanup_free_ char *text = unescape(value);

	if (!text) {
		(void)bad(p, "%s=%s: a backslash that does not begin an escape", f->name,
			  show(value).text);
		return err_hint(
			p->e,
			"write \\134 for a backslash, \\040 for a blank, \\ooo for any byte but NUL");
	}

	const char *wrong = f->kind->read(&text, (char *)entry + f->offset);

	return wrong ? bad(p, "%s=%s: %s", f->name, show(value).text, wrong) : 0;
}

static int parse_field(const struct parser *p, const struct fields *fields, struct span word,
		       void *entry, unsigned *seen)
{
	const char *equals = memchr(word.p, '=', word.n);
	struct span name = { word.p, equals ? (size_t)(equals - word.p) : word.n };
	size_t before = name.n + (equals != NULL);
	struct span value = { word.p + before, word.n - before };
	const struct field *f = find_field(fields, name);

	if (!f)
		return bad(p, "unknown field \"%s\"", show(name).text);
	if (*seen & 1U << (f - fields->v))
		return bad(p, "duplicate field \"%s\"", f->name);
	*seen |= 1U << (f - fields->v);
	if (f->kind != &bare_kind)
		return parse_value(p, f, value, entry);
	if (equals)
		return bad(p, "\"%s\" takes no value", f->name);
	(void)f->kind->read(NULL, (char *)entry + f->offset);
	return 0;
}

/* Parse words into an entry; *ret_seen gets a bit for each field that was there. */
static int parse_fields(const struct parser *p, const struct fields *fields, struct span words,
			void *entry, unsigned *ret_seen)
{
	unsigned seen = 0;

	for (struct span word; (word = take_word(&words)).n;) {
		int r = parse_field(p, fields, word, entry, &seen);

		if (r < 0)
			return r;
	}
	*ret_seen = seen;
	return 0;
}

static int check_needed(const struct parser *p, const struct field *f, bool there)
{
	if (there || f->presence != NEEDED)
		return 0;
	return bad(p, "\"%s\" is missing", f->name);
}

/* criu finds the root task's root by its mountpoint, not by a key. */
static bool is_keyless(const struct parser *p, const struct field *f, bool is_root)
{
	return is_root && !p->view && f->offset == offsetof(struct recipe_mount, key);
}

static int check_mount_fields(const struct parser *p, const struct recipe_mount *m, bool is_root,
			      unsigned seen)
{
	for (size_t i = 0; i < of_mount.n; i++) {
		const struct field *f = &of_mount.v[i];
		bool there = seen >> i & 1;
		bool rootless = is_keyless(p, f, is_root);
		bool belongs = (f->owners >> m->owner & 1) && !rootless;
		int r = belongs ? check_needed(p, f, there) : 0;

		if (r < 0)
			return r;
		if (there && !belongs)
			return bad(p, "\"%s\" cannot be used with %s%s", f->name,
				   rootless ? "the root" : "is=",
				   rootless ? "" : owner_names[m->owner]);
	}
	return 0;
}

static int check_root(const struct parser *p, const struct recipe_mount *m, bool is_root)
{
	bool at_root = !strcmp(m->at, "/");

	if (is_root && !at_root)
		return bad(p, "the first mount is not the root (at=/)");
	if (is_root && m->hidden)
		return bad(p, "the root cannot be hidden");
	if (!is_root && at_root && !m->hidden)
		return bad(p, "a second root (at=/) that is not hidden");
	if ((!is_root || p->view) && m->owner == OWNER_KEPT)
		return bad(p, "only the root of the root task can have is=kept");
	return 0;
}

/* What criu and its option --external accept; they have already accepted a key of the user's. */
static int check_key(const struct parser *p, const struct recipe_mount *m)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	bool given = m->owner == OWNER_GIVEN;
	size_t n = strlen(m->key);

	if (n > (given ? MAX_GIVEN_KEY : MAX_KEY))
		return bad(p, "the key has more than %d bytes", given ? MAX_GIVEN_KEY : MAX_KEY);
	if (!given && strspn(m->key, allowed) != n)
		return bad(
			p,
			"the key \"%s\" has characters other than letters, digits, \"_\", \".\", \"-\"",
			show_text(m->key).text);
	return 0;
}

static void add_name(struct names *names, const char *name, const char *at, unsigned long line)
{
	names->v = xgrow(names->v, names->n, sizeof(*names->v));
	names->v[names->n++] = (struct name){ name, at, line };
}

static int parse_mount(struct parser *p, struct span words)
{
	struct recipe *to = p->view ? p->view : p->ret;
	struct recipe_mount *m = recipe_add_mount(to);
	bool is_root = to->n_mounts == 1;
	unsigned seen;
	int r = parse_fields(p, &of_mount, words, m, &seen);

	if (!r)
		r = check_mount_fields(p, m, is_root, seen);
	if (!r)
		r = check_root(p, m, is_root);
	if (!r && m->key)
		r = check_key(p, m);
	if (!r && m->key)
		/* runc names /dev/null for all that it hides */
		add_name(&p->keys, m->key,
			 m->owner == OWNER_GIVEN ? ""
			 : p->view               ? NULL
						 : m->at,
			 p->line);
	return r;
}

static int parse_file(struct parser *p, struct span words)
{
	struct recipe_file *f = recipe_add_file(p->ret);
	unsigned seen;
	int r = parse_fields(p, &of_file, words, f, &seen);

	for (size_t i = 0; !r && i < of_file.n; i++)
		r = check_needed(p, &of_file.v[i], seen >> i & 1);
	if (!r)
		add_name(&p->ids, f->id, NULL, p->line);
	return r;
}

static int parse_unix(struct parser *p, struct span words)
{
	struct recipe_unix *s = recipe_add_unix(p->ret);
	unsigned seen;
	int r = parse_fields(p, &of_unix, words, s, &seen);

	for (size_t i = 0; !r && i < of_unix.n; i++)
		r = check_needed(p, &of_unix.v[i], seen >> i & 1);
	if (!r && (s->to != NULL) == s->cut)
		r = bad(p, "a socket has one of \"to\" and \"cut\"");
	if (!r && !s->journal.is_one && (s->journal.identifier || s->journal.unit))
		r = bad(p, "\"identifier\" and \"unit\" cannot be used without \"journal\"");
	if (!r)
		add_name(&p->inodes, s->id, NULL, p->line);
	return r;
}

static int parse_name(struct parser *p, struct span words)
{
	enum { MAX_PATH = 107 }; /* of what bind(2) takes */
	struct recipe_name *x = recipe_add_name(p->ret);
	unsigned seen;
	int r = parse_fields(p, &of_name, words, x, &seen);

	for (size_t i = 0; !r && i < of_name.n; i++)
		r = check_needed(p, &of_name.v[i], seen >> i & 1);
	if (!r && strlen(x->now) > MAX_PATH)
		r = bad(p, "now=%s is too long for a socket", show_text(x->now).text);
	if (!r)
		add_name(&p->inodes, x->id, NULL, p->line);
	return r;
}

static int parse_task(struct parser *p, struct span words)
{
	struct task_attributes *t = recipe_add_task(p->ret);
	unsigned seen;
	int r = parse_fields(p, &of_task, words, t, &seen);

	if (!r)
		r = check_needed(p, &of_task.v[0], seen & 1);
	if (!r && seen == 1)
		r = bad(p, "a task without an attribute");
	return r;
}

static int parse_tree(struct parser *p, struct span words)
{
	unsigned seen;

	if (tree_attributes_any(&p->ret->tree))
		return bad(p, "a second \"tree\" line");

	int r = parse_fields(p, &of_tree, words, &p->ret->tree, &seen);

	return !r && !seen ? bad(p, "\"tree\" without a word") : r;
}

static int parse_frame(struct parser *p, struct span words)
{
	struct span frame = take_word(&words);

	if (p->framed)
		return bad(p, "a second \"frame\" line");
	p->framed = true;
	p->ret->init = span_is(frame, "init");
	if ((p->ret->init || span_is(frame, "pid")) && !take_word(&words).n)
		return 0;
	return bad(p, "a frame is \"init\" or \"pid\", not \"%s\"", show(frame).text);
}

static int parse_needs(struct parser *p, struct span words)
{
	if (p->ret->needs)
		return bad(p, "a second \"needs\" line");
	for (struct span word; (word = take_word(&words)).n;) {
		unsigned i = 0;

		while (i < RECIPE_NEEDS && !span_is(word, recipe_need_names[i]))
			i++;
		if (i == RECIPE_NEEDS)
			return bad(p, "unknown need \"%s\"", show(word).text);
		if (p->ret->needs & 1U << i)
			return bad(p, "duplicate need \"%s\"", recipe_need_names[i]);
		p->ret->needs |= 1U << i;
	}
	return p->ret->needs ? 0 : bad(p, "\"needs\" without a word");
}

static int parse_view(struct parser *p, struct span words)
{
	static const char name[] = "pid=";
	struct span word = take_word(&words);
	size_t n = sizeof(name) - 1;
	_cleanup_free_ char *number = word.n > n && !memcmp(word.p, name, n)
					      ? xstrndup(word.p + n, word.n - n)
					      : xstrdup("");

	if (!p->ret->n_mounts)
		return bad(p, "a \"view\" line before the first mount");
	if (p->view && !p->view->n_mounts)
		return bad(p, "a \"view\" without mounts");
	if (parse_pid(number) < 0 || take_word(&words).n)
		return bad(p, "a view is \"pid=\" and the number of a process, not \"%s\"",
			   show(word).text);
	p->view = recipe_add_view(p->ret);
	p->view->pid = parse_pid(number);
	return 0;
}

static int parse_end(struct parser *p, struct span words)
{
	p->ended = true;
	return take_word(&words).n ? bad(p, "a word after \"end\"") : 0;
}

static int parse_words(struct parser *p, struct span words)
{
	static const struct {
		const char *word;
		int (*parse)(struct parser *p, struct span words);
		bool framed; /* comes after the frame */
	} lines[] = {
		{ "frame", parse_frame, false },
		{ "needs", parse_needs, true },
		{ "mount", parse_mount, true },
		{ "file", parse_file, true },
		{ "unix", parse_unix, true },
		{ "view", parse_view, true },
		{ "name", parse_name, true },
		{ "tree", parse_tree, true },
		{ "task", parse_task, true },
		{ "end", parse_end, false }, /* check_whole() reports the missing frame */
	};
	struct span word = take_word(&words);

	if (p->ended)
		return bad(p, "a line after \"end\"");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (!span_is(word, lines[i].word))
			continue;
		if (lines[i].framed && !p->framed)
			return bad(p, "a \"%s\" line before the \"frame\" line", lines[i].word);
		return lines[i].parse(p, words);
	}
	(void)bad(p, "unknown word \"%s\"", show(word).text);
	return err_hint(
		p->e,
		"a line starts with frame, needs, mount, file, unix, name, tree, task, view or end, or with # for a comment");
}

static int parse_line(struct parser *p, struct span line)
{
	struct span words = line;
	struct span first = take_word(&words);

	if (memchr(line.p, '\0', line.n))
		return bad(p, "a NUL byte");
	if (!first.n || first.p[0] == '#')
		return 0;
	for (size_t i = 0; i < line.n; i++) {
		if (!is_control(line.p[i]) || line.p[i] == '\t')
			continue;
		(void)bad(p, "a control character that is not escaped");
		return err_hint(p->e, "write it as \\%03o", (unsigned)line.p[i]);
	}
	return parse_words(p, line);
}

static int cut_short(const struct parser *p, const char *what)
{
	(void)bad(p, "%s", what);
	return err_hint(p->e, "the file was cut short");
}

static int take_line(struct parser *p, struct span *ret)
{
	const char *newline = memchr(p->rest.p, '\n', p->rest.n);

	if (p->line == MAX_LINES)
		return err_set(p->e, 0, "the recipe has more than %d lines", MAX_LINES);
	p->line++;
	if (!newline)
		return cut_short(p, "it does not end in a newline");
	*ret = (struct span){ p->rest.p, (size_t)(newline - p->rest.p) };
	p->rest.p += ret->n + 1;
	p->rest.n -= ret->n + 1;
	return 0;
}

static bool is_read(struct span number)
{
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		if (span_is(number, versions[i]))
			return true;
	return false;
}

/* Is it, as a whole, a number above our own version? Without leading zeros, of any length. */
static bool is_newer(struct span number)
{
	for (size_t i = 0; i < number.n; i++)
		if (number.p[i] < '0' || number.p[i] > '9')
			return false;
	return number.n && number.p[0] != '0' && !is_read(number);
}

/* The format is checked first, because it is not known here what is an error in another format. */
static int check_version(struct parser *p)
{
	const char *newline = memchr(p->rest.p, '\n', p->rest.n);
	struct span number = { p->rest.p, newline ? (size_t)(newline - p->rest.p) : p->rest.n };
	size_t n = sizeof(magic) - 1;
	bool ours = number.n >= n && !memcmp(number.p, magic, n);

	if (ours) {
		number.p += n;
		number.n -= n;
	}
	if (ours && is_read(number))
		return 0;
	p->line = 1;
	if (ours && is_newer(number)) {
		(void)bad(p, "written by a newer criu-ns: format %s, not %s", show(number).text,
			  versions[NEWEST]);
		return err_hint(p->e, "thaw with that criu-ns");
	}
	(void)bad(p, "the file is not a recipe");
	return err_hint(p->e, "the first line of a recipe must be \"%s%s\"", magic,
			versions[NEWEST]);
}

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a;
	const struct name *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : (x->line > y->line) - (x->line < y->line);
}

static int check_unique(struct parser *p, const struct names *names, const char *field)
{
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), compare_names);
	for (size_t i = 1; i < names->n; i++) {
		const struct name *a = &names->v[i - 1];
		const struct name *b = &names->v[i];

		if (strcmp(a->name, b->name) != 0 || (a->at && b->at && !strcmp(a->at, b->at)))
			continue;
		p->line = b->line;
		return bad(p, "%s=%s is already on line %lu", field, show_text(a->name).text,
			   a->line);
	}
	return 0;
}

static size_t count_entries(const struct recipe *r)
{
	size_t n = r->n_mounts + r->n_files + r->n_sockets + r->n_names + r->n_views + r->n_tasks;

	recipe_for_each_view (w, r)
		n += w->n_mounts;
	return n;
}

static int check_whole(struct parser *p)
{
	int r = 0;

	if (!p->ended)
		return cut_short(p, "it does not end with \"end\"");
	if (!p->framed)
		r = bad(p, "it has no \"frame\" line");
	else if (recipe_is_empty(p->ret))
		r = bad(p, "it has no line but \"frame\" and \"end\"");
	else if (count_entries(p->ret) > MAX_ENTRIES)
		r = bad(p, "more than %d mounts, files, sockets and tasks", MAX_ENTRIES);
	else if (p->view && !p->view->n_mounts)
		r = bad(p, "a \"view\" without mounts");
	if (!r)
		r = check_unique(p, &p->keys, "key");
	if (!r)
		r = check_unique(p, &p->ids, "id");
	return r ? r : check_unique(p, &p->inodes, "id");
}

static int parse_lines(struct parser *p)
{
	struct span line = { "", 0 };
	int r = check_version(p);

	if (!r)
		r = take_line(p, &line);
	while (!r && p->rest.n) {
		r = take_line(p, &line);
		if (!r)
			r = parse_line(p, line);
	}
	return r ? r : check_whole(p);
}

int recipe_parse(const char *text, size_t size, struct recipe *ret, struct err *e)
{
	struct recipe recipe = { 0 };
	struct parser p = { .rest = { text, size }, .ret = &recipe, .e = e };
	int r;

	*ret = (struct recipe){ 0 };
	if (!size)
		return err_set(e, 0, "the recipe is empty");
	if (size > MAX_SIZE)
		return err_set(e, 0, "the recipe has more than %d MiB", MAX_SIZE >> 20);
	r = parse_lines(&p);
	free(p.keys.v);
	free(p.ids.v);
	free(p.inodes.v);
	if (r < 0)
		recipe_free(&recipe);
	else
		*ret = recipe;
	return r;
}

/* Formatting */

struct text {
	char *v;
	size_t n, size;
};

/* The text is terminated after each call. */
static void put(struct text *t, const char *s)
{
	size_t n = strlen(s);

	if (t->size - t->n <= n) {
		t->size = 2 * t->size + n + 1;
		t->v = xreallocarray(t->v, t->size, 1);
	}
	memcpy(t->v + t->n, s, n + 1);
	t->n += n;
}

static void put_escaped(struct text *t, const char *s)
{
	for (; *s; s++) {
		char piece[8] = { *s };

		if (is_control(*s) || strchr(" \\#", *s))
			snprintf(piece, sizeof(piece), "\\%03o", (unsigned char)*s);
		put(t, piece);
	}
}

static void put_line(struct text *t, const char *word, const struct fields *fields,
		     const void *entry)
{
	put(t, word);
	for (size_t i = 0; i < fields->n; i++) {
		const struct field *f = &fields->v[i];
		_cleanup_free_ char *value = f->kind->write((const char *)entry + f->offset);

		if (!value)
			continue;
		put(t, " ");
		put(t, f->name);
		put(t, f->kind == &bare_kind ? "" : "=");
		put_escaped(t, value);
	}
	put(t, "\n");
}

/* It has names that the target chose, and a person prints it: it may neither end the comment nor steer a terminal. */
static void put_about(struct text *t, const char *about)
{
	_cleanup_free_ char *safe = about ? printable(xstrdup(about)) : NULL;

	if (!safe)
		return;
	put(t, "# ");
	put(t, safe);
	put(t, "\n");
}

static void put_needs(struct text *t, unsigned needs)
{
	if (!needs)
		return;
	put(t, "needs");
	for (unsigned i = 0; i < RECIPE_NEEDS; i++) {
		if (!(needs & 1U << i))
			continue;
		put(t, " ");
		put(t, recipe_need_names[i]);
	}
	put(t, "\n");
}

static void put_mounts(struct text *t, const struct recipe *r)
{
	recipe_for_each_mount (m, r)
		put_line(t, "mount", &of_mount, m);
}

char *recipe_format(const struct recipe *r)
{
	struct text t = { 0 };

	put(&t, magic);
	put(&t, versions[NEWEST]);
	put(&t, "\n");
	put(&t, comment);
	put_about(&t, r->about);
	put(&t, r->init ? "frame init\n" : "frame pid\n");
	put_needs(&t, r->needs);
	put_mounts(&t, r);
	for (size_t i = 0; i < r->n_files; i++)
		put_line(&t, "file", &of_file, &r->files[i]);
	for (size_t i = 0; i < r->n_sockets; i++)
		put_line(&t, "unix", &of_unix, &r->sockets[i]);
	for (size_t i = 0; i < r->n_names; i++)
		put_line(&t, "name", &of_name, &r->names[i]);
	if (tree_attributes_any(&r->tree))
		put_line(&t, "tree", &of_tree, &r->tree);
	for (size_t i = 0; i < r->n_tasks; i++)
		put_line(&t, "task", &of_task, &r->tasks[i]);
	recipe_for_each_view (w, r) {
		_cleanup_free_ char *line = xasprintf("view pid=%d\n", w->pid);

		put(&t, line);
		put_mounts(&t, w);
	}
	put(&t, "end\n");
	return t.v;
}

/* The rest */

void recipe_forget_attributes(struct recipe *r)
{
	for (size_t i = 0; i < r->n_tasks; i++)
		free(r->tasks[i].cpus);
	free(r->tasks);
	free(r->tree.memory);
	r->tasks = NULL;
	r->n_tasks = 0;
	r->tree = (struct tree_attributes){ 0 };
}

/* NOLINTBEGIN(misc-no-recursion): a view has no views */
void recipe_free(struct recipe *r)
{
	for (size_t i = 0; i < r->n_mounts; i++) {
		struct recipe_mount *m = &r->mounts[i];
		char *const texts[] = { m->at,   m->root,   m->fstype, m->key,
					m->host, m->folder, m->options };

		for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
			free(texts[k]);
	}
	for (size_t i = 0; i < r->n_files; i++) {
		free(r->files[i].id);
		free(r->files[i].path);
		identity_free(&r->files[i].was);
	}
	for (size_t i = 0; i < r->n_views; i++)
		recipe_free(&r->views[i]);
	free(r->views);
	for (size_t i = 0; i < r->n_sockets; i++)
		recipe_unix_free(&r->sockets[i]);
	for (size_t i = 0; i < r->n_names; i++) {
		free(r->names[i].id);
		free(r->names[i].now);
		free(r->names[i].owner);
	}
	free(r->names);
	recipe_forget_attributes(r);
	free(r->about);
	free(r->mounts);
	free(r->files);
	free(r->sockets);
	*r = (struct recipe){ 0 };
}

/* NOLINTEND(misc-no-recursion) */

struct recipe_mount *recipe_add_mount(struct recipe *r)
{
	r->mounts = xgrow(r->mounts, r->n_mounts, sizeof(*r->mounts));
	r->mounts[r->n_mounts] = (struct recipe_mount){ 0 };
	return &r->mounts[r->n_mounts++];
}

struct recipe_file *recipe_add_file(struct recipe *r)
{
	r->files = xgrow(r->files, r->n_files, sizeof(*r->files));
	r->files[r->n_files] = (struct recipe_file){ 0 };
	return &r->files[r->n_files++];
}

struct recipe *recipe_add_view(struct recipe *r)
{
	r->views = xgrow(r->views, r->n_views, sizeof(*r->views));
	r->views[r->n_views] = (struct recipe){ 0 };
	return &r->views[r->n_views++];
}

struct recipe_unix *recipe_add_unix(struct recipe *r)
{
	r->sockets = xgrow(r->sockets, r->n_sockets, sizeof(*r->sockets));
	r->sockets[r->n_sockets] = (struct recipe_unix){ 0 };
	return &r->sockets[r->n_sockets++];
}

struct recipe_name *recipe_add_name(struct recipe *r)
{
	r->names = xgrow(r->names, r->n_names, sizeof(*r->names));
	r->names[r->n_names] = (struct recipe_name){ 0 };
	return &r->names[r->n_names++];
}

struct task_attributes *recipe_add_task(struct recipe *r)
{
	r->tasks = xgrow(r->tasks, r->n_tasks, sizeof(*r->tasks));
	r->tasks[r->n_tasks] = (struct task_attributes){ 0 };
	return &r->tasks[r->n_tasks++];
}

static int compare_at(const void *a, const void *b)
{
	return strcmp(((const struct recipe_mount *)a)->at, ((const struct recipe_mount *)b)->at);
}

struct sorted recipe_sort_by_at(const struct recipe *r)
{
	struct sorted s;

	sorted_make(&s, r->mounts, r->n_mounts, sizeof(*r->mounts), compare_at);
	return s;
}

struct sorted_run recipe_at(const struct sorted *by_at, const char *at)
{
	return sorted_find(by_at, &(struct recipe_mount){ .at = (char *)at });
}

const struct recipe_file *recipe_by_id(const struct recipe *r, const char *id)
{
	for (size_t i = 0; i < r->n_files; i++)
		if (!strcmp(r->files[i].id, id))
			return &r->files[i];
	return NULL;
}

const char *recipe_owner_name(enum recipe_owner owner)
{
	return (size_t)owner < ARRAY_SIZE(owner_names) ? owner_names[owner] : "?";
}

char *recipe_flags_text(unsigned long flags)
{
	struct text t = { 0 };

	for (size_t i = 0; i < MOUNT_FLAGS; i++) {
		if (!(flags & mount_flags[i].flag))
			continue;
		put(&t, t.n ? "," : "");
		put(&t, mount_flags[i].name);
	}
	return t.n ? t.v : xstrdup("-");
}

bool recipe_has_locks(const struct recipe *r)
{
	recipe_for_each_mount (m, r)
		if (m->locks)
			return true;
	return false;
}

char *recipe_locks_text(unsigned locks)
{
	struct text t = { 0 };

	for (size_t i = 0; i < MOUNT_LOCKS; i++) {
		if (!(locks & mount_locks[i].lock))
			continue;
		put(&t, t.n ? "," : "");
		put(&t, mount_locks[i].name);
	}
	return t.n ? t.v : xstrdup("-");
}

static char *copy_text(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

void recipe_unix_copy(const struct recipe_unix *from, struct recipe_unix *ret)
{
	*ret = *from;
	ret->id = copy_text(from->id);
	ret->to = copy_text(from->to);
	ret->rights = copy_text(from->rights);
	journal_copy(&from->journal, &ret->journal);
}

void recipe_unix_free(struct recipe_unix *s)
{
	free(s->id);
	free(s->to);
	free(s->rights);
	journal_free(&s->journal);
}

void recipe_copy(const struct recipe *from, struct recipe *ret)
{
	*ret = (struct recipe){ .pid = from->pid, .init = from->init, .needs = from->needs };
	recipe_for_each_mount (m, from) {
		struct recipe_mount *copy = recipe_add_mount(ret);

		*copy = *m;
		copy->at = copy_text(m->at);
		copy->root = copy_text(m->root);
		copy->fstype = copy_text(m->fstype);
		copy->key = copy_text(m->key);
		copy->host = copy_text(m->host);
		copy->folder = copy_text(m->folder);
		copy->options = copy_text(m->options);
	}
	recipe_for_each_file (f, from) {
		struct recipe_file *copy = recipe_add_file(ret);

		*copy = *f;
		copy->id = copy_text(f->id);
		copy->path = copy_text(f->path);
		identity_copy(&f->was, &copy->was);
	}
	recipe_for_each_view (w, from)
		recipe_copy(w, recipe_add_view(ret));
	recipe_for_each_unix (s, from)
		recipe_unix_copy(s, recipe_add_unix(ret));
	recipe_for_each_name(x, from)
	{
		struct recipe_name *copy = recipe_add_name(ret);

		*copy = *x;
		copy->id = copy_text(x->id);
		copy->now = copy_text(x->now);
		copy->owner = copy_text(x->owner);
	}
	ret->about = copy_text(from->about);
	ret->tree = from->tree;
	ret->tree.memory = copy_text(from->tree.memory);
	recipe_for_each_task(x, from)
	{
		struct task_attributes *copy = recipe_add_task(ret);

		*copy = *x;
		copy->cpus = copy_text(x->cpus);
	}
}
