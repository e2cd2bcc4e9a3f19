// SPDX-License-Identifier: MIT
#include "look/recipe_values.h"

#include "look/groups.h"
#include "look/mounts.h"
#include "look/recipe.h"
#include "look/socket_options.h"
#include "util/util.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPEN_FLAGS = 0177777777 };

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
	for (size_t i = 0; i < OWNERS; i++) {
		if (strcmp(*value, recipe_owner_name((enum recipe_owner)i)) != 0)
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

/* For two members of a task: whether they are set, and which. */
static const char *read_clamps(char **value, void *to)
{
	struct task_attributes *t = to;

	t->has_clamps = attributes_parse_clamps(*value, &t->clamps);
	return t->has_clamps ? NULL : "not the least and the most of a utilization, as in 0-1024";
}

static char *write_clamps(const void *from)
{
	const struct task_attributes *t = from;

	return t->has_clamps ? attributes_format_clamps(&t->clamps) : NULL;
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

static const char *read_speculation(char **value, void *to)
{
	if (strcmp(*value, "disabled") != 0 && strcmp(*value, "forced") != 0)
		return "not one of disabled, forced";
	*(char *)to = **value;
	return NULL;
}

static char *write_speculation(const void *from)
{
	char how = *(const char *)from;

	return how ? xstrdup(how == 'd' ? "disabled" : "forced") : NULL;
}

static const char *read_descriptor(char **value, void *to)
{
	unsigned long long fd;

	if (!read_number(*value, 10, INT_MAX, &fd))
		return "not a descriptor";
	*(long long *)to = (long long)fd;
	return NULL;
}

static const char *read_multicast(char **value, void *to)
{
	struct group g;

	return group_parse(*value, &g) ? read_text(value, to)
				       : "not the address of a multicast group";
}

static const char *read_socket_option(char **value, void *to)
{
	struct socket_option o;

	return socket_option_parse(*value, &o) ? read_text(value, to)
					       : "not an option of sockets, and its value";
}

static const char *read_device(char **value, void *to)
{
	size_t n = strlen(*value);

	return n && n < IF_NAMESIZE ? read_text(value, to) : "not the name of a network device";
}

const struct recipe_kinds recipe_kinds = {
	.text = { read_text, write_text },
	.path = { read_path, write_text },
	.owner = { read_owner, write_owner },
	.flags = { read_flags, write_flags },
	.locks = { read_locks, write_locks },
	.group = { read_group, write_group },
	.shared = { read_shared, write_shared },
	.bare = { read_bare, write_bare },
	.id = { read_id, write_text },
	.type = { read_type, write_type },
	.open_flags = { read_open_flags, write_open_flags },
	.mode = { read_mode, write_open_flags },
	.pos = { read_pos, write_pos },
	.identity = { read_identity, write_identity },
	.inode = { read_inode, write_text },
	.socket_type = { read_socket_type, write_socket_type },
	.address = { read_address, write_text },
	.shut = { read_shut, write_shut },
	.rights = { read_rights, write_text },
	.owner_ids = { read_owner_ids, write_text },
	.journal = { read_journal, write_journal },
	.journal_text = { read_journal_text, write_text },
	.pid = { read_pid, write_pid },
	.descriptor = { read_descriptor, write_pos },
	.multicast = { read_multicast, write_text },
	.device = { read_device, write_text },
	.socket_option = { read_socket_option, write_text },
	.cpus = { read_cpus, write_text },
	.io = { read_io, write_io },
	.slack = { read_slack, write_ns },
	.slice = { read_slice, write_ns },
	.clamps = { read_clamps, write_clamps },
	.dump = { read_dump, write_dump },
	.nice = { read_nice, write_nice },
	.memory = { read_memory, write_text },
	.mce = { read_mce, write_mce },
	.speculation = { read_speculation, write_speculation },
};
