// SPDX-License-Identifier: MIT
/* A call in a process of its own, which is in our memory. */
#include "unit.h"

#include "util/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
	pid_t caller, called;
	bool dies;
};

static void note(void *arg)
{
	struct call *c = arg;

	assert_int_equal(getppid(), c->caller);
	c->called = getpid();
	if (c->dies)
		raise(SIGKILL);
}

static void it_is_called_in_another_process(void **state)
{
	struct call c = { .caller = getpid() };

	(void)state;
	assert_true(process_apart(note, &c));
	assert_true(c.called > 0);
	assert_int_not_equal(c.called, c.caller);
	assert_int_equal(getpid(), c.caller);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void its_death_is_told(void **state)
{
	struct call c = { .caller = getpid(), .dies = true };

	(void)state;
	assert_false(process_apart(note, &c));
	assert_true(c.called > 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
	UNIT(it_is_called_in_another_process);
	UNIT(its_death_is_told);
	return unit_run("process");
}
