/* SPDX-License-Identifier: MIT */
/*
 * `run`: the parent of a program that is started the first time, and thawed when it is frozen. The
 * exit status says how the program has ended; EXIT_FROZEN says that it has not ended, but been
 * frozen.
 */
#ifndef CRIU_NS_RUN_H
#define CRIU_NS_RUN_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "thaw/thaw.h"

/*
 * act carries out a thaw, or starts cli->start, and gives the exit status. Returns that of criu-ns.
 */
int run_program(const struct cli *cli, struct criu_binary *criu,
		int (*act)(const struct cli *cli, struct criu_binary *criu,
			   struct thaw_guard *guard));

#endif
