// SPDX-License-Identifier: MIT
/* What has come before, among many. */
#include "unit.h"

#include "util/seen.h"

static void each_is_new_once(void **state)
{
	enum { MANY = 20000 };
	struct seen s = { 0 };

	(void)state;
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < MANY; i++)
			UNIT_CHECK(seen_before(&s, i % 3, i / 7, (uint64_t)i << 40) == (round > 0),
				   "%u in round %u", i, round);
	assert_int_equal(s.n, MANY);
	seen_free(&s);
	assert_int_equal(s.n, 0);
}

static void each_number_counts(void **state)
{
	struct seen s = { 0 };

	(void)state;
	assert_false(seen_before(&s, 0, 0, 0));
	assert_false(seen_before(&s, 1, 0, 0));
	assert_false(seen_before(&s, 0, 1, 0));
	assert_false(seen_before(&s, 0, 0, 1));
	assert_true(seen_before(&s, 0, 0, 0));
	seen_free(&s);
}

int main(void)
{
	UNIT(each_is_new_once);
	UNIT(each_number_counts);
	return unit_run("seen");
}
