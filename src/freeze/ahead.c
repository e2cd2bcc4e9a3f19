// SPDX-License-Identifier: MIT
#include "freeze/ahead.h"

#include "cli/as_config.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The first line, and its end: an option with the value that it has anyway. A value that is no more
 * than a quotation mark ends criu (parse_statement() in criu/config.c, 3.11 to 4.2).
 */
static const char first[] = "ghost-limit \"";
static const char first_end[] = "1M\"\n";

/*
 * The pipe has to take all of it at once, because criu may have been killed. As it is made, it takes
 * so much, and not much more; each write may begin a page of its own.
 */
enum { USUAL = 32 << 10, PAGES = 2 * 4096 };

/* A script may look at its arguments, and has the whole command line. */
static bool is_elf(const struct criu_binary *criu)
{
	_cleanup_close_ int fd = open(criu->path, O_RDONLY | O_CLOEXEC);
	char magic[4];

	return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
	       !memcmp(magic, "\177ELF", sizeof(magic));
}

/*
 * criu opens the pipe by its path, and this opens no FIFO but a pipe: it does not wait for a
 * writer.
 */
static void keep(const struct ahead *a, const struct ahead_way *way)
{
	fcntl(a->options[0], F_SETFD, 0);
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

static void make_line(const struct ahead *a, const struct ahead_way *way, struct strv *ret)
{
	for (size_t i = 0; i < way->words.n; i++) {
		if (i == way->options_at)
			strv_take(ret, xasprintf("--config=/proc/self/fd/%d", a->options[0]));
		strv_add(ret, way->words.v[i]);
	}
}

static bool prepare(struct ahead *a, struct err *e)
{
	if (pipe2(a->options, O_CLOEXEC) < 0 ||
	    write_all(a->options[1], first, sizeof(first) - 1) < 0)
		return false;
	return !a->plan.recheck || recheck_make(&a->recheck, true, e) == 0;
}

static bool start(struct ahead *a, const struct ahead_way *way, struct entry *n)
{
	struct err ignored;
	int errors[2];
	bool runs;

	if (!prepare(a, &ignored) || pipe2(errors, O_CLOEXEC) < 0)
		return false;
	make_line(a, way, &n->args);
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
	return a->criu_fd >= 0;
}

void ahead_start(struct ahead *a, const struct ahead_way *way)
{
	_cleanup_close_ int cwd = -1;
	struct entry n = { .plan = &a->plan,
			   .facts = way->facts,
			   .criu = way->criu,
			   .log = way->log,
			   .self = getpid(),
			   .prepare = way->prepare,
			   .prepare_arg = way->prepare_arg };

	if (!is_elf(way->criu))
		return;
	a->plan.word_at = way->options_at + 1; /* behind the option of the pipe */
	cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	n.cwd = cwd;
	sigprocmask(SIG_SETMASK, NULL, &n.mask);
	if (cwd < 0 || !start(a, way, &n))
		ahead_end(a);
}

/* 1 MiB without CAP_SYS_RESOURCE, which is enough for some 15,000 mounts. */
static bool has_room(const struct ahead *a, size_t size)
{
	return size < USUAL || (size <= INT_MAX - PAGES &&
				fcntl(a->options[1], F_SETPIPE_SZ, (int)size + PAGES) > (int)size);
}

bool ahead_fits(const struct ahead *a, const struct plan *p, const struct strv *args,
		char **ret_text)
{
	struct strv filled = { 0 };
	char *options;

	if (a->criu <= 0 || !plan_is_as_ahead(&a->plan, p))
		return false;
	strv_copy(args, &filled);
	enter_fill_slots(&a->handed, &filled);
	options = cli_as_config(&filled);
	strv_free(&filled);
	*ret_text = options && has_room(a, strlen(options)) ? xasprintf("%s%s", first_end, options)
							    : NULL;
	free(options);
	return *ret_text;
}

static void forget(struct ahead *a)
{
	cleanup_close(&a->options[0]);
	cleanup_close(&a->options[1]);
	plan_free(&a->plan);
	*a = AHEAD_NONE;
}

void ahead_go(struct ahead *a, const char *text)
{
	(void)write_all(a->options[1], text, strlen(text));
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
