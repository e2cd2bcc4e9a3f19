/* SPDX-License-Identifier: MIT */
/*
 * A connection that the client keeps open (criu_req.keep_open). criu would serve in its own way
 * whatever comes next. So a criu beside this process gets the requests that are not about trees,
 * and this process serves the rest. There is one such criu for the whole connection, because it has
 * to wait for the page servers that it has started (WAIT_PID).
 */
#ifndef CRIU_NS_KEPT_H
#define CRIU_NS_KEPT_H

#include "cli/cli.h"
#include "cli/criu.h"
#include "rpc/client.h"
#include "rpc/request.h"
#include "util/err.h"

struct kept {
	pid_t criu; /* 0: not started */
	int socket; /* to it */
};

/* Does criu keep the connection open after this one (chk_keepopen_req() in criu/cr-service.c)? */
bool kept_wanted(const struct rpc_request *r);

/*
 * Have criu answer this request of the client's, and pass the answer on. criu is started at the
 * first one, as `criu OPTIONS swrk`. False if no answer came, or the client has gone.
 */
bool kept_ask(struct kept *k, const struct criu_binary *criu, const struct cli *outer,
	      const struct rpc_request *r, pid_t client, int client_socket);

/* Let it end. Gives its exit status, 0 if it was not started. */
int kept_end(struct kept *k);

#endif
