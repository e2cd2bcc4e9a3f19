// SPDX-License-Identifier: MIT
#include "cli/cli.h"

#include <string.h>

int cli_says(const struct cli *c, const char *name)
{
	for (size_t i = c->said.n; i-- > 0;) {
		const char *said = c->said.v[i];

		if (!strcmp(said, name))
			return 1;
		said = text_after(said, "no-");
		if (said && !strcmp(said, name))
			return -1;
	}
	return 0;
}

void cli_deny(struct cli *c, const char *name)
{
	if (!cli_says(c, name))
		strv_take(&c->said, xasprintf("no-%s", name));
}

void cli_line_for(const struct cli *run, const char *command, struct strv *ret)
{
	for (size_t i = 0; i < run->line.n; i++)
		strv_add(ret, i == run->word_of_line ? command : run->line.v[i]);
}

/* external_lookup_by_key() in criu/external.c: the last one that starts with the ID and a colon. */
/* What is behind KIND[ID]; NULL: the value does not begin with that. */
static const char *after_key(const char *value, const char *kind, const char *id)
{
	value = text_after(value, kind);
	value = value ? text_after(value, "[") : NULL;
	value = value ? text_after(value, id) : NULL;
	return value ? text_after(value, "]") : NULL;
}

const char *cli_external(const struct cli *c, const char *kind, const char *id)
{
	for (size_t i = c->externals.n; i-- > 0;) {
		const char *after = after_key(c->externals.v[i], kind, id);

		if (after && *after == ':')
			return after + 1;
		if (after && !*after)
			return after;
	}
	return NULL;
}

bool cli_inherits(const struct cli *c, const char *name)
{
	for (size_t i = 0; i < c->inherited.n; i++) {
		const char *colon = strchr(c->inherited.v[i], ':');

		if (colon && !strcmp(colon + 1, name))
			return true;
	}
	return false;
}

bool cli_skips_mount(const struct cli *c, const char *at)
{
	for (size_t i = 0; i < c->skipped.n; i++)
		if (!strcmp(c->skipped.v[i], at))
			return true;
	return false;
}

bool cli_replaces_mount(const struct cli *c, const char *at, const char *key)
{
	const char *path = key ? cli_external(c, "mnt", key) : NULL;

	if (!key && !strcmp(at, "/"))
		return c->root != NULL;
	return path && *path;
}
