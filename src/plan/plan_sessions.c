// SPDX-License-Identifier: MIT
#include "plan/plan_sessions.h"

#include "plan/planning.h"

#include <stdlib.h>
#include <string.h>

static bool has_heir(const struct images *i, pid_t leader)
{
	for (size_t n = 0; n < i->n_heirs; n++)
		if (i->heirs[n].leader == leader)
			return true;
	return false;
}

/* Is a /dev/tty of that session from outside? So it is frozen where criu could not do it. */
static bool has_dev_tty(const struct image_ttys *ttys, pid_t sid)
{
	for (size_t i = 0; i < ttys->n; i++)
		if (image_tty_is_dev_tty(&ttys->v[i]) && ttys->v[i].is_external &&
		    ttys->v[i].sid == sid)
			return true;
	return false;
}

const struct plan_session *plan_session_of(const struct plan *p, pid_t leader)
{
	for (size_t i = 0; i < p->n_sessions; i++)
		if (p->sessions[i].leader == leader)
			return &p->sessions[i];
	return NULL;
}

static bool is_master(const struct image_tty *t)
{
	return t->is_pty && t->is_master && !t->is_external;
}

static const struct image_tty *master_of(const struct image_ttys *ttys, const struct image_tty *t)
{
	for (size_t i = 0; i < ttys->n; i++)
		if (t->is_pty && is_master(&ttys->v[i]) && ttys->v[i].index == t->index)
			return &ttys->v[i];
	return NULL;
}

static bool has_one_master(const struct image_ttys *ttys)
{
	size_t n = 0;

	for (size_t i = 0; i < ttys->n; i++)
		n += is_master(&ttys->v[i]);
	return n == 1;
}

/* NULL: its path leads to no devpts that is known to be on /dev/pts. */
static const struct image_file *file_of(const struct image_files *files, const struct image_tty *t)
{
	for (size_t i = 0; i < files->n; i++) {
		const struct image_file *file = &files->v[i];

		if (file->is_terminals && file->terminal == t->id && !file->external &&
		    (!strcmp(file->path, "/dev/ptmx") || !strcmp(file->path, "/dev/pts/ptmx")))
			return file;
	}
	return NULL;
}

/*
 * criu takes it by its path (inherited_fd(), criu/files.c), which is the same for all: so each gets
 * another one that leads there.
 */
static char *path_of(const struct image_file *master, size_t number)
{
	char *path = xstrdup(master->path);

	for (size_t i = 0; i < number; i++) {
		char *longer = xconcat("/.", path);

		free(path);
		path = longer;
	}
	return path;
}

/* criu makes that terminal; false: it has to be made before, and that cannot be done here. */
static bool take_master(const struct cli *cli, const struct facts *f, const struct image_tty *t,
			struct plan *p, struct plan_session *s)
{
	const struct image_ttys *ttys = &f->images.ttys;
	const struct image_tty *master = master_of(ttys, t);
	bool is_one = has_one_master(ttys);

	s->master = master ? file_of(&f->files, master) : NULL;
	if (!s->master || (!is_one && (cli->by_rpc || !f->staging)))
		return false;
	s->index = master->index;
	s->path = path_of(s->master, is_one ? 0 : p->n_sessions + 1);
	if (!is_one)
		plan_edit_add(p, (struct plan_edit){ .id = s->master->id, .path = s->path });
	return true;
}

/*
 * What is made in the mount namespaces of the images is not there before criu has made these.
 */
static bool can_be_done(const struct cli *cli, const struct facts *f)
{
	return f->images.root != 1 && !f->images.own_mounts && !cli->sibling;
}

static void note(struct plan *p, pid_t leader)
{
	strv_take(
		&p->notes,
		xasprintf(
			"processes of session %d lose their controlling terminal, "
			"because criu gives it to the leader alone: they cannot open /dev/tty, "
			"and a shell among them has no job control, "
			"so that ^C does not reach what it starts; leave that shell, and start another",
			leader));
}

static void refuse(struct plan *p, pid_t leader)
{
	struct err e;

	err_set(&e, 0,
		"a process had /dev/tty open, the terminal of session %d, which cannot be made in criu's place here",
		leader);
	err_hint(&e, "thaw it without -S, and by the command line");
	plan_refuse(p, -1, &e);
}

/* A root task that is to adopt a process (thaw/adopt.h) may be stopped for that at any time. */
static void plan_one(const struct cli *cli, const struct facts *f, const struct image_tty *t,
		     struct plan *p)
{
	struct plan_session s = { .leader = t->sid, .hands = has_heir(&f->images, t->sid) };
	_cleanup_free_ char *id = xasprintf("tty[%x:%x]", t->rdev, t->dev);
	bool good = can_be_done(cli, f) && !(f->images.reborn && t->sid == f->images.root) &&
		    (t->is_external ? !cli_inherits(cli, id) : take_master(cli, f, t, p, &s));

	if (good && t->is_external)
		s.given = xstrdup(id);
	if (!good && s.hands)
		note(p, t->sid);
	if (!good && t->is_pty && has_dev_tty(&f->images.ttys, t->sid))
		refuse(p, t->sid);
	p->sessions = xreallocarray(p->sessions, p->n_sessions + 1, sizeof(*p->sessions));
	p->sessions[p->n_sessions++] = s;
}

/* dev_tty: of those that have nothing but /dev/tty open, which others may have got as well. */
static void plan_all(const struct cli *cli, const struct facts *f, bool dev_tty, struct plan *p)
{
	const struct image_ttys *ttys = &f->images.ttys;

	for (size_t i = 0; i < ttys->n; i++) {
		const struct image_tty *t = &ttys->v[i];

		if (t->sid && !t->is_hung && (t->is_external || t->is_pty) &&
		    image_tty_is_dev_tty(t) == dev_tty && !plan_session_of(p, t->sid) &&
		    (has_heir(&f->images, t->sid) || (t->is_pty && has_dev_tty(ttys, t->sid))))
			plan_one(cli, f, t, p);
	}
}

void plan_sessions(const struct cli *cli, const struct facts *f, struct plan *p, size_t *at)
{
	if (cli->as_given)
		return;
	plan_all(cli, f, false, p);
	plan_all(cli, f, true, p);
	for (size_t i = 0; i < p->n_sessions; i++) {
		_cleanup_free_ char *slot = plan_slot_master(i);

		if (p->sessions[i].path)
			plan_option(p, at, "--inherit-fd", slot);
		if (p->sessions[i].hands && (p->sessions[i].path || p->sessions[i].given))
			plan_step(
				p,
				xasprintf("  hand the terminal of session %d down to its children",
					  p->sessions[i].leader),
				"criu makes them before the leader of the session has got it");
	}
}
