// SPDX-License-Identifier: MIT
/*
 * Files: on which file system they are, whom they refer to, and from which mount namespace they
 * are.
 */
#include "plan/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* FINDING_SILENT_FILE, FINDING_SERVED_FILE */

/*
 * criu asks for the status of each file when all tasks are stopped, and waits in the kernel, where
 * not even SIGKILL ends it.
 */
int answer_silent_file(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);

	(void)a;
	err_set(e, 0,
		"%s is in a file system (device %u:%u) whose server does not answer, so criu would wait for ever",
		what, major(x->dev), minor(x->dev));
	return err_hint(
		e,
		"end the server or, for FUSE, abort the connection: echo 1 >/sys/fs/fuse/connections/%u/abort",
		minor(x->dev));
}

int answer_served_file(struct answer *a, const struct finding *x, struct err *e)
{
	const struct finding *server = findings_first(&a->f->findings, FINDING_FUSE_SERVER);
	_cleanup_free_ char *what = answer_subject(x);

	if (!server)
		return 0;
	err_set(e, 0,
		"%s is in a FUSE or network file system, and process %d of the same tree serves one "
		"(its descriptor %d is /dev/fuse): criu would stop that process, and then wait for its answer",
		what, server->pid, server->fd);
	return err_hint(e, "freeze the processes without their server, or close the file");
}

/* FINDING_PROC_FILE: "Can't open file proc/...", at the thaw */

int answer_proc_file(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *id = answer_file_id(x);
	_cleanup_free_ char *what = answer_subject(x);

	if (cli_external(a->cli, "file", id))
		return 0;
	err_set(e, 0,
		"%s is in the /proc directory of process %d, which is outside of the tree, "
		"so a thaw would not find it",
		what, x->other);
	if (x->as == HELD_CWD)
		return err_hint(
			e,
			"make it change to another directory, or freeze a tree that contains both");
	return err_hint(
		e,
		"close it, freeze a tree that contains both, or name it by hand: --external 'file[%s]'",
		id);
}

/* FINDING_OWNER: "file owner pid", at the thaw */

int answer_owner(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);

	(void)a;
	err_set(e, 0,
		"%s sends its signals to process or group %d (F_SETOWN), "
		"which is outside of the tree, so a thaw would not find it",
		what, x->other);
	return err_hint(e, "end that process or group, or freeze a tree that contains both");
}

/* FINDING_OUTSIDE_FILE */

static int refuse_outside(const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);
	_cleanup_free_ char *id = answer_file_id(x);

	if (x->file.is_tty) {
		err_set(e, 0,
			"%s is a terminal outside of its mount namespace, whose other side is in the tree, or gone",
			what);
		return err_hint(e, "reopen it from inside, or close it");
	}
	if (x->file.is_covered) {
		err_set(e, 0,
			"%s is below a mount that was made later, and cannot be found here under that path",
			what);
		return err_hint(
			e,
			"start it after that mount is made, make it open the file again (cd / for a directory), "
			"or name it by hand: --external 'file[%s]'",
			id);
	}
	if (x->file.is_left_out)
		err_set(e, 0,
			"%s is in a tracefs, of which criu knows nothing, and cannot be found here under that path",
			what);
	else
		err_set(e, 0,
			"%s was opened in another mount namespace, and cannot be found here under that path",
			what);
	return err_hint(e,
			"reopen it from inside (for stdio: exec </dev/null >/dev/null 2>&1), "
			"or name it by hand: --external 'file[%s]'",
			id);
}

static int refuse_stream(const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);
	_cleanup_free_ char *id = answer_file_id(x);

	if (x->file.is_left_out)
		err_set(e, 0,
			"%s is in a tracefs, of which criu knows nothing, "
			"and with --stream there is no directory for what a thaw has to know about it",
			what);
	else
		err_set(e, 0,
			"%s was opened in another mount namespace, "
			"and with --stream there is no directory for what a thaw has to know about it",
			what);
	return err_hint(
		e, "name it by hand, and give --inherit-fd at the thaw: --external 'file[%s]'", id);
}

int answer_outside_file(struct answer *a, const struct finding *x, struct err *e)
{
	const struct outside_file *o = &x->file;
	_cleanup_free_ char *id = answer_file_id(x);
	_cleanup_free_ char *name = xasprintf("file[%s]", id);
	struct recipe_file *file;

	if (cli_external(a->cli, "file", id) || recipe_by_id(&a->p->recipe, id) ||
	    (o->is_tty && answers_terminal(a, x)))
		return 0;
	if (o->is_tty || !o->is_here || o->type == 's')
		return refuse_outside(x, e);
	if (a->cli->stream)
		return refuse_stream(x, e);
	file = recipe_add_file(&a->p->recipe);
	*file = (struct recipe_file){ .id = xstrdup(id),
				      .path = xstrdup(x->path),
				      .type = o->type,
				      .flags = o->flags,
				      .pos = o->pos > 0 ? o->pos : 0 };
	identity_copy(&o->was, &file->was);
	plan_option(a->p, &a->at, "--external", name);
	plan_step(a->p, xasprintf("add --external %s", name),
		  o->is_left_out ? "it is in a tracefs, of which criu knows nothing"
		  : o->is_covered
			  ? "a mount that was made later lies over it"
			  : "it was opened, or mapped, outside of the target's mount namespace");
	plan_step(a->p, xasprintf("  file %s", x->path),
		  "the thaw opens it again and hands it to criu");
	return 0;
}

/*
 * FINDING_HIGH_FD: "Can't chose service_fd_base", criu/servicefd.c: at the thaw, when the tree has
 * been ended.
 */
int answer_high_fd(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *subject = answer_subject(x);

	(void)a;
	err_set(e, 0,
		"%s is too high: criu has to keep descriptors of its own above it, of which there may be %lu, "
		"so it could freeze the process, but not thaw it",
		subject, x->limit);
	return err_hint(
		e,
		"run criu-ns where more are permitted: with a higher hard limit (ulimit -Hn), or CAP_SYS_RESOURCE and a higher "
		"fs.nr_open (sysctl); or start the program with a lower one, as in sh -c 'ulimit -n 1024; exec PROGRAM'");
}
