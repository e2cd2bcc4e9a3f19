// SPDX-License-Identifier: MIT
#include "look/caps.h"

#include "util/util.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct need {
	unsigned cap;
	const char *name;
	unsigned uses; /* always needed for these */
	const char *why;
};

#define NAMED(cap) cap, #cap

/*
 * "Always" was measured with criu 4.2.1, as root without that one capability, and a process that
 * does nothing special (tests/26-capabilities.t). The others are needed only for some processes.
 */
static const struct need needs[] = {
	{ NAMED(CAP_SYS_ADMIN), CAP_USE_ENTER | CAP_USE_THAW,
	  "to make and join namespaces and to mount /proc" },
	{ NAMED(CAP_SYS_PTRACE), CAP_USE_FREEZE | CAP_USE_ENTER | CAP_USE_THAW,
	  "to stop processes and to read and write their memory" },
	{ NAMED(CAP_SYS_CHROOT), CAP_USE_ENTER | CAP_USE_THAW,
	  "to join a mount namespace and to give processes their root" },
	{ NAMED(CAP_NET_ADMIN), CAP_USE_THAW, "to size the buffers of criu's own sockets" },
	{ NAMED(CAP_SETPCAP), CAP_USE_THAW, "to set the bounding set of thawed processes" },
	{ NAMED(CAP_SETUID), 0, "to thaw processes of other users" },
	{ NAMED(CAP_SETGID), 0, "to thaw processes of other groups" },
	{ NAMED(CAP_DAC_OVERRIDE), 0, "to open other users' files" },
	{ NAMED(CAP_CHOWN), 0, "to give files back to their owners" },
	{ NAMED(CAP_FOWNER), 0, "to change other users' files" },
	{ NAMED(CAP_KILL), 0, "to signal other users' processes" },
	{ NAMED(CAP_SYS_RESOURCE), 0, "to set limits, for processes of other users" },
	{ NAMED(CAP_CHECKPOINT_RESTORE), 0, "to thaw processes that had it" },
};

/* CAP_CHECKPOINT_RESTORE is of Linux 5.9. What the kernel does not know, nobody can lack. */
static bool is_known(unsigned cap)
{
	return prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0;
}

int caps_effective(uint64_t *ret, struct err *e)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return err_set(e, errno, "cannot read the capabilities of criu-ns");
	*ret = 0;
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		unsigned cap = needs[i].cap;

		if (data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap) || !is_known(cap))
			*ret |= UINT64_C(1) << cap;
	}
	return 0;
}

/* Append "CAP_X (why), CAP_Y (why)" for the capabilities that are wanted and missing. */
static size_t list_missing(uint64_t effective, unsigned use, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		const struct need *need = &needs[i];
		bool wanted = use ? need->uses & use : true;

		if (!wanted || effective & (UINT64_C(1) << need->cap) || used >= size)
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%s%s (%s)", used ? ", " : "",
					 need->name, need->why);
	}
	return used;
}

int caps_check(uint64_t effective, unsigned use, bool verbose, const char *doing, struct err *e)
{
	char missing[600];

	if (!list_missing(effective, use, missing, sizeof(missing)))
		return 0;
	if (!effective && !verbose) {
		err_set(e, EPERM, "cannot %s: criu-ns must be run as root", doing);
		return err_hint(e, "-v shows which capabilities it needs");
	}
	err_set(e, EPERM, "cannot %s: criu-ns lacks %s", doing, missing);
	return err_hint(e, "run it as root");
}

void caps_missing_text(uint64_t effective, char *buf, size_t size)
{
	list_missing(effective, 0, buf, size);
}
