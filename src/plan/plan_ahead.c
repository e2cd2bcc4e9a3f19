// SPDX-License-Identifier: MIT
/*
 * What is known of the plan before all has been looked at: of a freeze, before the tree is, the
 * place of criu; of a thaw, when images and recipe have been read, but not all that they need of the
 * host, what the pseudo-init has to know.
 */
#include "plan/frame.h"
#include "plan/planning.h"

#include <string.h>

/*
 * criu reads no other configuration file when it is given one, so there may be no other. With
 * --stream it begins to work before it has its options.
 */
static bool can_be_told_late(const struct cli *cli)
{
	return !cli->dry_run && !cli->configured && !cli->unknown.n && !cli->stream;
}

/* What criu says goes to a log that can be made without a trace if nothing comes of it. */
static bool has_quiet_log(const struct cli *cli)
{
	enum { WARNINGS = 2 };

	return cli->by_rpc || !cli->log_file || cli->verbosity >= WARNINGS;
}

/*
 * The same in the place of the plan if the tree has no more mount namespaces than the target's. In
 * its frame, where nothing may be joined that is not checked.
 */
static bool find_place(const struct facts *f, bool own, struct plan *p)
{
	struct mount_diff ignored;

	p->enter_pid = f->frame.pid != 0;
	p->mounts = MOUNTS_CALLER;
	if (f->ns_mnt_fd < 0)
		return !p->enter_pid;
	if (!own) {
		p->mounts = MOUNTS_TARGET;
		return f->same_view || frame_proc_fits(f);
	}
	if (!p->enter_pid)
		return true;
	p->mounts = MOUNTS_FRAME;
	return frame_check(f, false, &ignored) == FRAME_GOOD;
}

/* How it asks, where it does: by a message, the words of which are known (freeze/notify.h). */
static bool find_message(const struct cli *cli, const struct facts *f, bool own, struct plan *p)
{
	p->record = cli->command == CMD_DUMP;
	p->recheck = own && p->record;
	p->tree = f->target.nspid[p->enter_pid ? f->frame.depth - 1 : 0];
	plan_notify(cli, p);
	return !p->recheck || p->notify;
}

bool plan_freeze_ahead(const struct cli *cli, const struct facts *f, struct plan *ret)
{
	const bool is_freeze = cli->command == CMD_DUMP || cli->command == CMD_PRE_DUMP;
	bool own;

	*ret = (struct plan){ 0 };
	if (!is_freeze || !can_be_told_late(cli) || !has_quiet_log(cli))
		return false;
	if (f->target_fd < 0 || !f->target.ns_mnt || f->images_dir.errnum || f->work_dir.errnum)
		return false;
	own = f->ns_mnt_fd >= 0 && !f->same_view && frame_target_has_own_view(f);
	return find_place(f, own, ret) && find_message(cli, f, own, ret);
}

bool plan_is_as_ahead(const struct plan *ahead, const struct plan *p)
{
	return ahead->enter_pid == p->enter_pid && ahead->mounts == p->mounts && !p->copy_mounts &&
	       !p->own_ipc && !p->own_session && ahead->recheck == p->recheck;
}

/* Is there a mount of a terminal? */
static bool lays_a_pty(const struct recipe *r)
{
	recipe_for_each_mount (m, r)
		if (m->owner == OWNER_PTY)
			return true;
	return false;
}

/* Is there nothing that is made for criu, and handed to it, when all has been looked at? */
static bool is_usual_recipe(const struct recipe *r)
{
	const bool is_of_a_shell = r->needs & 1U << NEED_SHELL_JOB; /* that is about a terminal */

	if (is_of_a_shell || r->n_names || lays_a_pty(r))
		return false;
	recipe_for_each_view (w, r)
		if (lays_a_pty(w))
			return false;
	return true;
}

/* criu is the pseudo-init's, and all that it is to do is on its command line. */
static bool is_usual_command(const struct cli *cli)
{
	return cli->command == CMD_RESTORE && !cli->start && !cli->sibling && !cli->exec_cmd &&
	       !cli->joined.n && !cli->as_given;
}

/* An init whose root is given may need no namespaces (struct plan, in_place). */
static bool are_usual_images(const struct cli *cli, const struct facts *f)
{
	const struct images *i = &f->images;

	return f->images_dir.fd >= 0 && i->present && i->has_tree &&
	       i->root > (cli->root ? 1 : 0) && !i->reborn && !i->ttys.n && !f->pipes.n &&
	       (!f->has_recipe || is_usual_recipe(&f->recipe));
}

bool plan_thaw_ahead(const struct cli *cli, const struct facts *f, struct plan *ret)
{
	size_t at = cli->insert_at;

	*ret = (struct plan){ 0 };
	if (!can_be_told_late(cli) || !has_quiet_log(cli) || !is_usual_command(cli))
		return false;
	if (f->work_dir.errnum || !are_usual_images(cli, f))
		return false;
	ret->criu_pid = images_free_pid(f->images.ids, f->images.n_ids, f->pid_max);
	ret->detach = cli->detach;
	plan_copy_args(cli, ret);
	plan_thaw_recipe(cli, f, ret, &at);
	return ret->criu_pid != 0 && !ret->n_refusals;
}

/* They are made of the same facts; but what has been found since may have changed the latter. */
static bool is_same_recipe(const struct recipe *a, const struct recipe *b)
{
	return a->n_mounts == b->n_mounts && a->n_views == b->n_views && a->n_files == b->n_files &&
	       a->n_sockets == b->n_sockets && a->n_tasks == b->n_tasks &&
	       a->n_groups == b->n_groups && a->n_options == b->n_options;
}

bool plan_thaw_is_as_ahead(const struct plan *ahead, const struct plan *p)
{
	return ahead->criu_pid == p->criu_pid && ahead->detach == p->detach && !p->sibling &&
	       !p->wait_exec && !p->in_place && !p->adopts && !p->tty && !p->n_ptys &&
	       !p->n_given && !p->n_sessions && !p->n_laid && !p->n_pipes && !p->n_kept &&
	       !p->n_edits && is_usual_recipe(&p->recipe) &&
	       is_same_recipe(&ahead->recipe, &p->recipe);
}
