// SPDX-License-Identifier: MIT
#include "look/caps.h"

#include "util/util.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>

struct need {
	cap_value_t cap;
	unsigned uses; /* always needed for these */
	const char *why;
};

/*
 * "Always" was measured with criu 4.2.1, as root without that one capability, and a process that
 * does nothing special (tests/26-capabilities.t). The others are needed only for some processes.
 */
static const struct need needs[] = {
	{ CAP_SYS_ADMIN, CAP_USE_ENTER | CAP_USE_THAW,
	  "to make and join namespaces and to mount /proc" },
	{ CAP_SYS_PTRACE, CAP_USE_FREEZE | CAP_USE_ENTER | CAP_USE_THAW,
	  "to stop processes and to read and write their memory" },
	{ CAP_SYS_CHROOT, CAP_USE_ENTER | CAP_USE_THAW,
	  "to join a mount namespace and to give processes their root" },
	{ CAP_NET_ADMIN, CAP_USE_THAW, "to size the buffers of criu's own sockets" },
	{ CAP_SETPCAP, CAP_USE_THAW, "to set the bounding set of thawed processes" },
	{ CAP_SETUID, 0, "to thaw processes of other users" },
	{ CAP_SETGID, 0, "to thaw processes of other groups" },
	{ CAP_DAC_OVERRIDE, 0, "to open other users' files" },
	{ CAP_CHOWN, 0, "to give files back to their owners" },
	{ CAP_FOWNER, 0, "to change other users' files" },
	{ CAP_KILL, 0, "to signal other users' processes" },
	{ CAP_SYS_RESOURCE, 0, "to set limits, for processes of other users" },
	{ CAP_CHECKPOINT_RESTORE, 0, "to thaw processes that had it" },
};

int caps_effective(uint64_t *ret, struct err *e)
{
	cap_t caps = cap_get_proc();
	uint64_t mask = 0;

	if (!caps)
		return err_set(e, errno, "cannot read the capabilities of criu-ns");
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		cap_flag_value_t set = CAP_CLEAR;

		/* EINVAL: the kernel does not have it (CAP_CHECKPOINT_RESTORE before 5.9) */
		if (cap_get_flag(caps, needs[i].cap, CAP_EFFECTIVE, &set) < 0 || set == CAP_SET)
			mask |= UINT64_C(1) << needs[i].cap;
	}
	cap_free(caps);
	*ret = mask;
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

		char *name = cap_to_name(need->cap);

		for (char *p = name; p && *p; p++)
			*p = (char)toupper((unsigned char)*p);
		used += (size_t)snprintf(buf + used, size - used, "%s%s (%s)", used ? ", " : "",
					 name ? name : "?", need->why);
		cap_free(name);
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
