/* SPDX-License-Identifier: MIT */
/*
 * How a criu in the frame gets its orders by RPC. It is started as `criu OPTIONS swrk N`. OPTIONS
 * are what the plan adds; the request's own options replace them, or add to them. N is one of two
 * sockets:
 * - the client's own, with the request still in it, if criu finds there what the request says. criu
 *   resolves the client's descriptors in /proc/PID/fd, with the pid of its peer, so the client must
 *   be known in criu's pid namespace. Then nobody is between the two.
 * - a new one, with a changed request. The process that becomes criu makes it, so that criu's peer
 *   is that process itself, which has been handed all of these descriptors. This process passes the
 *   messages on, both ways, and translates pids. The answer waits until it is known what has become
 *   of the tree.
 */
#ifndef CRIU_NS_TALK_H
#define CRIU_NS_TALK_H

#include "cli/criu.h"
#include "look/facts.h"
#include "plan/plan.h"
#include "rpc/answer.h"
#include "rpc/client.h"
#include "rpc/request.h"

/* The numbers that descriptors have in criu; -1: it has none. */
struct talk_handed {
	int images, work, status_fd, pidfd_store;
};

struct talk {
	struct criu_talk base;
	int client; /* its socket */
	bool direct;

	const struct rpc_request *request;
	const struct cli *cli;
	const struct cli *outer; /* criu-ns's own command line */
	const struct facts *facts;
	const struct plan *plan;
	const char *config; /* the text of the request's configuration file, or NULL */

	/* not direct */
	/* of a criu that was started ahead (talk_prepare()); comes with the socket's other end */
	struct talk_handed handed;
	int channel[2]; /* the new socket's other end comes through it */
	int inner;      /* that; -1: not yet */
	int status_fd, pidfd_store;
	char *images_path, *work_path; /* where they are, if they have to be opened again */
	bool client_left, inner_ended;
	struct rpc_message answer; /* n 0: none yet */
	bool answered;             /* the client has it already */
};

/* Prepare it, when everything that it points to is set. The client's process is `peer`. */
int talk_open(struct talk *t, pid_t peer, struct err *e);
void talk_close(struct talk *t);

/* criu has ended: take what it has still said. */
void talk_drain(struct talk *t);

/* Send the client what criu has answered, with the pid that it sees. False if it has left. */
bool talk_answer(struct talk *t, pid_t root);

/*
 * For a criu that is started ahead (struct late_line); arg is the struct talk of a request that is
 * not direct: what the child does that becomes criu. It puts the number of its socket in the place
 * of the last word of args. The request goes there later.
 */
int talk_prepare(void *arg, struct strv *args, struct err *e);

/* The command line of a `criu swrk` with that socket. Gives the place of the options in it. */
size_t talk_say(const struct cli *outer, int socket, const struct strv *options, struct strv *ret);

/*
 * Become a `criu swrk` that has the client's socket, with these options first. Returns only on
 * failure.
 */
int talk_become(const struct criu_binary *criu, const struct cli *outer, int socket,
		const struct strv *options, bool by_descriptor, struct err *e);

#endif
