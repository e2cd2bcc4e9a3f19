// SPDX-License-Identifier: MIT
/* What has come of a freeze, from criu's status, the target and the images. */
#include "unit.h"

#include "freeze/outcome.h"

#include <signal.h>

enum { OK = 0, FAILED = 1 << 8, KILLED = SIGKILL };

static const struct row {
	const char *name;
	int wait_status;
	enum outcome_target target;
	bool images, record, leaves_tree;
	int result; /* of outcome_judge() */
	int status; /* with result 0 */
	bool failed;
	const char *text; /* in what is said */
} rows[] = {
	{ "a freeze", OK, TARGET_ENDED, true, true, false, 0, 0, false, "" },
	{ "a freeze that leaves the tree", OK, TARGET_RUNS, true, true, true, 0, 0, false, "" },
	{ "a pre-dump leaves no images to thaw", OK, TARGET_RUNS, false, false, true, 0, 0, false,
	  "" },
	{ "images that are sent away", OK, TARGET_ENDED, false, false, false, 0, 0, false, "" },
	{ "criu says 0 without images", OK, TARGET_ENDED, false, true, false, -1, 0, false,
	  "left no images" },
	{ "criu says 0 and the target runs", OK, TARGET_RUNS, true, true, false, -1, 0, false,
	  "is still there" },
	{ "criu fails", FAILED, TARGET_RUNS, false, true, false, 0, 1, true, "" },
	{ "criu fails where an earlier freeze has just left images", FAILED, TARGET_RUNS, true,
	  true, false, 0, 1, true, "" },
	{ "criu fails and the target has ended", FAILED, TARGET_ENDED, false, true, false, 0, 1,
	  true, "has ended, and its images are not complete" },
	{ "criu dies and the target runs", KILLED, TARGET_RUNS, false, true, false, 0, 137, true,
	  "process 26 runs" },
	{ "criu dies and the target is stopped", KILLED, TARGET_STOPPED, true, true, false, 0, 137,
	  true, "kill -CONT 26" },
	{ "criu dies when all is done", KILLED, TARGET_ENDED, true, true, false, 0, 0, false,
	  "the images are complete" },
	{ "criu dies and the target ends, without images", KILLED, TARGET_ENDED, false, true, false,
	  0, 137, true, "not complete" },
	{ "criu dies and the target is about to end", KILLED, TARGET_UNSURE, true, true, false, 0,
	  137, true, "is about to end" },
	{ "criu dies and should have left the tree", KILLED, TARGET_ENDED, true, true, true, 0, 137,
	  true, "has ended" },
};

static void outcome_is_judged(void **state)
{
	const struct row *row = *state;
	struct plan p = { .record = row->record, .leaves_tree = row->leaves_tree };
	struct facts f = { .target = { .pid = 26, .comm = "counter" },
			   .images_dir = { .path = "images" } };
	struct outcome o = { row->wait_status, row->target, row->images };
	struct verdict v = { 0 };
	struct err e = { 0 };
	int r = outcome_judge(&p, &f, &o, &v, &e);

	assert_int_equal(r < 0, row->result < 0);
	if (r < 0) {
		assert_non_null(strstr(e.what, row->text));
		return;
	}
	assert_int_equal(v.status, row->status);
	assert_int_equal(v.failed, row->failed);
	assert_int_equal(v.repeatable, row->wait_status == FAILED && row->target == TARGET_RUNS);
	assert_int_equal(*v.known != '\0', *row->text != '\0');
	assert_non_null(strstr(v.known, row->text));
}

int main(void)
{
	UNIT_ROWS(outcome_is_judged, rows);
	return unit_run("outcome");
}
