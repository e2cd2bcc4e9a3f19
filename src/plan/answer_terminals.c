// SPDX-License-Identifier: MIT
/*
 * FINDING_TERMINAL: "Found slave peer index N without correspond master peer", "Found dangling tty"
 * (criu/tty.c)
 */
#include "plan/answer.h"

#include <stdio.h>
#include <string.h>

/* The terminal of --shell-job, on which the thaw continues the session, needs no other option. */
static bool is_shell_jobs(const struct answer *a, const struct found_terminal *t)
{
	return t->is_job && !t->is_dev_tty && plan_has(a->cli, a->p, "shell-job");
}

/*
 * If the tree has the other side, too, a thaw makes that terminal before criu does, and gives criu
 * the same for /dev/tty (plan/plan_sessions.h); not in mount namespaces that criu makes, because
 * these come too late.
 */
static bool can_be_made_before(const struct answer *a, const struct found_terminal *t)
{
	return t->is_inside && t->leads && t->is_shared && !a->p->recipe.init &&
	       !a->p->recipe.n_views && a->p->mounts != MOUNTS_FRAME && !a->p->copy_mounts;
}

/*
 * As another external terminal, /dev/tty becomes the same pty. In a session that --shell-job
 * continues, criu has to meet the terminal itself first: it makes the first one that of the session
 * (tty_setup_slavery()), which it could not do with an external one ("No task found with sid").
 */
static bool can_be_external(const struct answer *a, const struct found_terminal *t)
{
	return !t->is_dev_tty || (!t->is_inside && (t->leads || t->is_after)) ||
	       can_be_made_before(a, t);
}

/* If the terminal itself is no external one. */
static bool can_be_criu_s(const struct found_terminal *t)
{
	return t->is_dev_tty && t->is_first && (t->is_inside || t->is_job);
}

static int refuse_dev_tty(const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);

	err_set(e, 0,
		"%s is /dev/tty, the terminal of its session, "
		"and criu can freeze that only for the first process that has the terminal open",
		what);
	return err_hint(e,
			"freeze it when the program has closed it again (pagers do when they end; "
			"an interactive dash keeps it, bash does not), or end the program");
}

bool answers_terminal(const struct answer *a, const struct finding *x)
{
	if (plan_has(a->cli, a->p, "shell-job"))
		return true;
	findings_for_each (t, &a->f->findings)
		if (t->kind == FINDING_TERMINAL && t->dev == x->dev && t->ino == x->ino)
			return !a->cli->as_given;
	return false;
}

/*
 * From its stdin, criu makes one file of it; it opens the others by path (pty_open_slaves() in
 * criu/tty.c).
 */
static int refuse_again(const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);

	err_set(e, 0,
		"%s is the terminal of a shell's job, and has been opened once more, as descriptor %d of process %d, "
		"for which a thaw would open whatever terminal has that name by then",
		what, x->terminal.again_fd, x->terminal.again_pid);
	return err_hint(e, "close that one, or freeze the shell with its jobs");
}

int answer_terminal(struct answer *a, const struct finding *x, struct err *e)
{
	const struct found_terminal *t = &x->terminal;
	_cleanup_free_ char *id =
		xasprintf("%lx:%lx", (unsigned long)t->rdev, (unsigned long)x->dev);
	_cleanup_free_ char *value = xasprintf("tty[%s]", id);

	if (cli_external(a->cli, "tty", id) || can_be_criu_s(t))
		return 0;
	if (is_shell_jobs(a, t))
		return t->again_pid ? refuse_again(x, e) : 0;
	if (!can_be_external(a, t))
		return refuse_dev_tty(x, e);
	if (a->cli->orphan_masters &&
	    !t->is_dev_tty) /* at the thaw, criu gives the other side to its client */
		return 0;
	plan_option(a->p, &a->at, "--external", value);
	plan_step(
		a->p, xasprintf("add --external %s", value),
		t->is_inside
			? "criu can freeze /dev/tty only for the first process that has the terminal open"
			: "the other side of that terminal is outside of the tree");
	plan_step(a->p, xasprintf("  terminal %s", x->path),
		  t->is_inside ? "a thaw makes it before criu does" : "a thaw makes a new pty");
	return 0;
}
