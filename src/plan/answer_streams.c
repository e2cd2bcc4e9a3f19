// SPDX-License-Identifier: MIT
/*
 * FINDING_OUTSIDE_STREAM: "External socket is used", and with --ext-unix-sk "Can't dump half of
 * stream unix connection" (criu/sk-unix.c). With --external unix[INODE] criu saves the tree's end,
 * and at the thaw takes a descriptor for it: --inherit-fd fd[N]:socket:[INODE].
 */
#include "plan/answer.h"

#include <stdlib.h>
#include <string.h>

static char *other_end(const struct finding *x)
{
	if (!x->other)
		return xstrdup("a process that cannot be seen");
	return xasprintf("process %d (%s)", x->other, x->stream.comm);
}

/* By its address, whichever of its names; "all" for all that have one. */
static bool reconnects(const struct cli *cli, const struct outside_stream *s)
{
	for (size_t i = 0; i < cli->reconnect.n && s->again.to; i++) {
		const char *which = cli->reconnect.v[i];

		if (!strcmp(which, "all") || !strcmp(which, s->again.to) ||
		    !strcmp(which, s->peer_name))
			return true;
	}
	return false;
}

static int refuse_stream(const struct answer *a, const struct finding *x, struct err *e)
{
	const struct outside_stream *s = &x->stream;
	_cleanup_free_ char *what = answer_subject(x);
	_cleanup_free_ char *who = other_end(x);

	if (s->again.to) {
		err_set(e, 0, "%s is connected to %s at %s, outside of the tree", what, who,
			s->peer_name);
		return err_hint(
			e,
			"freeze a tree that contains both, or end the connection; "
			"if the program copes with a new one: --reconnect '%s'; if it copes without one: --cut-peers",
			s->again.to);
	}
	if (s->peer_name)
		err_set(e, 0,
			"%s is connected to %s at %s, outside of the tree, where nobody can connect from here",
			what, who, s->peer_name);
	else
		err_set(e, 0, "%s is %s %s, outside of the tree", what,
			s->is_server
				? "a connection of the client"
				: "one end of an unnamed connection, whose other end belongs to",
			who);
	(void)a;
	return err_hint(
		e,
		"freeze a tree that contains both, or end the connection; "
		"if the program copes without it: --cut-peers; or give another at the thaw: "
		"--external 'unix[%s]', and there --inherit-fd 'fd[N]:socket:[%s]'",
		s->again.id, s->again.id);
}

/*
 * A tree that is at work makes connections while it is looked at, and criu will see both ends when
 * it has stopped.
 */
static int refuse_new(const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);
	_cleanup_free_ char *who = other_end(x);

	if (x->stream.is_new)
		err_set(e, 0,
			"%s is connected to %s, which has made that connection while criu-ns looked",
			what, who);
	else
		err_set(e, 0,
			"%s is connected to %s, or to one of the tree that has made that connection while criu-ns looked",
			what, who);
	return err_hint(e, "nothing was touched; try again");
}

static int refuse_without_recipe(const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);

	err_set(e, 0,
		"%s is connected to a process outside of the tree, "
		"and with --stream there is no directory for what a thaw has to know about it",
		what);
	return err_hint(e,
			"name it by hand, and give --inherit-fd at the thaw: --external 'unix[%s]'",
			x->stream.again.id);
}

static const char *why(const struct outside_stream *s)
{
	if (s->again.journal.is_one)
		return "it is a stream to the journal: the thaw connects again, and says there again whose it is";
	if (s->is_syslog)
		return "it is a connection to syslog: the thaw connects again";
	return s->again.to ? "the thaw connects again" : "the thaw gives it one that has ended";
}

static void note_journal(struct answer *a, const struct finding *x)
{
	const struct journal *j = &x->stream.again.journal;
	_cleanup_free_ char *as =
		j->identifier ? xasprintf("as \"%s\"", j->identifier) : xstrdup("without a name");

	if (a->n_told++ == 0)
		strv_take(
			&a->p->notes,
			xasprintf(
				"descriptor %d of process %d goes to the journal: the thaw connects again (%s); "
				"the journal takes the unit of each line from the cgroup of who writes it",
				x->fd, x->pid, as));
}

int answer_outside_stream(struct answer *a, const struct finding *x, struct err *e)
{
	const struct outside_stream *s = &x->stream;
	bool by_itself = (s->again.journal.is_one || s->is_syslog) && !a->cli->as_given;
	bool again = by_itself || reconnects(a->cli, s);
	_cleanup_free_ char *name = xasprintf("unix[%s]", s->again.id);
	struct recipe_unix *line;

	if (cli_external(a->cli, "unix", s->again.id))
		return 0;
	if (a->cli->as_given && !again && !a->cli->cut_peers)
		return 0;
	a->passes = !x->other || s->is_new;
	if (s->is_new)
		return refuse_new(x, e);
	if (!again && !a->cli->cut_peers)
		return refuse_stream(a, x, e);
	if (s->is_unseen && !by_itself)
		return refuse_new(x, e);
	if (a->cli->stream)
		return refuse_without_recipe(x, e);
	line = recipe_add_unix(&a->p->recipe);
	recipe_unix_copy(&s->again, line);
	line->cut = !again;
	if (line->cut) {
		free(line->to);
		line->to = NULL;
		journal_free(&line->journal);
	}
	if (s->again.journal.is_one)
		note_journal(a, x);
	plan_option(a->p, &a->at, "--external", name);
	plan_step(a->p, xasprintf("add --external %s", name), why(s));
	return 0;
}
