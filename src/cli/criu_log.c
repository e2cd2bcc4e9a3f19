// SPDX-License-Identifier: MIT
#include "cli/criu_log.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <unistd.h>

const char criu_log_slot[] = "/proc/self/fd/<log>";

/* criu's levels (criu/include/log.h); the causes of some errors are warnings. */
enum { LEVEL_ERROR = 1, LEVEL_WARNING = 2 };

enum { FOLLOW_AFTER = 50 }; /* ms */

static bool is_named(const struct cli *cli)
{
	return cli->log_file && strcmp(cli->log_file, "-") != 0;
}

/* Its own descriptor, because the path of a descriptor is opened again by everyone who opens it. */
static int watch(int fd)
{
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", fd);
	int changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (changes >= 0 && inotify_add_watch(changes, path, IN_MODIFY) < 0) {
		close(changes);
		return -1;
	}
	return changes;
}

/* As criu does it (log_init() in criu/log.c). */
static int make_file(const struct cli *cli, int workdir, struct err *e)
{
	int fd = openat(workdir, cli->log_file, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC,
			0600);

	return fd < 0 ? err_set(e, errno, "cannot make the log file %s", cli->log_file) : fd;
}

int criu_log_open(const struct cli *cli, int workdir, struct criu_log *ret, struct err *e)
{
	bool quiet = cli->verbosity < LEVEL_WARNING;
	struct criu_log l = CRIU_LOG_NONE;

	*ret = l;
	/*
	 * criu gives the log of each process a name of its own, FILE.PID (log_init_by_pid() in
	 * criu/log.c).
	 */
	if (cli->log_pid || (is_named(cli) && !quiet))
		return 0;
	if (is_named(cli)) {
		l.out = make_file(cli, workdir, e);
		l.is_file = true;
		if (l.out < 0)
			return l.out;
	} else {
		l.out = cli->log_file ? STDOUT_FILENO : STDERR_FILENO;
	}
	l.level = cli->verbosity;
	l.at = cli->insert_at;
	l.fd = memfd_create("criu-ns-log", MFD_CLOEXEC);
	if (l.fd >= 0 && !l.is_file)
		l.from = milliseconds_now() + FOLLOW_AFTER;
	*ret = l;
	return 0;
}

int criu_log_patience(const struct criu_log *l)
{
	if (!l->from)
		return -1;

	long long left = l->from - milliseconds_now();

	return left > 0 ? (int)left : 0;
}

void criu_log_follow(struct criu_log *l)
{
	if (criu_log_patience(l) != 0)
		return;
	l->from = 0;
	l->changes = watch(l->fd);
	criu_log_show(l, false);
}

void criu_log_close(struct criu_log *l)
{
	cleanup_close(&l->fd);
	cleanup_close(&l->changes);
	if (l->is_file)
		cleanup_close(&l->out);
	*l = CRIU_LOG_NONE;
}

void criu_log_add_options(const struct criu_log *l, struct strv *args)
{
	size_t at = l->at;

	if (l->fd < 0)
		return;
	strv_insert(args, at++, "-o");
	strv_insert(args, at++, criu_log_slot);
	if (l->level < LEVEL_WARNING)
		strv_insert(args, at, "-v2");
}

/* "    26: Error (criu/files-reg.c:1): ..." is what the process with that pid says. */
bool criu_log_hides(unsigned level, const char *line, size_t n)
{
	static const char error[] = "Error (";
	static const char warning[] = "Warn  (";
	size_t at = 0;

	if (n > 5 && !memcmp(line, "pie: ", 5))
		at = 5;
	while (at < n && (line[at] == ' ' || (line[at] >= '0' && line[at] <= '9')))
		at++;
	if (at && at + 1 < n && line[at] == ':' && line[at + 1] == ' ')
		at += 2;
	line += at;
	n -= at;
	if (level < LEVEL_WARNING && n >= sizeof(warning) - 1 &&
	    !memcmp(line, warning, sizeof(warning) - 1))
		return true;
	return level < LEVEL_ERROR && n >= sizeof(error) - 1 &&
	       !memcmp(line, error, sizeof(error) - 1);
}

/*
 * Would write(2) return at once? PIPE_BUF bytes fit into a pipe that poll(2) finds ready. False:
 * nobody reads it.
 */
static bool is_ready(struct criu_log *l, bool wait)
{
	struct pollfd p = { .fd = l->out, .events = POLLOUT };

	if (RETRY(poll(&p, 1, wait ? -1 : 0)) <= 0)
		return false;
	if (p.revents & (POLLERR | POLLNVAL)) /* or this process would die of SIGPIPE */
		l->out = l->is_file ? l->out : -1;
	return !(p.revents & (POLLERR | POLLNVAL));
}

/* What of these bytes can be shown now: all, or complete lines if some of them may be hidden. */
static size_t showable(const struct criu_log *l, const char *text, size_t n, bool at_end)
{
	const char *newline = memrchr(text, '\n', n);

	if (l->level >= LEVEL_WARNING || (at_end && (!newline || n < PIPE_BUF)))
		return n;
	return newline ? (size_t)(newline + 1 - text) : 0;
}

/* In place. Gives what is left. */
static size_t leave_out_hidden(const struct criu_log *l, char *text, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n;) {
		const char *newline = memchr(text + i, '\n', n - i);
		size_t length = newline ? (size_t)(newline + 1 - (text + i)) : n - i;

		if (!criu_log_hides(l->level, text + i, length)) {
			memmove(text + kept, text + i, length);
			kept += length;
		}
		i += length;
	}
	return kept;
}

static void forget_changes(const struct criu_log *l)
{
	char events[1024];

	while (l->changes >= 0 && read(l->changes, events, sizeof(events)) > 0)
		;
}

void criu_log_show(struct criu_log *l, bool at_end)
{
	char text[PIPE_BUF];

	forget_changes(l);
	while (l->fd >= 0 && l->out >= 0 && is_ready(l, at_end)) {
		ssize_t got = pread(l->fd, text, sizeof(text), l->shown);
		size_t n = got > 0 ? showable(l, text, (size_t)got, at_end) : 0;

		if (!n)
			return;
		l->shown += (int64_t)n;
		n = l->level < LEVEL_WARNING ? leave_out_hidden(l, text, n) : n;
		(void)write_all(l->out, text, n);
	}
}

char *criu_log_text(const struct criu_log *l)
{
	enum { MOST = 256 << 20 };
	char *text = NULL;

	if (l->fd < 0 || lseek(l->fd, 0, SEEK_SET) < 0 || read_fd(l->fd, MOST, &text) <= 0)
		return NULL;
	return text;
}
