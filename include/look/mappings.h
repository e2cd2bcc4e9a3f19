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

/* Of a process; all zero at first. */
struct mappings {
	bool has[MAPPING_KINDS]; /* one of its mappings has that */

	/* Of the mapping whose lines come next in smaps: */
	bool is_kernels; /* the kernel has made it, and may have sealed it */
	bool is_program; /* of code that can only be executed: the kernel gives it a key */

	char policy[64]; /* in numa_maps: of the first mapping; "": not seen yet */
};

/* The next part of the text of a process's smaps, or numa_maps: whole lines. */
void mappings_parse_smaps(struct mappings *m, const char *text);
void mappings_parse_policies(struct mappings *m, const char *text);

#endif
