// SPDX-License-Identifier: MIT
#include "freeze/recheck.h"

#include "freeze/gate.h"
#include "freeze/keep_cgroups.h"
#include "freeze/keep_programs.h"
#include "freeze/rekey.h"
#include "look/kept_archive.h"
#include "look/served.h"
#include "look/view_copy.h"
#include "plan/mount_check.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char variable[] = "CRIU_NS_RECHECK";

int recheck_make(struct recheck *h, bool by_message, struct err *e)
{
	h->by_message = by_message;
	if (by_message)
		return notify_make(&h->notify, e);
	if (pipe2(h->ask, O_CLOEXEC) < 0 || pipe2(h->answer, O_CLOEXEC) < 0)
		return err_set(e, errno, "cannot make a pipe");
	h->exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	return h->exe < 0 ? err_set(e, errno, "cannot open criu-ns itself") : 0;
}

void recheck_take(struct recheck *h, struct recheck *from)
{
	h->by_message = from->by_message;
	h->notify = from->notify;
	*from = RECHECK_NONE;
}

/*
 * criu closes all descriptors but the standard ones in what it starts, but keeps them itself: the
 * stub finds the pipes, and criu finds the program of the stub, in the /proc/PID/fd of criu.
 */
static int hand_script(const struct recheck *h, struct strv *args, struct err *e)
{
	const int fds[] = { h->exe, h->ask[1], h->answer[0] };
	int copies[ARRAY_SIZE(fds)];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		copies[i] = process_hand_over(fds[i], e);
		if (copies[i] < 0)
			return copies[i];
	}

	_cleanup_free_ char *value = xasprintf("/proc/%d/fd/%d /proc/%d/fd/%d", getpid(), copies[1],
					       getpid(), copies[2]);

	setenv(variable, value, 1);
	strv_replace(args, plan_slot_recheck, "/proc/%d/fd/%d", getpid(), copies[0]);
	return 0;
}

int recheck_hand(const struct recheck *h, const struct plan *p, const struct facts *f,
		 bool to_own_log, struct strv *args, struct err *e)
{
	if (h->by_message)
		return notify_hand(&h->notify, p, f, to_own_log, args, e);
	return h->ask[1] < 0 ? 0 : hand_script(h, args, e);
}

void recheck_close_inner(struct recheck *h)
{
	notify_close_inner(&h->notify);
	cleanup_close(&h->ask[1]);
	cleanup_close(&h->answer[0]);
	cleanup_close(&h->exe);
	h->ask[1] = h->answer[0] = h->exe = -1;
}

void recheck_close(struct recheck *h)
{
	recheck_close_inner(h);
	notify_close(&h->notify);
	cleanup_close(&h->ask[0]);
	cleanup_close(&h->answer[1]);
	h->ask[0] = h->answer[1] = -1;
}

/*
 * The mounts of the tree have been checked by now, but not what a path leads to: whoever is outside
 * may have mounted something there meanwhile.
 */
static int keep_content(const struct facts *f, const struct recipe_mount *m, int root,
			struct err *e)
{
	const struct mount *want = mounts_by_id(&f->target_view, m->id);
	_cleanup_close_ int dir =
		served_open(root, m->key ? m->at + 1 : ".",
			    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	struct stat st;

	if (dir < 0)
		return err_set(e, -dir, "cannot open %s of process %d", m->at, f->target.pid);
	if (!want || fstat(dir, &st) < 0 || st.st_dev != want->dev || !S_ISDIR(st.st_mode))
		return err_set(e, 0, "%s of process %d has changed while criu-ns looked at it",
			       m->at, f->target.pid);
	return kept_archive_make(f->images_dir.fd, m, dir, e);
}

/* The root is opened without what is mounted on it, because tar would keep files of that. */
static int keep_contents(const struct plan *p, const struct facts *f, struct err *e)
{
	_cleanup_close_ int alone = -1;
	_cleanup_close_ int with_mounts = -1;
	int r = 0;

	recipe_for_each_mount (m, &p->recipe) {
		int *root = m->key ? &with_mounts : &alone;

		if (m->owner != OWNER_KEPT || r < 0)
			continue;
		if (*root < 0)
			*root = view_copy(f->ns_mnt_fd, m->key != NULL);
		r = *root < 0 ? err_set(e, ECHILD, "cannot open the root of process %d",
					f->target.pid)
			      : keep_content(f, m, *root, e);
	}
	return r;
}

/*
 * Every mount that criu saved must be one of the recipe's, by its id. What the recipe has more, the
 * thaw would miss.
 */
static bool is_same_view(const struct recipe *w, const struct mounts *saved)
{
	size_t n = 0;

	recipe_for_each_mount (m, w) {
		const struct mount *as = mounts_by_id(saved, m->id);

		n += as != NULL;
		if (as && strcmp(as->at, m->at) != 0)
			return false;
	}
	return n == saved->n;
}

/* The mount namespaces that criu found below the target must be those that were looked at. */
static bool are_same_views(const struct plan *p, const struct facts *f, const struct images *i)
{
	if (i->n_nested != f->n_views)
		return false;
	for (size_t n = 0; n < f->n_views; n++) {
		const struct mounts seen = { .text = f->views[n].text };
		char path[32];

		snprintf(path, sizeof(path), "%d/mountinfo", f->views[n].outer);
		if (!mounts_unchanged(f->proc, path, &seen))
			return false;
	}
	recipe_for_each_view (w, &p->recipe) {
		const struct image_view *view = images_view_of(i, w->pid);

		if (!view || !is_same_view(w, &view->table))
			return false;
	}
	return true;
}

/*
 * With the ids that both have, the images get the keys of the recipe; then they must fit it. criu
 * knows most of the keys from its command line, and writes them itself. They are changed before
 * they are compared, because reading them takes longer than both, and criu waits; if they do not
 * fit, nobody will use them.
 */
static bool fit_images(const struct plan *p, const struct facts *f)
{
	int dir = f->images_dir.fd;
	struct images images = { 0 };
	struct err ignored;
	bool good = rekey_images(dir, &p->recipe, &ignored) == 0 &&
		    images_read_views(dir, &images, &ignored) == 0 &&
		    are_same_views(p, f, &images) &&
		    mount_check_images(&p->recipe, &images, &ignored) == 0;

	images_free(&images);
	return good;
}

static int refuse_mounts(const struct facts *f, struct err *e)
{
	err_set(e, 0, "the mounts of process %d have changed while it was being frozen",
		f->target.pid);
	e->passes = true;
	return err_hint(e, "it runs on as before; try again");
}

/* All tasks are stopped. The mounts must still be those that were looked at, */
static bool look_again(const struct recheck *h, const struct plan *p, const struct facts *f,
		       struct err *e)
{
	char path[32];

	if (gate_check(f, h->mappings, e) < 0)
		return false;
	snprintf(path, sizeof(path), "%d/mountinfo", f->target.pid);
	return !p->check_mounts || mounts_unchanged(f->proc, path, &f->target_view) ||
	       refuse_mounts(f, e) == 0;
}

/*
 * and also those that criu has saved, because criu may have read them at another moment; the recipe
 * is compared with its images.
 */
static bool finish(const struct recheck *h, const struct plan *p, const struct facts *f,
		   struct err *e)
{
	if (p->check_mounts && !fit_images(p, f))
		return refuse_mounts(f, e) == 0;
	return (!p->keeps || keep_contents(p, f, e) == 0) && keep_crius_cgroups(f, e) == 0 &&
	       (!p->keep_programs || keep_programs(f->images_dir.fd, e) == 0) &&
	       (!h->sessions || sessions_record(h->sessions, f->images_dir.fd, e) == 0);
}

int recheck_fd(const struct recheck *h)
{
	return h->by_message ? notify_fd(&h->notify) : h->ask[0];
}

/* The script's end of file: criu has closed it, and takes some time to end. */
static enum notify_news ask_script(struct recheck *h)
{
	char byte;

	if (RETRY(read(h->ask[0], &byte, 1)) == 1)
		return NOTIFY_SAVED;
	cleanup_close(&h->ask[0]);
	h->ask[0] = -1;
	return NOTIFY_NOTHING;
}

static void answer(const struct recheck *h, bool yes)
{
	const char kept = yes ? 1 : 0;

	if (h->by_message)
		notify_answer(&h->notify, yes);
	else
		(void)write_all(h->answer[1], &kept, 1);
}

void recheck_answer(struct recheck *h, const struct plan *p, const struct facts *f, struct err *e)
{
	enum notify_news news = h->by_message ? notify_take(&h->notify) : ask_script(h);

	if (news != NOTIFY_NOTHING && !h->looked) {
		h->looked = true;
		h->good = look_again(h, p, f, e) && record_write(h->record, p, f, e) == 0;
	}
	if (news != NOTIFY_SAVED)
		return;
	if (h->good)
		mappings_look_rest(h->mappings);
	h->good = h->good && finish(h, p, f, e);
	if (h->good)
		facts_release_mounts(f);
	answer(h, h->good);
}

bool recheck_is_stub(int argc)
{
	return argc == 1 && getenv(variable) && getenv("CRTOOLS_SCRIPT_ACTION");
}

int recheck_stub(void)
{
	const char *action = getenv("CRTOOLS_SCRIPT_ACTION");
	_cleanup_free_ char *ask = xstrdup(getenv(variable));
	char *answer = strchr(ask, ' ');
	char kept = 0;

	if (!action || !answer || strcmp(action, "post-dump") != 0)
		return 0;
	*answer++ = '\0';

	_cleanup_close_ int to = open(ask, O_WRONLY | O_CLOEXEC);
	_cleanup_close_ int from = open(answer, O_RDONLY | O_CLOEXEC);

	if (to < 0 || from < 0 || write_all(to, "", 1) < 0 || RETRY(read(from, &kept, 1)) != 1)
		return EXIT_OWN;
	return kept ? 0 : EXIT_OWN;
}
