// SPDX-License-Identifier: MIT
#include "powerless.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The last one that is valid ((uid_t)-1 is none, setresuid(2)). Not 65534: programs run as nobody,
 * and (uid_t)-1 - 65534 ids are not in passwd(5) either, but given to containers from below.
 */
static const unsigned unused_id = 0xfffffffe;

void powerless_hide(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}

void powerless_become(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	for (int cap = 0; prctl(PR_CAPBSET_DROP, cap) == 0; cap++)
		;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)!setgroups(0, NULL);
	(void)!setresgid(unused_id, unused_id, unused_id);
	(void)!setresuid(unused_id, unused_id, unused_id);
	syscall(SYS_capset, &header, none);
	/* New ids have made it what fs.suid_dumpable says (commit_creds() in kernel/cred.c). */
	powerless_hide();
}
