// SPDX-License-Identifier: MIT
#include "plan/mount_stacks.h"

#include "util/util.h"

#include <string.h>

/*
 * The mount of the caller's from which criu makes this hidden one; NULL: the thaw gives it another.
 */
static const struct mount *made_from(const struct recipe_mount *m, const struct mounts *caller)
{
	const struct mount *found = m->owner == OWNER_AUTO ? mounts_covering(caller, m->at) : NULL;

	return found && !strcmp(found->at, m->at) ? found : NULL;
}

static int refuse_hidden(const struct recipe_mount *m, struct err *e, const char *why)
{
	err_set(e, 0, "the mount %s (%s) is hidden by another one there, and %s", m->at, m->fstype,
		why);
	return err_hint(e, "unmount it where the process lives, or leave both out: --skip-mnt %s",
			m->at);
}

/*
 * The flags that the source has, but not the mount; all flags of access times are locked together.
 */
static int check_flags(const struct recipe_mount *m, const struct mount *source, struct err *e)
{
	const unsigned long atime = MOUNT_ATIMES;
	unsigned long more = source->flags & ~m->flags & MOUNT_GUARDS;
	_cleanup_free_ char *names = NULL;
	_cleanup_free_ char *why = NULL;

	if ((source->flags ^ m->flags) & atime)
		more |= source->flags & atime;
	if (!more && !((source->flags ^ m->flags) & atime))
		return 0;
	names = recipe_flags_text(more);
	why = xasprintf("does not have the flags of that one (%s), "
			"which its user namespace cannot clear when criu makes both from that one",
			names);
	return refuse_hidden(m, e, why);
}

static bool has_outer_master(const struct recipe *r, const struct mounts *nested,
			     const struct recipe_mount *m)
{
	recipe_for_each_mount (other, r)
		if (other->shared == m->master)
			return false;
	return m->master && !mounts_shared(nested, m->master).n;
}

static int check_slave(const struct recipe *r, const struct mounts *nested,
		       const struct recipe_mount *m, const struct mount *source, struct err *e)
{
	if (source->shared || source->master || !has_outer_master(r, nested, m))
		return 0;
	return refuse_hidden(
		m, e,
		"is a slave of a mount of the host's, but the other one, from which criu makes both, is private");
}

int mount_stacks_check(const struct recipe *r, const struct mounts *caller,
		       const struct mounts *nested, bool is_users, struct err *e)
{
	int result = 0;

	recipe_for_each_mount (m, r) {
		const struct mount *source = m->hidden ? made_from(m, caller) : NULL;

		if (!source || result < 0)
			continue;
		if (is_users)
			result = check_flags(m, source, e);
		if (!result)
			result = check_slave(r, nested, m, source, e);
	}
	return result;
}
