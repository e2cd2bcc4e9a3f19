// SPDX-License-Identifier: MIT
/* Messages with descriptors, on a pair of sockets. */
#include "unit.h"

#include "util/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int pair[2];

static int make_pair(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int close_pair(void **state)
{
	(void)state;
	close(pair[0]);
	return close(pair[1]);
}

/* The lowest number that is free tells whether a descriptor has been left open. */
static int lowest_free(void)
{
	int fd = open("/", O_PATH | O_CLOEXEC);

	close(fd);
	return fd;
}

static void descriptors_come_along(void **state)
{
	int sent[2] = { pair[0], pair[1] };
	int got[PASS_MOST];
	size_t n = 0;
	char text[8] = "";

	(void)state;
	assert_true(pass_send(pair[0], "hello", 5, sent, 2));
	assert_int_equal(pass_receive(pair[1], text, sizeof(text), got, &n), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(fcntl(got[i], F_GETFD), FD_CLOEXEC);
		close(got[i]);
	}
	assert_true(pass_send(pair[0], "", 1, NULL, 0));
	assert_int_equal(pass_receive(pair[1], text, sizeof(text), got, &n), 1);
	assert_int_equal(n, 0);
}

static void who_looks_takes_nothing(void **state)
{
	int free_before = lowest_free();
	int got[PASS_MOST];
	size_t n = 0;
	char text[8] = "";

	(void)state;
	assert_true(pass_send(pair[0], "one", 3, pair, 1));
	assert_int_equal(pass_receive(pair[1], text, sizeof(text), NULL, NULL), 3);
	assert_int_equal(lowest_free(), free_before);
	assert_int_equal(pass_receive(pair[1], text, sizeof(text), got, &n), 3);
	assert_int_equal(n, 1);
	close(got[0]);
}

static void what_is_too_long_leaves_nothing(void **state)
{
	int free_before = lowest_free();
	int got[PASS_MOST];
	size_t n = 0;
	char text[4];

	(void)state;
	assert_true(pass_send(pair[0], "too long", 8, pair, 2));
	assert_int_equal(pass_receive(pair[1], text, sizeof(text), got, &n), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(lowest_free(), free_before);
}

static void the_other_end_may_be_gone(void **state)
{
	int got[PASS_MOST];
	size_t n = 1;
	char text[4];

	(void)state;
	close(pair[0]);
	pair[0] = open("/", O_PATH | O_CLOEXEC);
	assert_int_equal(pass_receive(pair[1], text, sizeof(text), got, &n), 0);
	assert_int_equal(n, 0);
	assert_false(pass_send(pair[1], "", 1, NULL, 0));
	assert_int_equal(errno, EPIPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(descriptors_come_along, make_pair, close_pair),
		cmocka_unit_test_setup_teardown(who_looks_takes_nothing, make_pair, close_pair),
		cmocka_unit_test_setup_teardown(what_is_too_long_leaves_nothing, make_pair,
						close_pair),
		cmocka_unit_test_setup_teardown(the_other_end_may_be_gone, make_pair, close_pair),
	};

	return cmocka_run_group_tests_name("pass", tests, NULL, NULL);
}
