// SPDX-License-Identifier: MIT
#include "rpc/talk.h"

#include "util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the process that becomes criu */

size_t talk_say(const struct cli *outer, int socket, const struct strv *options, struct strv *ret)
{
	size_t at;

	strv_add(ret, "criu");
	for (size_t i = 1; i < outer->word_at; i++)
		strv_add(ret, outer->args.v[i]);
	at = ret->n;
	strv_copy(options, ret);
	strv_add(ret, "swrk");
	strv_take(ret, xasprintf("%d", socket));
	return at;
}

int talk_become(const struct criu_binary *criu, const struct cli *outer, int socket,
		const struct strv *options, bool by_descriptor, struct err *e)
{
	struct strv args = { 0 };

	talk_say(outer, socket, options, &args);
	fcntl(socket, F_SETFD, 0);
	return criu_exec(criu, args.v, by_descriptor, e);
}

/* What the request says, not the command line. */
struct told {
	struct talk_handed fds;
	pid_t tree;
	const char *pidfile;
};

static const struct talk_handed nothing = { -1, -1, -1, -1 };

static int number_of(const char *path)
{
	const char *number = text_after(path, "/proc/self/fd/");

	return number ? atoi(number) : -1;
}

/* Take what the plan has added apart: what goes into the request, and options. */
static void sort_added(const struct talk *t, const struct strv *args, struct told *told,
		       struct strv *options)
{
	size_t from = t->cli->insert_at;
	size_t to = from + t->plan->args.n - t->cli->args.n;

	*told = (struct told){ .fds = nothing };
	for (size_t i = from; i < to; i++) {
		const char *word = args->v[i];
		const char *value = i + 1 < to ? args->v[i + 1] : "";

		if (!strcmp(word, "--images-dir"))
			told->fds.images = number_of(value);
		else if (!strcmp(word, "--work-dir"))
			told->fds.work = number_of(value);
		else if (!strcmp(word, "--tree"))
			told->tree = parse_pid(value);
		else {
			if (!strcmp(word, "--pidfile"))
				told->pidfile = value;
			strv_add(options, word);
			continue;
		}
		i++;
	}
}

/*
 * In the mount namespace of a thaw: criu mounts below its working directory (prepare_cgroup_sfd()
 * in criu/cgroup.c), which has to be on a mount of that namespace, and not of the client's.
 */
static int hand_again(const char *path, int fd, int *ret, struct err *e)
{
	_cleanup_close_ int again = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct stat before;
	struct stat now;

	if (again < 0 || fstat(fd, &before) < 0 || fstat(again, &now) < 0 ||
	    before.st_dev != now.st_dev || before.st_ino != now.st_ino)
		return process_hand(fd, ret, e);
	return process_hand(again, ret, e);
}

/* What it says comes after the request, and would replace what we say there. */
static char *make_config(const struct talk *t, const struct told *told)
{
	_cleanup_free_ char *text = NULL;
	int fd;

	if (!t->config)
		return NULL;
	text = xasprintf("%s\nimages-dir /proc/self/fd/%d\nwork-dir /proc/self/fd/%d\n%s%s\n",
			 t->config, told->fds.images, told->fds.work,
			 told->pidfile ? "pidfile " : "", told->pidfile ? told->pidfile : "");
	fd = memfd_create("criu-ns-config", 0);
	if (fd < 0 || write_all(fd, text, strlen(text)) < 0)
		return NULL;
	return xasprintf("/proc/self/fd/%d", fd);
}

/* Values of --join-ns, and the paths that criu finds these namespaces at (look/join_ns.h). */
static int hand_joined(const struct talk *t, struct strv *values, struct strv *there, struct err *e)
{
	for (size_t i = 0; i < t->facts->n_joined; i++) {
		int copy;

		if (t->facts->joined[i] < 0)
			continue;
		copy = process_hand_over(t->facts->joined[i], e);
		if (copy < 0)
			return copy;
		strv_add(values, t->cli->joined.v[i]);
		strv_take(there, xasprintf("/proc/self/fd/%d", copy));
	}
	return 0;
}

static int hand_all(const struct talk *t, struct talk_handed *h, struct err *e)
{
	int r = hand_again(t->images_path, t->facts->images_dir.fd, &h->images, e);

	if (!r)
		r = hand_again(t->work_path, t->facts->work_dir.fd, &h->work, e);
	if (!r)
		r = process_hand(t->status_fd, &h->status_fd, e);
	return r ? r : process_hand(t->pidfd_store, &h->pidfd_store, e);
}

/* joined_there: the paths of these namespaces in criu */
static struct pb_out change(const struct talk *t, const struct strv *args, const struct told *told,
			    struct strv *joined, struct strv *joined_there)
{
	struct rpc_changes c = { .type = t->request->type == RPC_PRE_DUMP ? RPC_SINGLE_PRE_DUMP
									  : t->request->type,
				 .images_dir_fd = told->fds.images,
				 .work_dir_fd = told->fds.work,
				 .status_fd = told->fds.status_fd,
				 .pidfd_store = told->fds.pidfd_store,
				 .pid = told->tree,
				 .joined = joined->n ? joined : NULL,
				 .joined_there = joined_there };
	_cleanup_free_ char *config = make_config(t, told);
	struct strv command = { 0 };
	struct pb_out out;

	for (size_t i = t->plan->exec_at; t->cli->exec_cmd && i < args->n; i++)
		strv_add(&command, args->v[i]);
	if (!c.pid && t->request->type != RPC_RESTORE)
		c.pid = parse_pid(t->cli->tree);
	c.config_file = config;
	c.exec_cmd = command.n ? &command : NULL;
	out = rpc_request_change(t->request, &c);
	strv_free(&command);
	return out;
}

static int hand_and_change(const struct talk *t, const struct strv *args, struct told *told,
			   struct pb_out *ret, struct err *e)
{
	struct strv joined = { 0 };
	struct strv joined_there = { 0 };
	int r = hand_all(t, &told->fds, e);

	if (!r)
		r = hand_joined(t, &joined, &joined_there, e);
	if (!r)
		*ret = change(t, args, told, &joined, &joined_there);
	strv_free(&joined);
	strv_free(&joined_there);
	return r;
}

static bool send_request(int socket, const struct pb_out *request)
{
	int size = (int)request->n + (64 << 10);

	/* As the client had to do; the first one needs CAP_NET_ADMIN. */
	if (size > 128 << 10 &&
	    setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return send(socket, request->v, request->n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/*
 * With the request in it, whatever its size, because nobody reads it yet; NULL: it comes later.
 * Gives criu's end.
 */
static int make_socket(const struct talk *t, const struct pb_out *request, int *ret, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, errno, "cannot make a socket");
	if ((request && !send_request(pair[0], request)) ||
	    !pass_send(t->channel[1], &t->handed, sizeof(t->handed), &pair[0], 1))
		return err_set(e, errno, "cannot hand the request to criu");
	close(pair[0]);
	*ret = process_hand_over(pair[1], e);
	return *ret < 0 ? *ret : 0;
}

int talk_prepare(void *arg, struct strv *args, struct err *e)
{
	struct talk *t = arg;
	int socket = -1;
	int r;

	t->handed = nothing;
	r = hand_all(t, &t->handed, e);
	if (!r)
		r = make_socket(t, NULL, &socket, e);
	if (r < 0)
		return r;
	free(args->v[args->n - 1]);
	args->v[args->n - 1] = xasprintf("%d", socket);
	return 0;
}

static int start(struct criu_talk *base, const struct criu_binary *criu, const struct strv *args,
		 bool by_descriptor, struct err *e)
{
	struct talk *t = (struct talk *)base;
	struct pb_out request = { 0 };
	struct strv options = { 0 };
	struct told told;
	int socket = t->client;
	int r = 0;

	sort_added(t, args, &told, &options);
	if (!t->direct) {
		r = hand_and_change(t, args, &told, &request, e);
		if (!r)
			r = make_socket(t, &request, &socket, e);
	}
	if (!r)
		r = talk_become(criu, t->outer, socket, &options, by_descriptor, e);
	free(request.v);
	strv_free(&options);
	return r;
}

static void say_options(struct criu_talk *base, const struct strv *args, struct strv *ret)
{
	struct told told;

	strv_add(ret, "criu");
	sort_added((struct talk *)base, args, &told, ret);
}

/* In criu-ns */

static void take_inner(struct talk *t)
{
	struct rpc_message m;

	if (rpc_receive(t->channel[0], false, &m) == 0 && m.n_fds == 1 &&
	    m.n == sizeof(t->handed)) {
		t->inner = steal_fd(&m.fds[0]);
		memcpy(&t->handed, m.bytes, sizeof(t->handed));
	}
	t->inner_ended = t->inner < 0;
	rpc_message_free(&m);
}

/*
 * As a rule, it has been executed, and so the socket has come. If somebody has killed that process
 * before, it never comes, and there is no end of file, because others have the other end, too.
 */
static void await_inner(struct talk *t, int ended)
{
	struct pollfd p[] = { { .fd = t->channel[0], .events = POLLIN },
			      { .fd = ended, .events = POLLIN } };

	if (RETRY(poll(p, ARRAY_SIZE(p), -1)) > 0 && p[0].revents)
		take_inner(t);
	else
		t->inner_ended = true;
}

static void tell(struct criu_talk *base, const struct strv *args, int ended)
{
	struct talk *t = (struct talk *)base;
	struct strv none = { 0 };
	struct strv options = { 0 };
	struct pb_out request;
	struct told told;

	if (t->direct)
		return;
	sort_added(t, args, &told, &options);
	if (t->inner < 0 && !t->inner_ended)
		await_inner(t, ended);
	told.fds = t->handed;
	request = change(t, args, &told, &none, &none);
	if (t->inner >= 0 && !send_request(t->inner, &request))
		shutdown(t->inner, SHUT_RDWR); /* or criu would wait for it */
	free(request.v);
	strv_free(&options);
}

static void wants(struct criu_talk *base, struct pollfd *p)
{
	struct talk *t = (struct talk *)base;

	if (t->direct || t->inner_ended)
		return;
	p[0] = (struct pollfd){ .fd = t->inner < 0 ? t->channel[0] : t->inner, .events = POLLIN };
	if (t->inner >= 0 && !t->client_left)
		p[1] = (struct pollfd){ .fd = t->client, .events = POLLIN };
}

/*
 * criu has named a task of the tree as it sees it: the one with that number in criu's pid
 * namespace, and which criu, or with -S criu's parent, has as its child.
 */
static pid_t pid_outside(const struct talk *t, pid_t inside)
{
	int proc = t->facts->proc;
	_cleanup_free_ pid_t *pids = NULL;
	struct task criu;
	struct err ignored;
	size_t n;

	if (procfs_task(proc, rpc_peer(t->inner), &criu, &ignored) < 0 || criu.depth < 2)
		return inside;
	n = procfs_list(proc, ".", &pids);
	for (size_t i = 0; i < n; i++) {
		struct task x;

		if (procfs_task(proc, pids[i], &x, &ignored) == 0 && x.depth >= criu.depth &&
		    x.nspid[criu.depth - 1] == inside &&
		    (x.ppid == criu.pid || x.ppid == criu.ppid))
			return x.pid;
	}
	return inside;
}

/*
 * criu finds out as it would without us: the next message that it waits for does not come, or the
 * next one that it sends fails. A client that has said all that it has to say may still listen.
 */
static void lose_client(struct talk *t, int how)
{
	t->client_left = true;
	shutdown(t->inner, how);
}

static void pass_out(struct talk *t, struct rpc_message *m, const struct rpc_answer *a)
{
	struct pb_out changed = { 0 };

	if (a->pid > 0)
		changed = rpc_answer_change(m->bytes, m->n, a->type, pid_outside(t, a->pid));
	if (!pass_send(t->client, changed.v ? changed.v : m->bytes, changed.v ? changed.n : m->n,
		       m->fds, m->n_fds))
		lose_client(t, SHUT_RDWR);
	free(changed.v);
}

static void from_criu(struct talk *t)
{
	struct rpc_message m;
	struct rpc_answer a;

	if (rpc_receive(t->inner, false, &m) < 0) {
		t->inner_ended = true;
		return;
	}
	if (rpc_answer_read(m.bytes, m.n, &a) && a.type != RPC_NOTIFY) {
		rpc_message_free(&t->answer);
		t->answer = m;
		return;
	}
	pass_out(t, &m, &a);
	rpc_message_free(&m);
}

static void from_client(struct talk *t)
{
	struct rpc_message m;

	if (rpc_receive(t->client, false, &m) < 0 || !pass_send(t->inner, m.bytes, m.n, NULL, 0))
		lose_client(t, SHUT_WR);
	rpc_message_free(&m);
}

static void move(struct criu_talk *base, const struct pollfd *p)
{
	struct talk *t = (struct talk *)base;

	if (p[0].revents && t->inner < 0)
		take_inner(t);
	else if (p[0].revents)
		from_criu(t);
	if (p[1].revents && !t->client_left)
		from_client(t);
}

static void take_what_is_there(struct talk *t)
{
	struct pollfd p = { .fd = t->inner, .events = POLLIN };

	while (t->inner >= 0 && !t->inner_ended && RETRY(poll(&p, 1, 0)) > 0)
		from_criu(t);
}

void talk_drain(struct talk *t)
{
	if (t->direct)
		return;
	cleanup_close(&t->channel[1]);
	t->channel[1] = -1;
	if (t->inner < 0 && !t->inner_ended)
		take_inner(t);
	take_what_is_there(t);
}

bool talk_answer(struct talk *t, pid_t root)
{
	struct pb_out out = rpc_answer_change(t->answer.bytes, t->answer.n, t->request->type, root);
	bool good = pass_send(t->client, out.v, out.n, NULL, 0);

	free(out.v);
	t->answered = true;
	return good;
}

/* criu has answered before it became that command, which may go on as long as the tree does. */
static void runs(struct criu_talk *base, pid_t root)
{
	struct talk *t = (struct talk *)base;

	take_what_is_there(t);
	if (t->answer.n)
		(void)talk_answer(t, root);
}

/* pidfd_store: criu copies it from the client (init_pidfd_store_sk() in criu/pidfd-store.c). */
static int take_store(pid_t peer, int number, struct err *e)
{
	_cleanup_close_ int pidfd = pidfd_open(peer, 0);
	int fd = pidfd < 0 ? -1 : pidfd_getfd(pidfd, number, 0);

	return fd < 0 ? err_set(e, errno, "cannot get the pidfd store, descriptor %d of process %d",
				number, peer)
		      : fd;
}

int talk_open(struct talk *t, pid_t peer, struct err *e)
{
	t->base = (struct criu_talk){
		.start = start,
		.options = say_options,
		.tell = tell,
		.wants = wants,
		.move = move,
		.runs = runs,
	};
	t->channel[0] = t->channel[1] = t->inner = t->status_fd = t->pidfd_store = -1;
	if (t->direct)
		return 0;
	fcntl(t->client, F_SETFD, FD_CLOEXEC);
	if (t->request->type == RPC_RESTORE) {
		t->images_path = procfs_own_path(t->facts->proc, t->facts->images_dir.fd);
		t->work_path = procfs_own_path(t->facts->proc, t->facts->work_dir.fd);
	}
	if (t->request->status_fd >= 0)
		t->status_fd = rpc_open_of(peer, t->request->status_fd, O_WRONLY);
	if (t->request->status_fd >= 0 && t->status_fd < 0)
		return err_set(e, errno, "cannot open the status fd, descriptor %d of process %d",
			       t->request->status_fd, peer);
	if (t->request->pidfd_store >= 0)
		t->pidfd_store = take_store(peer, t->request->pidfd_store, e);
	if (t->request->pidfd_store >= 0 && t->pidfd_store < 0)
		return t->pidfd_store;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, t->channel) < 0)
		return err_set(e, errno, "cannot make a socket");
	return 0;
}

void talk_close(struct talk *t)
{
	cleanup_close(&t->channel[0]);
	cleanup_close(&t->channel[1]);
	cleanup_close(&t->inner);
	cleanup_close(&t->status_fd);
	cleanup_close(&t->pidfd_store);
	free(t->images_path);
	free(t->work_path);
	rpc_message_free(&t->answer);
}
