// SPDX-License-Identifier: MIT
#include "freeze/ahead.h"

#include "cli/as_config.h"
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

/*
 * The first line, and its end: an option that changes nothing where no other configuration file is
 * read. A value that is no more than a quotation mark ends criu (parse_statement() in
 * criu/config.c, 3.11 to 4.2).
 */
static const char first[] = "no-default-config \"";
static const char first_end[] = "\"\n";

enum { MOST = 32 << 10 }; /* the pipe takes it, whether criu reads or has been killed */

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
static void hand_options(struct entry *n, int options)
{
	fcntl(options, F_SETFD, 0);
	strv_replace(&n->args, "--config", "--config=/proc/self/fd/%d", options);
}

static pid_t fork_ahead(struct entry *n, const int options[2], const struct cli *cli)
{
	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid_t criu;

	strv_add(&n->args, "criu");
	strv_add(&n->args, "--config");
	strv_add(&n->args, cli->word);
	criu = vfork();
	if (criu == 0) {
		hand_options(n, options[0]);
		enter_become_criu(n);
	}
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	return criu;
}

/* criu-ns itself has other children to make before it joins the frame for good. */
static pid_t fork_in_frame(struct entry *n, const int options[2], const struct cli *cli)
{
	const struct facts *f = n->facts;
	_cleanup_close_ int own = -1;
	pid_t criu;

	if (!n->plan->enter_pid)
		return fork_ahead(n, options, cli);
	own = openat(f->proc, "self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (own < 0 || setns(f->frame_ns_pid_fd, CLONE_NEWPID) < 0)
		return -1;
	criu = fork_ahead(n, options, cli);
	if (setns(own, CLONE_NEWPID) < 0)
		abort(); /* it was ours a moment ago */
	return criu;
}

static bool start(struct ahead *a, struct entry *n, const struct cli *cli)
{
	int errors[2];
	struct err ignored;
	bool runs;

	if (write_all(a->options[1], first, sizeof(first) - 1) < 0 || pipe2(errors, O_CLOEXEC) < 0)
		return false;
	n->errors = errors[1];
	a->criu = fork_in_frame(n, a->options, cli);
	a->handed = n->handed;
	close(errors[1]);
	runs = a->criu > 0 && enter_await(a->criu, errors[0], &ignored) == 0;
	close(errors[0]);
	if (!runs) /* and nobody is left to be waited for */
		a->criu = 0;
	a->criu_fd = runs ? pidfd_open(a->criu, 0) : -1;
	return a->criu_fd >= 0;
}

void ahead_start(const struct cli *cli, const struct facts *f, const struct criu_binary *criu,
		 const struct criu_log *log, struct ahead *a)
{
	_cleanup_close_ int cwd = -1;
	struct entry n = { .plan = &a->plan,
			   .facts = f,
			   .criu = criu,
			   .log = log,
			   .self = getpid(),
			   .recheck = RECHECK_NONE };

	if (!is_elf(criu))
		return;
	cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	n.cwd = cwd;
	sigprocmask(SIG_SETMASK, NULL, &n.mask);
	if (cwd < 0 || pipe2(a->options, O_CLOEXEC) < 0 || !start(a, &n, cli))
		ahead_end(a);
	strv_free(&n.args);
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
	*ret_text =
		options && strlen(options) < MOST ? xasprintf("%s%s", first_end, options) : NULL;
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
	forget(a);
}
