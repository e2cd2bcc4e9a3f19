/* SPDX-License-Identifier: MIT */
/* Requests by RPC: looked at, planned and carried out as on the command line, or left to criu. */
#ifndef CRIU_NS_SERVE_H
#define CRIU_NS_SERVE_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "rpc/as_cli.h"

#include <stdbool.h>

/* One client. */
struct rpc_server {
	struct rpc_asker asker;  /* its pid is found out */
	const struct cli *outer; /* how criu is to be started: `criu OPTIONS swrk` */
	struct criu_binary *criu;
	int socket;
	bool in_service; /* criu allows less (setup_opts_from_req() in criu/cr-service.c) */
	bool in_loop;    /* after a pre-dump, the same client sends more (pre_dump_loop() there) */
};

enum { RPC_LEFT_TO_CRIU = -1 };

/*
 * Serve what the client sends. Gives the exit status, or RPC_LEFT_TO_CRIU: what criu has to answer
 * for, and what does not touch a tree. Then the message is still in the socket.
 */
int rpc_serve(struct rpc_server *s);

/*
 * `criu-ns swrk FD`: serve the request that the client sends. cli is the command line argc, argv.
 * Becomes criu in place where that needs nothing of ours. Gives the exit status.
 */
int rpc_swrk(const struct cli *cli, int argc, char *argv[], struct criu_binary *criu);

#endif
