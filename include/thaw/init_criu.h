/* SPDX-License-Identifier: MIT */
/* How a process of the new pid namespace becomes criu, and what tells that the tree runs (--exec-cmd). */
#ifndef CRIU_NS_INIT_CRIU_H
#define CRIU_NS_INIT_CRIU_H

#include "thaw/init.h"
#include "util/err.h"

/*
 * The child that becomes criu for plan p: standard descriptors, slots, signal mask, exec. scratch
 * is pseudo-init's descriptor of the folder for criu's pidfile, tty an open terminal or -1, notify
 * what the --exec-cmd stub writes to, or -1. Returns only on failure.
 */
int init_become_criu(const struct init_args *args, int scratch, int tty, int notify, struct err *e);

/*
 * The stub that criu --exec-cmd starts: writes a byte to the descriptor argv[2] names, closes it,
 * and becomes argv[3]... Returns the exit status when that fails.
 */
extern const char init_stub_word[];
int init_exec_stub(char *argv[]);

#endif
