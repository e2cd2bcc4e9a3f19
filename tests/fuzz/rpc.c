// SPDX-License-Identifier: MIT
/* A message of criu's RPC, from whoever is at the other end: as a request and as an answer. */
#include "fuzz.h"

#include "cli/cli.h"
#include "rpc/answer.h"
#include "rpc/request.h"

/* What it says is a command line that can be parsed, and that names no option that there is not. */
static void check_words(const struct rpc_request *r)
{
	char *const configs[CLI_CONFIGS] = { 0 };
	struct strv words = { 0 };
	struct strv denied = { 0 };
	struct cli cli;
	struct err e;

	strv_add(&words, "criu-ns");
	strv_add(&words, "dump");
	rpc_request_words(r, &words, &denied);
	if (cli_parse((int)words.n, words.v, configs, false, &cli, &e) == 0) {
		FUZZ_CHECK(!cli.unknown.n, "%s", cli.unknown.v[0]);
		FUZZ_CHECK(cli.command == CMD_DUMP, "the command became %s", cli.word);
		for (size_t i = 0; i < denied.n; i++)
			cli_deny(&cli, denied.v[i]);
		cli_free(&cli);
	}
	strv_free(&words);
	strv_free(&denied);
}

static void check_change(const struct rpc_request *r)
{
	struct rpc_changes c = { .type = RPC_DUMP,
				 .images_dir_fd = 64,
				 .work_dir_fd = 65,
				 .status_fd = -1,
				 .pidfd_store = -1,
				 .pid = 7,
				 .config_file = "/a" };
	struct pb_out out = rpc_request_change(r, &c);
	struct rpc_request again;

	FUZZ_CHECK(rpc_request_read(out.v, out.n, &again), "it is damaged");
	FUZZ_CHECK(again.type == RPC_DUMP && again.images_dir_fd == 64 && again.work_dir_fd == 65 &&
			   again.pid == 7 && fuzz_same_text(again.config_file, "/a"),
		   "a change is lost");
	FUZZ_CHECK(again.status_fd == r->status_fd && again.exec_cmd.n == r->exec_cmd.n &&
			   again.keep_open == r->keep_open && again.worker_only == r->worker_only,
		   "something else has changed");
	rpc_request_free(&again);
	free(out.v);
}

static void check_answer(const uint8_t *data, size_t size)
{
	struct rpc_answer before;
	struct rpc_answer after;
	struct pb_out out;

	if (!rpc_answer_read(data, size, &before))
		return;
	out = rpc_answer_change(data, size, 3, 77);
	FUZZ_CHECK(rpc_answer_read(out.v, out.n, &after), "it is damaged");
	FUZZ_CHECK(after.type == 3 && after.success == before.success &&
			   after.cr_errno == before.cr_errno,
		   "something else has changed");
	FUZZ_CHECK(!before.pid || after.pid == 77, "the pid is %d", after.pid);
	free(out.v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rpc_request r;

	if (rpc_request_read(data, size, &r)) {
		FUZZ_CHECK(r.type == rpc_type_of(data, size), "two types");
		check_words(&r);
		check_change(&r);
	}
	rpc_request_free(&r);
	check_answer(data, size);
	return 0;
}
