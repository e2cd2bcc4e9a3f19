// SPDX-License-Identifier: MIT
#include "freeze/notify.h"

#include "look/criu_rpc.h"
#include "look/protobuf.h"
#include "util/pass.h"
#include "util/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LEVEL_WARNING = 2 }; /* criu/include/log.h */

int notify_make(struct notify *y, struct err *e)
{
	*y = NOTIFY_NONE;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, y->channel) < 0
		       ? err_set(e, errno, "cannot make a socket")
		       : 0;
}

/*
 * The command line says all that can be said there, and these are what criu takes from a request
 * alone, whatever the command line says (setup_opts_from_req() in criu/cr-service.c).
 */
static struct pb_out make_request(const struct plan *p, int images, int work, bool to_own_log)
{
	bool raise = to_own_log && p->verbosity < LEVEL_WARNING;
	struct pb_out opts = { 0 };
	struct pb_out out = { 0 };

	pb_put_number(&opts, OPT_IMAGES_DIR_FD, (uint64_t)images);
	pb_put_number(&opts, OPT_WORK_DIR_FD, (uint64_t)work);
	pb_put_number(&opts, OPT_PID, (uint64_t)p->tree);
	pb_put_number(&opts, OPT_LOG_LEVEL, raise ? LEVEL_WARNING : p->verbosity);
	pb_put_number(&opts, OPT_NOTIFY_SCRIPTS, 1);
	pb_put_number(&out, REQ_TYPE, RPC_DUMP);
	pb_put_bytes(&out, REQ_OPTS, opts.v, opts.n);
	free(opts.v);
	return out;
}

/* With the request in it. Gives criu's end. */
static int make_socket(const struct notify *y, const struct pb_out *request, struct err *e)
{
	int pair[2];
	bool sent;
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, errno, "cannot make a socket");
	sent = pass_send(pair[0], request->v, request->n, NULL, 0) &&
	       pass_send(y->channel[1], "", 1, &pair[0], 1);
	r = sent ? process_hand_over(pair[1], e)
		 : err_set(e, errno, "cannot hand the request to criu");
	close(pair[0]);
	close(pair[1]);
	return r;
}

/*
 * criu finds the directories in the /proc/PID/fd of the process that has made the socket
 * (SO_PEERCRED): so it is this one that makes it, in whose /proc criu will look.
 */
int notify_hand(const struct notify *y, const struct plan *p, const struct facts *f,
		bool to_own_log, struct strv *args, struct err *e)
{
	int images = process_hand_over(f->images_dir.fd, e);
	int work = images < 0 ? images : process_hand_over(f->work_dir.fd, e);
	struct pb_out request;
	int socket;

	if (work < 0)
		return work;
	request = make_request(p, images, work, to_own_log);
	socket = make_socket(y, &request, e);
	free(request.v);
	if (socket < 0)
		return socket;

	_cleanup_free_ char *number = xasprintf("%d", socket);

	plan_say_swrk(p, number, args);
	return 0;
}

void notify_close_inner(struct notify *y)
{
	cleanup_close(&y->channel[1]);
	y->channel[1] = -1;
}

void notify_close(struct notify *y)
{
	notify_close_inner(y);
	cleanup_close(&y->channel[0]);
	cleanup_close(&y->socket);
	*y = NOTIFY_NONE;
}

int notify_fd(const struct notify *y)
{
	return y->socket < 0 ? y->channel[0] : y->socket;
}

static void take_socket(struct notify *y)
{
	int fds[PASS_MOST];
	size_t n = 0;
	char byte = 0;

	if (pass_receive(y->channel[0], &byte, 1, fds, &n) == 1 && n == 1)
		y->socket = fds[0];
	cleanup_close(&y->channel[0]);
	y->channel[0] = -1;
}

/*
 * The stages of a dump (action_names[] in criu/action-scripts.c). The tasks are stopped before the
 * second and third one (cr_dump_tasks() in criu/cr-dump.c): network-lock comes only if the network
 * namespace is saved, and query-ext-files since 3.19.
 */
static const struct {
	const char *name;
	enum notify_news news;
} stages[] = {
	{ "network-lock", NOTIFY_STOPPED },
	{ "query-ext-files", NOTIFY_STOPPED },
	{ "post-dump", NOTIFY_SAVED },
};

static enum notify_news news_of(const struct pb_field *script)
{
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++)
		if (script->length == strlen(stages[i].name) &&
		    !memcmp(script->text, stages[i].name, script->length))
			return stages[i].news;
	return NOTIFY_NOTHING;
}

static enum notify_news take_stage(const struct pb_field *f)
{
	struct pb m = pb_inside(f);
	struct pb_field inner;

	while (m.at < m.end && pb_take_field(&m, &inner))
		if (inner.number == NOTIFY_SCRIPT && inner.text)
			return news_of(&inner);
	return NOTIFY_NOTHING;
}

static void end_talk(struct notify *y)
{
	cleanup_close(&y->socket);
	y->socket = -1;
}

/* The type comes first, and what does not fit is the end of a message of criu's to its client. */
enum { MOST = 4096 };

static ssize_t receive(const struct notify *y, uint8_t *bytes)
{
	int fds[PASS_MOST];
	size_t n_fds = 0;
	ssize_t n = pass_receive(y->socket, bytes, MOST, fds, &n_fds);

	for (size_t i = 0; i < n_fds; i++)
		close(fds[i]);
	return n;
}

enum notify_news notify_take(struct notify *y)
{
	enum notify_news news = NOTIFY_NOTHING;
	uint8_t bytes[MOST];
	uint64_t type = 0;
	struct pb_field f;
	ssize_t n;

	if (y->socket < 0) {
		take_socket(y);
		return NOTIFY_NOTHING;
	}
	n = receive(y, bytes);
	if (n <= 0) {
		end_talk(y);
		return NOTIFY_NOTHING;
	}
	for (struct pb m = { bytes, bytes + n }; m.at < m.end && pb_take_field(&m, &f);) {
		if (f.number == RESP_TYPE && !f.text)
			type = f.value;
		else if (f.number == RESP_NOTIFY && f.text)
			news = take_stage(&f);
	}
	if (type == RPC_DUMP) /* the result, which its exit status tells, too */
		end_talk(y);
	if (type != RPC_NOTIFY)
		return NOTIFY_NOTHING;
	if (news != NOTIFY_SAVED)
		notify_answer(y, true);
	return news;
}

void notify_answer(const struct notify *y, bool yes)
{
	struct pb_out out = { 0 };

	pb_put_number(&out, REQ_TYPE, RPC_NOTIFY);
	pb_put_number(&out, REQ_NOTIFY_SUCCESS, yes);
	(void)pass_send(y->socket, out.v, out.n, NULL, 0);
	free(out.v);
}
