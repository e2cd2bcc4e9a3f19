// SPDX-License-Identifier: MIT
/* Requests and answers of criu's RPC: read, said as a command line, changed. */
#include "unit.h"

#include "cli/cli.h"
#include "rpc/answer.h"
#include "rpc/client.h"
#include "rpc/request.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static struct pb_out request_of(uint64_t type, const struct pb_out *opts)
{
	struct pb_out out = { 0 };

	pb_put_number(&out, 1, type);
	pb_put_bytes(&out, 2, opts->v, opts->n);
	return out;
}

/* The words for some options. The caller frees the text. */
static char *words_of(struct pb_out *opts, struct strv *denied)
{
	struct pb_out out = request_of(RPC_DUMP, opts);
	struct strv words = { 0 };
	struct rpc_request r;
	char *text;

	assert_true(rpc_request_read(out.v, out.n, &r));
	rpc_request_words(&r, &words, denied);
	text = strv_join(&words);
	strv_free(&words);
	rpc_request_free(&r);
	free(out.v);
	free(opts->v);
	*opts = (struct pb_out){ 0 };
	return text;
}

static void assert_words(struct pb_out *opts, const char *wanted)
{
	struct strv denied = { 0 };
	char *text = words_of(opts, &denied);

	assert_string_equal(text, wanted);
	free(text);
	strv_free(&denied);
}

static void put_text(struct pb_out *o, unsigned number, const char *text)
{
	pb_put_bytes(o, number, text, strlen(text));
}

static void options_are_words(void **state)
{
	struct pb_out o = { 0 };
	struct pb_out inner = { 0 };

	(void)state;
	pb_put_number(&o, 3, 1);
	pb_put_number(&o, 6, 1);
	put_text(&o, 37, "mnt[/a b]:key");
	put_text(&o, 13, "/a root");
	assert_words(&o, "--leave-running--shell-job--external=mnt[/a b]:key--root=/a root");

	pb_put_number(&o, 3, 0);
	pb_put_number(&o, 6, 0);
	pb_put_number(&o, 9, 4);
	pb_put_number(&o, 45, 30);
	pb_put_number(&o, 64, 2);
	assert_words(&o, "--no-shell-job-v4--timeout=30--network-lock=nftables");

	put_text(&inner, 1, "a key:with");
	pb_put_number(&inner, 2, 7);
	pb_put_bytes(&o, 27, inner.v, inner.n);
	free(inner.v);
	pb_put_number(&o, 28, 1);
	pb_put_number(&o, 64, 77);
	assert_words(&o, "--inherit-fd=fd[7]:a key:with--external=mnt[]");
}

/* Every word that there can be is an option of the table that parses command lines. */
static void every_word_is_known(void **state)
{
	char *const configs[CLI_CONFIGS] = { 0 };

	(void)state;
	for (unsigned number = 1; number < 130; number++)
		for (uint64_t value = 0; value < 3; value++) {
			struct strv words = { 0 };
			struct strv denied = { 0 };
			struct pb_out opts = { 0 };
			struct rpc_request r;
			struct cli cli;
			struct err e;

			pb_put_number(&opts, number, value);
			put_text(&opts, number, "text");

			struct pb_out out = request_of(RPC_RESTORE, &opts);

			assert_true(rpc_request_read(out.v, out.n, &r));
			strv_add(&words, "criu-ns");
			strv_add(&words, "restore");
			rpc_request_words(&r, &words, &denied);
			assert_int_equal(cli_parse((int)words.n, words.v, configs, false, &cli, &e),
					 0);
			assert_int_equal(cli.unknown.n, 0);
			cli_free(&cli);
			strv_free(&words);
			strv_free(&denied);
			rpc_request_free(&r);
			free(out.v);
			free(opts.v);
		}
}

static void what_was_turned_off_is_said(void **state)
{
	struct pb_out o = { 0 };
	struct strv denied = { 0 };
	char *text;

	(void)state;
	pb_put_number(&o, 4, 0);
	text = words_of(&o, &denied);
	assert_string_equal(text, "");
	assert_int_equal(denied.n, 1);
	assert_string_equal(denied.v[0], "ext-unix-sk");
	free(text);
	strv_free(&denied);
}

/* As protobuf has it: parts of options are one, the last number counts, unknown fields stay. */
static void parts_are_merged_and_changed(void **state)
{
	struct strv command = { 0 };
	struct pb_out o = { 0 };
	struct pb_out out;
	struct rpc_request r;
	struct rpc_request again;
	struct rpc_changes c = { .type = RPC_SINGLE_PRE_DUMP,
				 .images_dir_fd = 70,
				 .work_dir_fd = 71,
				 .status_fd = -1,
				 .pidfd_store = -1,
				 .pid = 5,
				 .config_file = "/proc/self/fd/9",
				 .exec_cmd = &command };

	(void)state;
	strv_add(&command, "stub");
	pb_put_number(&o, 1, 3);
	pb_put_number(&o, 2, 4711);
	put_text(&o, 22, "sleep");
	put_text(&o, 999, "future");
	out = request_of(RPC_PRE_DUMP, &o);
	o.n = 0;
	pb_put_number(&o, 1, 4);
	pb_put_number(&o, 49, 12);
	pb_put_bytes(&out, 2, o.v, o.n);
	pb_put_number(&out, 4, 1);
	put_text(&out, 77, "more");
	assert_true(rpc_request_read(out.v, out.n, &r));
	assert_int_equal(r.type, RPC_PRE_DUMP);
	assert_int_equal(r.images_dir_fd, 4);
	assert_int_equal(r.pid, 4711);
	assert_int_equal(r.status_fd, 12);
	assert_true(r.keep_open);
	assert_int_equal(r.exec_cmd.n, 1);

	struct pb_out changed = rpc_request_change(&r, &c);

	assert_true(rpc_request_read(changed.v, changed.n, &again));
	assert_int_equal(again.type, RPC_SINGLE_PRE_DUMP);
	assert_int_equal(again.images_dir_fd, 70);
	assert_int_equal(again.work_dir_fd, 71);
	assert_int_equal(again.status_fd, 12);
	assert_int_equal(again.pid, 5);
	assert_string_equal(again.config_file, "/proc/self/fd/9");
	assert_int_equal(again.exec_cmd.n, 1);
	assert_string_equal(again.exec_cmd.v[0], "stub");
	assert_non_null(memmem(changed.v, changed.n, "future", 6));
	assert_non_null(memmem(changed.v, changed.n, "more", 4));
	rpc_request_free(&again);
	rpc_request_free(&r);
	strv_free(&command);
	free(changed.v);
	free(out.v);
	free(o.v);
}

/* -1 is ten bytes long, as protobuf has it; and so is criu's "not set". */
static void minus_one_is_no_descriptor(void **state)
{
	struct pb_out o = { 0 };
	struct pb_out out;
	struct rpc_request r;

	(void)state;
	pb_put_number(&o, 1, (uint64_t)-1);
	put_text(&o, 68, "/images");
	out = request_of(RPC_DUMP, &o);
	assert_true(rpc_request_read(out.v, out.n, &r));
	assert_int_equal(r.images_dir_fd, -1);
	assert_string_equal(r.images_dir, "/images");
	assert_int_equal(r.work_dir_fd, -1);
	assert_false(r.worker_only);
	rpc_request_free(&r);
	free(out.v);
	free(o.v);
}

static void what_only_a_worker_may_is_found(void **state)
{
	static const char server[] = "\x20\x05"; /* fd: 5 */
	struct pb_out o = { 0 };
	struct pb_out out;
	struct rpc_request r;

	(void)state;
	pb_put_bytes(&o, 11, server, 2);
	out = request_of(RPC_DUMP, &o);
	assert_true(rpc_request_read(out.v, out.n, &r));
	assert_true(r.worker_only);
	rpc_request_free(&r);
	free(out.v);
	free(o.v);
}

static void damage_is_refused(void **state)
{
	static const char *const bad[] = { "\xff", "\x08", "\x08\x01\x12\x05\x08",
					   "\x08\x01\x12\x01\x0b", "\x08\x01\x12\x02\x0a\x09" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct rpc_request r;

		assert_false(rpc_request_read(bad[i], strlen(bad[i]), &r));
		rpc_request_free(&r);
	}
}

static void answers_get_the_pid_that_the_client_sees(void **state)
{
	static const char notify[] = "\x08\x06\x10\x01\x2a\x06\x0a\x02no\x10\x05";
	struct rpc_answer a;
	struct pb_out out;

	(void)state;
	assert_true(rpc_answer_read(notify, sizeof(notify) - 1, &a));
	assert_int_equal(a.type, RPC_NOTIFY);
	assert_true(a.success);
	assert_int_equal(a.pid, 5);
	out = rpc_answer_change(notify, sizeof(notify) - 1, a.type, 300);
	assert_true(rpc_answer_read(out.v, out.n, &a));
	assert_int_equal(a.pid, 300);
	assert_true(a.success);
	assert_int_equal(out.n, sizeof(notify)); /* one byte more */
	free(out.v);
}

static void a_failure_has_what_criu_would_send(void **state)
{
	struct pb_out out = rpc_answer_failed(RPC_RESTORE, EPERM, "why");
	struct rpc_answer a;

	(void)state;
	assert_true(rpc_answer_read(out.v, out.n, &a));
	assert_int_equal(a.type, RPC_RESTORE);
	assert_false(a.success);
	assert_int_equal(a.cr_errno, EPERM);
	assert_int_equal(a.pid, -1);
	assert_non_null(memmem(out.v, out.n, "why", 3));
	free(out.v);
}

static void a_freeze_whose_criu_was_killed_at_the_end_has_an_answer(void **state)
{
	struct pb_out out = rpc_answer_frozen(RPC_DUMP);
	struct rpc_answer a;

	(void)state;
	assert_true(rpc_answer_read(out.v, out.n, &a));
	assert_int_equal(a.type, RPC_DUMP);
	assert_true(a.success);
	assert_int_equal(a.cr_errno, 0);
	free(out.v);
}

static void an_answer_counts_when_a_request_was_left_unread(void **state)
{
	struct rpc_message m;
	int pair[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
		assert_true(pass_send(pair[0], "two", 3, NULL, 0));
		assert_true(pass_send(pair[1], "one", 3, NULL, 0));
		close(pair[1]);
		for (int peek = i; peek >= 0; peek--) {
			assert_int_equal(rpc_receive(pair[0], peek, &m), 0);
			assert_memory_equal(m.bytes, "one", m.n);
			rpc_message_free(&m);
		}
		assert_int_equal(rpc_receive(pair[0], false, &m), -1);
		close(pair[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_words),
		cmocka_unit_test(every_word_is_known),
		cmocka_unit_test(what_was_turned_off_is_said),
		cmocka_unit_test(parts_are_merged_and_changed),
		cmocka_unit_test(minus_one_is_no_descriptor),
		cmocka_unit_test(what_only_a_worker_may_is_found),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(answers_get_the_pid_that_the_client_sees),
		cmocka_unit_test(a_failure_has_what_criu_would_send),
		cmocka_unit_test(a_freeze_whose_criu_was_killed_at_the_end_has_an_answer),
		cmocka_unit_test(an_answer_counts_when_a_request_was_left_unread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
