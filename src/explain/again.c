// SPDX-License-Identifier: MIT
#include "explain/again.h"

#include "explain/explain.h"
#include "util/util.h"

#include <string.h>

static const char in_flight[] = "a TCP connection was just being made";
static const char connected[] = "a TCP connection has been made since the look";

/*
 * What criu 4.2 says of what passes, or what the next look finds, and has an answer to; the answer
 * is this option, which the user has not given or denied (NULL: none).
 */
static const struct {
	const char *text, *why, *option;
} causes[] = {
	/* criu/sk-inet.c: can_dump_inet_sk(), gen_uncon_sk() */
	{ "In-flight connection (l)", in_flight, NULL },
	{ "Connected TCP socket, consider", connected, "tcp-established" },
	{ "Unknown inet socket", "a TCP connection was just being made", NULL },
	{ "obtained but expected", "a TCP socket was just being connected", NULL },
	{ "Can't dump corked dgram", "a UDP message was just being made up", NULL },
	/* criu/sk-queue.c: dump_packet_cmsg(); criu/sk-netlink.c: can_dump_netlink_sk() */
	{ "Control messages in queue",
	  "a message with its sender's credentials had not been read yet", NULL },
	{ "The socket has data to read", "a message of the kernel's had not been read yet", NULL },
	/* criu/sk-unix.c: dump_one_unix_fd(), __dump_external_socket() */
	{ "in-flight socket", "a connection to a unix socket had not been accepted yet", NULL },
	{ "Dangling connection", "a connection of a unix socket was just being closed", NULL },
	{ " without peer ", "a connection of a unix socket was just being closed", NULL },
	{ "with unreachable peer", "a connection of a unix socket was just being closed", NULL },
	{ "External socket is used",
	  "a connection to a unix socket outside of the tree has been made since the look",
	  "ext-unix-sk" },
	/*
	 * criu/files-reg.c: dump_ghost_remap(), dump_linked_remap(); criu/file-lock.c:
	 * collect_file_locks()
	 */
	{ "Can't dump ghost file", "a file has been deleted since the look", "ghost-limit" },
	{ "Can't create link remap for", "a file has lost its name since the look", "link-remap" },
	{ "file locks are hold", "a file has been locked since the look", "file-locks" },
	/*
	 * criu/cr-dump.c: dump_one_task(), all that it says when find_tfd_bsearch() in
	 * criu/eventpoll.c finds nothing
	 */
	{ "Dump eventpoll (pid: ", "what epoll waits for was just being closed", NULL },
	/*
	 * criu/include/util.h: __open_proc(); ptrace(2): a task that criu had stopped has been
	 * killed
	 */
	{ " on procfs: No such ", "a process or a thread has just ended", NULL },
	{ ": No such process", "a process or a thread has just ended", NULL },
};

/*
 * What criu says while it stops the tree, and tries that anew some times (collect_loop() in
 * criu/seize.c). If it gives up, it says no more than that the freeze has failed.
 */
static const char *const stopping[] = {
	/* compel/src/lib/infect.c: compel_wait_task(), skip_sigstop() */
	"Unseizable non-zombie",
	"Task pid reused while suspending",
	"task not stopped after seize",
	"can't read signfo",
	"unsupported stop signal",
	"Unable to detach from",
	/* criu/seize.c: collect_threads(), collect_task() */
	"Zombie thread not supported",
	"Individually stopped threads",
	"Zombie with children",
};

static const char *find_cause(const struct cli *cli, const char *message)
{
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		if (strstr(message, causes[i].text) &&
		    (!causes[i].option || cli_says(cli, causes[i].option) == 0))
			return causes[i].why;
	return NULL;
}

static bool is_of_stopping(const char *message)
{
	for (size_t i = 0; i < ARRAY_SIZE(stopping); i++)
		if (strstr(message, stopping[i]))
			return true;
	return false;
}

/*
 * compel/src/lib/infect.c: compel_interrupt_task(), of the root task, after which criu gives up
 * (collect_pstree() in criu/seize.c). The look was allowed what criu is not: that does not pass. Of
 * other tasks it says the same when they have ended, and goes on.
 */
static bool is_forbidden(const struct plan *p, const char *log)
{
	_cleanup_free_ char *text =
		xasprintf("Unable to interrupt task: %d (Operation not permitted)", p->tree);

	return strstr(log, text);
}

/*
 * When criu looks what the kernel can do, it traces a child of its own, and cannot if that is
 * traced already. Then it also fails to kill that child: "No such process"
 * (kerndat_breakpoints() in criu/kerndat.c).
 */
static bool is_traced(const char *log)
{
	return strstr(log, "Child didn't stop as expected");
}

/*
 * criu makes the cgroups of the tree, and puts the tasks into them later: prepare_cgroup_dirs() and
 * move_in_cgroup() in criu/cgroup.c, which say this if a cgroup is not there. The manager of that
 * hierarchy may have removed it, because no process was in it: systemd does with those of units
 * that have ended, as one does when it is frozen. Where the user has said that criu shall make
 * none, none comes back.
 */
static bool is_removed_cgroup(const struct cli *cli, const char *message)
{
	static const char absent[] = ": No such file or directory";
	const char *end = strrchr(message, ':');
	const char *move = strstr(message, "cg: Can't move ");

	if (!end || strcmp(end, absent) != 0 || cli_says(cli, "manage-cgroups") != 0)
		return false;
	/*
	 * (RESULT/DESCRIPTOR): where the file was opened, and cannot be written to, it is the option
	 * nsdelegate that says so (cgroups(7)), and that does not pass. "into" without a pid follows
	 * in both cases.
	 */
	if (move)
		return strstr(move, " (-1/-1)") && !strstr(message, "Can't move into");
	return strstr(message, "cg: failed to open cg dir fd") ||
	       strstr(message, "cg: Failed accessing cgroup dir");
}

/*
 * __pty_open_ptmx_index() in criu/tty.c. The next look finds that the number is taken, and has an
 * answer to that (thaw/own_devpts.h).
 */
static bool is_taken_number(const char *message)
{
	return strstr(message, "tty: Unable to open ") && strstr(message, " with specified index ");
}

static const char *cause_in(const struct cli *cli, const char *message)
{
	if (is_removed_cgroup(cli, message))
		return "a cgroup was removed before a task was put into it";
	return is_taken_number(message) ? "the number of a terminal has been taken since the look"
					: NULL;
}

static struct again_cause cause_of_thaw(const struct cli *cli, const struct strv *errors)
{
	for (size_t i = 0; i < errors->n; i++) {
		const char *why = cause_in(cli, errors->v[i]);

		if (why)
			return (struct again_cause){ .why = why, .message = xstrdup(errors->v[i]) };
	}
	return (struct again_cause){ 0 };
}

static struct again_cause cause_of_freeze(const struct cli *cli, const struct plan *p,
					  const char *log, const struct strv *errors)
{
	struct again_cause ret = { 0 };
	size_t n_stopping = 0;

	if (is_traced(log))
		return ret;
	for (size_t i = 0; i < errors->n && !ret.why; i++) {
		if (is_of_stopping(errors->v[i])) {
			n_stopping++;
			continue;
		}
		ret.why = find_cause(cli, errors->v[i]);
		if (ret.why)
			ret.message = xstrdup(errors->v[i]);
	}
	if (!ret.why && n_stopping == errors->n && strstr(log, "Dumping FAILED") &&
	    !is_forbidden(p, log)) {
		ret.why = "processes or threads came and went while criu stopped them";
		ret.message = errors->n ? xstrdup(errors->v[errors->n - 1]) : NULL;
	}
	return ret;
}

struct again_cause again_cause(const struct cli *cli, const struct plan *p, const char *log)
{
	enum { ENOUGH = 50 };
	struct again_cause ret;
	struct strv errors = { 0 };

	explain_errors(log, ENOUGH, &errors);
	ret = cli->command == CMD_RESTORE ? cause_of_thaw(cli, &errors)
					  : cause_of_freeze(cli, p, log, &errors);
	strv_free(&errors);
	return ret;
}

bool again_is_connecting(const struct again_cause *cause, size_t n)
{
	enum { WAITED_FOR = 3 };

	return (cause->why == in_flight || cause->why == connected) && n >= WAITED_FOR;
}

/*
 * What is done for the user only once: a script of the user's, images that are sent elsewhere, a
 * client that is told. With --track-mem, the failed try has told the kernel to forget which pages
 * were written (__parasite_dump_pages_seized() in criu/mem.c), and the next one would leave them
 * out; --auto-dedup takes pages out of older images. A tree that has left its session
 * (--own-session) no longer shows which one that was. The terminal of a thaw has been sent to the
 * console socket.
 */
static bool is_done_once(const struct cli *cli, const struct plan *p)
{
	static const char *const options[] = { "action-script", "page-server", "lazy-pages",
					       "track-mem", "auto-dedup" };

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (cli_says(cli, options[i]) > 0)
			return true;
	return cli->stream || cli->by_rpc || cli->start || cli->console_socket || p->own_session;
}

/*
 * Nothing of a thaw is left when criu has failed, unless criu has been executed in the caller's
 * place (-S).
 */
static bool is_as_before(const struct cli *cli, const struct plan *p, const struct verdict *v)
{
	if (cli->command == CMD_RESTORE)
		return !v->interrupted && !cli->sibling;
	return v->repeatable && p->record;
}

int again_wait(const struct cli *cli, const struct plan *p, const struct verdict *v, size_t n,
	       long long milliseconds)
{
	static const int waits[AGAIN_MOST - 1] = { 10, 30, 100, 200 };
	enum { LONGEST = 10000 };

	if (!v->failed || v->signalled || cli->as_given || !is_as_before(cli, p, v))
		return -1;
	if (n > ARRAY_SIZE(waits) || milliseconds > LONGEST || is_done_once(cli, p))
		return -1;
	return waits[n - 1];
}
