/* SPDX-License-Identifier: MIT */
/*
 * `criu-ns service`: as criu's, a socket with a name, at which each client is served by a process
 * of its own.
 */
#ifndef CRIU_NS_SERVICE_H
#define CRIU_NS_SERVICE_H

#include "cli/cli.h"
#include "cli/criu.h"

/*
 * Serve until it is ended. What criu would say of a wrong command line, it says. Gives the exit
 * status.
 */
int rpc_service(const struct cli *cli, struct criu_binary *criu);

#endif
