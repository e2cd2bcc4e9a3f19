// SPDX-License-Identifier: MIT
#include "freeze/gate.h"

#include "look/late.h"
#include "plan/plan.h"
#include "util/pause.h"
#include "util/util.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Opened after collect_pstree() (cr_dump_tasks() in criu/cr-dump.c), and known to outcome.h, too.
 */
static const char image[] = "files.img";

/*
 * With the mode that criu would give it (CR_FD_PERM in criu/include/crtools.h); criu opens what is
 * there (O_DUMP).
 */
static bool make_image(const struct facts *f)
{
	return mknodat(f->images_dir.fd, image, S_IFREG | 0644, 0) == 0;
}

bool gate_make(struct gate *g, const struct facts *f)
{
	*g = GATE_NONE;
	g->made = make_image(f);
	g->pause = pause_open_file(f->images_dir.fd, image);
	if (g->pause < 0)
		gate_close(g, f);
	return g->pause >= 0;
}

/*
 * Nobody waits here again, but it is closed when criu has ended: whoever closes it waits for the
 * kernel to forget its marks (util/pause.h), which a busy machine takes longer for than criu for
 * the rest.
 */
void gate_answer(struct gate *g, pid_t criu, const struct facts *f, struct err *e)
{
	pid_t who;
	int waiting = pause_next(g->pause, &who);

	if (waiting < 0)
		return;
	g->made = false;
	if (who != criu) {
		pause_answer(g->pause, waiting, true);
		return;
	}
	pause_answer(g->pause, waiting, gate_check(f, e) == 0);
	pause_lift_file(g->pause);
}

void gate_close(struct gate *g, const struct facts *f)
{
	if (g->made)
		unlinkat(f->images_dir.fd, image, 0);
	cleanup_close(&g->pause);
	*g = GATE_NONE;
}

int gate_check(const struct facts *f, struct err *e)
{
	struct nested_ns late;
	char thread[32] = "";
	pid_t pid;

	if (!late_find(f, &pid, &late))
		return 0;
	if (late.tid != pid)
		snprintf(thread, sizeof(thread), "thread %d of ", late.tid);
	err_set(e, 0, "%sprocess %d (%s) %s another %s while the tree was being frozen", thread,
		pid, late.comm, late.is_of_children ? "began to have its children in" : "went into",
		plan_namespace(late.kind));
	e->passes = true;
	return err_hint(e, "the tree runs on as before; try again");
}
