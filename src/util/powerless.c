// SPDX-License-Identifier: MIT
#include "util/powerless.h"

#include "util/util.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The last valid id ((uid_t)-1 is not one, setresuid(2)). Not 65534, because programs run as that;
 * and ranges of ids for containers (subuid(5)) are allocated from below.
 */
static const unsigned unused_id = 0xfffffffe;

void powerless_hide(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}

/*
 * The kernel lays out arguments, environment and the name of the file that was executed in this
 * order, without a gap (fs/exec.c), at the end of the stack.
 */
void powerless_forget_command_line(const char *name)
{
	char *from = program_invocation_name;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	const char *to = (const char *)getauxval(AT_EXECFN);

	if (from < (char *)__builtin_frame_address(0) || from >= to)
		return;
	memset(from, 0, (size_t)(to - from));
	snprintf(from, (size_t)(to - from), "%s", name);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

void powerless_keep_only(int *fds, size_t n)
{
	int next = 0;

	qsort(fds, n, sizeof(*fds), by_number);
	for (size_t i = 0; i < n; i++) {
		if (fds[i] > next)
			close_range((unsigned)next, (unsigned)fds[i] - 1, 0);
		if (fds[i] >= next)
			next = fds[i] + 1;
	}
	close_range((unsigned)next, ~0U, 0);
}

uid_t powerless_highest_id(const char *map)
{
	uid_t highest = (uid_t)-1;

	for (const char *line = map; *line; line = text_next_line(line)) {
		uint32_t inside;
		uint32_t count;

		if (sscanf(line, "%" SCNu32 " %*u %" SCNu32, &inside, &count) == 2 && count &&
		    (highest == (uid_t)-1 || inside + count - 1 > highest))
			highest = inside + count - 1;
	}
	return highest;
}

/* The last id that a user namespace maps: 65535 of 65536, which is no user's, either. */
static uid_t last_mapped(const char *map)
{
	_cleanup_free_ char *text = NULL;

	return read_file_at(-1, map, 65536, &text) > 0 ? powerless_highest_id(text) : (uid_t)-1;
}

static void leave_ids(void)
{
	uid_t uid = unused_id;
	gid_t gid = unused_id;

	(void)!setgroups(0, NULL);
	if (setresgid(gid, gid, gid) < 0 && errno == EINVAL) {
		gid = last_mapped("/proc/self/gid_map");
		(void)!setresgid(gid, gid, gid);
	}
	if (setresuid(uid, uid, uid) < 0 && errno == EINVAL) {
		uid = last_mapped("/proc/self/uid_map");
		(void)!setresuid(uid, uid, uid);
	}
}

void powerless_programs(void)
{
	static bool is_done;

	if (is_done)
		return;
	is_done = true;
	for (int cap = 0; prctl(PR_CAPBSET_DROP, cap) == 0; cap++)
		;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void powerless_become(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	powerless_programs();
	leave_ids();
	syscall(SYS_capset, &header, none);
	/*
	 * Changing the ids has set it to what fs.suid_dumpable says (commit_creds() in
	 * kernel/cred.c).
	 */
	powerless_hide();
}
