// SPDX-License-Identifier: MIT
#include "plan/planning.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

const char plan_slot_images[] = "/proc/self/fd/<images>";
const char plan_slot_work[] = "/proc/self/fd/<work>";
const char plan_slot_pidfile[] = "/proc/1/fd/<scratch>/pid";

const char plan_slot_recheck[] = "/proc/self/fd/<recheck>";

const char plan_staging_proc[] = "proc", plan_staging_root[] = "root", plan_staging_pts[] = "pts",
	   plan_staging_tmpfs[] = "tmpfs";

char *plan_slot_file(size_t number)
{
	return xasprintf("fd[<file %zu>]", number);
}

char *plan_slot_tty(size_t number)
{
	return xasprintf("fd[<tty %zu>]", number);
}

char *plan_slot_master(size_t number)
{
	return xasprintf("fd[<master %zu>]", number);
}

char *plan_slot_pipe(size_t number)
{
	return xasprintf("fd[<pipe %zu>]", number);
}

char *plan_slot_unix(size_t number)
{
	return xasprintf("fd[<socket %zu>]", number);
}

const char plan_init_comm[] = "criu-ns-init";

/* NOLINTNEXTLINE(readability-non-const-parameter) */
void plan_step(struct plan *p, char *what, const char *why)
{
	p->steps = xgrow(p->steps, p->n_steps, sizeof(*p->steps));
	p->steps[p->n_steps++] = (struct plan_step){ what, xstrdup(why) };
}

void plan_edit_add(struct plan *p, struct plan_edit x)
{
	p->edits = xreallocarray(p->edits, p->n_edits + 1, sizeof(*p->edits));
	p->edits[p->n_edits++] = x;
}

int plan_refuse(struct plan *p, int r, const struct err *e)
{
	if (r < 0) {
		p->refusals = xreallocarray(p->refusals, p->n_refusals + 1, sizeof(*p->refusals));
		p->refusals[p->n_refusals++] = *e;
	}
	return r;
}

int plan_verdict(struct plan *p)
{
	struct plan refused = { .refusals = p->refusals,
				.n_refusals = p->n_refusals,
				.n_passing = p->n_passing,
				.notes = p->notes };

	if (!p->n_refusals)
		return 0;
	p->refusals = NULL;
	p->notes = (struct strv){ 0 };
	plan_free(p);
	*p = refused;
	return err_result(&p->refusals[0]);
}

void plan_option(struct plan *p, size_t *at, const char *name, const char *value)
{
	strv_insert(&p->args, (*at)++, name);
	if (value)
		strv_insert(&p->args, (*at)++, value);
}

bool plan_auto(const struct cli *cli, struct plan *p, size_t *at, const char *name,
	       const char *value, const char *why)
{
	_cleanup_free_ char *option = xasprintf("--%s", name);

	if (cli->as_given || cli_says(cli, name) || plan_has(cli, p, name))
		return false;
	plan_option(p, at, option, value);
	plan_step(p, xasprintf("add %s%s%s", option, value ? " " : "", value ? value : ""), why);
	return true;
}

bool plan_has(const struct cli *cli, const struct plan *p, const char *name)
{
	if (cli_says(cli, name))
		return cli_says(cli, name) > 0;
	for (size_t i = 0; i < p->args.n; i++) {
		const char *option = text_after(p->args.v[i], "--");

		if (option && !strcmp(option, name))
			return true;
	}
	return false;
}

void plan_copy_args(const struct cli *cli, struct plan *p)
{
	for (size_t i = 0; i < cli->args.n; i++)
		strv_add(&p->args, cli->args.v[i]);
}

void plan_external(const struct cli *cli, struct plan *p, size_t *at, char letter, const char *why)
{
	_cleanup_free_ char *value = xasprintf("mnt[]:%c", letter);

	if (letter == 'm' ? cli->external_masters : cli->external_sharing)
		return;
	plan_option(p, at, "--external", value);
	plan_step(p, xasprintf("add --external %s", value), why);
}

int plan_check_dir(const struct dir *d, const char *name, bool write, struct err *e)
{
	if (d->fd < 0) {
		err_set(e, d->errnum, "cannot open the %s directory %s", name, d->path);
		if (d->errnum == ENOENT && text_begins(d->path, "/proc/"))
			return err_hint(e, "pass an open descriptor of a directory");
		if (d->errnum == ENOENT && write)
			return err_hint(e, "make it first: mkdir %s", d->path);
		if (d->errnum == ENOENT || d->errnum == ENOTDIR)
			return err_hint(e, "name a directory%s",
					write ? "" : " with the images of a freeze");
		return -d->errnum;
	}
	if (!write || d->writable)
		return 0;
	err_set(e, d->errnum, "cannot write to the %s directory %s", name, d->path);
	return err_hint(e, "name another directory");
}

int plan_check_log(const struct cli *cli, const struct facts *f, struct err *e)
{
	if (!f->log_errnum)
		return 0;
	err_set(e, f->log_errnum, "cannot make the log file %s", cli->log_file);
	return err_hint(e, "its path is relative to the work directory, %s", cli->work_dir);
}

void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n_steps; i++) {
		free(p->steps[i].what);
		free(p->steps[i].why);
	}
	free(p->steps);
	free(p->refusals);
	recipe_free(&p->recipe);
	free(p->recipe_text);
	free(p->trees);
	for (size_t i = 0; i < p->n_given; i++)
		free(p->given[i].id);
	free(p->given);
	for (size_t i = 0; i < p->n_sessions; i++) {
		free(p->sessions[i].given);
		free(p->sessions[i].path);
	}
	free(p->sessions);
	for (size_t i = 0; i < p->n_laid; i++)
		free(p->laid[i].slot);
	free(p->laid);
	free(p->kept);
	free(p->edits);
	strv_free(&p->notes);
	strv_free(&p->args);
	*p = (struct plan){ 0 };
}

const char *plan_namespace(const char *kind)
{
	static const struct {
		const char *kind, *text;
	} texts[] = {
		{ "pid", "pid namespace" },     { "mnt", "mount namespace" },
		{ "net", "network namespace" }, { "uts", "UTS namespace (host name)" },
		{ "ipc", "IPC namespace" },     { "cgroup", "cgroup namespace" },
		{ "time", "time namespace" },   { "user", "user namespace" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(texts[i].kind, kind))
			return texts[i].text;
	return kind;
}
