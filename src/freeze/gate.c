// SPDX-License-Identifier: MIT
#include "freeze/gate.h"

#include "look/late.h"
#include "plan/plan.h"
#include "util/pause.h"
#include "util/util.h"

#include <fcntl.h>
#include <stdio.h>

/* Opened after collect_pstree() (cr_dump_tasks() in criu/cr-dump.c), and known to outcome.h, too. */
static const char image[] = "files.img";

static void look_at_image(const struct facts *f, struct stat *ret)
{
	if (fstatat(f->images_dir.fd, image, ret, AT_SYMLINK_NOFOLLOW) < 0)
		*ret = (struct stat){ 0 };
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

bool gate_make(struct gate *g, const struct facts *f)
{
	*g = GATE_NONE;
	look_at_image(f, &g->before);
	g->pause = pause_begin();
	return g->pause >= 0;
}

void gate_shut(struct gate *g, const struct facts *f)
{
	struct stat now;

	if (g->pause < 0)
		return;
	if (pause_children(g->pause, f->images_dir.fd) < 0) {
		gate_close(g);
		return;
	}
	look_at_image(f, &now);
	g->missed = !is_same_file(&now, &g->before) || now.st_size != g->before.st_size ||
		    now.st_mtim.tv_sec != g->before.st_mtim.tv_sec ||
		    now.st_mtim.tv_nsec != g->before.st_mtim.tv_nsec;
}

/*
 * Nobody waits here again, but it is closed when criu has ended: whoever closes it waits for the kernel to forget its
 * marks (util/pause.h), which a busy machine takes longer for than criu for the rest.
 */
void gate_answer(struct gate *g, pid_t criu, const struct facts *f, struct err *e)
{
	pid_t who;
	int waiting = pause_next(g->pause, &who);
	struct stat opened;
	struct stat now;

	if (waiting < 0)
		return;
	look_at_image(f, &now);
	if (who != criu ||
	    (!g->missed && (fstat(waiting, &opened) < 0 || !is_same_file(&opened, &now)))) {
		pause_answer(g->pause, waiting, true);
		return;
	}
	pause_answer(g->pause, waiting, gate_check(f, e) == 0);
	pause_lift_file(g->pause);
}

void gate_close(struct gate *g)
{
	cleanup_close(&g->pause);
	g->pause = -1;
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
	return err_hint(e, "the tree runs on as before; try again");
}
