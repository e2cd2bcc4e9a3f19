/* SPDX-License-Identifier: MIT */
/* Requests by RPC: looked at, planned and carried out as on the command line, or left to criu. */
#ifndef CRIU_NS_SERVE_H
#define CRIU_NS_SERVE_H

#include "cli/cli.h"
#include "cli/criu.h"

/*
 * `criu-ns swrk FD`: serve the request that the client sends. cli is the command line argc, argv. Becomes criu in place where
 * that needs nothing of ours. Gives the exit status.
 */
int rpc_swrk(const struct cli *cli, int argc, char *argv[], struct criu_binary *criu);

#endif
