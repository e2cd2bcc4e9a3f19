// SPDX-License-Identifier: MIT
#include "rpc/kept.h"

#include "rpc/talk.h"
#include "util/pass.h"
#include "util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

bool kept_wanted(const struct rpc_request *r)
{
	if (!r->keep_open)
		return false;
	switch (r->type) {
	case RPC_PAGE_SERVER:
	case RPC_PAGE_SERVER_CHLD:
	case RPC_CPUINFO_DUMP:
	case RPC_CPUINFO_CHECK:
	case RPC_FEATURE_CHECK:
	case RPC_VERSION:
		return true;
	default:
		return false;
	}
}

static bool start(struct kept *k, const struct criu_binary *criu, const struct cli *outer)
{
	struct strv none = { 0 };
	struct err e;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return false;
	k->criu = fork();
	if (k->criu == 0) {
		talk_become(criu, outer, pair[1], &none, false, &e);
		_exit(err_report(&e));
	}
	close(pair[1]);
	k->socket = pair[0];
	return k->criu > 0;
}

/* What was number `fd` of the client's, for a criu whose peer is this process. */
static int take(pid_t client, int fd)
{
	int taken = fd < 0 ? -1 : rpc_open_of(client, fd, O_PATH);

	/* No number of ours may stand for one that the client does not have. */
	return fd >= 0 && taken < 0 ? INT_MAX : taken;
}

static struct pb_out change(const struct rpc_request *r, const struct rpc_changes *c)
{
	struct pb_out same = { 0 };

	if (r->opts.n)
		return rpc_request_change(r, c);
	pb_put(&same, r->whole.at, (size_t)(r->whole.end - r->whole.at));
	return same;
}

bool kept_ask(struct kept *k, const struct criu_binary *criu, const struct cli *outer,
	      const struct rpc_request *r, pid_t client, int client_socket)
{
	_cleanup_close_ int images = take(client, r->images_dir_fd);
	_cleanup_close_ int work = take(client, r->work_dir_fd);
	_cleanup_close_ int status = take(client, r->status_fd);
	struct rpc_changes c = { .type = (enum rpc_type)r->type,
				 .images_dir_fd = images,
				 .work_dir_fd = work,
				 .status_fd = status,
				 .pidfd_store = -1 };
	struct rpc_message m;
	struct pb_out out;
	bool good = false;

	if (!k->criu && !start(k, criu, outer))
		return false;
	out = change(r, &c);
	if (pass_send(k->socket, out.v, out.n, NULL, 0) && rpc_receive(k->socket, false, &m) == 0) {
		good = pass_send(client_socket, m.bytes, m.n, NULL, 0);
		rpc_message_free(&m);
	}
	free(out.v);
	return good;
}

int kept_end(struct kept *k)
{
	int status = 0;

	if (k->criu <= 0)
		return 0;
	close(k->socket);
	RETRY(waitpid(k->criu, &status, 0));
	*k = (struct kept){ 0 };
	return process_exit_code(status);
}
