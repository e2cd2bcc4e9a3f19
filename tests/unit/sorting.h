/* SPDX-License-Identifier: MIT */
/*
 * What the tests of mount_sort.c and of mount_check.c share: a host by hand, and how a table is
 * sorted on it.
 */
#ifndef CRIU_NS_UNIT_SORTING_H
#define CRIU_NS_UNIT_SORTING_H

#include "tables.h"

#include "plan/mount_keys.h"
#include "plan/mount_sort.h"

/* The host; the root of a target on it; and a mount, for both. */
#define HOST                                                                                       \
	"10 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw\n"                                   \
	"11 10 0:5 / /proc rw,relatime shared:2 - proc proc rw\n"                                  \
	"12 10 0:6 / /dev rw,nosuid shared:3 - devtmpfs dev rw\n"                                  \
	"13 10 8:2 /sub /data rw,relatime shared:4 - ext4 /dev/sdb rw\n"

#define ROOT      "20 2 8:1 / / rw,relatime master:1 - ext4 /dev/sda rw\n"
#define HOST_ROOT "host / / of /\n"
#define M(ids, dev, root, at, fields, type)                                                        \
	ids " " dev " " root " " at " rw" fields " - " type " t rw\n"

/* Something over a mountpoint of the host's; what both have, and cannot be seen on either side. */
#define OVER(at)    M("15 14", "0:70", "/", at, "", "tmpfs")
#define HIDDEN_HOST M("14 10", "8:3", "/", "/m", "", "ext4") OVER("/m")
#define HIDDEN_TARGET                                                                              \
	M("21 20", "8:3", "/", "/a/b", "", "ext4") M("22 20", "0:91", "/", "/a", "", "tmpfs")

/*
 * A recipe's mounts as text, one a line:
 *   OWNER AT [#N or KEY] [FOLDER of HOST] [peer] [hidden] [(OPTIONS)]
 * where #N is a key of ours, and what has no directory is of no mount of the host's.
 */
static inline char *mount_text(const struct recipe_mount *m)
{
	size_t length = strlen(mount_key_prefix);
	char *key = !m->key ? xstrdup("")
		    : !strncmp(m->key, mount_key_prefix, length)
			    ? xasprintf(" #%s", m->key + length)
			    : xasprintf(" %s", m->key);
	char *host = m->host ? xasprintf(" %s of %s", m->folder, m->host) : xstrdup("");
	char *options = m->options ? xasprintf(" (%s)", m->options) : xstrdup("");
	char *text = xasprintf("%s %s%s%s%s%s%s\n", recipe_owner_name(m->owner), m->at, key, host,
			       m->host_peer ? " peer" : "", m->hidden ? " hidden" : "", options);

	free(key);
	free(host);
	free(options);
	return text;
}

static inline char *recipe_text(const struct recipe *r)
{
	char *text = xstrdup("");

	recipe_for_each_mount (m, r) {
		char *line = mount_text(m);
		char *longer = xasprintf("%s%s", text, line);

		free(line);
		free(text);
		text = longer;
	}
	return text;
}

static inline void assert_recipe(const struct recipe *r, const char *expected)
{
	char *text = recipe_text(r);

	assert_string_equal(text, expected);
	free(text);
}

static inline struct recipe sorted(const char *line, const struct mounts *caller,
				   const struct mounts *frame, const struct mounts *target)
{
	struct unit_cli u = unit_parse(line, NULL, false);
	struct mounts nested = { 0 };
	struct mount_tables tables = {
		.caller = caller, .frame = frame, .target = target, .nested = &nested
	};
	struct recipe r = { 0 };
	struct err e = { 0 };

	assert_int_equal(u.r, 0);
	UNIT_CHECK(mount_sort(&u.cli, &tables, &r, &e) == 0, "%s", e.what);
	unit_parse_free(&u);
	return r;
}

#endif
