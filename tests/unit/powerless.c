// SPDX-License-Identifier: MIT
/* What a process that gives up all its rights becomes. */
#include "unit.h"

#include "util/powerless.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static void the_highest_id_of_a_map(void **state)
{
	(void)state;
	assert_int_equal(powerless_highest_id("         0          0 4294967295\n"), 4294967294U);
	assert_int_equal(powerless_highest_id("         0       1000          1\n"), 0);
	assert_int_equal(powerless_highest_id("0 1000 1\n1 100000 65536\n"), 65536);
	assert_int_equal(powerless_highest_id("1 100000 65535\n0 1000 1\n"), 65535);
	assert_int_equal(powerless_highest_id(""), (uid_t)-1);
	assert_int_equal(powerless_highest_id("nonsense\n"), (uid_t)-1);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void only_some_descriptors_are_kept(void **state)
{
	int low = fcntl(STDERR_FILENO, F_DUPFD, 100);
	int high = fcntl(STDERR_FILENO, F_DUPFD, 200);
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		int fds[] = { high, -1, low, high, STDERR_FILENO };

		for (int fd = 101; fd < 110; fd++)
			dup2(low, fd);
		powerless_keep_only(fds, ARRAY_SIZE(fds));
		for (int fd = 0; fd < 300; fd++)
			if (is_open(fd) != (fd == low || fd == high || fd == STDERR_FILENO))
				_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(low);
	close(high);
}

int main(void)
{
	UNIT(the_highest_id_of_a_map);
	UNIT(only_some_descriptors_are_kept);
	return unit_run("powerless");
}
