// SPDX-License-Identifier: MIT
#include "thaw/init_mounts.h"

#include "thaw/relock.h"
#include "thaw/verify.h"
#include "util/pause.h"
#include "util/util.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

pid_t init_find_root(const struct facts *f, int proc)
{
	_cleanup_free_ int *pids = NULL;
	size_t n;

	if (f->images.root != 1)
		return f->images.root;
	n = procfs_list(proc, ".", &pids);
	for (size_t p = 0; p < n; p++) {
		struct task t = { 0 };
		struct err ignored;

		/*
		 * Only in the pid namespace right below, because what runs already may have made
		 * others by now.
		 */
		if (procfs_task(proc, pids[p], &t, &ignored) == 0 && task_is_init(&t) &&
		    t.depth == 2)
			return t.pid;
	}
	return 0;
}

/* Of the process pid in the procfs proc. */
static struct verify verify_of(const struct init_args *a, int proc, pid_t pid,
			       const struct mounts *frame)
{
	return (struct verify){
		.plan = a->plan, .facts = a->facts, .proc = proc, .pid = pid, .frame = frame
	};
}

int init_verify_mounts(const struct init_args *a, const struct mounts *frame,
		       const struct mounts *ahead, struct err *e)
{
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct verify v = verify_of(a, proc, init_find_root(a->facts, proc), frame);

	v.ahead = ahead;
	return verify_mounts(&v, e);
}

/*
 * The first file that criu opens when a task has joined its mount namespace, but has opened none of
 * its own files yet (restore_task_with_children(), prepare_mappings() in criu/cr-restore.c).
 */
static void name_first(const struct facts *f, char ret[32])
{
	snprintf(ret, 32, "pagemap-%d.img", f->images.root);
}

int init_open_lock_pause(const struct facts *f)
{
	char name[32];

	name_first(f, name);
	return pause_open_file(f->images_dir.fd, name);
}

void init_ask_for_mounts(const struct init_args *a, int pause)
{
	const struct facts *f = a->facts;
	char name[32];

	if (!a->plan->recipe.n_mounts || f->images.n_nested || f->images.root <= 1 ||
	    recipe_has_locks(&a->plan->recipe))
		return;
	name_first(f, name);
	(void)pause_tell_file(pause, f->images_dir.fd, name);
}

bool init_verify_ahead(const struct init_args *a, const struct mounts *frame, pid_t pid,
		       struct mounts *ret)
{
	if (pid != a->facts->images.root)
		return false;
	if (!ret->text) {
		_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		const struct verify v = verify_of(a, proc, pid, frame);

		(void)verify_ahead(&v, ret);
	}
	return true;
}

static int lock_mounts(const struct verify *v, struct mounts *table, struct err *e)
{
	_cleanup_close_ int ns = -1;
	int r = verify_repair(v, e);

	mounts_free(table);
	if (!r)
		r = mounts_read_of(v->proc, v->pid, table, e);
	ns = procfs_open_namespace(v->proc, v->pid, "mnt");
	if (!r)
		r = relock_mounts(v->proc, &v->plan->recipe, table, ns, v->facts->staging, e);
	return r < 0 ? err_hint(
			       e,
			       "--lose-locks thaws it all the same, with mounts that it can unmount or make writable")
		     : 0;
}

int init_lock_mounts(const struct init_args *a, const struct mounts *frame, int pause,
		     struct err *e)
{
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct mounts table = { 0 };
	struct err ignored;
	pid_t pid = 0;
	int r = 0;
	int waiting = pause_next(pause, &pid);

	if (waiting < 0)
		return 0;
	if (pid && pid == init_find_root(a->facts, proc) &&
	    mounts_read_of(proc, pid, &table, &ignored) == 0 && verify_is_final(a->facts, &table)) {
		const struct verify v = verify_of(a, proc, pid, frame);

		pause_lift_file(pause);
		r = lock_mounts(&v, &table, e);
	}
	mounts_free(&table);
	if (!r || !a->takes_place)
		pause_answer(pause, waiting, r == 0);
	return r;
}
