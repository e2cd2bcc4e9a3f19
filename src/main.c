// SPDX-License-Identifier: MIT
/* The contents page: parse, look, plan, then explain or run, and a status for the caller. */
#include "cli.h"
#include "err.h"
#include "explain.h"
#include "facts.h"
#include "hook.h"
#include "init.h"
#include "plan.h"
#include "run.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CRIU_NS_VERSION
#define CRIU_NS_VERSION "unknown"
#endif

/*
 * Made set-user-ID or given file capabilities, criu-ns would let whoever starts it run any program
 * as root: the criu that it names. AT_SECURE (getauxval(3)) tells; SELinux sets it also for root
 * that it moves to another domain, which gains nothing from us.
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
		"criu-ns must not be set-user-ID, set-group-ID or have file capabilities: "
		"whoever may start it would be root");
	err_hint(&e, "take that from the file, and start it as root");
	return run_report(&e);
}

/*
 * Whoever starts us may have closed standard descriptors, and ours must not take their numbers; or
 * have SIGCHLD ignored, and then no child could be waited for (criu's tool neither).
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

/* N of a path that names descriptor N, as a shell makes it of `--config <(...)`; else -1. */
static int named_descriptor(const char *path)
{
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };

	if (!strcmp(path, "/dev/stdin"))
		return STDIN_FILENO;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		size_t length = strlen(folders[i]);

		if (!strncmp(path, folders[i], length) && isdigit((unsigned char)path[length]))
			return atoi(path + length);
	}
	return -1;
}

/* A pipe gives its text once, and criu is to read it, too: a file takes the pipe's number. */
static void keep_for_criu(const char *path, const char *text)
{
	int number = named_descriptor(path);
	struct stat st;

	if (number < 0 || fstat(number, &st) < 0 || !S_ISFIFO(st.st_mode))
		return;

	_cleanup_close_ int file = memfd_create("criu-ns-config", MFD_CLOEXEC);

	if (file >= 0 && write_all(file, text, strlen(text)) == 0)
		dup2(file, number);
}

static int parse(int argc, char *argv[], struct cli *ret, struct err *e)
{
	enum { MAX_CONFIG = 1 << 20 };
	char *paths[CLI_CONFIGS];
	char *texts[CLI_CONFIGS] = { 0 };

	cli_config_paths(argc, argv, getenv("HOME"), getenv("CRIU_CONFIG_FILE"), paths);
	for (int i = 0; i < CLI_CONFIGS; i++) {
		if (paths[i] && read_file_at(AT_FDCWD, paths[i], MAX_CONFIG, &texts[i]) < 0)
			texts[i] = NULL; /* criu passes over what it cannot open, too */
		if (texts[i])
			keep_for_criu(paths[i], texts[i]);
	}

	int r = cli_parse(argc, argv, texts, getenv("POSIXLY_CORRECT") != NULL, ret, e);

	for (int i = 0; i < CLI_CONFIGS; i++) {
		free(paths[i]);
		free(texts[i]);
	}
	return r;
}

/* Run criu with one option, its output to ours or, with text, into a string. -1 without a criu. */
static int ask_criu(const struct criu_binary *criu, const char *option, char **text)
{
	char *const argv[] = { (char *)"criu", (char *)option, NULL };
	int out[2] = { -1, -1 };
	int status = 0;

	if (text && pipe2(out, O_CLOEXEC) < 0)
		return -1;
	fflush(stdout);

	pid_t pid = fork();

	if (pid == 0) {
		struct err e;

		if (text)
			dup2(out[1], STDOUT_FILENO);
		run_exec(criu, argv, false, &e);
		_exit(run_report(&e));
	}
	cleanup_close(&out[1]);
	if (text && read_fd(out[0], 1 << 20, text) < 0)
		*text = NULL;
	cleanup_close(&out[0]);
	return pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0 ? -1 : run_exit_code(status);
}

static int help(const struct cli *cli)
{
	struct criu_binary criu = { .fd = -1 };
	struct err e;

	printf("criu-ns %s: freeze and thaw processes with criu, as often as wanted\n"
	       "\n"
	       "Usage:\n"
	       "  criu-ns dump -t PID -D DIR ...      freeze a process tree, from any pid "
	       "namespace\n"
	       "  criu-ns restore [-d] -D DIR ...     thaw it, in namespaces of its own\n"
	       "  criu-ns <any criu command line>\n"
	       "\n"
	       "Options of criu-ns:\n",
	       CRIU_NS_VERSION);
	for (const struct cli_option *o = cli_options; o->name; o++)
		if (o->help)
			printf("  --%s %s\n", o->name, o->help);
	printf("  -h, --help       this, and criu's\n"
	       "  -V, --version    criu's, and criu-ns's\n");
	printf("\nExit status: criu's own; 125 criu-ns failed, 126 criu cannot be run, 127 no "
	       "criu,\n"
	       "128+N criu died of signal N. See criu-ns(1).\n");
	if (criu_find(cli->criu_binary, &criu, &e) < 0)
		return 0;
	printf("\nAll else is criu's (%s --help):\n", criu.path);
	ask_criu(&criu, "--help", NULL);
	criu_free(&criu);
	return 0;
}

/* criu's lines first, as they are: scripts read the first one. */
static int version(const struct cli *cli)
{
	struct criu_binary criu = { .fd = -1 };
	struct err e = { 0 };
	int r = criu_find(cli->criu_binary, &criu, &e);
	int status = r < 0 ? 0 : ask_criu(&criu, "--version", NULL);

	printf("criu-ns %s\n", CRIU_NS_VERSION);
	fflush(stdout);
	criu_free(&criu);
	return r < 0 ? run_report(&e) : status;
}

/* Not in criu 4.2; a newer criu would name it in its help. */
static bool criu_knows(const struct criu_binary *criu, const char *word)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *usage = xasprintf("\n  criu %s", word);
	_cleanup_free_ char *entry = xasprintf("\n  %s ", word);

	return ask_criu(criu, "--help", &text) == 0 && text &&
	       (strstr(text, usage) || strstr(text, entry));
}

static int pass(const struct cli *cli, const struct criu_binary *criu)
{
	struct err e;

	if (cli->command == CMD_UNKNOWN && !criu_knows(criu, cli->word)) {
		err_set(&e, 0, "there is no command '%s', neither here nor in %s", cli->word,
			criu->path);
		err_hint(&e, "dump, restore and check are the common ones; see criu-ns --help");
		return run_report(&e);
	}
	if (cli->dry_run) {
		struct plan p = { .args = cli->args };

		explain_plan(stdout, &p, criu);
		return 0;
	}
	run_exec(criu, cli->args.v, false, &e);
	return run_report(&e);
}

/*
 * A configuration file says what criu refuses: it is to do so in its own words. Without the command
 * it has nothing else to do, should it know better.
 */
static int refuse_config(const struct cli *cli, const struct criu_binary *criu)
{
	char **argv = xcalloc(cli->args.n, sizeof(*argv));
	size_t n = 0;
	struct err e;

	for (size_t i = 0; i < cli->args.n; i++)
		if (i != cli->word_at)
			argv[n++] = cli->args.v[i];
	run_exec(criu, argv, false, &e);
	free(argv);
	return run_report(&e);
}

/* Die of the signal that ended the work, so that the caller's shell sees what happened. */
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

/* Look, plan, and then print the plan or run it. The exit status. */
static int act_on(const struct cli *cli, const struct criu_binary *criu, struct facts *f,
		  struct plan *p)
{
	bool freeze = cli->command != CMD_RESTORE;
	struct verdict v = { 0 };
	struct err e = { 0 };
	struct timespec since;

	clock_gettime(CLOCK_REALTIME_COARSE, &since);

	int r = freeze ? facts_look_freeze(cli, f, &e) : facts_look_thaw(cli, f, &e);

	if (!r)
		r = freeze ? plan_freeze(cli, f, p, &e) : plan_thaw(cli, f, p, &e);
	if (!r && cli->dry_run) {
		explain_plan(stdout, p, criu);
		return 0;
	}
	if (!r)
		explain_notes(stderr, p, "criu-ns: ");
	if (!r)
		r = freeze ? freeze_run(p, f, criu, &v, &e) : thaw_run(cli, p, f, criu, &v, &e);
	if (r < 0)
		return run_report(&e);
	if (v.interrupted)
		return end_of_signal(v.signal);
	if (v.failed)
		explain_failure(stderr, cli, f, v.status, &since);
	return v.status;
}

static int act(const struct cli *cli, const struct criu_binary *criu)
{
	struct plan p = { 0 };
	struct facts f;

	facts_init(&f);

	int status = act_on(cli, criu, &f, &p);

	plan_free(&p);
	facts_free(&f);
	return status;
}

static int run(const struct cli *cli, struct criu_binary *criu)
{
	struct err e;

	if (cli->help)
		return help(cli);
	if (cli->version)
		return version(cli);
	if (cli->command == CMD_NONE) {
		err_set(&e, 0, "no command given");
		err_hint(&e, "for example: criu-ns dump -t PID -D DIR; see criu-ns --help");
		return run_report(&e);
	}
	if (criu_find(cli->criu_binary, criu, &e) < 0)
		return run_report(&e);
	switch (cli->command) {
	case CMD_DUMP:
	case CMD_PRE_DUMP:
	case CMD_RESTORE:
		return cli->bad_config ? refuse_config(cli, criu) : act(cli, criu);
	default:
		return pass(cli, criu);
	}
}

int main(int argc, char *argv[])
{
	struct criu_binary criu = { .fd = -1 };
	struct cli cli = { 0 };
	struct err e;

	if (has_gained_rights())
		return refuse_rights();
	if (argc > 3 && !strcmp(argv[1], init_stub_word))
		return init_exec_stub(argv);
	if (hook_is_stub(argc))
		return hook_stub();
	start_clean();
	if (parse(argc, argv, &cli, &e) < 0)
		return run_report(&e);

	int status = run(&cli, &criu);

	cli_free(&cli);
	criu_free(&criu);
	return status;
}
