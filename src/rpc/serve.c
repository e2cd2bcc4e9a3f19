// SPDX-License-Identifier: MIT
#include "rpc/serve.h"

#include "explain/explain.h"
#include "freeze/ahead.h"
#include "freeze/freeze.h"
#include "freeze/passing.h"
#include "look/facts.h"
#include "plan/plan.h"
#include "plan/plan_findings.h"
#include "rpc/as_cli.h"
#include "rpc/client.h"
#include "rpc/kept.h"
#include "rpc/request.h"
#include "rpc/talk.h"
#include "thaw/ahead.h"
#include "thaw/thaw.h"
#include "util/premap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One request. */
struct job {
	const struct rpc_server *s;
	struct kept *kept;
	struct rpc_message message; /* still in the socket, until it is taken */
	bool taken;
	struct rpc_request request;
	struct rpc_cli as;
	struct facts facts;
	struct plan plan;
	struct ahead ahead;   /* of a freeze */
	struct findings late; /* the same */
	struct thaw_ahead thaw_ahead;
	struct talk talk;
	bool has_talk;       /* it is open */
	char *images, *work; /* the directories that the client gave */
};

/* The answer */

static void take(struct job *j)
{
	struct rpc_message m;

	if (!j->taken && rpc_receive(j->s->socket, false, &m) == 0)
		rpc_message_free(&m);
	j->taken = true;
}

/* Has criu taken it from the socket? It is still there, or the next one, or none. */
static bool is_taken(const struct job *j)
{
	char *now = xcalloc(j->message.n, 1);
	ssize_t n =
		RETRY(recv(j->s->socket, now, j->message.n, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT));
	bool same = n == (ssize_t)j->message.n && !memcmp(now, j->message.bytes, j->message.n);

	free(now);
	return !same;
}

/*
 * Where criu would say why it has failed: its log, with its first line as it was, or stderr.
 * Programs show the name of this file, and seldom the text of the answer.
 */
static FILE *open_log(const struct job *j, bool is_new)
{
	const struct cli *cli = &j->as.cli;
	int fd;

	if (!cli->log_file || !strcmp(cli->log_file, "-") || j->facts.work_dir.fd < 0)
		fd = dup(STDERR_FILENO);
	else
		fd = openat(j->facts.work_dir.fd, cli->log_file,
			    O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY |
				    (is_new ? O_TRUNC : 0),
			    0600);
	return fd < 0 ? NULL : fdopen(fd, "a");
}

static void log_errors(const struct job *j, const struct err *errors, size_t n, bool is_new)
{
	FILE *out = open_log(j, is_new);

	for (size_t i = 0; i < n && out; i++) {
		char text[sizeof(struct err) + 256];

		err_format(&errors[i], text, sizeof(text));
		fprintf(out, "(00.000000) Error (criu-ns): %s\n", text);
	}
	if (out)
		fclose(out);
}

static void answer_failed(struct job *j, const struct err *e, int cr_errno)
{
	char text[sizeof(struct err) + 256];
	struct pb_out out;

	err_format(e, text, sizeof(text));
	take(j);
	out = rpc_answer_failed(j->request.type, cr_errno ? cr_errno : -err_result(e), text);
	(void)pass_send(j->s->socket, out.v, out.n, NULL, 0);
	free(out.v);
}

/*
 * Somebody has killed the holder, and then the kernel criu when the tree had ended: the images are
 * complete.
 */
static bool answer_frozen(const struct job *j)
{
	struct pb_out out = rpc_answer_frozen(j->request.type);
	bool good = j->request.type == RPC_DUMP && pass_send(j->s->socket, out.v, out.n, NULL, 0);

	free(out.v);
	return good;
}

/* As criu has it: pre_dump_using_req() gives -1. */
static int failed_status(const struct job *j)
{
	bool pre = j->request.type == RPC_PRE_DUMP || j->request.type == RPC_SINGLE_PRE_DUMP;

	return pre ? 255 : 1;
}

/* Of a request that criu could not begin with, cr_service_work() gives this one number. */
static int number_for(const struct job *j)
{
	return j->facts.images_dir.fd < 0 || j->facts.work_dir.fd < 0 ? EBADRQC : 0;
}

static int refuse(struct job *j, const struct err *errors, size_t n)
{
	log_errors(j, errors, n, true);
	answer_failed(j, &errors[0], number_for(j));
	return failed_status(j);
}

/* Carrying it out */

static void tell(const struct job *j, const struct verdict *v, const struct timespec *since)
{
	struct criu_log none = CRIU_LOG_NONE;
	FILE *out;

	if (!j->plan.notes.n && !v->failed && !*v->known)
		return;
	out = open_log(j, false);
	if (!out)
		return;
	explain_notes(out, &j->plan, "criu-ns: ");
	if (v->failed)
		explain_failure(out, &j->as.cli, &j->facts, &none, v->status, since);
	if (*v->known)
		fprintf(out, "criu-ns: %s\n", v->known);
	fclose(out);
}

/* Each request gets one answer, by criu or by us. */
static int finish(struct job *j, struct talk *t, const struct verdict *v, int r, struct err *e)
{
	struct rpc_answer a = { 0 };
	bool has = t->answer.n && rpc_answer_read(t->answer.bytes, t->answer.n, &a);
	bool good = r >= 0 && !v->failed && !v->interrupted && v->status == 0;

	if (r < 0)
		log_errors(j, e, 1, false);
	if (t->direct) {
		if (!good && !is_taken(j))
			answer_failed(j, e, 0);
		return good ? 0 : failed_status(j);
	}
	take(j);
	if (t->answered)
		return r < 0 ? failed_status(j) : v->status;
	/* Of a thaw that has failed, criu names the pid that the root task had where criu was. */
	if (has && (a.success ? good : r >= 0))
		return talk_answer(t, v->root ? v->root : -1) && good ? 0 : failed_status(j);
	if (good)
		return answer_frozen(j) ? 0 : failed_status(j);
	if (r >= 0)
		err_set(e, ECHILD, "criu has ended (exit status %d) without an answer", v->status);
	answer_failed(j, e, a.success ? 0 : a.cr_errno);
	return failed_status(j);
}

static int run(struct job *j, struct talk *t, struct verdict *v, struct err *e)
{
	struct criu_log log = CRIU_LOG_NONE;
	struct thaw_work thaw = { .cli = &j->as.cli,
				  .plan = &j->plan,
				  .facts = &j->facts,
				  .criu = j->s->criu,
				  .log = &log,
				  .ahead = &j->thaw_ahead };
	struct freeze_work freeze = { .plan = &j->plan,
				      .facts = &j->facts,
				      .criu = j->s->criu,
				      .ahead = &j->ahead,
				      .late = &j->late,
				      .log = &log };
	int r;

	j->s->criu->talk = &t->base;
	r = j->request.type == RPC_RESTORE ? thaw_run(&thaw, v, e) : freeze_run(&freeze, v, e);
	talk_drain(t);
	j->s->criu->talk = NULL;
	return r;
}

static void close_talk(struct job *j)
{
	if (j->has_talk)
		talk_close(&j->talk);
	j->has_talk = false;
}

static int open_talk(struct job *j, bool direct, struct err *e)
{
	j->talk = (struct talk){ .client = j->s->socket,
				 .direct = direct,
				 .request = &j->request,
				 .cli = &j->as.cli,
				 .outer = j->s->outer,
				 .facts = &j->facts,
				 .plan = &j->plan,
				 .config = j->as.config };
	j->has_talk = true;
	return talk_open(&j->talk, j->s->asker.client, e);
}

/* Nobody has said anything yet. */
static void forget_ahead(struct job *j)
{
	ahead_end(&j->ahead);
	thaw_ahead_end(&j->thaw_ahead);
	close_talk(j);
}

/*
 * Does what was started ahead suit the plan? Else its talk is over, too: the socket of that criu may
 * be in the channel already.
 */
static bool thaw_suits(struct job *j)
{
	struct criu_log none = CRIU_LOG_NONE;

	return thaw_ahead_fits(&j->thaw_ahead,
			       &(struct thaw_order){ &j->plan, &none, &j->talk.base });
}

static bool freeze_suits(struct job *j, bool direct)
{
	struct criu_talk *talk = &j->talk.base;
	_cleanup_free_ char *text = NULL;
	struct strv options = { 0 };
	bool good;

	talk->options(talk, &j->plan.args, &options);
	good = j->talk.direct == direct && ahead_fits(&j->ahead, &j->plan, &options, &text);
	strv_free(&options);
	return good;
}

/* The request names one that the client does not have: setup_opts_from_req() in criu. */
static int refuse_descriptor(struct job *j, const struct err *e)
{
	log_errors(j, e, 1, true);
	answer_failed(j, e, EBADRQC);
	close_talk(j);
	return failed_status(j);
}

static int run_and_answer(struct job *j, bool direct)
{
	struct verdict v = { 0 };
	struct timespec since;
	struct err e = { 0 };
	int r;
	int status;

	if (j->has_talk &&
	    !(j->request.type == RPC_RESTORE ? thaw_suits(j) : freeze_suits(j, direct)))
		forget_ahead(j);
	if (!j->has_talk && open_talk(j, direct, &e) < 0)
		return refuse_descriptor(j, &e);
	clock_gettime(CLOCK_REALTIME_COARSE, &since);
	if (!direct)
		take(j);
	r = run(j, &j->talk, &v, &e);
	if (!r && !v.failed)
		plan_late_findings(&j->as.cli, &j->facts, &j->late, &j->plan);
	if (!r)
		tell(j, &v, &since);
	status = finish(j, &j->talk, &v, r, &e);
	close_talk(j);
	return status;
}

/*
 * The images hold a pid namespace of their own, and the client gives the mounts: nothing is
 * different from criu.
 */
static int become_criu(const struct job *j)
{
	size_t n = j->plan.args.n - j->as.cli.args.n;
	struct strv options = { 0 };
	struct err e;

	for (size_t i = 0; i < n; i++)
		strv_add(&options, j->plan.args.v[j->as.cli.insert_at + i]);
	talk_become(j->s->criu, j->s->outer, j->s->socket, &options, false, &e);
	strv_free(&options);
	return err_report(&e);
}

/*
 * Does criu, where the plan runs it, know the client, and find there what the request says
 * (talk.h)?
 */
static bool is_direct(const struct job *j, const struct plan *p)
{
	if (j->request.type != RPC_DUMP)
		return false;
	return !j->request.has_pid || (!p->enter_pid && p->mounts == MOUNTS_CALLER);
}

/* Messages shall name it, and not a descriptor of the client's. */
static void name_directory(const struct job *j, struct dir *dir, char **path)
{
	free(*path);
	*path = dir->fd < 0 ? NULL : procfs_own_path(j->facts.proc, dir->fd);
	if (*path)
		dir->path = *path;
}

/*
 * Before 3.19, criu has either notifications or scripts (BUG_ON() in add_rpc_notify() of its
 * action-scripts.c).
 */
static int check_scripts(struct job *j, struct err *e)
{
	if (!j->plan.recheck || !j->request.notifies)
		return 0;
	facts_ask_version(&j->facts);
	if (!j->facts.criu_version || j->facts.criu_version >= CRIU_VERSION(3, 19, 0))
		return 0;
	err_set(e, ENOTSUP,
		"criu %u.%u cannot both notify its client, as the request says (notify_scripts), and run a script, which criu-ns needs because "
		"process %d has mounts of its own",
		j->facts.criu_version / 1000000, j->facts.criu_version / 1000 % 1000,
		j->facts.target.pid);
	return err_hint(e, "use criu 3.19 or newer (--criu-binary or CRIU_BINARY), or ask for no "
			   "notifications");
}

/*
 * The criu that is started ahead has the client's socket, with the request still in there; or one of
 * its own, to which the request will be sent.
 */
static void make_line(const struct job *j, bool direct, struct late_line *ret)
{
	const struct strv no_options = { 0 };

	*ret = (struct late_line){ .prepare = direct ? NULL : talk_prepare,
				   .prepare_arg = direct ? NULL : (void *)&j->talk };
	ret->options_at = talk_say(j->s->outer, j->s->socket, &no_options, &ret->words);
}

static void start_ahead(struct job *j, bool direct)
{
	struct criu_log none = CRIU_LOG_NONE;
	struct ahead_way way = { .facts = &j->facts,
				 .criu = j->s->criu,
				 .log = &none,
				 .socket = direct ? j->s->socket : -1 };

	make_line(j, direct, &way.line);
	ahead_start(&j->ahead, &way);
	strv_free(&way.line.words);
}

static void start_thaw_ahead(struct job *j)
{
	struct criu_log none = CRIU_LOG_NONE;
	struct late_line line;

	make_line(j, false, &line);
	thaw_ahead_start(&j->thaw_ahead,
			 &(struct thaw_work){ .cli = &j->as.cli,
					      .plan = &j->thaw_ahead.plan,
					      .facts = &j->facts,
					      .criu = j->s->criu,
					      .log = &none },
			 &line);
	strv_free(&line.words);
}

/* Before the host is looked at. */
static void try_thaw_ahead(struct job *j)
{
	struct err ignored;

	if (j->as.config || !plan_thaw_ahead(&j->as.cli, &j->facts, &j->thaw_ahead.plan))
		return;
	if (open_talk(j, false, &ignored) == 0)
		start_thaw_ahead(j);
	if (j->thaw_ahead.init.pid <= 0)
		forget_ahead(j);
}

/* Before the tree is looked at. */
static void try_ahead(struct job *j)
{
	const struct plan *p = &j->ahead.plan;
	struct err ignored;
	bool direct;

	if (!plan_freeze_ahead(&j->as.cli, &j->facts, &j->ahead.plan))
		return;
	direct = is_direct(j, p);
	if (!direct && j->as.config) /* that is handed to criu, too (talk.c) */
		return;
	if (open_talk(j, direct, &ignored) == 0)
		start_ahead(j, direct);
	if (j->ahead.criu <= 0)
		forget_ahead(j);
}

static int look(struct job *j, bool thaw, struct err *e)
{
	const struct cli *cli = &j->as.cli;
	int r = thaw ? facts_look_thaw(cli, &j->facts, e) : facts_look_freeze(cli, &j->facts, e);

	if (!r)
		(thaw ? try_thaw_ahead : try_ahead)(j);
	if (!r)
		r = thaw ? facts_look_host(cli, &j->facts, e) : facts_look_tree(cli, &j->facts, e);
	if (r < 0)
		return r;
	name_directory(j, &j->facts.images_dir, &j->images);
	name_directory(j, &j->facts.work_dir, &j->work);
	return 0;
}

static int act(struct job *j)
{
	bool thaw = j->request.type == RPC_RESTORE;
	const struct cli *cli = &j->as.cli;
	struct err e = { 0 };
	struct stat st;
	size_t tries = 0;

	if (!j->request.has_pid && fstat(j->s->socket, &st) == 0)
		j->facts.service = st.st_ino;
	j->facts.criu = j->s->criu;
	if (look(j, thaw, &e) < 0)
		return refuse(j, &e, 1);
	while ((thaw ? plan_thaw(cli, &j->facts, &j->plan)
		     : plan_freeze(cli, &j->facts, &j->plan)) < 0) {
		forget_ahead(j);
		if (!passing_renew(&j->plan, &j->facts, &tries))
			return refuse(j, j->plan.refusals, j->plan.n_refusals);
		if (look(j, thaw, &e) < 0)
			return refuse(j, &e, 1);
	}
	if (check_scripts(j, &e) < 0)
		return refuse(j, &e, 1);
	return j->plan.in_place ? become_criu(j) : run_and_answer(j, is_direct(j, &j->plan));
}

static bool is_of_trees(uint64_t type)
{
	return type == RPC_DUMP || type == RPC_PRE_DUMP || type == RPC_SINGLE_PRE_DUMP ||
	       type == RPC_RESTORE;
}

/* What follows the words of criu's own refusals (setup_opts_from_req() in criu/cr-service.c) */
static int refuse_worker_only(struct job *j)
{
	struct err e;

	err_set(&e, EBADRQC,
		"rst_sibling, inherit_fd and a page server's descriptor are not allowed in a standalone service");
	return refuse(j, &e, 1);
}

/* On a connection that is kept open, or was before this one. */
static int serve_aside(struct job *j)
{
	bool good;
	int status;

	take(j);
	good = kept_ask(j->kept, j->s->criu, j->s->outer, &j->request, j->s->asker.client,
			j->s->socket);
	if (good && kept_wanted(&j->request))
		return 0;
	status = kept_end(j->kept);
	return status || good ? status : 1;
}

/* Does it name descriptors of the client's, or mean the client itself? */
static bool needs_client(const struct rpc_request *r)
{
	return r->images_dir_fd != -1 || r->has_work_dir || r->status_fd != -1 ||
	       r->pidfd_store != -1 || (r->type != RPC_RESTORE && !r->has_pid);
}

/*
 * Of ours, criu keeps none open (chk_keepopen_req() in criu/cr-service.c). A client in a pid namespace
 * that is not below this one has no pid here.
 */
static bool is_ours(const struct job *j)
{
	const struct rpc_request *r = &j->request;

	return is_of_trees(r->type) && r->opts.n && !r->keep_open &&
	       (j->s->asker.client > 0 || !needs_client(r)) &&
	       (r->images_dir_fd != -1 || r->images_dir || r->config_file);
}

static int serve_tree(struct job *j)
{
	int status = RPC_LEFT_TO_CRIU;
	struct err e;

	premap();
	facts_init(&j->facts);
	j->ahead = AHEAD_NONE;
	j->thaw_ahead = THAW_AHEAD_NONE;
	if (rpc_cli_make(&j->request, &j->s->asker, &j->as, &e) == 0)
		status = act(j);
	forget_ahead(j);
	plan_free(&j->plan);
	findings_free(&j->late);
	facts_free(&j->facts);
	free(j->images);
	free(j->work);
	rpc_cli_free(&j->as);
	return status;
}

static int serve_job(struct job *j)
{
	bool good = rpc_request_read(j->message.bytes, j->message.n, &j->request);

	if (j->s->in_service && j->request.worker_only)
		return refuse_worker_only(j);
	if (j->s->in_loop && j->request.type != RPC_PRE_DUMP && j->request.type != RPC_DUMP)
		return RPC_LEFT_TO_CRIU;
	if (good && (kept_wanted(&j->request) || (j->kept->criu && !is_of_trees(j->request.type))))
		return serve_aside(j);
	if (!good || !is_ours(j))
		return RPC_LEFT_TO_CRIU;
	return serve_tree(j);
}

static int serve_request(struct rpc_server *s, struct kept *kept, bool *ret_more)
{
	struct job j = { .s = s, .kept = kept };
	int status = RPC_LEFT_TO_CRIU;

	if (rpc_receive(s->socket, true, &j.message) == 0)
		status = serve_job(&j);
	s->in_loop = s->in_loop || j.request.type == RPC_PRE_DUMP;
	*ret_more = status == 0 && (j.request.type == RPC_PRE_DUMP || kept_wanted(&j.request));
	rpc_request_free(&j.request);
	rpc_message_free(&j.message);
	return status;
}

/* What criu says of a request that does not fit here (send_criu_err() in criu/cr-service.c). */
static int refuse_sequence(const struct rpc_server *s)
{
	struct pb_out out = rpc_answer_failed(RPC_EMPTY, 0, "Bad req seq");
	struct rpc_message m;

	if (rpc_receive(s->socket, false, &m) == 0)
		(void)pass_send(s->socket, out.v, out.n, NULL, 0);
	rpc_message_free(&m);
	free(out.v);
	return 1;
}

int rpc_serve(struct rpc_server *s)
{
	struct kept kept = { 0 };
	bool more;
	int status;

	s->asker.client = rpc_peer(s->socket);
	do
		status = serve_request(s, &kept, &more);
	while (more);
	kept_end(&kept);
	if (status == RPC_LEFT_TO_CRIU && s->in_loop)
		return refuse_sequence(s);
	return status;
}

int rpc_swrk(const struct cli *cli, int argc, char *argv[], struct criu_binary *criu)
{
	/* `swrk FD` at the end, as all programs have it */
	bool usual = argc > 2 && cli->word_at + 2 == cli->args.n && argv[argc - 2] == cli->word;
	int status = RPC_LEFT_TO_CRIU;
	struct err e;

	if (usual) {
		struct rpc_server s = { .asker = { .argc = argc - 2, .argv = argv },
					.outer = cli,
					.criu = criu,
					.socket = atoi(argv[argc - 1]) };

		status = rpc_serve(&s);
	}
	if (status != RPC_LEFT_TO_CRIU)
		return status;
	criu_exec(criu, cli->args.v, false, &e);
	return err_report(&e);
}
