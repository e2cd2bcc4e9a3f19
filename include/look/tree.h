/* SPDX-License-Identifier: MIT */
/*
 * The walk through the target and all below it: each task, its descriptors, program, working
 * directory and mapped files are shown to the probes (probe.h). Read only, through the caller's
 * procfs.
 */
#ifndef CRIU_NS_TREE_H
#define CRIU_NS_TREE_H

#include "look/facts.h"

/*
 * Fill in findings, nested_view and the numbers of processes and tasks. criu will find out if the
 * tree changes meanwhile.
 */
void tree_look(struct facts *f);

/* The processes from pid on downwards, parents first. */
size_t tree_list(int proc, pid_t pid, pid_t **ret);

#endif
