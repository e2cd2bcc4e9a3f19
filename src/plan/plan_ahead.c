// SPDX-License-Identifier: MIT
/* What is known of the plan of a freeze before the tree is looked at: the place of criu. */
#include "plan/frame.h"
#include "plan/planning.h"

#include <string.h>

/*
 * criu reads no other configuration file when it is given one, so there may be no other. With
 * --stream it begins to work before it has its options.
 */
static bool can_be_told_late(const struct cli *cli)
{
	const bool is_freeze = cli->command == CMD_DUMP || cli->command == CMD_PRE_DUMP;

	return is_freeze && !cli->dry_run && !cli->configured && !cli->unknown.n && !cli->stream;
}

/* What criu says goes to a log that can be made without a trace if nothing comes of the freeze. */
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
	bool own;

	*ret = (struct plan){ 0 };
	if (!can_be_told_late(cli) || !has_quiet_log(cli))
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
