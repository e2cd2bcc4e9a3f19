// SPDX-License-Identifier: MIT
#include "thaw/ahead.h"

#include "thaw/init_criu.h"
#include "util/util.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

void thaw_ahead_start(struct thaw_ahead *a, const struct thaw_work *w, const struct late_line *line)
{
	struct init_args args = { .cli = w->cli,
				  .plan = &a->plan,
				  .facts = w->facts,
				  .criu = w->criu,
				  .log = w->log,
				  .devpts = -1,
				  .kept = STAGING_KEPT_NONE,
				  .pidfile = -1,
				  .criu_tmp = -1,
				  .ends_with_caller = w->guard != NULL,
				  .images = { -1, -1 },
				  .late = &a->late,
				  .line = line };
	struct err ignored;

	if (!late_open(&a->late, w->criu))
		return;
	init_open_files(&args);
	a->pidfile = args.pidfile;
	a->criu_tmp = args.criu_tmp;
	sigprocmask(SIG_SETMASK, NULL, &args.mask);
	if (init_start(&args, &a->init, &ignored) < 0)
		thaw_ahead_end(a);
}

/* All that its command line would say. */
static void make_args(const struct thaw_order *o, int scratch, struct strv *ret)
{
	strv_copy(&o->plan->args, ret);
	init_name_slots(o->plan, o->log, -1, scratch, ret);
}

static char *text_for(const struct thaw_ahead *a, const struct thaw_order *o,
		      const struct strv *args)
{
	struct strv options = { 0 };
	char *text;

	if (!o->talk)
		return late_text(&a->late, args);
	o->talk->options(o->talk, args, &options);
	text = late_text(&a->late, &options);
	strv_free(&options);
	return text;
}

bool thaw_ahead_fits(const struct thaw_ahead *a, const struct thaw_order *o)
{
	_cleanup_free_ char *text = NULL;
	struct strv args = { 0 };

	if (a->init.pid <= 0 || !plan_thaw_is_as_ahead(&a->plan, o->plan))
		return false;
	make_args(o, 0, &args);
	text = text_for(a, o, &args);
	strv_free(&args);
	return text;
}

void thaw_ahead_taken(struct thaw_ahead *a)
{
	a->init = (struct init_child){ .pidfd = -1, .socket = -1 };
	a->pidfile = -1;
	a->criu_tmp = -1;
}

static void forget(struct thaw_ahead *a)
{
	late_close(&a->late);
	plan_free(&a->plan);
	*a = THAW_AHEAD_NONE;
}

void thaw_ahead_go(struct thaw_ahead *a, const struct thaw_order *o, int scratch, int init)
{
	_cleanup_free_ char *text = NULL;
	struct strv args = { 0 };

	make_args(o, scratch, &args);
	text = text_for(a, o, &args);
	if (text) /* as thaw_ahead_fits() has found out */
		late_tell(&a->late, text);
	if (o->talk)
		o->talk->tell(o->talk, &args, init);
	strv_free(&args);
	forget(a);
}

void thaw_ahead_end(struct thaw_ahead *a)
{
	if (a->init.pid > 0) {
		kill(a->init.pid, SIGKILL); /* our child, which nobody has waited for */
		RETRY(waitpid(a->init.pid, NULL, 0));
	}
	cleanup_close(&a->init.pidfd);
	cleanup_close(&a->init.socket);
	cleanup_close(&a->pidfile);
	cleanup_close(&a->criu_tmp);
	forget(a);
}
