// SPDX-License-Identifier: MIT
#include "cli/help.h"

#include "cli/criu.h"
#include "util/err.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CRIU_NS_VERSION
#define CRIU_NS_VERSION "unknown"
#endif

/* Run criu with one option; its output goes to stdout or, if text is given, into a string. -1 without a criu. */
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
		criu_exec(criu, argv, false, &e);
		_exit(err_report(&e));
	}
	cleanup_close(&out[1]);
	if (text && read_fd(out[0], 1 << 20, text) < 0)
		*text = NULL;
	cleanup_close(&out[0]);
	return pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0 ? -1 : process_exit_code(status);
}

char *help_of_criu(const struct criu_binary *criu)
{
	char *text = NULL;

	ask_criu(criu, "--help", &text);
	return text;
}

/* Not to a terminal, where our own help would scroll away; a script that looks for an option gets both. */
static void print_criu_help(const struct criu_binary *criu)
{
	if (isatty(STDOUT_FILENO)) {
		printf("\nEvery option of criu's works, too; see criu-ns(1), criu(8), and\n  %s --help\n",
		       criu->path);
		return;
	}
	printf("\nEverything else is criu's (%s --help):\n", criu->path);
	ask_criu(criu, "--help", NULL);
}

int help_print(const struct cli *cli)
{
	struct criu_binary criu = { .fd = -1 };
	struct err e;

	printf("criu-ns %s: freeze and thaw process trees with criu, as often as you like\n"
	       "\n"
	       "  criu-ns dump -t PID -D DIR                 freeze a process and all below it\n"
	       "  criu-ns restore -d -D DIR --pidfile FILE   thaw it, under its old pid\n"
	       "\n"
	       "Commands: dump (or freeze), restore (or thaw), all others of criu's, and\n"
	       "  completion bash|zsh|fish   print a completion script for that shell\n"
	       "\n"
	       "Options of criu-ns:\n",
	       CRIU_NS_VERSION);
	for (const struct cli_option *o = cli_options; o->name; o++)
		if (o->help)
			printf("  --%s %s\n", o->name, o->help);
	printf("  -h, --help       print this\n"
	       "  -V, --version    print criu's version, and then that of criu-ns\n"
	       "\n"
	       "Exit status: criu's own; 125 criu-ns failed or refused, 126 criu cannot be run,\n"
	       "  127 there is no criu, 128+N criu died of signal N\n");
	if (criu_find(cli->criu_binary, &criu, &e) == 0)
		print_criu_help(&criu);
	criu_free(&criu);
	return 0;
}

/* criu's lines first, unchanged, because scripts read the first one. */
int help_version(const struct cli *cli)
{
	struct criu_binary criu = { .fd = -1 };
	struct err e = { 0 };
	int r = criu_find(cli->criu_binary, &criu, &e);
	int status = r < 0 ? 0 : ask_criu(&criu, "--version", NULL);

	printf("criu-ns %s\n", CRIU_NS_VERSION);
	fflush(stdout);
	criu_free(&criu);
	return r < 0 ? err_report(&e) : status;
}
