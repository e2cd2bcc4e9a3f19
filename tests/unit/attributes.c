// SPDX-License-Identifier: MIT
#include "unit.h"

#include "look/attributes.h"

#include <sched.h>

static const struct row {
	const char *name, *status;
	char bypass, indirect;
} rows[] = {
	{ "an old kernel", "Name:\tx\nSeccomp:\t0\n", 0, 0 },
	{ "nothing",
	  "Name:\tx\nSeccomp:\t0\nSpeculation_Store_Bypass:\tthread vulnerable\n"
	  "SpeculationIndirectBranch:\tconditional enabled\n",
	  0, 0 },
	{ "of the machine",
	  "Name:\tx\nSeccomp:\t0\nSpeculation_Store_Bypass:\tglobally mitigated\n"
	  "SpeculationIndirectBranch:\talways disabled\n",
	  0, 0 },
	{ "disabled",
	  "Name:\tx\nSeccomp:\t0\nSpeculation_Store_Bypass:\tthread mitigated\n"
	  "SpeculationIndirectBranch:\tconditional disabled\n",
	  'd', 'd' },
	{ "forced",
	  "Name:\tx\nSeccomp:\t0\nSpeculation_Store_Bypass:\tthread force mitigated\n"
	  "SpeculationIndirectBranch:\tconditional force disabled\n",
	  'f', 'f' },
	{ "of seccomp",
	  "Name:\tx\nSeccomp:\t2\nSpeculation_Store_Bypass:\tthread force mitigated\n"
	  "SpeculationIndirectBranch:\tconditional disabled\n",
	  0, 'd' },
};

static void speculation_is_read(void **state)
{
	const struct row *r = *state;
	struct speculation s = attributes_parse_speculation(r->status);

	assert_int_equal(s.bypass, r->bypass);
	assert_int_equal(s.indirect, r->indirect);
}

static void a_flusher_has_both_flags(void **state)
{
	(void)state;
	assert_false(attributes_is_flusher(0));
	assert_false(attributes_is_flusher(0x400040)); /* PF_RANDOMIZE, PF_FORKNOEXEC */
	assert_false(attributes_is_flusher(0x480000)); /* waits for a lock in the kernel, perhaps */
	assert_false(attributes_is_flusher(0x500000));
	assert_true(attributes_is_flusher(0x580040));
}

static void usual_clamps_are_not_kept(void **state)
{
	(void)state;
	assert_true(attributes_clamps_are_usual(SCHED_OTHER, &(struct clamps){ 0, 1024 }));
	assert_true(attributes_clamps_are_usual(SCHED_IDLE, &(struct clamps){ 0, 1024 }));
	assert_true(attributes_clamps_are_usual(SCHED_RR, &(struct clamps){ 1024, 1024 }));
	assert_false(attributes_clamps_are_usual(SCHED_OTHER, &(struct clamps){ 1, 1024 }));
	assert_false(attributes_clamps_are_usual(SCHED_BATCH, &(struct clamps){ 0, 1023 }));
	assert_false(attributes_clamps_are_usual(SCHED_OTHER, &(struct clamps){ 0, 0 }));
	assert_false(attributes_clamps_are_usual(SCHED_OTHER, &(struct clamps){ 1024, 1024 }));
	assert_false(attributes_clamps_are_usual(SCHED_FIFO, &(struct clamps){ 0, 1024 }));
}

static void tags_are_found(void **state)
{
	(void)state;
	assert_false(attributes_has_tags(""));
	assert_false(attributes_has_tags("Name:\tx\nVmPeak:\t8 kB\n"));
	assert_false(attributes_has_tags("Name:\tx\nuntag_mask:\t0xffffffffffffffff\n"));
	assert_false(attributes_has_tags("Name:\tx\nuntag_mask:\t0xffffffffffffff\n"));
	assert_true(attributes_has_tags("Name:\tx\nuntag_mask:\t0x81ffffffffffffff\n"));
}

int main(void)
{
	UNIT_ROWS(speculation_is_read, rows);
	UNIT(tags_are_found);
	UNIT(a_flusher_has_both_flags);
	UNIT(usual_clamps_are_not_kept);
	return unit_run("attributes");
}
