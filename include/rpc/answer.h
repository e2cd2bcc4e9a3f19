/* SPDX-License-Identifier: MIT */
/*
 * The answers of criu's RPC (criu_resp, images/rpc.proto in criu): made, and with the pids that the
 * client sees. Pure.
 */
#ifndef CRIU_NS_ANSWER_RPC_H
#define CRIU_NS_ANSWER_RPC_H

#include "look/protobuf.h"

#include <stdbool.h>
#include <sys/types.h>

struct rpc_answer {
	uint64_t type;
	bool success;
	int cr_errno; /* 0: none */
	pid_t pid;    /* of a restore, or in a notification; 0: none */
};

/* False if it is damaged. */
bool rpc_answer_read(const void *bytes, size_t n, struct rpc_answer *ret);

/* The same answer with another type and, unless that is 0, another pid. In fresh memory. */
struct pb_out rpc_answer_change(const void *bytes, size_t n, uint64_t type, pid_t pid);

/* The answer that a dump has succeeded. In fresh memory. */
struct pb_out rpc_answer_frozen(uint64_t type);

/*
 * An answer that it has failed, as criu would give it to a request of that type. In fresh memory.
 */
struct pb_out rpc_answer_failed(uint64_t type, int cr_errno, const char *text);

#endif
