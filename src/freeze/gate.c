// SPDX-License-Identifier: MIT
#include "freeze/gate.h"

#include "look/late_namespaces.h"
#include "look/tree.h"
#include "plan/plan.h"
#include "util/helped.h"
#include "util/pause.h"
#include "util/util.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Opened after collect_pstree(), and after dump_one_task() of all (cr_dump_tasks() in
 * criu/cr-dump.c). Both are known to outcome.h, too.
 */
static const char first[] = "files.img";
static const char last[] = "pstree.img";

/*
 * With the mode that criu would give it (CR_FD_PERM in criu/include/crtools.h); criu opens what is
 * there (O_DUMP).
 */
static bool make_image(int dirfd, const char *name)
{
	return mknodat(dirfd, name, S_IFREG | 0644, 0) == 0;
}

/* criu writes at least a number of 8 bytes. */
static void remove_empty(int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size == 0)
		unlinkat(dirfd, name, 0);
}

bool gate_make(struct gate *g, const struct facts *f, struct mappings_look *mappings)
{
	const int dirfd = f->images_dir.fd;

	*g = GATE_NONE;
	g->mappings = mappings;
	g->made_first = make_image(dirfd, first);
	g->made_last = make_image(dirfd, last);
	g->pause = pause_open_file(dirfd, last);
	if (g->pause >= 0 && pause_tell_file(g->pause, dirfd, first) == 0)
		return true;
	gate_close(g, f);
	return false;
}

/* criu goes on meanwhile, on another processor. */
static void look(struct gate *g, const struct facts *f, struct err *e)
{
	helped_leave(1);
	g->refuses = gate_check(f, g->mappings, e) < 0;
	helped_leave(0);
	g->has_looked = true;
}

/* criu has opened the first image, and goes on. */
static void on_first(struct gate *g, const struct facts *f, bool tells_saved, struct err *e)
{
	look(g, f, e);
	if (g->refuses)
		return;
	if (tells_saved)
		pause_only_tell(g->pause, f->images_dir.fd, last);
	else
		pause_lift_file(g->pause);
	facts_release_mounts(f);
}

bool gate_next(struct gate *g, pid_t criu, const struct facts *f, bool tells_saved, struct err *e)
{
	struct pause_event event;

	if (!pause_next_event(g->pause, &event))
		return false;
	if (event.pid != criu) { /* anybody else goes on */
		pause_answer(g->pause, event.waiting, true);
		return false;
	}
	if (event.waiting < 0 && !g->has_looked) {
		on_first(g, f, tells_saved, e);
		return false;
	}
	if (!g->has_looked) {
		look(g, f, e);
		mappings_look_rest(g->mappings);
	}
	g->made_last &= g->refuses;
	pause_lift_file(g->pause);
	pause_answer(g->pause, event.waiting, !g->refuses);
	return tells_saved && !g->refuses;
}

/*
 * The marks are gone by now, as a rule: whoever closes it waits for the kernel to forget them
 * (util/pause.h), which a busy machine takes longer for than criu for the rest.
 */
void gate_close(struct gate *g, const struct facts *f)
{
	if (g->made_first && !g->has_looked)
		remove_empty(f->images_dir.fd, first);
	if (g->made_last)
		remove_empty(f->images_dir.fd, last);
	cleanup_close(&g->pause);
	*g = GATE_NONE;
}

static int refuse(pid_t pid, const struct nested_ns *late, struct err *e)
{
	char thread[32] = "";

	if (late->tid != pid)
		snprintf(thread, sizeof(thread), "thread %d of ", late->tid);
	err_set(e, 0, "%sprocess %d (%s) %s another %s while the tree was being frozen", thread,
		pid, late->comm,
		late->is_of_children ? "began to have its children in" : "went into",
		plan_namespace(late->kind));
	e->passes = true;
	return err_hint(e, "the tree runs on as before; try again");
}

int gate_check(const struct facts *f, struct mappings_look *mappings, struct err *e)
{
	pid_t *pids;
	size_t n = tree_list(f->proc, f->target.pid, &pids);
	struct nested_ns late;
	pid_t pid;
	bool is_late = late_namespaces_find(f, pids, n, &pid, &late);

	if (mappings && !is_late)
		mappings_look_begin(mappings, f, pids, n);
	else
		free(pids);
	return is_late ? refuse(pid, &late, e) : 0;
}
