// SPDX-License-Identifier: MIT
/* What a thaw needs of its host, as `criu-ns show` tells it. */
#include "unit.h"

#include "explain/needs.h"

#define HOST "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
#define ROOT "mount at=/ is=kept root=/ type=tmpfs flags=- options=rw\n"
#define PART(at, key)                                                                              \
	"mount at=" at " is=kept key=" key " root=" at " type=tmpfs flags=- options=rw\n"

static const struct program {
	const char *name, *mounts;
	size_t n;
} programs[] = {
	{ "nothing is kept of the host's mounts: no program", HOST, 0 },
	{ "the content of a root is kept: tar", ROOT, 1 },
	{ "that of another mount: tar", HOST PART("/tmp", "k"), 1 },
	{ "that of several mounts: tar, once", ROOT PART("/tmp", "k") PART("/var/tmp", "l"), 1 },
};

static void a_program_is_needed(void **state)
{
	const struct program *p = *state;
	char *text = xasprintf("criu-ns-recipe 4\nframe pid\n%send\n", p->mounts);
	struct contents c = { .path = "images" };
	struct needs needs;
	struct err e = { 0 };
	size_t n = 0;

	UNIT_CHECK(recipe_parse(text, strlen(text), &c.recipe, &e) == 0, "%s", e.what);
	needs_find(&c, &needs);
	for (size_t i = 0; i < needs.n; i++) {
		if (strcmp(needs.v[i].kind, "program") != 0)
			continue;
		assert_string_equal(needs.v[i].what, "tar, for the content of each kept tmpfs");
		n++;
	}
	assert_int_equal(n, p->n);
	needs_free(&needs);
	contents_free(&c);
	free(text);
}

int main(void)
{
	UNIT_ROWS(a_program_is_needed, programs);
	return unit_run("needs");
}
