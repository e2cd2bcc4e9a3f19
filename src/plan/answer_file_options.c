// SPDX-License-Identifier: MIT
/*
 * Options of criu's for files: locks, names that have gone, watches; and what it forgets of them.
 */
#include "plan/answer.h"

#include <string.h>

/* FINDING_LOCK: "Some file locks are hold by dumping tasks!" */

/*
 * criu waits for it, with all tasks made, until it is killed (flock(2) without LOCK_NB in
 * criu/file-lock.c).
 */
static int refuse_shared_lock(const struct finding *x, const char *what, struct err *e)
{
	err_set(e, 0,
		"%s is locked, and process %d (%s), which is outside of the tree, has the same lock: "
		"a thaw would wait until that process releases it",
		what, x->other, x->lock.comm);
	return err_hint(e, "make that process close it, or freeze a tree that contains both; "
			   "--file-locks freezes it all the same");
}

static void note_shared_lock(struct plan *p, const struct finding *x, const char *what)
{
	strv_take(
		&p->notes,
		xasprintf(
			"%s is locked, and process %d (%s), from which the tree comes, has the same "
			"lock: a thaw waits until that process has ended or released it",
			what, x->other, x->lock.comm));
}

int answer_lock(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);
	_cleanup_free_ char *why =
		xasprintf("%s has a %s", what, x->lock.is_lease ? "lease" : "lock");

	plan_auto(a->cli, a->p, &a->at, "file-locks", NULL, why);
	if (!plan_has(a->cli, a->p, "file-locks"))
		return 0;
	a->p->recipe.needs |= 1U << NEED_FILE_LOCKS;
	if (!x->lock.is_shared)
		return 0;
	if (!x->lock.is_ancestors && cli_says(a->cli, "file-locks") <= 0)
		return refuse_shared_lock(x, what, e);
	note_shared_lock(a->p, x, what);
	return 0;
}

/* FINDING_GHOST: "Can't dump ghost file ... increase limit" */

/* 1024 bytes are not worth a word: rounded to what df(1) would say. */
static char *size_text(unsigned long long bytes)
{
	enum { MIB = 1 << 20 };

	return xasprintf("%llu MiB", (bytes + MIB / 2) / MIB);
}

static void sum_ghosts(const struct facts *f, unsigned long long *largest, unsigned long long *sum,
		       size_t *n)
{
	findings_for_each (x, &f->findings) {
		if (x->kind != FINDING_GHOST)
			continue;
		*largest = x->size > *largest ? x->size : *largest;
		*sum += x->size;
		(*n)++;
	}
}

/* Twice the largest, because a file may grow until it is frozen. */
int answer_ghost(struct answer *a, const struct finding *x, struct err *e)
{
	unsigned long long largest = 0;
	unsigned long long sum = 0;
	size_t n = 0;

	(void)e;
	if (a->n_told++)
		return 0;
	sum_ghosts(a->f, &largest, &sum, &n);

	_cleanup_free_ char *limit = xasprintf("%llu", largest * 2);
	_cleanup_free_ char *size = size_text(sum);
	_cleanup_free_ char *what = answer_subject(x);

	if (plan_auto(a->cli, a->p, &a->at, "ghost-limit", limit,
		      "a deleted file is larger than criu's limit"))
		strv_take(
			&a->p->notes,
			n == 1 ? xasprintf(
					 "%s has been deleted: its content (%s) goes into the images",
					 what, size)
			       : xasprintf(
					 "%s and %zu more have been deleted: their content (%s) goes into the images",
					 what, n - 1, size));
	return 0;
}

/* FINDING_UNLINKED: "Can't create link remap" */

/* A file system of the target's own is saved as a whole, with the name that criu makes. */
static bool is_in_images(const struct facts *f, const struct finding *x)
{
	return f->ns_mnt_fd >= 0 && f->caller_view.n &&
	       !mounts_have_superblock(&f->caller_view, x->dev);
}

/*
 * criu takes the new name away again when the tree goes on (delete_link_remaps() in
 * criu/cr-dump.c).
 */
static int refuse_running(const char *what, struct err *e)
{
	err_set(e, 0,
		"%s has lost this name, and has others: with --leave-running, criu removes the name "
		"that it makes for the thaw, and the images could not be thawed",
		what);
	return err_hint(e, "freeze it without -R, and thaw it at once; or give --link-remap, "
			   "and keep a link in a post-dump script");
}

int answer_unlinked(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);

	if (a->cli->leave_running && cli_says(a->cli, "link-remap") <= 0 &&
	    !is_in_images(a->f, x)) {
		a->passes = true; /* a file that gets another name is seen like that, too */
		return refuse_running(what, e);
	}
	plan_auto(a->cli, a->p, &a->at, "link-remap", NULL,
		  "the name of a file has been deleted, and it has others");
	if (!plan_has(a->cli, a->p, "link-remap") || is_in_images(a->f, x))
		return 0;
	a->p->keeps_links = !a->cli->leave_running;
	if (a->n_told++ == 0)
		strv_take(
			&a->p->notes,
			xasprintf(
				"%s has lost this name, and has others: it is kept under the name link_remap.N "
				"in the images directory; or, if that is on another mount, in its own directory",
				what));
	return 0;
}

/* FINDING_WATCH: "fsnotify: Can't dump that handle" */

static int refuse_watch(const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);

	if (x->watch.is_in_overlay)
		err_set(e, 0,
			"%s watches a file (inode %lu) in an overlay, and criu-ns could not find its path",
			what, (unsigned long)x->ino);
	else
		err_set(e, 0,
			"%s watches a file (inode %lu) in a file system (%s) in which criu finds no file by its handle",
			what, (unsigned long)x->ino, x->watch.fstype);
	return err_hint(e, "name the file, or a directory above it: --irmap-scan-path PATH");
}

/* checkpoint-restore/criu#3043, of June 2026 */
static bool finds_in_overlays(const struct answer *a)
{
	return answer_criu_is(a, CRIU_VERSION(4, 3, 0));
}

/* The root itself criu finds only by this name (irmap_update_stat() in criu/irmap.c). */
int answer_watch(struct answer *a, const struct finding *x, struct err *e)
{
	const char *place = x->watch.place && !strcmp(x->watch.place, "/") ? "/." : x->watch.place;

	if (!place)
		return cli_says(a->cli, "irmap-scan-path") > 0 ||
				       (x->watch.is_in_overlay && finds_in_overlays(a))
			       ? 0
			       : refuse_watch(x, e);
	plan_option(a->p, &a->at, "--irmap-scan-path", place);
	plan_step(a->p, xasprintf("add --irmap-scan-path %s", place),
		  "it is watched, and the handle of a file in an overlay cannot be opened");
	return 0;
}

/* FINDING_GONE_WATCH: "Can't find suitable path for handle" */

int answer_gone_watch(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);

	if (x->needs_path) {
		err_set(e, 0,
			"%s watches a file (inode %lu) that has been deleted from a tmpfs, where criu cannot save such a watch",
			what, (unsigned long)x->ino);
		return err_hint(
			e,
			"make the program remove that watch (inotify_rm_watch), or close the file");
	}
	if (a->n_told++ == 0)
		strv_take(
			&a->p->notes,
			xasprintf(
				"%s watches a file (inode %lu) that has been deleted: "
				"criu forgets that watch, and the thawed process gets no more events from it",
				what, (unsigned long)x->ino));
	return 0;
}

/* FINDING_SEMAPHORE */

int answer_semaphore(struct answer *a, const struct finding *x, struct err *e)
{
	(void)x;
	(void)e;
	a->n_told++;
	return 0;
}

void note_semaphores(struct answer *a)
{
	const struct finding *first = findings_first(&a->f->findings, FINDING_SEMAPHORE);
	_cleanup_free_ char *what = first ? answer_subject(first) : NULL;
	_cleanup_free_ char *more =
		a->n_told > 1 ? xasprintf(" (and %zu more like it)", a->n_told - 1) : xstrdup("");

	if (first)
		strv_take(&a->p->notes,
			  xasprintf("criu forgets of %s%s that it is a semaphore (EFD_SEMAPHORE): "
				    "after a thaw a read takes the whole count, and not 1",
				    what, more));
}

/* FINDING_OTHER_NODE: "Unaccessible path opened" */

int answer_other_node(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);
	_cleanup_free_ char *why =
		xasprintf("%s has another node of the same device in its place", what);

	(void)e;
	plan_auto(a->cli, a->p, &a->at, "evasive-devices", NULL, why);
	return 0;
}

/* FINDING_PATH_OF_PROGRAM: "PR_SET_MM_MAP failed with -9" at the restore */

int answer_path_of_program(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);
	_cleanup_free_ char *why = xasprintf(
		"%s was opened with O_PATH, and criu would open the program of a process the same way, which fails",
		what);

	(void)e;
	if (!a->p->record)
		return 0;
	a->p->keep_programs = true;
	plan_step(a->p, xstrdup("have the images open programs without O_PATH"), why);
	return 0;
}

/* FINDING_UPROBES: "has uprobes vma" */

/* criu saves the breakpoints with the memory that they are in (criu(8), --allow-uprobes). */
static int refuse_uprobes(const struct finding *x, struct err *e)
{
	err_set(e, 0,
		"process %d has hit a uprobe, for which the kernel has made a mapping that criu can leave out since version 4.2",
		x->pid);
	return err_hint(
		e,
		"use a newer criu (--criu-binary or CRIU_BINARY); or end what has set the uprobe "
		"(perf, bpftrace, systemtap), and start the process again");
}

int answer_uprobes(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *why = xasprintf("process %d has hit a uprobe", x->pid);

	if (!answer_criu_is(a, CRIU_VERSION(4, 2, 0)))
		return refuse_uprobes(x, e);
	if (plan_auto(a->cli, a->p, &a->at, "allow-uprobes", NULL, why))
		strv_take(
			&a->p->notes,
			xasprintf(
				"process %d has hit a uprobe: those that are set when it is frozen "
				"have to be set when it is thawed, or it ends with SIGTRAP",
				x->pid));
	if (plan_has(a->cli, a->p, "allow-uprobes"))
		a->p->recipe.needs |= 1U << NEED_ALLOW_UPROBES;
	return 0;
}
