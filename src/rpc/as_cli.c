// SPDX-License-Identifier: MIT
#include "rpc/as_cli.h"

#include "cli/cli_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static const char *word_of(uint64_t type)
{
	if (type == RPC_RESTORE)
		return "restore";
	return type == RPC_DUMP ? "dump" : "pre-dump";
}

/*
 * resolve_images_dir_path() and setup_images_and_workdir() in criu/cr-service.c. Where the request
 * names no images directory, its configuration file has to; the user's own does not count.
 */
static void add_directories(const struct rpc_request *r, pid_t client, struct strv *words)
{
	if (r->images_dir_fd == -1 && r->images_dir)
		strv_take(words, xasprintf("--images-dir=%s", r->images_dir));
	else
		strv_take(words,
			  xasprintf("--images-dir=/proc/%d/fd/%d", client, r->images_dir_fd));
	if (r->has_work_dir)
		strv_take(words, xasprintf("--work-dir=/proc/%d/fd/%d", client, r->work_dir_fd));
}

/*
 * The file of the request comes after its options, and so do the words of it (cr_service_work() in
 * criu).
 */
static void add_config(const struct rpc_request *r, struct rpc_cli *ret)
{
	enum { MAX_CONFIG = 1 << 20 };

	if (r->config_file && read_file_at(AT_FDCWD, r->config_file, MAX_CONFIG, &ret->config) < 0)
		ret->config = NULL; /* criu ignores a file that it cannot open */
	if (ret->config)
		cli_config_words(ret->config, &ret->words);
}

/* As if it stood at the end of the command line; nothing of it is an option. */
static void add_command(const struct rpc_request *r, struct cli *c)
{
	if (!r->exec_cmd.n)
		return;
	strv_add(&c->args, "--");
	c->exec_cmd = true;
	c->detach = false;
	c->command_at = c->args.n;
	for (size_t i = 0; i < r->exec_cmd.n; i++)
		strv_add(&c->args, r->exec_cmd.v[i]);
}

/* setup_logging_from_req() in criu/cr-service.c: then a file that the user's own names is no log. */
static const char to_stderr[] = "/";

static void add_log(const struct rpc_request *r, struct strv *words)
{
	if (r->log_to_stderr && !r->log_file)
		strv_take(words, xasprintf("--log-file=%s", to_stderr));
}

/*
 * The same: a client may name a log in its work directory only. We would write there, too, and with
 * rights that it may not have.
 */
static bool has_log_elsewhere(const struct rpc_request *r, const struct cli *c)
{
	return r->log_file && strchr(r->log_file, '/') && !strcmp(c->log_file, r->log_file);
}

static void finish(const struct rpc_request *r, const struct strv *denied, struct cli *c)
{
	static char usual[] = "criu.log"; /* DEFAULT_LOG_FILENAME */

	c->by_rpc = true;
	c->orphan_masters = r->orphan_masters;
	c->dry_run = false;
	for (size_t i = 0; i < denied->n; i++)
		cli_deny(c, denied->v[i]);
	if (c->log_file && !strcmp(c->log_file, to_stderr))
		c->log_file = NULL;
	else if (!c->log_file)
		c->log_file = usual;
	add_command(r, c);
}

int rpc_cli_make(const struct rpc_request *r, const struct rpc_asker *a, struct rpc_cli *ret,
		 struct err *e)
{
	struct strv *words = &ret->words;
	struct strv denied = { 0 };
	int result;

	*ret = (struct rpc_cli){ 0 };
	for (int i = 0; i < a->argc; i++)
		strv_add(words, a->argv[i]);
	strv_add(words, word_of(r->type));
	if (r->type == RPC_RESTORE)
		strv_add(words, "--restore-detached"); /* restore_using_req() */
	add_directories(r, a->client, words);
	rpc_request_words(r, words, &denied);
	add_log(r, words);
	add_config(r, ret);
	if (r->type != RPC_RESTORE) /* no file says another one (dump_using_req()) */
		strv_take(words, xasprintf("--tree=%d", r->has_pid ? r->pid : a->client));
	result = cli_read(a->argc, a->argv, words, &ret->cli, e);
	if (!result && (ret->cli.bad_config || ret->cli.unknown.n || ret->cli.help ||
			ret->cli.version || has_log_elsewhere(r, &ret->cli)))
		result = err_set(e, 0, "an option that criu has to answer for");
	if (!result)
		finish(r, &denied, &ret->cli);
	strv_free(&denied);
	return result;
}

void rpc_cli_free(struct rpc_cli *c)
{
	cli_free(&c->cli);
	strv_free(&c->words);
	free(c->config);
	*c = (struct rpc_cli){ 0 };
}
