// SPDX-License-Identifier: MIT
#include "thaw/inherit.h"

#include "util/sched.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_IO_FLUSHER /* linux/prctl.h, Linux 5.6 */
#define PR_SET_IO_FLUSHER 57
#endif
#ifndef PR_SET_MEMORY_MERGE /* linux/prctl.h, Linux 6.4 */
#define PR_SET_MEMORY_MERGE 67
#endif

/*
 * A process that possesses a session keyring can use keys in it that others cannot (keyrings(7)).
 * Where there are no keyrings, or a filter forbids them (seccomp(2)), the tree cannot use any,
 * either.
 */
static void fresh_keyring(void)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
	    errno != EPERM && errno != EACCES)
		fprintf(stderr,
			"criu-ns: the thawed tree keeps the caller's session keyring, "
			"because no new one can be made: %s\n",
			strerror(errno));
}

static void write_to(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, text, strlen(text));
}

/* ioprio_set(2): with the class "none" the priority follows the nice value, which criu sets. */
static void default_io_priority(void)
{
	enum { WHO_PROCESS = 1, CLASS_NONE = 0 };

	syscall(SYS_ioprio_set, WHO_PROCESS, 0, CLASS_NONE);
}

/*
 * All processors that there may be, because the kernel leaves out those that the cpuset does not
 * allow.
 */
static void all_processors(void)
{
	unsigned char all[8192 / 8];

	memset(all, 0xff, sizeof(all));
	syscall(SYS_sched_setaffinity, 0, sizeof(all), all);
}

static void usual_clamps(void)
{
	struct task_sched sched = { .flags = TASK_SCHED_ONLY_CLAMPS,
				    .util_min = (uint32_t)TASK_SCHED_USUAL_CLAMP,
				    .util_max = (uint32_t)TASK_SCHED_USUAL_CLAMP };

	(void)task_sched_set(0, &sched);
}

static void tell(const char *what)
{
	fprintf(stderr, "criu-ns: cannot give the tree back %s: %s\n", what, strerror(errno));
}

static void memory_policy(const char *text)
{
	unsigned char nodes[ATTRIBUTES_NODES / 8];
	int mode;

	syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	if (text && attributes_parse_memory(text, &mode, nodes) &&
	    syscall(SYS_set_mempolicy, mode, mode == MPOL_LOCAL ? NULL : nodes,
		    mode == MPOL_LOCAL ? 0 : ATTRIBUTES_NODES) < 0)
		tell("its NUMA memory policy");
}

static void broken_memory(char mce)
{
	long how = mce == 'e' ? PR_MCE_KILL_EARLY : PR_MCE_KILL_LATE;

	prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0);
	if (mce && prctl(PR_MCE_KILL, PR_MCE_KILL_SET, how, 0, 0) < 0)
		tell("its policy for broken memory");
}

static void merged_memory(bool merge)
{
	if (prctl(PR_SET_MEMORY_MERGE, merge, 0, 0, 0) < 0 && merge)
		tell("that its memory may be merged");
}

/* Both ways it takes CAP_SYS_RESOURCE: without that, the tree has what the caller has. */
static void memory_without_io(bool flusher)
{
	if (prctl(PR_SET_IO_FLUSHER, flusher, 0, 0, 0) < 0 && flusher)
		tell("that its memory is found without I/O");
}

static void less_speculation(unsigned long what, char how)
{
	long value = how == 'f' ? PR_SPEC_FORCE_DISABLE : PR_SPEC_DISABLE;

	if (how && prctl(PR_SET_SPECULATION_CTRL, what, value, 0, 0) < 0)
		tell(what == PR_SPEC_STORE_BYPASS
			     ? "that it is not speculated on store bypass"
			     : "that it is not speculated on indirect branches");
}

void inherit_defaults(const struct tree_attributes *tree)
{
	enum { TIMER_SLACK = 50000 /* ns, PR_SET_TIMERSLACK(2const) */ };

	fresh_keyring();
	/*
	 * criu sets the supplementary groups only if there were some (restore_creds(),
	 * pie/restorer.c).
	 */
	(void)!setgroups(0, NULL);
	default_io_priority();
	all_processors();
	usual_clamps();
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK);
	personality(tree->fixed ? PER_LINUX | ADDR_NO_RANDOMIZE : PER_LINUX);
	memory_policy(tree->memory);
	broken_memory(tree->mce);
	merged_memory(tree->merge);
	memory_without_io(tree->flusher);
	less_speculation(PR_SPEC_STORE_BYPASS, tree->speculation.bypass);
	less_speculation(PR_SPEC_INDIRECT_BRANCH, tree->speculation.indirect);
	/* criu sets it only if it was not 0 (prepare_proc_misc() in criu/cr-restore.c). */
	write_to("/proc/self/oom_score_adj", "0");
	write_to("/proc/self/coredump_filter", "0x33"); /* core(5) */
}
