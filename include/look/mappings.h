/* SPDX-License-Identifier: MIT */
/*
 * Attributes of single memory mappings, which criu neither saves nor sets: what /proc/PID/smaps and
 * numa_maps tell of them (proc_pid_smaps(5), numa(7)). Pure.
 */
#ifndef CRIU_NS_MAPPINGS_H
#define CRIU_NS_MAPPINGS_H

#include <stdbool.h>

enum mapping_kind {
	MAPPING_KEY,    /* a protection key, pkey_mprotect(2) */
	MAPPING_SEAL,   /* mseal(2) */
	MAPPING_FAULT,  /* is locked page by page when it is used: MLOCK_ONFAULT, mlock2(2) */
	MAPPING_POLICY, /* a NUMA memory policy of its own, mbind(2) */
	MAPPING_KINDS
};

enum { MAPPINGS_FILE_POLICIES = 2 };

/* Of a process; all zero at first. */
struct mappings {
	bool has[MAPPING_KINDS]; /* one of its mappings has that */

	/* Of the mapping whose lines come next in smaps: */
	bool is_kernels; /* the kernel has made it, and may have sealed it */
	bool is_program; /* of code that can only be executed: the kernel gives it a key */

	/* From numa_maps: */
	char policy[64];                           /* the task's; "": not seen yet */
	char of_files[MAPPINGS_FILE_POLICIES][64]; /* what mappings of files have, in their order */
	bool has_more;                             /* more than these */
};

/* The next part of the text of a process's smaps, or numa_maps: whole lines. */
void mappings_parse_smaps(struct mappings *m, const char *text);
void mappings_parse_policies(struct mappings *m, const char *text);

/*
 * At the end of its numa_maps: has a mapping of a file a policy that the task has not? Then it may
 * be of the file system (tmpfs(5), mpol=), which takes the process's mountinfo to find out.
 */
bool mappings_has_file_policy(const struct mappings *m);
void mappings_compare_mounts(struct mappings *m, const char *mountinfo);

#endif
