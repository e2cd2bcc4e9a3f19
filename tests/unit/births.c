// SPDX-License-Identifier: MIT
/*
 * Which processes criu can make in their sessions: the conditions of prepare_pstree_ids() in
 * criu/pstree.c.
 */
#include "unit.h"

#include "look/births.h"

#include <stdio.h>

enum { MOST = 8 };

static const struct tree {
	const char *name;
	const char *text; /* PID PARENT SESSION, of each */
	ssize_t impossible;
} trees[] = {
	{ "the root task alone is possible", "10 1 10", -1 },
	{ "the root task may be in the session of a shell", "10 1 9, 11 10 9, 12 11 9", -1 },
	{ "children are in the session of their parent", "10 1 10, 11 10 10, 12 11 10", -1 },
	{ "a leader is", "10 1 10, 11 10 11, 12 11 11", -1 },
	{ "a child was born before its parent left the session", "10 1 10, 11 10 11, 12 11 10",
	  -1 },
	{ "... and its parent, too", "10 1 10, 11 10 11, 12 11 12, 13 12 10", -1 },
	{ "... but a process is born in one session",
	  "10 1 10, 11 10 11, 12 11 12, 13 12 13, 14 13 10, 15 13 11", 5 },
	{ "... the other way round, too",
	  "10 1 10, 11 10 11, 12 11 12, 13 12 13, 14 13 11, 15 13 10", 5 },
	{ "the root task has adopted one whose leader has ended", "10 1 10, 12 10 11", -1 },
	{ "... and one whose leader is there", "10 1 10, 11 10 11, 12 10 11", -1 },
	{ "... whose child was born before it left the session",
	  "10 1 10, 12 10 11, 13 12 13, 14 13 11", -1 },
	{ "... and whose leader is another child's",
	  "10 1 10, 11 10 11, 12 10 11, 13 12 13, 14 13 11", -1 },
	{ "another process has adopted one whose leader has ended", "10 1 10, 11 10 10, 13 11 12",
	  2 },
	{ "... and one whose leader is there", "10 1 10, 11 10 10, 12 11 12, 13 11 12", 3 },
	{ "... one that is a leader can be made", "10 1 10, 11 10 10, 13 11 13", -1 },
	{ "the session of the root task's parent is lost", "10 1 10, 11 10 11, 12 11 9", 2 },
	{ "one whose parent is not in the tree is passed over", "10 1 10, 11 7 9, 12 10 10", -1 },
	{ "what a reused number leads to has an end", "10 1 10, 12 10 14, 14 12 14, 15 14 9", 3 },
};

static void tree(void **state)
{
	const struct tree *t = *state;
	struct birth v[MOST] = { 0 };
	const char *at = t->text;
	size_t n = 0;
	int length = 0;

	while (n < MOST &&
	       sscanf(at, "%d %d %d%n", &v[n].pid, &v[n].parent, &v[n].session, &length) == 3) {
		/* What the process sees is something else. */
		v[n].inner = v[n].pid;
		v[n].pid += 1000;
		v[n++].parent += 1000;
		at += length;
		at += *at == ',';
	}
	assert_string_equal(at, "");
	assert_int_equal(births_impossible(v, n), t->impossible);
}

static void none_is_no_tree(void **state)
{
	(void)state;
	assert_int_equal(births_impossible(NULL, 0), -1);
}

int main(void)
{
	UNIT_ROWS(tree, trees);
	UNIT(none_is_no_tree);
	return unit_run("births");
}
