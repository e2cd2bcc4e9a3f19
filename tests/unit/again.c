// SPDX-License-Identifier: MIT
/*
 * Which failures of criu's a freeze or a thaw is begun again for, and how often; and what the one
 * before has left.
 */
#include "unit.h"

#include "explain/again.h"
#include "freeze/leftovers.h"

/* Logs: in criu 4.2's own formats. */

#define FAILED     "(00.9) Error (criu/cr-dump.c:2128): Dumping FAILED.\n"
#define TAKEN      "tty: Unable to open dev/ptmx with specified index 1"
#define NOT_THAWED "(00.9) Error (criu/cr-restore.c:2331): Restoring FAILED.\n"
#define NO_CGROUP  "cg: Can't move 26 into pids//a/cgroup.procs (-1/-1): No such file or directory"

static const struct log {
	const char *name, *args, *log;
	const char *why; /* a part of it; NULL: no cause that passes */
	const char *message;
} logs[] = {
	{ "a connection that is being made", "dump",
	  "(00.1) Error (criu/util.c:1534): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted\n"
	  "(00.2) Error (criu/sk-inet.c:189): inet: In-flight connection (l) for 6cd\n"
	  "(00.3) Error (criu/sk-inet.c:190): inet: In-flight connections can be ignored with the --skip-in-flight option.\n"
	  "(00.4) Error (criu/cr-dump.c:1678): Dump files (pid: 26) failed with -1\n" FAILED,
	  "connection was just being made", "inet: In-flight connection (l) for 6cd" },
	{ "a message with credentials", "dump",
	  "(00.2) Error (criu/sk-queue.c:151): skqueue: Control messages in queue, not supported\n" FAILED,
	  "credentials", "skqueue: Control messages in queue, not supported" },
	{ "a process that ended while criu read of it", "dump",
	  "(00.2) Error (criu/proc_parse.c:1): Can't open 26/maps on procfs: No such file or directory\n" FAILED,
	  "has just ended", "Can't open 26/maps on procfs: No such file or directory" },
	{ "a thread that was killed while criu had stopped it", "dump",
	  "(00.2) Error (compel/src/lib/ptrace.c:1): Can't get regs of 26: No such process\n" FAILED,
	  "has just ended", "Can't get regs of 26: No such process" },
	{ "criu has run out of attempts, and says nothing of it", "dump", FAILED, "came and went",
	  NULL },
	{ "of a task below the root task, criu says that also when it has ended", "dump",
	  "(00.1) Warn  (compel/src/lib/infect.c:128): Unable to interrupt task: 27 (Operation not permitted)\n" FAILED,
	  "came and went", NULL },
	{ "criu may not stop the root task", "dump",
	  "(00.1) Warn  (compel/src/lib/infect.c:128): Unable to interrupt task: 26 (Operation not permitted)\n" FAILED,
	  NULL, NULL },
	{ "the root task ended at that moment", "dump",
	  "(00.1) Warn  (compel/src/lib/infect.c:128): Unable to interrupt task: 26 (No such process)\n" FAILED,
	  "came and went", NULL },
	{ "the same, and some of them had ended", "dump",
	  "(00.2) Error (compel/src/lib/infect.c:1): Unseizable non-zombie 27 found, state X, err -1/10\n"
	  "(00.2) Error (criu/seize.c:1): Zombie thread not supported\n" FAILED,
	  "came and went", "Zombie thread not supported" },
	{ "another error is the cause, if criu went on after those", "dump",
	  "(00.2) Error (compel/src/lib/infect.c:1): Unseizable non-zombie 27 found, state X, err -1/10\n"
	  "(00.3) Error (criu/sk-inet.c:1): Unsupported proto 132 for socket 6cd\n" FAILED,
	  NULL, NULL },
	{ "it need not be a process that has ended which criu could not stop", "dump",
	  "(00.2) Error (compel/src/lib/infect.c:1): Unable to detach from 26: No such process\n"
	  "(00.3) Error (criu/sk-inet.c:1): Unsupported proto 132 for socket 6cd\n" FAILED,
	  NULL, NULL },
	{ "criu is traced with its children", "dump",
	  "(00.1) Error (criu/kerndat.c:1782): Child didn't stop as expected: status=100\n"
	  "(00.1) Error (criu/kerndat.c:1807): Failed to kill the child process: No such process\n" FAILED,
	  NULL, NULL },
	{ "what epoll waits for was closed", "dump",
	  "(00.2) Error (criu/cr-dump.c:1): Dump eventpoll (pid: 26) failed with -1\n" FAILED,
	  "just being closed", NULL },
	{ "what does not pass", "dump",
	  "(00.3) Error (criu/sk-inet.c:1): Unsupported proto 132 for socket 6cd\n" FAILED, NULL,
	  NULL },
	{ "no log", "dump", "", NULL, NULL },
	{ "criu has failed before it began", "dump",
	  "(00.0) Error (criu/crtools.c:229): Couldn't open image dir nowhere\n", NULL, NULL },
	{ "a warning is no cause", "dump",
	  "(00.2) Warn  (criu/a.c:1): In-flight connection (l) for 6cd\n"
	  "(00.3) Error (criu/sk-inet.c:1): Unsupported proto 132 for socket 6cd\n" FAILED,
	  NULL, NULL },
	{ "what the next look has an answer to", "dump",
	  "(00.2) Error (criu/file-lock.c:1): Some file locks are hold by dumping tasks! "
	  "You can try --file-locks to dump them.\n" FAILED,
	  "locked since the look", NULL },
	{ "unless the user has denied that", "dump --no-file-locks",
	  "(00.2) Error (criu/file-lock.c:1): Some file locks are hold by dumping tasks! "
	  "You can try --file-locks to dump them.\n" FAILED,
	  NULL, NULL },
	{ "or has given a value that is too small", "dump --ghost-limit 1K",
	  "(00.2) Error (criu/files-reg.c:1): Can't dump ghost file /a of 4096 size, increase limit\n" FAILED,
	  NULL, NULL },
	{ "a cgroup that somebody removed during a thaw", "restore",
	  "(00.2)     26: Error (criu/cgroup.c:1187): " NO_CGROUP "\n" NOT_THAWED, "was removed",
	  NO_CGROUP },
	{ "one that criu is not to make", "restore --manage-cgroups=strict",
	  "(00.2)     26: Error (criu/cgroup.c:1187): " NO_CGROUP "\n" NOT_THAWED, NULL, NULL },
	{ "one that takes no process", "restore",
	  "(00.2)     26: Error (criu/cgroup.c:1187): cg: Can't move 26 into cpuset//a (-1/-1): "
	  "No space left on device\n" NOT_THAWED,
	  NULL, NULL },
	{ "the number of a terminal", "restore",
	  "(00.2)     26: Error (criu/tty.c:625): " TAKEN "\n" NOT_THAWED, "has been taken",
	  TAKEN },
	{ "one that is there, in a cgroup namespace that nobody may enter so", "restore",
	  "(00.2)     26: Error (criu/cgroup.c:1187): cg: Can't move 26 into a/cgroup.procs (-1/11): "
	  "No such file or directory\n"
	  "(00.2)     26: Error (criu/cgroup.c:1300): cg: Can't move into a/cgroup.procs (-1/-1): "
	  "No such file or directory\n" NOT_THAWED,
	  NULL, NULL },
	{ "what criu says when it ends its helper for cgroups", "restore",
	  "(00.2) Error (criu/cgroup.c:1): cg: cgroupd: recv req error: No such file or directory\n" NOT_THAWED,
	  NULL, NULL },
	{ "another file that is not there", "restore",
	  "(00.2)     26: Error (criu/files-reg.c:1): Can't open file a: No such file or directory\n" NOT_THAWED,
	  NULL, NULL },
	{ "what passes at a freeze", "restore",
	  "(00.2) Error (criu/sk-inet.c:189): inet: In-flight connection (l) for 6cd\n" NOT_THAWED,
	  NULL, NULL },
};

static void log_has_a_cause(void **state)
{
	const struct log *row = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(row->args, NULL, false);
	const struct plan p = { .tree = 26 };
	struct again_cause cause = again_cause(&u.cli, &p, row->log);

	assert_int_equal(!cause.why, !row->why);
	if (row->why)
		unit_assert_contains(cause.why, row->why);
	if (row->message || !row->why)
		unit_assert_text(cause.message, row->message);
	free(cause.message);
}

static void connections_are_given_up_at_last(void **state)
{
	_cleanup_unit_cli_ struct unit_cli u = unit_parse("dump", NULL, false);
	const struct plan p = { .tree = 26 };
	struct again_cause made = again_cause(&u.cli, &p, logs[0].log);
	struct again_cause sent = again_cause(&u.cli, &p, logs[1].log);

	(void)state;
	assert_false(again_is_connecting(&made, 2));
	assert_true(again_is_connecting(&made, 3));
	assert_false(again_is_connecting(&sent, 3));
	free(made.message);
	free(sent.message);
}

/* How often */

static const struct wait {
	const char *name, *args;
	struct verdict v;
	struct plan p;
	size_t n;
	long long milliseconds;
	bool again;
} waits[] = {
#define FAILURE                                                                                    \
	{                                                                                          \
		.status = 1, .failed = true, .repeatable = true                                    \
	}
#define DUMP                                                                                       \
	{                                                                                          \
		.record = true                                                                     \
	}
	{ "the first try is followed by another one", "dump", FAILURE, DUMP, 1, 5, true },
	{ "so is the fourth", "dump -R", FAILURE, DUMP, 4, 500, true },
	{ "the fifth is not", "dump", FAILURE, DUMP, 5, 500, false },
	{ "nor one that ended long after the first began", "dump", FAILURE, DUMP, 1, 20000, false },
	{ "nor a success", "dump", { .repeatable = true }, DUMP, 1, 5, false },
	{ "nor where the tree does not run as before",
	  "dump",
	  { .failed = true },
	  DUMP,
	  1,
	  5,
	  false },
	{ "nor when a signal has come",
	  "dump",
	  { .failed = true, .repeatable = true, .signalled = true },
	  DUMP,
	  1,
	  5,
	  false },
	{ "nor a pre-dump", "pre-dump", FAILURE, { .record = false }, 1, 5, false },
	{ "nor with --as-given", "dump --as-given", FAILURE, DUMP, 1, 5, false },
	{ "nor a script of the user's", "dump --action-script ./s", FAILURE, DUMP, 1, 5, false },
	{ "nor pages that go elsewhere", "dump --page-server", FAILURE, DUMP, 1, 5, false },
	{ "nor those that are fetched later", "dump --lazy-pages", FAILURE, DUMP, 1, 5, false },
	{ "nor a stream", "dump --stream", FAILURE, DUMP, 1, 5, false },
	{ "nor what the kernel remembers of written pages", "dump --track-mem", FAILURE, DUMP, 1, 5,
	  false },
	{ "nor older images that lose pages", "dump --auto-dedup", FAILURE, DUMP, 1, 5, false },
	{ "nor a tree that has left its session",
	  "dump",
	  FAILURE,
	  { .record = true, .own_session = true },
	  1,
	  5,
	  false },
	{ "of a thaw nothing is left", "restore", { .failed = true }, { .tree = 0 }, 1, 5, true },
	{ "where criu is executed in the caller's place, there is no second one",
	  "restore -S",
	  { .failed = true },
	  { .tree = 0 },
	  1,
	  5,
	  false },
	{ "nor where a terminal has been sent to somebody",
	  "restore --console-socket s",
	  { .failed = true },
	  { .tree = 0 },
	  1,
	  5,
	  false },
	{ "nor when a signal has ended it",
	  "restore",
	  { .failed = true, .interrupted = true },
	  { .tree = 0 },
	  1,
	  5,
	  false },
};

static void tries_have_an_end(void **state)
{
	const struct wait *row = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(row->args, NULL, false);
	int wait = again_wait(&u.cli, &row->p, &row->v, row->n, row->milliseconds);

	assert_int_equal(wait >= 0, row->again);
	assert_true(wait < 1000);
}

/* What is left */

static const struct called {
	const char *name;
	bool is;
} names[] = {
	{ "core-26.img", true },       { "pages-1.img", true },
	{ "ghost-file-1f.img", true }, { "tmpfs-dev-12.tar.gz.img", true },
	{ "netns-ct-7.img", true },    { "inventory.img", false },
	{ "files.img", false },        { "disk-1.img", false },
	{ "core-.img", false },        { "core.img", false },
	{ "-1.img", false },           { "core-26.img.bak", false },
	{ "core-26", false },          { "core-26x.img", false },
	{ "criu-ns.recipe", false },   { "stats-dump", false },
};

static void name_is_of_an_image(void **state)
{
	const struct called *row = *state;

	assert_int_equal(leftovers_are_called(row->name), row->is);
}

int main(void)
{
	UNIT_ROWS(log_has_a_cause, logs);
	UNIT(connections_are_given_up_at_last);
	UNIT_ROWS(tries_have_an_end, waits);
	UNIT_ROWS(name_is_of_an_image, names);
	return unit_run("again");
}
