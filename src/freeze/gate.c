// SPDX-License-Identifier: MIT
#include "freeze/gate.h"

#include "look/late_namespaces.h"
#include "plan/plan.h"
#include "util/helped.h"
#include "util/pause.h"
#include "util/util.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Opened after collect_pstree(), and after dump_one_task() of all (cr_dump_tasks() in
 * criu/cr-dump.c). Both are known to outcome.h, too.
 */
static const char first[] = "files.img";
static const char second[] = "pstree.img";

/* A door costs criu about as much time as ten tasks take to be looked at. */
enum { MANY = 64 };

static void close_door(struct door *d, int dirfd)
{
	if (d->made)
		unlinkat(dirfd, d->image, 0);
	cleanup_close(&d->pause);
	*d = DOOR_NONE;
}

/*
 * With the mode that criu would give it (CR_FD_PERM in criu/include/crtools.h); criu opens what is
 * there (O_DUMP).
 */
static void make_door(struct door *d, const char *name, int dirfd)
{
	d->image = name;
	d->made = mknodat(dirfd, name, S_IFREG | 0644, 0) == 0;
	d->pause = pause_open_file(dirfd, name);
	if (d->pause < 0)
		close_door(d, dirfd);
}

bool gate_make(struct gate *g, const struct facts *f)
{
	*g = GATE_NONE;
	make_door(&g->first, first, f->images_dir.fd);
	if (g->first.pause >= 0 && f->n_tasks >= MANY)
		make_door(&g->second, second, f->images_dir.fd);
	return g->first.pause >= 0;
}

/* Is it criu that waits there? Anybody else goes on. */
static bool has_come(struct door *d, pid_t criu, int *ret_waiting)
{
	pid_t who;

	*ret_waiting = pause_next(d->pause, &who);
	if (*ret_waiting < 0)
		return false;
	d->made = false;
	if (who == criu)
		return true;
	pause_answer(d->pause, *ret_waiting, true);
	return false;
}

/*
 * Nobody waits here again, but it is closed when criu has ended: whoever closes it waits for the
 * kernel to forget its marks (util/pause.h), which a busy machine takes longer for than criu for
 * the rest.
 */
static void let(struct door *d, int waiting, bool allow)
{
	pause_answer(d->pause, waiting, allow);
	pause_lift_file(d->pause);
	d->is_over = true;
}

/* With a second door, criu goes on meanwhile, on another processor. */
static void look(struct gate *g, const struct facts *f, struct err *e)
{
	helped_leave(1);
	g->refuses = gate_check(f, e) < 0;
	helped_leave(0);
	g->has_looked = true;
}

void gate_answer(struct gate *g, pid_t criu, const struct facts *f, struct err *e)
{
	const bool comes_again = g->second.pause >= 0 && !g->second.is_over;
	int waiting;

	if (!has_come(&g->first, criu, &waiting))
		return;
	if (comes_again) {
		let(&g->first, waiting, true);
		look(g, f, e);
	} else {
		let(&g->first, waiting, gate_check(f, e) == 0);
	}
}

bool gate_answer_second(struct gate *g, pid_t criu, const struct facts *f, struct err *e)
{
	int waiting;

	if (!has_come(&g->second, criu, &waiting))
		return false;
	if (!g->has_looked)
		look(g, f, e);
	let(&g->second, waiting, !g->refuses);
	return !g->refuses;
}

void gate_close(struct gate *g, const struct facts *f)
{
	close_door(&g->first, f->images_dir.fd);
	close_door(&g->second, f->images_dir.fd);
	*g = GATE_NONE;
}

int gate_check(const struct facts *f, struct err *e)
{
	struct nested_ns late;
	char thread[32] = "";
	pid_t pid;

	if (!late_namespaces_find(f, &pid, &late))
		return 0;
	if (late.tid != pid)
		snprintf(thread, sizeof(thread), "thread %d of ", late.tid);
	err_set(e, 0, "%sprocess %d (%s) %s another %s while the tree was being frozen", thread,
		pid, late.comm, late.is_of_children ? "began to have its children in" : "went into",
		plan_namespace(late.kind));
	e->passes = true;
	return err_hint(e, "the tree runs on as before; try again");
}
