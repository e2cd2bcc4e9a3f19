// SPDX-License-Identifier: MIT
#include "look/journal.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

const char *const journal_flag_names[JOURNAL_FLAGS] = { "prefix", "syslog", "kmsg", "console" };

static const char place[] = "/run/systemd/journal";

bool journal_listens_at(const char *path)
{
	static const char name[] = "/stdout";
	const char *rest = text_after(path, place);

	if (rest && *rest == '.') /* /run/systemd/journal.NAMESPACE */
		rest += strcspn(rest, "/");
	return rest && !strcmp(rest, name);
}

bool journal_accepts(const char *text)
{
	size_t n = 0;

	while (text[n])
		if ((unsigned char)text[n] < ' ' || text[n++] == 0x7f)
			return false;
	return n > 0 && n <= JOURNAL_LONGEST;
}

char *journal_state_path(const char *path, dev_t dev, ino_t ino)
{
	const char *end = strrchr(path, '/');

	return xasprintf("%.*s/streams/%lu:%lu", (int)(end - path), path, (unsigned long)dev,
			 (unsigned long)ino);
}

/* The value of a line NAME=VALUE, in fresh memory, or NULL; name has the "=", too. */
static char *find_value(const char *text, const char *name)
{
	const char *value = text_find_line(text, name);

	return value ? xstrndup(value, strcspn(value, "\n")) : NULL;
}

/*
 * In place, what cescape() of systemd's did to a text without control characters; false if it has
 * others.
 */
static bool unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++, to++) {
		if (*from != '\\') {
			*to = *from;
		} else if (strchr("\\\"'", from[1]) && from[1]) {
			*to = *++from;
		} else if ((*to = parse_octal(from + 1))) {
			from += 3;
		} else {
			return false;
		}
	}
	*to = '\0';
	return true;
}

static char *find_text(const char *text, const char *name)
{
	char *value = find_value(text, name);

	if (value && unescape(value) && journal_accepts(value))
		return value;
	free(value);
	return NULL;
}

bool journal_read_state(const char *text, struct journal *ret)
{
	static const char *const names[JOURNAL_FLAGS] = {
		"LEVEL_PREFIX=", "FORWARD_TO_SYSLOG=", "FORWARD_TO_KMSG=", "FORWARD_TO_CONSOLE="
	};
	_cleanup_free_ char *priority = find_value(text, "PRIORITY=");
	unsigned flags = 0;

	if (!priority || !*priority || strlen(priority) > 3 ||
	    strspn(priority, "0123456789") != strlen(priority))
		return false;
	for (unsigned i = 0; i < JOURNAL_FLAGS; i++) {
		_cleanup_free_ char *value = find_value(text, names[i]);

		if (value && !strcmp(value, "1"))
			flags |= 1U << i;
	}
	*ret = (struct journal){ .is_one = true,
				 .identifier = find_text(text, "IDENTIFIER="),
				 .unit = find_text(text, "UNIT="),
				 .priority = (unsigned)atoi(priority),
				 .flags = flags };
	return true;
}

/* The last directory of a line "N:name=systemd:/PATH" or "0::/PATH" that is a unit's. */
static char *find_unit(const char *cgroup)
{
	const char *line = strstr(cgroup, ":name=systemd:/");
	const char *end;
	const char *start;

	if (!line)
		line = text_begins(cgroup, "0::/") ? cgroup : strstr(cgroup, "\n0::/");
	if (!line)
		return NULL;
	line += *line == '\n';
	end = line + strcspn(line, "\n");
	for (start = end; start > line && start[-1] != '/';)
		start--;

	char *unit = xstrndup(start, (size_t)(end - start));
	const char *kind = strrchr(unit, '.');

	if (kind && (!strcmp(kind, ".service") || !strcmp(kind, ".scope")) && journal_accepts(unit))
		return unit;
	free(unit);
	return NULL;
}

void journal_guess(const char *comm, const char *cgroup, struct journal *ret)
{
	enum { DAEMON_INFO = 3 << 3 | 6 };

	*ret = (struct journal){ .is_one = true,
				 .identifier = journal_accepts(comm) ? xstrdup(comm) : NULL,
				 .unit = find_unit(cgroup),
				 .priority = DAEMON_INFO,
				 .flags = JOURNAL_PREFIX };
}

char *journal_header(const struct journal *j)
{
	return xasprintf("%s\n%s\n%u\n%d\n%d\n%d\n%d\n", j->identifier ? j->identifier : "",
			 j->unit ? j->unit : "", j->priority, !!(j->flags & JOURNAL_PREFIX),
			 !!(j->flags & JOURNAL_SYSLOG), !!(j->flags & JOURNAL_KMSG),
			 !!(j->flags & JOURNAL_CONSOLE));
}

void journal_copy(const struct journal *from, struct journal *ret)
{
	*ret = *from;
	ret->identifier = from->identifier ? xstrdup(from->identifier) : NULL;
	ret->unit = from->unit ? xstrdup(from->unit) : NULL;
}

void journal_free(struct journal *j)
{
	free(j->identifier);
	free(j->unit);
	*j = (struct journal){ 0 };
}
