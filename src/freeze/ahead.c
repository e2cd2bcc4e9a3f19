// SPDX-License-Identifier: MIT
#include "freeze/ahead.h"

#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

static void keep(const struct ahead *a, const struct ahead_way *way)
{
	late_keep(&a->late);
	if (way->socket >= 0)
		fcntl(way->socket, F_SETFD, 0);
}

static pid_t fork_ahead(const struct ahead *a, const struct ahead_way *way, struct entry *n)
{
	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid_t criu = vfork();

	if (criu == 0) {
		keep(a, way);
		enter_become_criu(n);
	}
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	return criu;
}

/* criu-ns itself has other children to make before it joins the frame for good. */
static pid_t fork_in_frame(const struct ahead *a, const struct ahead_way *way, struct entry *n)
{
	pid_t criu;

	if (!enter_pid_ns(n->plan, n->facts))
		return -1;
	criu = fork_ahead(a, way, n);
	if (!enter_leave_pid_ns(n->plan, n->facts))
		abort(); /* it was ours a moment ago */
	return criu;
}

static bool prepare(struct ahead *a, const struct criu_binary *criu, struct err *e)
{
	return late_open(&a->late, criu) &&
	       (!a->plan.recheck || recheck_make(&a->recheck, true, e) == 0);
}

static bool start(struct ahead *a, const struct ahead_way *way, struct entry *n)
{
	struct err ignored;
	int errors[2];
	bool runs;

	if (!prepare(a, way->criu, &ignored) || pipe2(errors, O_CLOEXEC) < 0)
		return false;
	late_make_line(&a->late, &way->line, &n->args);
	n->recheck = a->recheck;
	n->errors = errors[1];
	a->criu = fork_in_frame(a, way, n);
	a->handed = n->handed;
	close(errors[1]);
	recheck_close_inner(&a->recheck);
	runs = a->criu > 0 && enter_await(a->criu, errors[0], &ignored) == 0;
	close(errors[0]);
	strv_free(&n->args);
	if (!runs) /* and nobody is left to be waited for */
		a->criu = 0;
	a->criu_fd = runs ? pidfd_open(a->criu, 0) : -1;
	if (a->criu_fd < 0)
		return false;
	process_outlive(way->facts->proc, a->criu);
	return true;
}

void ahead_start(struct ahead *a, const struct ahead_way *way)
{
	_cleanup_close_ int cwd = -1;
	struct entry n = { .plan = &a->plan,
			   .facts = way->facts,
			   .criu = way->criu,
			   .log = way->log,
			   .self = getpid(),
			   .prepare = way->line.prepare,
			   .prepare_arg = way->line.prepare_arg };

	a->plan.word_at = way->line.options_at + 1; /* behind the option of the pipe */
	cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	n.cwd = cwd;
	sigprocmask(SIG_SETMASK, NULL, &n.mask);
	if (cwd < 0 || !start(a, way, &n))
		ahead_end(a);
}

bool ahead_fits(const struct ahead *a, const struct plan *p, struct strv *args, char **ret_text)
{
	if (a->criu <= 0 || !plan_is_as_ahead(&a->plan, p))
		return false;
	enter_fill_slots(&a->handed, args);
	*ret_text = late_text(&a->late, args);
	return *ret_text;
}

static void forget(struct ahead *a)
{
	late_close(&a->late);
	plan_free(&a->plan);
	*a = AHEAD_NONE;
}

void ahead_go(struct ahead *a, const char *text)
{
	late_tell(&a->late, text);
	forget(a);
}

void ahead_end(struct ahead *a)
{
	if (a->criu > 0) {
		kill(a->criu, SIGKILL); /* our child, which nobody has waited for */
		RETRY(waitpid(a->criu, NULL, 0));
	}
	cleanup_close(&a->criu_fd);
	recheck_close(&a->recheck);
	forget(a);
}
