// SPDX-License-Identifier: MIT
/* The sequence of the stages: parse, look, plan, then explain or run; and the exit status. */
#include "cli/cli.h"
#include "cli/cli_read.h"
#include "cli/completion.h"
#include "cli/criu.h"
#include "cli/criu_log.h"
#include "cli/help.h"
#include "cli/usage.h"
#include "explain/again.h"
#include "explain/explain.h"
#include "explain/progress.h"
#include "explain/result.h"
#include "explain/show.h"
#include "freeze/ahead.h"
#include "freeze/freeze.h"
#include "freeze/leftovers.h"
#include "freeze/passing.h"
#include "freeze/recheck.h"
#include "look/facts.h"
#include "plan/plan.h"
#include "plan/plan_findings.h"
#include "rpc/serve.h"
#include "rpc/service.h"
#include "run/run.h"
#include "thaw/ahead.h"
#include "thaw/init_criu.h"
#include "thaw/thaw.h"
#include "util/err.h"
#include "util/premap.h"
#include "util/printable.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * If criu-ns were set-user-ID or had file capabilities, whoever starts it could run any program as
 * root, by naming it as the criu to run. AT_SECURE (getauxval(3)) is set then. SELinux also sets it
 * for root that enters another domain, who gains no rights by that.
 */
static bool has_gained_rights(void)
{
	bool is_root = getuid() == 0 && geteuid() == 0 && getgid() == getegid();

	return getauxval(AT_SECURE) != 0 && !is_root;
}

static int refuse_rights(void)
{
	struct err e;

	err_set(&e, 0,
		"criu-ns must not be set-user-ID or set-group-ID, nor have file capabilities: "
		"whoever may start it would be root");
	err_hint(&e, "remove that from the file, and start it as root");
	return err_report(&e);
}

/*
 * The caller may have closed standard descriptors, whose numbers the descriptors of criu-ns must
 * not take; or may ignore SIGCHLD, and then no child could be waited for (nor could one of criu).
 */
static void start_clean(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	signal(SIGCHLD, SIG_DFL);
}

static int pass(const struct cli *cli, const struct criu_binary *criu)
{
	struct err e;

	if (cli->dry_run) {
		struct plan p = { .args = cli->args };

		explain_plan(stdout, &p, criu);
		return 0;
	}
	criu_exec(criu, cli->args.v, false, &e);
	return err_report(&e);
}

/*
 * A configuration file has something that criu will refuse: let criu report it in its own words. It
 * is run without the command word, so that it does nothing in case a newer criu accepts it.
 */
static int refuse_config(const struct cli *cli, const struct criu_binary *criu)
{
	char **argv = xcalloc(cli->args.n, sizeof(*argv));
	size_t n = 0;
	struct err e;

	for (size_t i = 0; i < cli->args.n; i++)
		if (i != cli->word_at)
			argv[n++] = cli->args.v[i];
	criu_exec(criu, argv, false, &e);
	free(argv);
	return err_report(&e);
}

/* Die of the signal that stopped the work, so that the caller's shell sees what happened. */
static int end_of_signal(int signo)
{
	sigset_t set;

	signal(signo, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signo);
	raise(signo);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return EXIT_SIGNAL + signo;
}

/* Print all errors, each on a line of its own. Returns the exit status of the first. */
static int report(const struct err *errors, size_t n)
{
	int status = err_report(&errors[0]);

	for (size_t i = 1; i < n; i++)
		err_report(&errors[i]);
	return status;
}

static int report_refused(const struct plan *p)
{
	int status = report(p->refusals, p->n_refusals);

	explain_notes(stderr, p, "criu-ns: ");
	return status;
}

/*
 * Scripts see what criu's see; a thaw in the foreground ends when the tree does, and that is
 * another matter.
 */
static bool is_told(const struct cli *cli, const struct verdict *v)
{
	return !v->interrupted && !v->failed && !v->status &&
	       (cli->command != CMD_RESTORE || cli->detach);
}

/* What becomes of one command: how far it is. */
struct work {
	const struct cli *cli;
	struct criu_binary *criu;
	struct thaw_guard *guard; /* of a run, or NULL */
	struct facts facts;
	struct plan plan;
	struct ahead ahead;   /* of a freeze */
	struct findings late; /* the same */
	struct thaw_ahead thaw_ahead;
	struct criu_log log;
	bool has_log;    /* it has been opened */
	bool has_reader; /* standard error is a terminal */

	/* its tries; the first one has begun then, as milliseconds_now() says it */
	size_t n_tries;
	long long begun;
	bool again; /* another one follows */
};

static void tell_what_failed(const struct work *w)
{
	if (w->cli->command == CMD_RESTORE) {
		printable_write(stderr, w->cli->images_dir);
		fputs(" could not be thawed", stderr);
		return;
	}
	fprintf(stderr, "process %d (", w->facts.target.pid);
	printable_write(stderr, w->facts.target.comm);
	fputs(") could not be frozen", stderr);
}

static void tell_of_try(const struct work *w, const struct again_cause *cause)
{
	fprintf(stderr, "criu-ns: try %zu: ", w->n_tries);
	tell_what_failed(w);
	fprintf(stderr, ", because %s", cause->why);
	if (cause->message) {
		fputs(" (criu: ", stderr);
		printable_write(stderr, cause->message);
		fputc(')', stderr);
	}
	fputs(w->cli->command == CMD_RESTORE ? "; nothing is left of that, and it is thawed again\n"
					     : "; it runs on as before, and is frozen again\n",
	      stderr);
}

/* Why criu has failed or, with an error, criu-ns. */
static struct again_cause why_again(const struct work *w, const struct criu_log *log,
				    const struct timespec *since, const struct err *e)
{
	_cleanup_free_ char *text = e ? NULL : explain_read_log(w->cli, &w->facts, log, since);

	if (e)
		return (struct again_cause){ .why = e->passes ? e->what : NULL };
	return text ? again_cause(w->cli, &w->plan, text) : (struct again_cause){ 0 };
}

/*
 * It has ended: if it has failed, and the cause may have passed in a moment, waits for that, and
 * removes what is left. e: the error with which criu-ns itself has failed, or NULL.
 */
static bool begins_again(struct work *w, const struct criu_log *log, const struct timespec *since,
			 const struct verdict *v, const struct err *e)
{
	struct facts *f = &w->facts;
	int wait = again_wait(w->cli, &w->plan, v, ++w->n_tries, milliseconds_now() - w->begun);
	struct again_cause cause = { 0 };

	if (wait >= 0)
		cause = why_again(w, log, since, e);
	if (cause.why) {
		f->is_connecting |= again_is_connecting(&cause, w->n_tries);
		tell_of_try(w, &cause);
		if (w->cli->command == CMD_DUMP)
			leftovers_remove(f->images_dir.fd, since);
		nanosleep(&(struct timespec){ .tv_nsec = wait * 1000000L }, NULL);
	}
	free(cause.message);
	return cause.why;
}

static int carry_out(struct work *w, long long begun, struct criu_log *log, struct verdict *v,
		     struct err *e)
{
	struct explain_progress progress;

	if (w->cli->command == CMD_RESTORE)
		return thaw_run(&(struct thaw_work){ .cli = w->cli,
						     .plan = &w->plan,
						     .facts = &w->facts,
						     .criu = w->criu,
						     .log = log,
						     .guard = w->guard,
						     .ahead = &w->thaw_ahead },
				v, e);
	explain_progress_begin(stderr, &w->facts, begun, &progress);
	return freeze_run(
		&(struct freeze_work){ .plan = &w->plan,
				       .facts = &w->facts,
				       .criu = w->criu,
				       .ahead = &w->ahead,
				       .log = log,
				       .late = &w->late,
				       .progress = w->has_reader ? &progress.progress : NULL },
		v, e);
}

static void tell_of_failure(const struct work *w, const struct criu_log *log,
			    const struct verdict *v, const struct timespec *since)
{
	if (v->interrupted)
		return;
	if (v->failed && !w->again)
		explain_failure(stderr, w->cli, &w->facts, log, v->status, since);
	if (*v->known)
		fprintf(stderr, "criu-ns: %s\n", v->known);
}

/* What has been found while the tree was being frozen; the other notes have been said before. */
static void tell_of_late(struct work *w)
{
	strv_free(&w->plan.notes);
	plan_late_findings(w->cli, &w->facts, &w->late, &w->plan);
	explain_notes(stderr, &w->plan, "criu-ns: ");
}

static int open_log(struct work *w, struct err *e)
{
	int r = w->has_log ? 0 : criu_log_open(w->cli, w->facts.work_dir.fd, &w->log, e);

	w->has_log = r == 0;
	return r;
}

static void close_log(struct work *w)
{
	criu_log_close(&w->log);
	w->has_log = false;
}

/* Returns the exit status, or a negative errno. */
static int run_plan(struct work *w, struct err *e)
{
	const struct cli *cli = w->cli;
	struct verdict v = { 0 };
	struct timespec since;
	const long long begun = milliseconds_now();
	struct criu_log *log = &w->log;

	clock_gettime(CLOCK_REALTIME_COARSE, &since);
	if (!w->n_tries)
		w->begun = begun;
	explain_notes(stderr, &w->plan, "criu-ns: ");
	if (w->plan.in_place)
		return criu_exec(w->criu, w->plan.args.v, false, e);

	int r = open_log(w, e);

	w->has_reader = isatty(STDERR_FILENO);
	if (!r)
		r = carry_out(w, begun, log, &v, e);
	criu_log_show(log, true);
	w->again = begins_again(w, log, &since, &v, r < 0 ? e : NULL);
	if (!r)
		tell_of_failure(w, log, &v, &since);
	if (!r && !v.failed)
		tell_of_late(w);
	close_log(w);
	if (r < 0)
		return w->again ? 0 : r;
	if (w->has_reader && is_told(cli, &v))
		explain_result(stderr, cli, &w->facts, &v, begun);
	if (v.interrupted && w->guard && w->guard->undone == v.signal)
		return EXIT_FROZEN;
	return v.interrupted ? end_of_signal(v.signal) : v.status;
}

struct way {
	int (*look)(const struct cli *cli, struct facts *f, struct err *e);
	int (*look_on)(const struct cli *cli, struct facts *f, struct err *e); /* or NULL */
	int (*plan)(const struct cli *cli, const struct facts *f, struct plan *ret);
};

static struct way way_of(const struct cli *cli)
{
	if (cli->start)
		return (struct way){ facts_look_start, NULL, plan_start };
	if (cli->command == CMD_RESTORE)
		return (struct way){ facts_look_thaw, facts_look_host, plan_thaw };
	return (struct way){ facts_look_freeze, facts_look_tree, plan_freeze };
}

/* What criu's command line says at once. */
static void make_line(const struct cli *cli, struct late_line *ret)
{
	*ret = (struct late_line){ .options_at = 1 };
	strv_add(&ret->words, "criu");
	strv_add(&ret->words, cli->args.v[cli->word_at]);
}

static void start_ahead(struct work *w)
{
	struct ahead_way way = {
		.facts = &w->facts, .criu = w->criu, .log = &w->log, .socket = -1
	};

	make_line(w->cli, &way.line);
	ahead_start(&w->ahead, &way);
	strv_free(&way.line.words);
}

static void start_thaw_ahead(struct work *w)
{
	struct late_line line;

	make_line(w->cli, &line);
	thaw_ahead_start(&w->thaw_ahead,
			 &(struct thaw_work){ .cli = w->cli,
					      .plan = &w->thaw_ahead.plan,
					      .facts = &w->facts,
					      .criu = w->criu,
					      .log = &w->log,
					      .guard = w->guard },
			 &line);
	strv_free(&line.words);
}

static void end_ahead(struct work *w)
{
	ahead_end(&w->ahead);
	thaw_ahead_end(&w->thaw_ahead);
}

/* Between the two parts of the look. */
static int look(struct work *w, const struct way *way, struct err *e)
{
	int r = way->look(w->cli, &w->facts, e);
	struct err ignored;

	if (r < 0 || !way->look_on)
		return r;
	if (plan_freeze_ahead(w->cli, &w->facts, &w->ahead.plan) && open_log(w, &ignored) == 0)
		start_ahead(w);
	if (plan_thaw_ahead(w->cli, &w->facts, &w->thaw_ahead.plan) && open_log(w, &ignored) == 0)
		start_thaw_ahead(w);
	return way->look_on(w->cli, &w->facts, e);
}

/* Look, plan, and then print the plan or run it. Returns the exit status. */
static int try_once(struct work *w)
{
	struct way way = way_of(w->cli);
	struct err e = { 0 };
	size_t looks = 0;
	int r = look(w, &way, &e);

	while (!r && way.plan(w->cli, &w->facts, &w->plan) < 0) {
		if (!passing_renew(&w->plan, &w->facts, &looks))
			return report_refused(&w->plan);
		end_ahead(w);
		r = look(w, &way, &e);
	}
	if (!r && w->cli->dry_run) {
		explain_plan(stdout, &w->plan, w->criu);
		return 0;
	}
	if (!r)
		r = run_plan(w, &e);
	return r < 0 ? err_report(&e) : r;
}

/*
 * What has been looked at, and the plan, are not freed at the end. This process is about to end, too,
 * and then the kernel takes back at once what free() would give back in pieces: of a tree with many
 * mounts that takes as long as planning.
 */
static int act(const struct cli *cli, struct criu_binary *criu, struct thaw_guard *guard)
{
	static struct work w;
	int status;

	w = (struct work){ .cli = cli,
			   .criu = criu,
			   .guard = guard,
			   .ahead = AHEAD_NONE,
			   .thaw_ahead = THAW_AHEAD_NONE,
			   .log = CRIU_LOG_NONE };
	facts_init(&w.facts);
	w.facts.criu = criu;
	do {
		if (w.again) {
			plan_free(&w.plan);
			facts_renew(&w.facts);
			w.again = false;
		}
		status = try_once(&w);
		end_ahead(&w);
		close_log(&w);
	} while (w.again);
	return status;
}

/* Print all errors in the command line. Returns 0, or the exit status. */
static int check_usage(const struct cli *cli, const struct criu_binary *criu)
{
	_cleanup_free_ char *help = usage_needs_help(cli) ? help_of_criu(criu) : NULL;
	_cleanup_free_ struct err *errors = NULL;
	size_t n = usage_check(cli, help, &errors);

	return n ? report(errors, n) : 0;
}

static int complete(const struct cli *cli)
{
	struct err e;

	if (completion_print(stdout, cli->command_at ? cli->args.v[cli->command_at] : NULL, &e) < 0)
		return err_report(&e);
	return 0;
}

/* Without criu, whose images are only read. */
static int show(const struct cli *cli)
{
	return show_directory(cli->command_at ? cli->args.v[cli->command_at] : cli->images_dir,
			      cli->json);
}

/* Does the command need a criu? */
static bool is_for_criu(const struct cli *cli)
{
	return cli->command != CMD_NONE && cli->command != CMD_SHOW;
}

static int run(const struct cli *cli, int argc, char *argv[], struct criu_binary *criu)
{
	struct err e;
	int status;

	if (cli->help)
		return help_print(cli);
	if (cli->version)
		return help_version(cli);
	if (cli->command == CMD_COMPLETION)
		return complete(cli);
	if (is_for_criu(cli) && criu_find(cli->criu_binary, criu, &e) < 0)
		return err_report(&e);
	status = check_usage(cli, criu);
	if (status)
		return status;
	switch (cli->command) {
	case CMD_SHOW:
		return show(cli);
	case CMD_DUMP:
	case CMD_PRE_DUMP:
	case CMD_RESTORE:
		return cli->bad_config ? refuse_config(cli, criu) : act(cli, criu, NULL);
	case CMD_RUN:
		return cli->bad_config ? refuse_config(cli, criu) : run_program(cli, criu, act);
	case CMD_SERVICE:
		return cli->dry_run || cli->unknown.n || cli->bad_config || cli->command_at
			       ? pass(cli, criu)
			       : rpc_service(cli, criu);
	case CMD_SWRK:
		return cli->dry_run ? pass(cli, criu) : rpc_swrk(cli, argc, argv, criu);
	default:
		return pass(cli, criu);
	}
}

/* Is it a command that criu-ns only passes on? Then criu reports what is wrong with its options. */
static bool is_criu_command(int argc, char *argv[])
{
	for (const struct cli_word *c = cli_commands; argc > 1 && c->word; c++)
		if ((c->command == CMD_CRIU || c->command == CMD_SWRK ||
		     c->command == CMD_SERVICE) &&
		    !strcmp(c->word, argv[1]))
			return true;
	return false;
}

static int leave_to_criu(char *argv[], struct criu_binary *criu, struct err *e)
{
	static char name[] = "criu";

	argv[0] = name;
	if (criu_find(NULL, criu, e) == 0)
		criu_exec(criu, argv, false, e);
	return err_report(e);
}

int main(int argc, char *argv[])
{
	static struct criu_binary criu = { .fd = -1 };
	static struct cli cli; /* not freed: see act() */
	struct err e;

	if (has_gained_rights())
		return refuse_rights();
	if (argc > 3 && !strcmp(argv[1], init_stub_word))
		return init_exec_stub(argv);
	if (recheck_is_stub(argc))
		return recheck_stub();
	if (!is_criu_command(argc, argv)) /* those need next to nothing */
		premap();
	start_clean();
	if (cli_read(argc, argv, NULL, &cli, &e) < 0)
		return is_criu_command(argc, argv) ? leave_to_criu(argv, &criu, &e)
						   : err_report(&e);
	return run(&cli, argc, argv, &criu);
}
