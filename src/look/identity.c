// SPDX-License-Identifier: MIT
#include "look/identity.h"

#include "util/util.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void identity_free(struct identity *i)
{
	free(i->rights);
	*i = (struct identity){ 0 };
}

void identity_copy(const struct identity *from, struct identity *ret)
{
	*ret = *from;
	ret->rights = from->rights ? xstrdup(from->rights) : NULL;
}

/* Text: "name:value,name:value..." */

static bool is_made_of(const char *text, const char *allowed)
{
	return *text && !text[strspn(text, allowed)];
}

static bool read_digits(const char *text, int base, unsigned long max, unsigned long *ret)
{
	static const char digits[] = "0123456789abcdef";
	char allowed[sizeof(digits)];

	snprintf(allowed, (size_t)base + 1, "%s", digits);
	if (!is_made_of(text, allowed) || strlen(text) > 20)
		return false;
	*ret = strtoul(text, NULL, base);
	return *ret <= max;
}

static bool read_uid_gid(const char *text, struct identity *i)
{
	_cleanup_free_ char *uid = xstrdup(text);
	char *gid = strchr(uid, ':');
	unsigned long numbers[2];

	if (!gid)
		return false;
	*gid++ = '\0';
	if (!read_digits(uid, 10, UINT_MAX, &numbers[0]) ||
	    !read_digits(gid, 10, UINT_MAX, &numbers[1]))
		return false;
	i->uid = (uid_t)numbers[0];
	i->gid = (gid_t)numbers[1];
	return true;
}

/* There must be a user and a group at least. */
static bool read_rights(const char *text, struct identity *i)
{
	size_t colons = 0;

	for (const char *p = text; *p; p++) {
		bool edge = p == text || !p[1];

		if (*p == ':' && (edge || p[1] == ':'))
			return false;
		colons += *p == ':';
	}
	if (!colons || !is_made_of(text, "0123456789:"))
		return false;
	free(i->rights);
	i->rights = xstrdup(text);
	return true;
}

static bool read_boot(const char *text, struct identity *i)
{
	if (!is_made_of(text, "0123456789abcdef-") || strlen(text) >= sizeof(i->boot))
		return false;
	snprintf(i->boot, sizeof(i->boot), "%s", text);
	return true;
}

static bool read_part(const char *name, const char *value, struct identity *i)
{
	const struct {
		const char *name;
		int base;
		uint64_t *to;
	} numbers[] = {
		{ "dev", 16, &i->dev }, { "inode", 10, &i->inode }, { "rdev", 16, &i->rdev },
		{ "fs", 16, &i->fs },   { "born", 10, &i->born },
	};
	unsigned long number;

	if (!strcmp(name, "owner"))
		return read_uid_gid(value, i);
	if (!strcmp(name, "by"))
		return read_rights(value, i);
	if (!strcmp(name, "boot"))
		return read_boot(value, i);
	if (!strcmp(name, "mode")) {
		bool good = read_digits(value, 8, 07777, &number);

		i->mode = good ? (mode_t)number : 0;
		return good;
	}
	for (size_t n = 0; n < ARRAY_SIZE(numbers); n++) {
		if (strcmp(name, numbers[n].name) != 0)
			continue;
		if (!read_digits(value, numbers[n].base, ULONG_MAX, &number))
			return false;
		*numbers[n].to = number;
		return true;
	}
	return false;
}

const char *identity_read(const char *text, struct identity *ret)
{
	_cleanup_free_ char *copy = xstrdup(text);
	struct identity i = { .known = true };
	bool has_owner = false;
	bool has_mode = false;

	for (char *part = copy; part;) {
		char *next = strchr(part, ',');
		char *value = strchr(part, ':');

		if (next)
			*next++ = '\0';
		if (!value || (next && value >= next)) {
			identity_free(&i);
			return "not a list of NAME:VALUE";
		}
		*value++ = '\0';
		has_owner |= !strcmp(part, "owner");
		has_mode |= !strcmp(part, "mode");
		if (!read_part(part, value, &i)) {
			identity_free(&i);
			return "an unknown name, or an invalid value";
		}
		part = next;
	}
	if (!has_owner || !has_mode) {
		identity_free(&i);
		return "the owner or the mode is missing";
	}
	*ret = i;
	return NULL;
}

char *identity_write(const struct identity *i)
{
	_cleanup_free_ char *rdev =
		i->rdev ? xasprintf(",rdev:%lx", (unsigned long)i->rdev) : xstrdup("");
	_cleanup_free_ char *fs = i->fs ? xasprintf(",fs:%lx", (unsigned long)i->fs) : xstrdup("");
	_cleanup_free_ char *born =
		i->born ? xasprintf(",born:%lu", (unsigned long)i->born) : xstrdup("");

	return xasprintf("owner:%u:%u,mode:%04o,dev:%lx,inode:%lu%s%s%s%s%s%s%s", i->uid, i->gid,
			 i->mode, (unsigned long)i->dev, (unsigned long)i->inode, rdev, fs, born,
			 *i->boot ? ",boot:" : "", i->boot, i->rights ? ",by:" : "",
			 i->rights ? i->rights : "");
}

/* Comparison */

static enum identity_match compare_owners(const struct identity *was, const struct identity *now,
					  enum identity_match match, char **ret_text)
{
	if (was->uid != now->uid || was->gid != now->gid)
		*ret_text = xasprintf("it belongs to %u:%u, and belonged to %u:%u", now->uid,
				      now->gid, was->uid, was->gid);
	else if (was->mode != now->mode)
		*ret_text = xasprintf("its mode is %04o, but was %04o", now->mode, was->mode);
	return *ret_text ? IDENTITY_OTHER : match;
}

enum identity_match identity_compare(const struct identity *was, const struct identity *now,
				     char type, char **ret_text)
{
	bool is_device = type == 'c' || type == 'b';
	bool same_boot = *was->boot && !strcmp(was->boot, now->boot);
	bool same_fs = was->fs && was->fs == now->fs;
	bool same_inode = was->inode == now->inode && (same_fs || was->dev == now->dev);
	bool births = was->born && now->born;

	*ret_text = NULL;
	if (is_device && was->rdev != now->rdev)
		*ret_text = xasprintf("it is device %lx, but was %lx", (unsigned long)now->rdev,
				      (unsigned long)was->rdev);
	else if (!is_device && same_boot && !same_inode)
		*ret_text = was->inode == now->inode ? xstrdup("it is on another file system")
						     : xasprintf("it is inode %lu, but was %lu",
								 (unsigned long)now->inode,
								 (unsigned long)was->inode);
	else if (!is_device && same_boot && births && was->born != now->born)
		*ret_text = xasprintf("it was made since, with the same inode %lu",
				      (unsigned long)now->inode);
	if (*ret_text)
		return IDENTITY_OTHER;
	/*
	 * Its owner may have changed the mode since; that takes nothing from a process that has the
	 * file open.
	 */
	if (!is_device && same_inode && births && was->born == now->born && (same_boot || same_fs))
		return IDENTITY_SAME;
	return compare_owners(was, now, is_device || same_boot ? IDENTITY_SAME : IDENTITY_LIKE,
			      ret_text);
}
