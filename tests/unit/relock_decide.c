// SPDX-License-Identifier: MIT
/* Which mounts come back locked, and how (thaw/relock_decide.h). */
#include "tables.h"

#include "thaw/relock_decide.h"

#define MOUNT(ids, at) ids " 0:9 / " at " rw - tmpfs t rw\n"

/* The table of the thawed tree, and a word for each mount: as it is decided. */
static const struct row {
	const char *name, *table;
	const char *locks; /* what the recipe has: "AT LOCKS [hidden]" for each mount, by commas */
	const char *now;   /* the ids of mounts that have all of that already */
	const char *expected;
} rows[] = {
	{ "nothing was locked", MOUNT("1 1", "/") MOUNT("2 1", "/a"), "/ -,/a -", "",
	  "1 plain,2 plain" },
	{ "a mount that could not be unmounted", MOUNT("1 1", "/") MOUNT("2 1", "/a"),
	  "/ -,/a mount", "", "1 plain (locked),2 locked" },
	{ "a flag that could not be cleared", MOUNT("1 1", "/") MOUNT("2 1", "/a"), "/ -,/a ro", "",
	  "1 plain (flags),2 flags" },
	{ "what is locked already", MOUNT("1 1", "/") MOUNT("2 1", "/a"), "/ -,/a mount", "2",
	  "1 plain,2 plain" },
	{ "the root cannot be taken off", MOUNT("1 1", "/") MOUNT("2 1", "/a"), "/ ro,/a -", "",
	  "1 plain,2 plain" },
	{ "a locked mount on a locked one comes along",
	  MOUNT("1 1", "/") MOUNT("2 1", "/a") MOUNT("3 2", "/a/b"), "/ -,/a mount,/a/b mount", "",
	  "1 plain (locked),2 locked,3 locked along" },
	{ "one with a locked flag does not",
	  MOUNT("1 1", "/") MOUNT("2 1", "/a") MOUNT("3 2", "/a/b"), "/ -,/a mount,/a/b ro", "",
	  "1 plain (locked),2 locked (flags),3 flags" },
	{ "nor does one that lies on the root of its parent",
	  MOUNT("1 1", "/") MOUNT("2 1", "/a") MOUNT("3 2", "/a"), "/ -,/a mount hidden,/a mount",
	  "", "1 plain (locked),2 locked (locked),3 locked" },
	{ "a locked mount on an unlocked one does not come along",
	  MOUNT("1 1", "/") MOUNT("2 1", "/a") MOUNT("3 2", "/a/b"), "/ -,/a -,/a/b mount", "",
	  "1 plain,2 plain (locked),3 locked" },
	{ "one that a later mount hides", MOUNT("1 1", "/") MOUNT("2 1", "/a/b") MOUNT("3 1", "/a"),
	  "/ -,/a/b mount hidden,/a mount", "", "1 plain (locked),2 locked out of reach,3 locked" },
};

static void take_locks(struct recipe *r, const char *text)
{
	while (*text) {
		char at[16];
		char locks[16];
		char hidden[16] = "";
		struct recipe_mount *m;

		assert_true(sscanf(text, "%15[^ ] %15[^ ,] %15[^,]", at, locks, hidden) >= 2);
		m = add_mount(r, OWNER_OWN, at);
		m->locks = !strcmp(locks, "mount") ? LOCK_MOUNT
			   : !strcmp(locks, "ro")  ? LOCK_RDONLY
						   : 0;
		m->hidden = *hidden;
		text += strcspn(text, ",");
		text += *text == ',';
	}
}

static char *text_of(const struct relock_pieces *p)
{
	static const char *const how[] = { "plain", "locked", "flags" };
	char *text = xstrdup("");

	for (size_t i = 0; i < p->n; i++) {
		const struct relock_piece *x = &p->v[i];
		char *longer =
			xasprintf("%s%s%d %s%s%s%s%s", text, i ? "," : "", x->m->id, how[x->how],
				  x->along ? " along" : "", x->hidden ? " out of reach" : "",
				  x->needed[RELOCK_LOCKED] ? " (locked)" : "",
				  x->needed[RELOCK_FLAGS] ? " (flags)" : "");

		free(text);
		text = longer;
	}
	return text;
}

static void is_decided(void **state)
{
	const struct row *row = *state;
	struct mounts now = table_of(row->table);
	struct relock_pieces pieces;
	struct recipe r = { 0 };
	unsigned lost = 0;
	bool any;
	char *text;

	take_locks(&r, row->locks);
	if (*row->now)
		now.v[atoi(row->now) - 1].locks = LOCK_ALL;
	any = relock_decide(&r, &now, &pieces);
	text = text_of(&pieces);
	assert_string_equal(text, row->expected);
	assert_int_equal(any, strstr(text, " locked") || strstr(text, " flags"));

	/* When all of them are as the recipe says, none is lost. */
	for (size_t i = 0; i < now.n; i++)
		now.v[i].locks = pieces.v[i].locks;
	assert_null(relock_lost(&r, &now, &lost));
	for (size_t i = 0; i < now.n; i++) {
		if (!now.v[i].locks)
			continue;
		now.v[i].locks = 0;
		assert_non_null(relock_lost(&r, &now, &lost));
		assert_int_equal(lost, pieces.v[i].locks);
		now.v[i].locks = lost;
	}
	free(text);
	relock_pieces_free(&pieces);
	recipe_free(&r);
	mounts_free(&now);
}

int main(void)
{
	UNIT_ROWS(is_decided, rows);
	return unit_run("relock_decide");
}
