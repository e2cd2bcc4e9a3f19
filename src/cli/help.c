// SPDX-License-Identifier: MIT
#include "cli/help.h"

#include "cli/criu.h"
#include "util/err.h"
#include "util/util.h"
#include "util/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *help_of_criu(const struct criu_binary *criu)
{
	char *text = NULL;

	criu_ask(criu, "--help", &text);
	return text;
}

/*
 * Not to a terminal, where our own help would scroll away; a script that looks for an option gets
 * both.
 */
static void print_criu_help(const struct criu_binary *criu)
{
	if (isatty(STDOUT_FILENO)) {
		printf("Every option of criu's works, too: man criu-ns, man criu, %s --help\n",
		       criu->path);
		return;
	}
	printf("\nEverything else is criu's (%s --help):\n", criu->path);
	criu_ask(criu, "--help", NULL);
}

int help_print(const struct cli *cli)
{
	struct criu_binary criu = { .fd = -1 };
	struct err e;

	printf("criu-ns %s: freeze and thaw process trees with criu, as often as you like\n"
	       "  criu-ns check -t PID                       say what a freeze would do\n"
	       "  criu-ns dump -t PID -D DIR                 freeze a process and all below it\n"
	       "  criu-ns restore -d -D DIR --pidfile FILE   thaw it, under its old pid\n"
	       "Commands: dump (freeze), restore (thaw), all of criu's, show DIR [--json],\n"
	       "  run -D DIR [--freeze-on TERM] -- COMMAND, completion bash|zsh|fish\n"
	       "Options of criu-ns:\n",
	       CRIU_NS_VERSION);
	for (const struct cli_option *o = cli_options; o->name; o++)
		if (o->help)
			printf("  --%s%-*s %s\n", o->name, (int)(19 - strlen(o->name)),
			       o->argument ? " PATH" : "", o->help);
	printf("  -h, --help            print this\n"
	       "  -V, --version         print criu's version, and then that of criu-ns\n"
	       "Exit status: criu's own; 125 criu-ns failed or refused, 126 criu cannot be run,\n"
	       "  127 there is no criu, 128+N criu died of signal N, 85 run: frozen\n");
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
	int status = r < 0 ? 0 : criu_ask(&criu, "--version", NULL);

	printf("criu-ns %s\n", CRIU_NS_VERSION);
	fflush(stdout);
	criu_free(&criu);
	return r < 0 ? err_report(&e) : status;
}
