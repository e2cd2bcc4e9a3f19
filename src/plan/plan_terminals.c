// SPDX-License-Identifier: MIT
#include "plan/plan_terminals.h"

#include "plan/mount_keys.h"
#include "plan/mount_sort.h"
#include "plan/plan_sessions.h"
#include "plan/planning.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

static const struct given_tty *given_of(const struct plan *p, const char *id)
{
	for (size_t i = 0; i < p->n_given; i++)
		if (!strcmp(p->given[i].id, id))
			return &p->given[i];
	return NULL;
}

/* Add an external terminal, unless the user gives it. */
static void give(const struct cli *cli, const struct image_tty *t, struct plan *p)
{
	_cleanup_free_ char *id = xasprintf("tty[%x:%x]", t->rdev, t->dev);
	bool is_first = image_tty_is_dev_tty(t) && p->n_ptys;
	const struct plan_session *session = plan_session_of(p, t->sid);

	if (cli_inherits(cli, id) || given_of(p, id))
		return;
	p->given = xreallocarray(p->given, p->n_given + 1, sizeof(*p->given));
	if (image_tty_is_dev_tty(t) && session && session->path) { /* made before criu does it */
		p->given[p->n_given++] =
			(struct given_tty){ xstrdup(id), true, (size_t)(session - p->sessions) };
		return;
	}
	p->given[p->n_given++] = (struct given_tty){ xstrdup(id), false, is_first ? 0 : p->n_ptys };
	p->n_ptys += !is_first;
}

/* Those that control a session of the tree come first, and /dev/tty leads to the first of all. */
static void give_all(const struct cli *cli, const struct image_ttys *ttys, struct plan *p)
{
	enum { LED, DEV_TTY, HELD, KINDS };

	for (int kind = LED; kind < KINDS; kind++)
		for (size_t i = 0; i < ttys->n; i++) {
			const struct image_tty *t = &ttys->v[i];
			int is = image_tty_is_dev_tty(t) ? DEV_TTY : t->sid ? LED : HELD;

			if (!t->is_external || is != kind)
				continue;
			give(cli, t, p);
			p->has_keyboard |= is == LED && p->n_ptys;
		}
}

/* The pty in the place of the terminal with that index, which nobody of the tree need have open. */
static size_t pty_of(const struct facts *f, struct plan *p, long index)
{
	const struct image_ttys *ttys = &f->images.ttys;

	for (size_t i = 0; i < ttys->n; i++) {
		const struct image_tty *t = &ttys->v[i];
		_cleanup_free_ char *id = xasprintf("tty[%x:%x]", t->rdev, t->dev);
		const struct given_tty *given = t->is_external ? given_of(p, id) : NULL;

		if (given && !given->is_session && !image_tty_is_dev_tty(t) &&
		    (long)minor(t->rdev) == index)
			return given->pty;
		if (p->job_pty && t->is_pty && !t->is_master && (long)t->index == index)
			return 0;
	}
	return p->n_ptys++;
}

/* Mounts of terminals, such as /dev/console: criu finds the ptys in the staging area. */
static void lay(const struct facts *f, const struct recipe *r, struct plan *p, size_t *at)
{
	_cleanup_free_ bool *counts = mount_keys_counting(r);

	for (size_t i = 0; i < r->n_mounts; i++) {
		const struct recipe_mount *m = &r->mounts[i];
		size_t pty;
		char *slot;

		if (m->owner != OWNER_PTY || !m->key || !counts[i] || !f->staging)
			continue;
		pty = pty_of(f, p, mount_pty_index(m->fstype, m->root));
		slot = xasprintf("mnt[%s]:%s/%s/<pty %zu>", m->key, f->staging, plan_staging_pts,
				 pty);
		plan_option(p, at, "--external", slot);
		p->laid = xreallocarray(p->laid, p->n_laid + 1, sizeof(*p->laid));
		p->laid[p->n_laid++] = (struct laid_pty){ slot, pty };
	}
}

static void explain(struct plan *p)
{
	static const char *const what[] = {
		[TTY_RELAY] = "open a pty and connect it with this process's stdio",
		[TTY_BEHIND] =
			"open a pty, and leave a process (criu-ns-tty) that serves this terminal",
		[TTY_UNSEEN] = "open a pty, and leave a process (criu-ns-tty) that reads from it",
		[TTY_SOCKET] = "open a pty, and send its other side to the console socket",
	};

	if (!p->n_ptys)
		return;
	plan_step(p, xstrdup(what[p->tty]),
		  p->job_pty ? "a shell job needs a terminal in its own session"
			     : "the tree had a terminal whose other side was outside of it");
	if (p->n_ptys > 1)
		plan_step(p, xasprintf("open %zu more, which nobody sees", p->n_ptys - 1),
			  "it had several");
	if (p->tty == TTY_UNSEEN)
		strv_take(&p->notes,
			  xstrdup("the terminal of the tree is a new pty, which nobody sees: "
				  "thaw it on a terminal, or give --console-socket"));
}

static enum plan_tty use_of(const struct cli *cli, const struct facts *f)
{
	if (cli->console_socket)
		return TTY_SOCKET;
	if (!cli->detach)
		return TTY_RELAY;
	return f->stdin_is_tty || f->stdout_is_tty ? TTY_BEHIND : TTY_UNSEEN;
}

static bool has_mounts(const struct recipe *r)
{
	for (size_t i = 0; i < r->n_mounts; i++)
		if (r->mounts[i].owner == OWNER_PTY)
			return true;
	return false;
}

/* It was frozen so that criu takes its terminals from outside, and makes none. */
static bool takes_ours(const struct facts *f, const struct recipe *r)
{
	const struct image_ttys *ttys = &f->images.ttys;

	for (size_t i = 0; i < ttys->n; i++)
		if (ttys->v[i].is_external)
			return true;
	recipe_for_each_view (w, r)
		if (has_mounts(w))
			return true;
	return has_mounts(r);
}

/*
 * A shell job needs a terminal in its own session, and criu has to be in that session. The caller's
 * session is outside of the new pid namespace ("Failed to set group 0", criu 4.2.1), and its shell
 * has to keep its terminal. So the job gets a pty, as does whatever was frozen with --external
 * tty[...].
 */
void plan_terminals(const struct cli *cli, const struct facts *f, bool job, struct plan *p,
		    size_t *at)
{
	const struct image_ttys *ttys = &f->images.ttys;

	if (cli->orphan_masters && !takes_ours(f, &p->recipe))
		return; /* criu makes them, and sends the client the other sides */
	p->job_pty = job && ((cli->shell_job && f->stdin_is_tty) || image_ttys_have_job(ttys));
	p->n_ptys = p->job_pty;
	p->has_keyboard = p->job_pty;
	give_all(cli, ttys, p);
	p->has_keyboard &= f->stdin_is_tty;
	for (size_t i = 0; i < p->n_given; i++) {
		_cleanup_free_ char *slot = plan_slot_tty(i);

		plan_option(p, at, "--inherit-fd", slot);
	}
	lay(f, &p->recipe, p, at);
	recipe_for_each_view (w, &p->recipe)
		lay(f, w, p, at);
	if (p->n_ptys)
		p->tty = use_of(cli, f);
	explain(p);
}
