// SPDX-License-Identifier: MIT
/* What is known of the plan of a freeze before the tree is looked at: the place of criu. */
#include "plan/plan.h"

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

bool plan_freeze_ahead(const struct cli *cli, const struct facts *f, struct plan *ret)
{
	const bool is_here = f->ns_mnt_fd < 0 && !f->frame.pid;

	*ret = (struct plan){ 0 };
	if (!can_be_told_late(cli) || !has_quiet_log(cli))
		return false;
	if (f->target_fd < 0 || !f->target.ns_mnt || f->images_dir.errnum || f->work_dir.errnum)
		return false;
	if (!is_here && !f->same_view)
		return false;
	ret->enter_pid = f->frame.pid != 0;
	ret->mounts = is_here ? MOUNTS_CALLER : MOUNTS_TARGET;
	return true;
}

bool plan_is_as_ahead(const struct plan *ahead, const struct plan *p)
{
	return ahead->enter_pid == p->enter_pid && ahead->mounts == p->mounts && !p->copy_mounts &&
	       !p->own_ipc && !p->own_session && !p->recheck;
}
