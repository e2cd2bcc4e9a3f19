// SPDX-License-Identifier: MIT
#include "plan/planning.h"

#include "look/caps.h"
#include "plan/mount_check.h"
#include "plan/mount_keys.h"
#include "plan/mount_sort.h"
#include "plan/plan_pipes.h"
#include "plan/plan_sessions.h"
#include "plan/plan_terminals.h"
#include "plan/plan_thaw_findings.h"
#include "plan/thaw_sockets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The images, the criu and the pidfile */

static int check_images(const struct facts *f, struct err *e)
{
	int r = plan_check_dir(&f->images_dir, "images", false, e);

	if (r < 0)
		return r;
	if (!f->images.present) {
		/* criu writes the inventory last (write_img_inventory() in criu/image.c). */
		err_set(e, 0,
			f->images.unfinished
				? "the freeze into %s failed, or was interrupted: it has no inventory.img"
				: "there are no images in %s: it has no inventory.img",
			f->images_dir.path);
		return err_hint(e, "name the directory of a freeze%s with -D",
				f->images.unfinished ? " that succeeded" : "");
	}
	if (!f->images.has_tree) {
		/* criu 4.2.1 dies of SIGSEGV there */
		err_set(e, 0, "the images in %s are incomplete: they have no pstree.img",
			f->images_dir.path);
		return err_hint(
			e,
			"name the directory of a freeze that was completed; a pre-dump alone cannot be thawed");
	}
	return 0;
}

static int check_criu(const struct facts *f, struct plan *p, struct err *e)
{
	unsigned of = f->images.criu;
	unsigned v = f->criu_version;

	if (!v || v >= of)
		return 0;
	if (!f->images.has_uprobes && !f->images.hides_memory) {
		strv_take(
			&p->notes,
			xasprintf(
				"the images in %s are of criu %u.%u or newer, but this one is %u.%u: what it does not know in them "
				"is lost; use the criu that made them (--criu-binary)",
				f->images_dir.path, of / 1000000, of / 1000 % 1000, v / 1000000,
				v / 1000 % 1000));
		return 0;
	}
	err_set(e, 0, "the images in %s are of criu %u.%u or newer, but this one is %u.%u",
		f->images_dir.path, of / 1000000, of / 1000 % 1000, v / 1000000, v / 1000 % 1000);
	return err_hint(e, "use the criu that made them: --criu-binary, or CRIU_BINARY");
}

static int check_pidfile(const struct cli *cli, const struct facts *f, struct err *e)
{
	if (!cli->pidfile)
		return 0;
	if (f->pidfile_errnum) {
		err_set(e, f->pidfile_errnum, "cannot make the pidfile %s", cli->pidfile);
		return err_hint(e, "its path is relative to the work directory, %s", cli->work_dir);
	}
	if (!f->pidfile_exists)
		return 0;
	err_set(e, 0, "the pidfile %s already exists", cli->pidfile);
	return err_hint(e, "remove it, or name another");
}

/* If no work directory is named, it is that of the images, and is refused only once. */
static bool check_dirs(const struct cli *cli, const struct facts *f, struct plan *p)
{
	struct err e;
	bool images = cli->stream || plan_refuse(p, check_images(f, &e), &e) == 0;
	bool is_same = f->images_dir.fd < 0 && !strcmp(f->images_dir.path, f->work_dir.path);

	if (images)
		plan_refuse(p, check_criu(f, p, &e), &e);
	if (!is_same && plan_refuse(p, plan_check_dir(&f->work_dir, "work", true, &e), &e) == 0) {
		plan_refuse(p, check_pidfile(cli, f, &e), &e);
		plan_refuse(p, plan_check_log(cli, f, &e), &e);
	}
	return images;
}

/* Namespaces */

/* criu would take a process of the tree that has one of its numbers for itself (get_proc_fd() in criu/util.c). */
static bool is_numbered_like_us(const struct facts *f)
{
	for (size_t i = 0; i < f->images.n_ids; i++)
		for (size_t own = 0; own < ARRAY_SIZE(f->own_ids); own++)
			if (f->own_ids[own] && f->images.ids[i] == f->own_ids[own])
				return true;
	return false;
}

/*
 * With -S, can criu stay in the caller's pid namespace, and make the tree in the new one? The kernel
 * refuses a further pid namespace, and threads, to a process whose children are made in another one
 * than its own (copy_pid_ns(), copy_process()), so there may be no init in the images, and no
 * plugins, which may make threads. Scripts would get paths that begin with criu's own /proc/PID
 * (run_shell_scripts() in criu/action-scripts.c); a shell job has criu's session and process group,
 * by their numbers (prepare_pstree_for_shell_job() in criu/pstree.c); and a stream is not waited at
 * (thaw/sibling.h).
 */
static bool takes_place(const struct cli *cli, const struct facts *f, const struct plan *p)
{
	return cli->sibling && !cli->exec_cmd && !cli->stream && f->images.root > 1 &&
	       !plan_has(cli, p, "action-script") && !plan_has(cli, p, "shell-job") &&
	       !f->images.has_plugins && !is_numbered_like_us(f);
}

static void plan_criu_place(const struct cli *cli, const struct facts *f, struct plan *p)
{
	p->takes_place = takes_place(cli, f, p);
	if (p->takes_place)
		plan_step(
			p,
			xstrdup("become criu, which stays in the caller's pid namespace and makes the tree in the new one"),
			"the root task becomes a child of the caller (-S), which gets no other");
	else
		plan_step(p, xasprintf("start criu there as pid %d", p->criu_pid),
			  "neither criu nor its helpers may use a pid that the images need");
}

static int plan_namespaces(const struct cli *cli, const struct facts *f, struct plan *p,
			   struct err *e)
{
	p->criu_pid = images_free_pid(f->images.ids, f->images.n_ids, f->pid_max);
	if (!p->criu_pid) {
		err_set(e, 0, "the images leave no room for criu's own pid below pid_max %d",
			f->pid_max);
		return err_hint(e, "raise it: sysctl kernel.pid_max=4194304");
	}
	plan_step(p,
		  xstrdup("make a new pid and mount namespace with a small pseudo-init as pid 1"),
		  "every pid of the images is free in there, whatever runs outside");
	plan_step(p, xstrdup("make all mounts in it slaves, mount a fresh /proc, make that shared"),
		  "no mount goes back to the caller, mounts made later still arrive, "
		  "and criu sees its own pid namespace");
	plan_criu_place(cli, f, p);
	if (f->images.root == 1)
		plan_step(p,
			  xstrdup("thaw the root task as the init of a pid namespace below that"),
			  "the images hold such a namespace, and criu makes it");
	else if (f->images.root)
		plan_step(p, xasprintf("thaw the root task as pid %d in there", f->images.root),
			  "as in the images; the pidfile gets the number that the caller sees");
	return 0;
}

/* Is that directory of that superblock what the caller has on /? */
static bool is_callers_root(const struct facts *f, dev_t dev, const char *folder)
{
	const struct mount *ours = mounts_covering(&f->caller_view, "/");

	return ours && dev == ours->dev && !strcmp(folder, ours->root);
}

/* Images without a recipe are thawed as criu alone would do it, as far as that is known. */
static int plan_bare_mounts(const struct cli *cli, const struct facts *f, struct plan *p,
			    size_t *at, struct err *e)
{
	const struct image_mount *root = images_root_mount(&f->images);

	if (cli->root)
		return 0;
	/* With the wrong root, a container would come back on the host's root. */
	if (!root || !is_callers_root(f, root->dev, root->root)) {
		err_set(e, 0,
			"the images in %s are of a process with another root directory "
			"(%s of its file system) than / here, but there is no %s",
			f->images_dir.path, root ? root->root : "unknown", recipe_file_name);
		return err_hint(e, "name the root, which must be a mountpoint: --root DIR");
	}
	/* Without it, criu 4.1.1 and 4.2 crash (BUG at mount.c:48). */
	plan_option(p, at, "--root", "/");
	plan_step(
		p, xstrdup("add --root /"),
		"the images have a mount namespace on the host's root, and criu has to be told so");
	return 0;
}

/* Mounts */

static int refuse_mount(const struct recipe_mount *m, int errnum, struct err *e)
{
	_cleanup_free_ char *path = mounts_path_join(m->host, m->folder);

	if (errnum == ETIMEDOUT)
		err_set(e, 0,
			"the server of the file system on %s, which is to be mounted on %s, does not answer",
			path, m->at);
	else
		err_set(e, errnum, "cannot find %s, which is to be mounted on %s", path, m->at);
	if (m->key)
		return err_hint(e, "put it there, or name another: --external 'mnt[%s]:PATH'",
				m->key);
	return err_hint(e, "put it there, or name another: --root DIR");
}

/* The path in the staging area of what the mount is made from; NULL: it needs nothing there. */
static char *staged_path(const struct facts *f, const struct recipe_mount *m)
{
	_cleanup_free_ char *base = NULL;

	if (m->owner == OWNER_KEPT && m->key) {
		base = xasprintf("%s/%s", f->staging, plan_staging_tmpfs);
		return mounts_path_join(base, m->root);
	}
	if (m->owner == OWNER_PROC)
		base = xasprintf("%s/%s", f->staging, plan_staging_proc);
	else if (m->from && m->key)
		base = xasprintf("%s/%zu", f->staging, m->from->tree->number);
	else
		return NULL;
	return mounts_path_join(base, m->owner == OWNER_PROC ? m->root : m->from->path);
}

bool plan_makes_again(const struct recipe_mount *m)
{
	static const char *const places[] = { "/run/systemd/propagate/",
					      "/run/systemd/nspawn/propagate/",
					      "/run/systemd/nspawn/unix-export/" };
	_cleanup_free_ char *path = NULL;

	if (!m->from || m->from->errnum != ENOENT || !m->from->tree)
		return false;
	path = mounts_path_join(m->host, m->folder);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *name = text_after(path, places[i]);

		if (name && !strchr(name, '/'))
			return true;
	}
	return false;
}

/*
 * What was mounted there at the freeze is gone, as when a container engine has cleaned up after a
 * container. For one that nobody can see, because another one covers it on the host, too, that
 * other one stands in (stand_in_for() in plan/mount_sort.c), and may be of another type: below
 * binfmt_misc lies the autofs by which systemd mounts it.
 */
static bool is_unmounted(const struct recipe_mount *m)
{
	return m->from && !m->from->errnum && *m->fstype && !m->hidden &&
	       strcmp(m->from->tree->fstype, m->fstype) != 0;
}

/*
 * What an automounter had mounted there was mounted again when criu-ns looked, and is in the next
 * table of the mounts.
 */
static bool is_mounted_by_now(const struct recipe_mount *m)
{
	return is_unmounted(m) && mounts_is_automount(m->from->tree->fstype);
}

static int refuse_unmounted(const struct recipe_mount *m, struct err *e)
{
	_cleanup_free_ char *path = mounts_path_join(m->host, m->folder);
	_cleanup_free_ char *other =
		m->key ? xasprintf("--external 'mnt[%s]:PATH'", m->key) : xstrdup("--root DIR");

	err_set(e, 0,
		"%s, which is to be mounted on %s, is in a file system of type %s now, but was in one of type %s",
		path, m->at, m->from->tree->fstype, m->fstype);
	if (mounts_is_automount(m->fstype))
		return err_hint(
			e,
			"unmount what its automounter has mounted there since, or name another: %s; "
			"--warn-mounts takes what is there",
			other);
	return err_hint(e,
			"mount that again (for a container of podman: podman mount NAME), "
			"or name another: %s; --warn-mounts takes what is there",
			other);
}

static int refuse_archive(const struct facts *f, const struct recipe_mount *m, struct err *e)
{
	_cleanup_free_ char *name = recipe_archive_name(m);
	const char *what = m->key ? m->at : "the root";

	return err_set(e, m->kept_errnum,
		       "cannot read %s, the content of %s, beside the images in %s", name, what,
		       f->images_dir.path);
}

static int check_from(const struct cli *cli, const struct facts *f, const struct recipe_mount *m,
		      struct err *e)
{
	if (m->owner == OWNER_KEPT && m->key && m->kept_errnum)
		return refuse_archive(f, m, e);
	if (m->owner == OWNER_GIVEN && m->key) {
		err_set(e, 0, "the mount %s was named by hand at the freeze", m->at);
		return err_hint(e, "name it again: --external 'mnt[%s]:PATH'", m->key);
	}
	if (plan_makes_again(m))
		return 0;
	if (is_unmounted(m) && !cli->warn_mounts)
		return refuse_unmounted(m, e);
	return m->from && m->from->errnum ? refuse_mount(m, m->from->errnum, e) : 0;
}

static void name_mount(const struct facts *f, const struct recipe_mount *m, struct plan *p,
		       size_t *at)
{
	_cleanup_free_ char *path = staged_path(f, m);
	_cleanup_free_ char *value = NULL;

	if (!path)
		return;
	p->lay_proc |= m->owner == OWNER_PROC;
	p->make_tmpfs |= m->owner == OWNER_KEPT;
	value = xasprintf("mnt[%s]:%s", m->key, path);
	plan_option(p, at, "--external", value);
}

/*
 * criu copies the sharing from there, and MOVE_MOUNT_SET_GROUP fails on a private mount. And what a
 * mount has when a user namespace gets it, nobody can clear in there (mount_namespaces(7)).
 */
static void prepare_tree(const struct recipe_mount *m, struct plan_tree *ret)
{
	unsigned long has = m->from->tree->flags;

	ret->peers |= m->master != 0;
	ret->without |= has & ~m->flags & MOUNT_GUARDS;
	if (!((has ^ m->flags) & MOUNT_ATIMES))
		return;
	ret->without |= MOUNT_ATIMES;
	ret->atime = m->flags & MOUNT_ATIMES;
}

static void plan_mounts(const struct cli *cli, const struct facts *f, const struct recipe *r,
			struct plan *p, size_t *at)
{
	_cleanup_free_ bool *counts = mount_keys_counting(r);

	for (size_t i = 0; i < r->n_mounts; i++) {
		struct recipe_mount *m = &r->mounts[i];
		struct err e;

		if ((m->key || r == &p->recipe) && cli_replaces_mount(cli, m->at, m->key)) {
			m->owner = OWNER_GIVEN; /* now the user says whose it is */
			m->from = NULL;
			continue;
		}
		if (plan_refuse(p, check_from(cli, f, m, &e), &e) < 0) {
			p->n_passing += is_mounted_by_now(m);
			continue;
		}
		if (m->from)
			prepare_tree(m, &p->trees[m->from->tree->number]);
		if (counts[i])
			name_mount(f, m, p, at);
	}
}

static int plan_root(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at,
		     struct err *e)
{
	const struct recipe_mount *root = &p->recipe.mounts[0];

	if (cli->root)
		return 0;
	if (root->owner == OWNER_KEPT && root->kept_errnum)
		return refuse_archive(f, root, e);
	if (root->owner != OWNER_KEPT && !root->from) {
		err_set(e, 0, "the recipe does not say what / is made from (is=%s)",
			recipe_owner_name(root->owner));
		return err_hint(e, "name the root, which must be a mountpoint: --root DIR");
	}

	_cleanup_free_ char *path = xasprintf("%s/%s", f->staging, plan_staging_root);

	p->make_root = true;
	plan_option(p, at, "--root", path);
	return 0;
}

/* Files that were opened outside */

static int refuse_silent(const struct recipe_file *file, struct err *e)
{
	err_set(e, 0,
		"the server of the file system of %s, which the process had open, does not answer",
		file->path);
	return err_hint(e, "end the server, or give another file: --inherit-fd 'fd[N]:file[%s]'",
			file->id);
}

static int refuse_file(const struct recipe_file *file, struct err *e)
{
	if (file->from->difference)
		err_set(e, 0, "%s is not the file that the process had open: %s", file->path,
			file->from->difference);
	else
		err_set(e, file->from->right_errnum,
			"%s may be another file than the one that the process had open, "
			"and the process could not open it itself",
			file->path);
	return err_hint(e,
			"put that file back, or give one: --inherit-fd 'fd[N]:file[%s]'; "
			"to take what is there now, remove was=... from its line in %s",
			file->id, recipe_file_name);
}

static int check_file(const struct recipe_file *file, struct err *e)
{
	const struct host_file *from = file->from;

	if (from->errnum == ETIMEDOUT)
		return refuse_silent(file, e);
	if (from->errnum || from->is_other) {
		err_set(e, from->errnum, "cannot find %s, which the process had open%s", file->path,
			from->is_other ? ": there is something else" : "");
		return err_hint(e, "put it there, or give another: --inherit-fd 'fd[N]:file[%s]'",
				file->id);
	}
	return from->difference || from->right_errnum ? refuse_file(file, e) : 0;
}

static void plan_files(struct plan *p, size_t *at)
{
	for (size_t i = 0; i < p->recipe.n_files; i++) {
		const struct recipe_file *file = &p->recipe.files[i];
		_cleanup_free_ char *slot = plan_slot_file(i);
		struct err e;

		if (!file->from || plan_refuse(p, check_file(file, &e), &e) < 0)
			continue;
		plan_option(p, at, "--inherit-fd", slot);
		plan_step(p, xasprintf("open %s, and hand it to criu", file->path),
			  "the process had it open from outside of its mount namespace");
	}
}

/* The staging area */

/* There may be thousands, and nobody reads them but in a dry run. */
static void explain_mount_sources(const struct cli *cli, struct plan *p, const struct recipe *r)
{
	if (!cli->dry_run)
		return;
	recipe_for_each_mount (m, r)
		if (plan_makes_again(m))
			plan_step(
				p,
				xasprintf("  make %s of %s again", m->from->path,
					  m->from->tree->at),
				"systemd deletes this directory when the unit or container has ended, and it is always empty");
	recipe_for_each_mount (m, r)
		plan_step(p,
			  m->from && !m->from->errnum && !m->hidden
				  ? xasprintf("  mount %s: %s of %s", m->at, m->from->path,
					      m->from->tree->at)
				  : xasprintf("  mount %s", m->at),
			  mount_why(m));
}

static void explain_locks(struct plan *p)
{
	size_t n = 0;

	recipe_for_each_mount (m, &p->recipe)
		n += m->locks != 0;
	if (!n)
		return;
	if (p->unlock)
		plan_step(
			p, xasprintf("leave %zu mount%s unlocked", n, n == 1 ? "" : "s"),
			"--lose-locks was given; the root of its user namespace will be able to unmount them, "
			"or to change their flags");
	else
		plan_step(
			p, xasprintf("lock %zu mount%s again", n, n == 1 ? "" : "s"),
			"the root of its user namespace could neither unmount them nor change their flags");
}

/* The staging area, for a recipe that has mounts. */
static int plan_staging(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at,
			struct err *e)
{
	if (!f->staging)
		return err_set(e, 0, "neither /sys nor /proc has a directory to mount on");
	plan_step(p, xasprintf("lay out the host's mounts on %s", f->staging),
		  "in a mount namespace that nobody else sees; they disappear with it");
	plan_refuse(p, plan_root(cli, f, p, at, e), e);
	plan_mounts(cli, f, &p->recipe, p, at);
	recipe_for_each_view (w, &p->recipe)
		plan_mounts(cli, f, w, p, at);
	explain_mount_sources(cli, p, &p->recipe);
	recipe_for_each_view (w, &p->recipe) {
		plan_step(p, xasprintf("  those of process %d in that tree:", w->pid),
			  "its mount namespace is not that of the root task");
		explain_mount_sources(cli, p, w);
	}
	explain_locks(p);
	plan_step(p, xstrdup("compare the mounts with the frozen ones before the tree runs"),
		  "what comes back has to be what was frozen");
	return 0;
}

/* What else the recipe says */

/* What the images themselves tell of the options that the freeze had, whichever program it was. */
static unsigned image_needs(const struct facts *f)
{
	unsigned needs = 0;

	for (size_t i = 0; i < f->files.n_sockets; i++)
		if (image_socket_is_connection(&f->files.sockets[i]))
			needs = 1U
				<< (f->images.closes_tcp ? NEED_TCP_CLOSE : NEED_TCP_ESTABLISHED);
	if (f->images.closes_tcp)
		needs |= 1U << NEED_TCP_CLOSE;
	if (f->images.has_uprobes)
		needs |= 1U << NEED_ALLOW_UPROBES;
	if (f->files.has_locks)
		needs |= 1U << NEED_FILE_LOCKS;
	if (f->files.has_outside_unix)
		needs |= 1U << NEED_EXT_UNIX_SK;
	return needs;
}

/* With --tcp-close, connections are not restored, which is the user's decision. */
static void plan_needs(const struct cli *cli, unsigned needs, const char *why, struct plan *p,
		       size_t *at)
{
	for (unsigned i = 0; i < RECIPE_NEEDS; i++) {
		bool is_tcp = i == NEED_TCP_ESTABLISHED || i == NEED_TCP_CLOSE;

		if (needs & 1U << i && !(is_tcp && cli->tcp))
			plan_auto(cli, p, at, recipe_need_names[i], NULL, why);
	}
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a;
	pid_t y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* A task that the images do not have would be another one: the pseudo-init, or criu. */
static int check_task(const struct facts *f, const pid_t *ids, pid_t pid, struct err *e)
{
	size_t n = f->images.n_ids;

	if (n && bsearch(&pid, ids, n, sizeof(*ids), compare_pids))
		return 0;
	err_set(e, 0, "the recipe has a task %d, which the images in %s do not have", pid,
		f->images_dir.path);
	return err_hint(e, "%s is of other images, or was edited", recipe_file_name);
}

static int check_tasks(const struct facts *f, const struct recipe *r, struct err *e)
{
	size_t n = f->images.n_ids;
	_cleanup_free_ pid_t *ids = xcalloc(n, sizeof(*ids));
	int result = 0;

	if (n)
		memcpy(ids, f->images.ids, n * sizeof(*ids));
	if (n)
		qsort(ids, n, sizeof(*ids), compare_pids);
	recipe_for_each_task (t, r)
		result = result < 0 ? result : check_task(f, ids, t->pid, e);
	recipe_for_each_option (o, r)
		result = result < 0 ? result : check_task(f, ids, o->pid, e);
	recipe_for_each_group (g, r)
		result = result < 0 ? result : check_task(f, ids, g->pid, e);
	return result;
}

/* What criu forgets of the tasks. */
static int plan_attributes(const struct cli *cli, const struct facts *f, struct plan *p,
			   struct err *e)
{
	size_t n = p->recipe.n_tasks;
	int r = check_tasks(f, &p->recipe, e);

	if (r < 0)
		return r;
	if (cli->as_given)
		recipe_forget_attributes(&p->recipe);
	else if (n)
		plan_step(
			p,
			xasprintf(
				"  give %zu task%s back the processors, I/O priority, timer slack...",
				n, n == 1 ? "" : "s"),
			"criu forgets them; before anything of the tree runs");
	if (p->recipe.n_options)
		plan_step(p,
			  xasprintf("  set %zu option%s of its sockets again", p->recipe.n_options,
				    p->recipe.n_options == 1 ? "" : "s"),
			  "criu forgets them; before anything of the tree runs");
	if (p->recipe.n_groups)
		plan_step(p,
			  xasprintf("  join %zu multicast group%s of its sockets again",
				    p->recipe.n_groups, p->recipe.n_groups == 1 ? "" : "s"),
			  "criu forgets them; before anything of the tree runs");
	if (tree_attributes_any(&p->recipe.tree))
		plan_step(p, xstrdup("  hand down what all of its tasks had alike"),
			  "criu forgets it; it is inherited");
	return 0;
}

static void plan_recipe(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	struct err e;

	if (plan_refuse(p, mount_check_images(&f->recipe, &f->images, &e), &e) < 0)
		return;
	recipe_copy(&f->recipe, &p->recipe);
	p->tolerate = cli->warn_mounts;
	p->unlock = cli->lose_locks;
	p->trees = xcalloc(f->host.n_trees, sizeof(*p->trees));
	if (p->recipe.n_mounts)
		plan_refuse(p, plan_staging(cli, f, p, at, &e), &e);
	plan_files(p, at);
	plan_needs(cli, p->recipe.needs, "the recipe says that it was frozen with that", p, at);
	plan_thaw_sockets(p, at);
	plan_refuse(p, plan_attributes(cli, f, p, &e), &e);
}

void plan_thaw_recipe(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	static const char why[] =
		"some of its mounts were the host's, and criu has to find them there again";
	struct err e;

	if (f->has_recipe)
		plan_recipe(cli, f, p, at);
	else if (f->images.own_mounts)
		plan_refuse(p, plan_bare_mounts(cli, f, p, at, &e), &e);
	if (f->images.auto_external) {
		plan_external(cli, p, at, 'm', why);
		plan_external(cli, p, at, 's', why);
	}
}

/* How criu is started, and all of it */

static bool lays_out(const struct recipe *r)
{
	recipe_for_each_mount (m, r)
		if (m->from && !m->hidden)
			return true;
	return false;
}

/*
 * Is there anything that criu cannot do without our namespaces, or without descriptors that we hand
 * to it?
 */
static bool needs_frame(const struct cli *cli, const struct facts *f, const struct plan *p)
{
	const struct recipe *r = &p->recipe;

	if (f->images.root != 1 || !cli->root || p->make_root || p->make_tmpfs || p->lay_proc ||
	    p->n_ptys || p->n_edits || lays_out(r))
		return true;
	recipe_for_each_view (w, r)
		if (lays_out(w))
			return true;
	for (size_t i = 0; i < r->n_files; i++)
		if (r->files[i].from)
			return true;
	for (size_t i = 0; i < r->n_sockets; i++)
		if (r->sockets[i].from)
			return true;
	return false;
}

/* An init adopts all orphans of its pid namespace anyway. */
static void plan_adoption(const struct cli *cli, const struct facts *f, struct plan *p)
{
	if (!f->images.reborn || f->images.root == 1 || cli->as_given)
		return;
	p->adopts = true;
	plan_step(
		p, xasprintf("  have the root task adopt process %d", f->images.reborn),
		"criu has it made by a process that ends, and makes the root task adopt orphans too late");
}

static void plan_criu(const struct cli *cli, const struct facts *f, struct plan *p)
{
	size_t at = cli->insert_at;
	struct err e;

	plan_copy_args(cli, p);
	p->detach = cli->detach;
	p->sibling = cli->sibling;
	p->wait_exec = cli->exec_cmd;
	plan_thaw_recipe(cli, f, p, &at);
	plan_needs(cli, image_needs(f), "the images show that it was frozen with that", p, &at);
	plan_sessions(cli, f, p, &at);
	plan_thaw_findings(cli, f, p, &at);
	plan_thaw_connections(f, p);
	plan_refuse(p, plan_namespaces(cli, f, p, &e), &e);
	plan_terminals(cli, f, plan_has(cli, p, "shell-job"), p, &at);
	p->in_place = (cli->by_rpc || cli->sibling) && !needs_frame(cli, f, p);
	if (p->in_place) {
		plan_step(
			p, xstrdup("become criu, where the caller is"),
			"the images hold a pid namespace, and its root is given: no other is needed");
		return;
	}
	plan_pipes(cli, f, p, &at);
	plan_adoption(cli, f, p);
	if (!cli->exec_cmd)
		plan_option(p, &at, "--restore-detached", NULL);
	if (f->images.pdeath && !cli->exec_cmd && !cli->sibling) {
		plan_option(p, &at, "--restore-sibling", NULL);
		plan_step(
			p, xstrdup("make the root task a child of the pseudo-init"),
			"it wants a signal when its parent ends (PR_SET_PDEATHSIG), and criu ends");
	}
	plan_option(p, &at, "--pidfile", plan_slot_pidfile);
	if (cli->exec_cmd) /* after the inserted options, unless they were inserted at the very end */
		p->exec_at = cli->command_at +
			     (cli->insert_at <= cli->command_at ? at - cli->insert_at : 0);
	plan_step(p,
		  xstrdup(p->detach ? "return when the tree runs, with criu's exit status"
			  : p->wait_exec
				  ? "wait for the command that takes criu's place"
				  : "wait for the root task to end, forwarding signals to it"),
		  p->detach      ? "--restore-detached"
		  : p->wait_exec ? "--exec-cmd"
				 : "as criu does");
}

/* Without rights, nothing else can be checked; without images, it is not known what they need. */
int plan_thaw(const struct cli *cli, const struct facts *f, struct plan *ret)
{
	struct err e;

	*ret = (struct plan){ 0 };
	if (plan_refuse(ret, caps_check(f->caps, CAP_USE_THAW, cli->verbose, "thaw", &e), &e) ==
		    0 &&
	    check_dirs(cli, f, ret))
		plan_criu(cli, f, ret);
	return plan_verdict(ret);
}

/* Nothing is thawed, but a program is started in namespaces like those of a thaw. */
int plan_start(const struct cli *cli, const struct facts *f, struct plan *ret)
{
	enum { FIRST_PID = 2 };
	struct err e;

	*ret = (struct plan){ .start = cli->start, .wait_exec = true, .criu_pid = FIRST_PID };
	plan_refuse(ret, caps_check(f->caps, CAP_USE_THAW, cli->verbose, "start a program", &e),
		    &e);
	plan_step(ret,
		  xstrdup("make a new pid and mount namespace with a small pseudo-init as pid 1"),
		  "what is started there can be frozen, and every pid is free when it is thawed");
	plan_step(ret, xasprintf("start %s there, in a session of its own", cli->start[0]),
		  "there are no images yet");
	return plan_verdict(ret);
}
