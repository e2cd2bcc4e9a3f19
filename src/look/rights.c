// SPDX-License-Identifier: MIT
#include "look/rights.h"

#include "util/util.h"

#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

bool rights_take(const char *rights)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
	gid_t *groups = xcalloc(strlen(rights), sizeof(*groups));
	char *end;
	uid_t uid = (uid_t)strtoul(rights, &end, 10);
	size_t n = 0;

	while (*end == ':')
		groups[n++] = (gid_t)strtoul(end + 1, &end, 10);
	return n > 0 && setgroups(n - 1, groups + 1) == 0 && setegid(groups[0]) == 0 &&
	       seteuid(uid) == 0 && syscall(SYS_capset, &header, none) == 0;
}

bool rights_are_roots(const char *rights)
{
	return text_begins(rights, "0:");
}
