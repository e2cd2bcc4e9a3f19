// SPDX-License-Identifier: MIT
#include "run/run.h"

#include "cli/cli_read.h"
#include "freeze/freeze.h"
#include "look/contents.h"
#include "plan/news.h"
#include "run/state.h"
#include "util/printable.h"
#include "util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct run {
	struct thaw_guard guard; /* first; its fd is freezer_fd while the program runs */
	const struct cli *cli;
	int dir;
	int freeze_on;            /* the signal of --freeze-on; 0: none */
	pid_t freezer;            /* whoever freezes the program; 0: nobody */
	int freezer_fd;           /* -1: it has ended */
	bool is_ours;             /* the freezer is our child */
	struct state_mark before; /* which images were there at the start */
};

static const char usual_log[] = "criu.log";

/*
 * stderr is often a log that the program has open, too, and that must not grow by what criu says
 * during a thaw.
 */
static void add_places(const struct run *r, const char *name, struct strv *words)
{
	if (!r->cli->log_file) {
		strv_add(words, "--log-file");
		strv_add(words, usual_log);
	}
	strv_add(words, "--images-dir");
	strv_take(words, xasprintf("%s/%s", r->cli->images_dir, name));
}

/* The freezer: outlives us, so that what it has begun is brought to an end */

static int dump(const struct run *r, pid_t root)
{
	struct strv words = { 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		cli_line_for(r->cli, "dump", &words);
		add_places(r, state_new, &words);
		strv_add(&words, "--tree");
		strv_take(&words, xasprintf("%d", root));
		execv("/proc/self/exe", words.v);
		_exit(EXIT_OWN);
	}
	return pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0 ? EXIT_OWN
							      : process_exit_code(status);
}

static int freeze(const struct run *r, pid_t root)
{
	struct err e;

	setsid();
	if (state_make_new(r->dir, r->cli->images_dir, &e) < 0)
		return err_report(&e);

	int status = dump(r, root);

	if (status)
		state_forget_new(r->dir, r->cli->log_file ? r->cli->log_file : usual_log);
	else if (state_commit(r->dir, r->cli->images_dir, &e) < 0)
		status = err_report(&e);
	return status;
}

/* While the program runs */

static void set_freezer(struct run *r, pid_t pid, int fd)
{
	cleanup_close(&r->freezer_fd);
	r->freezer = pid;
	r->freezer_fd = r->guard.fd = fd;
	r->is_ours = false;
}

static void start_freezer(struct run *r, pid_t root)
{
	int fd = -1;
	pid_t pid = process_clone(0, 0, &fd);

	if (pid == 0)
		_exit(freeze(r, root));
	if (pid < 0)
		return;
	set_freezer(r, pid, fd);
	r->is_ours = true;
}

static bool has_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return RETRY(poll(&p, 1, 0)) > 0;
}

/*
 * A freeze by somebody else announces itself (announce(), freeze/freeze.c). We may get to know that
 * when it is over, because we were stopped: if the program still runs then, it was not frozen.
 */
static void note_freezer(struct run *r, pid_t pid, bool program_has_ended)
{
	int fd = r->is_ours ? -1 : pidfd_open(pid, 0);

	if (fd >= 0 || (!r->is_ours && program_has_ended))
		set_freezer(r, pid, fd);
}

/* It says nothing when it has succeeded, because then the program has ended. */
static void note_news(struct run *r, pid_t from, int news, bool program_has_ended)
{
	if (news != FREEZE_FAILED)
		note_freezer(r, from, program_has_ended);
	else if (!r->is_ours && from == r->freezer)
		set_freezer(r, 0, -1);
}

static void on_freezer(struct thaw_guard *g, pid_t pid, int pidfd, enum freeze_news news)
{
	struct run *r = (struct run *)g;

	if (news == FREEZE_BEGINS && !r->is_ours) {
		set_freezer(r, pid, pidfd);
		return;
	}
	if (news == FREEZE_FAILED && !r->is_ours && pid == r->freezer)
		set_freezer(r, 0, -1);
	close(pidfd);
}

static bool on_signal(struct thaw_guard *g, const struct signalfd_siginfo *info, pid_t root,
		      int root_fd)
{
	struct run *r = (struct run *)g;

	if (info->ssi_signo == SIGURG) {
		if (info->ssi_code == SI_QUEUE)
			note_news(r, (pid_t)info->ssi_pid, info->ssi_int, has_ended(root_fd));
		return true;
	}
	if (root_fd < 0 || (int)info->ssi_signo != r->freeze_on)
		return false;
	if (!r->is_ours)
		start_freezer(r, root);
	return r->is_ours;
}

/* The freezer has ended. If the program has, too, was_frozen() asks why; else it was not frozen. */
static void on_ready(struct thaw_guard *g, int root_fd)
{
	struct run *r = (struct run *)g;
	bool is_ours = r->is_ours;

	g->fd = -1;
	if (has_ended(root_fd))
		return;
	if (is_ours)
		RETRY(waitpid(r->freezer, NULL, 0));
	set_freezer(r, 0, -1);
	if (!is_ours)
		return;
	fprintf(stderr,
		"criu-ns: the program could not be frozen, and runs on: it gets SIG%s instead\n",
		sigabbrev_np(r->freeze_on));
	pidfd_send_signal(root_fd, r->freeze_on, NULL, 0);
}

/* When it has ended */

/* What a freezer says may come with the end. */
static void note_late(struct run *r)
{
	const struct timespec now = { 0 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGURG);
	if (sigtimedwait(&set, &info, &now) == SIGURG && info.si_code == SI_QUEUE)
		note_news(r, info.si_pid, info.si_value.sival_int, true);
}

/*
 * Before Linux 6.15 it may not be known how the freezer has ended, unless it has told that it has
 * failed; as a rule it is the one that has killed the program.
 */
static bool was_frozen(struct run *r, int status)
{
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct pollfd p = { .events = POLLIN };
	int how = 1;

	note_late(r);
	if (r->is_ours)
		return RETRY(waitpid(r->freezer, &how, 0)) > 0 && how == 0;
	if (status != EXIT_SIGNAL + SIGKILL)
		return false;
	if (!r->freezer) /* criu itself tells nobody */
		return state_has_just_come(r->dir, &r->before);
	if (r->freezer_fd < 0)
		return true;
	p.fd = r->freezer_fd;
	RETRY(poll(&p, 1, -1));
	note_late(r);
	return r->freezer && process_status_of(proc, r->freezer, r->freezer_fd) <= 0;
}

/* For a person; the line about the freeze names the directory that it was written to. */
static void tell_where(const struct run *r)
{
	if (!r->is_ours || !isatty(STDERR_FILENO))
		return;
	fputs("criu-ns: the program is frozen in ", stderr);
	printable_write(stderr, r->cli->images_dir);
	fprintf(stderr, "/%s; the same command line lets it go on\n", contents_of_run);
}

static int conclude(struct run *r, int status)
{
	if (r->cli->dry_run)
		return status;
	if (was_frozen(r, status)) {
		tell_where(r);
		return EXIT_FROZEN;
	}
	if (status == 0)
		state_forget(r->dir);
	return status;
}

int run_program(const struct cli *cli, struct criu_binary *criu,
		int (*act)(const struct cli *cli, struct criu_binary *criu,
			   struct thaw_guard *guard))
{
	struct run r = { .guard = { .signal = on_signal,
				    .fd = -1,
				    .ready = on_ready,
				    .freezer = on_freezer },
			 .cli = cli,
			 .freeze_on = cli->freeze_on ? process_signal_of(cli->freeze_on) : 0,
			 .freezer_fd = -1 };
	struct strv words = { 0 };
	struct cli thaw = { 0 };
	struct err e;
	int status;

	r.guard.undone = r.freeze_on;
	r.dir = state_open(cli->images_dir, &e);
	if (r.dir < 0)
		return err_report(&e);
	cli_line_for(cli, "restore", &words);
	add_places(&r, contents_of_run, &words);
	strv_add(&words, "--exit-status");
	strv_add(&words, "--grown-files"); /* as such a log has, by what others write */
	if (cli_read((int)words.n, words.v, NULL, &thaw, &e) < 0) {
		status = err_report(&e);
	} else {
		state_look(r.dir, &r.before);
		if (!state_is_frozen(r.dir))
			thaw.start = cli->args.v + cli->command_at;
		status = conclude(&r, act(&thaw, criu, &r.guard));
	}
	set_freezer(&r, 0, -1);
	close(r.dir);
	cli_free(&thaw);
	strv_free(&words);
	return status;
}
