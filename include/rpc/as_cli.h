/* SPDX-License-Identifier: MIT */
/* A request as the command line that says the same, so that one look and one plan are for both. */
#ifndef CRIU_NS_AS_CLI_H
#define CRIU_NS_AS_CLI_H

#include "cli/cli.h"
#include "rpc/request.h"
#include "util/err.h"

/* Who asks, and what else criu is told. */
struct rpc_asker {
	pid_t client;
	int argc; /* criu-ns's own command line, without `swrk FD` */
	char **argv;
};

struct rpc_cli {
	struct cli cli;
	struct strv words; /* which cli points into */
	char *config;      /* the text of the request's configuration file; NULL: none */
};

/*
 * Make it. Fails where criu has to say what is wrong with the options. In any case the caller ends
 * *ret with rpc_cli_free(). Reads the files that criu would read.
 */
int rpc_cli_make(const struct rpc_request *r, const struct rpc_asker *a, struct rpc_cli *ret,
		 struct err *e);
void rpc_cli_free(struct rpc_cli *c);

#endif
