/* SPDX-License-Identifier: MIT */
/*
 * How a process of the new pid namespace becomes criu; with --exec-cmd, how it is known that the
 * tree runs.
 */
#ifndef CRIU_NS_INIT_CRIU_H
#define CRIU_NS_INIT_CRIU_H

#include "thaw/hand_down.h"
#include "thaw/init.h"
#include "util/err.h"

/*
 * Become criu: set standard descriptors, slots and signal mask, and execute it. handed: the
 * terminals that the pseudo-init has opened in criu's place. scratch is the pseudo-init's descriptor
 * of the directory for criu's pidfile, tty an open terminal or -1, notify the descriptor that the
 * --exec-cmd stub writes to, or -1. Returns only on failure.
 */
int init_become_criu(const struct init_args *args, const struct hand_down *handed, int scratch,
		     int tty, int notify, struct err *e);

/*
 * Fill in what is known without criu in its command line: the slots of the pidfile and the log, with
 * the pseudo-init's descriptors, and those of files and sockets of the host's. own_log: criu's own
 * descriptor of the log; -1: it has none.
 */
void init_name_slots(const struct plan *p, const struct criu_log *log, int own_log, int scratch,
		     struct strv *args);

/*
 * The stub that criu --exec-cmd starts: writes a byte to the descriptor that argv[2] names, closes
 * it, and becomes argv[3]... Returns the exit status if that fails.
 */
extern const char init_stub_word[];
int init_exec_stub(char *argv[]);

#endif
