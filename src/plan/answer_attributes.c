// SPDX-License-Identifier: MIT
/* FINDING_LOST_CLASS to FINDING_FORGOTTEN: attributes of tasks that criu does not thaw */
#include "plan/answer.h"

#include <stdio.h>
#include <stdlib.h>

static char *task_subject(const struct finding *x)
{
	pid_t tid = x->attributes.tid;

	return tid == x->pid ? xasprintf("process %d", tid)
			     : xasprintf("thread %d of process %d", tid, x->pid);
}

/* "Inconsistent sched params received": prep_sched_info() in criu/cr-restore.c */
int answer_lost_class(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = task_subject(x);

	(void)a;
	err_set(e, 0,
		"%s has a scheduling class (SCHED_DEADLINE or SCHED_EXT) that criu can freeze, but not thaw",
		what);
	return err_hint(e, "give it another one first: chrt --other --pid 0 %d", x->attributes.tid);
}

/* A recipe can hold so many (look/recipe_parse.c). */
enum { MOST_TASKS = 50000 };

/* Where there is no recipe, or criu's bare behaviour is asked for, they are only counted. */
static bool is_kept(const struct answer *a)
{
	return a->p->record && !a->cli->as_given && a->p->recipe.n_tasks < MOST_TASKS;
}

int answer_attributes(struct answer *a, const struct finding *x, struct err *e)
{
	struct task_attributes *t;

	(void)e;
	if (!is_kept(a)) {
		a->n_told++;
		return 0;
	}
	t = recipe_add_task(&a->p->recipe);
	*t = x->attributes.own;
	t->cpus = t->cpus ? xstrdup(t->cpus) : NULL;
	return 0;
}

void note_attributes(struct answer *a)
{
	size_t n = a->p->recipe.n_tasks;

	if (n)
		plan_step(
			a->p,
			xasprintf("note the processors, I/O priority, timer slack... of %zu task%s",
				  n, n == 1 ? "" : "s"),
			"criu forgets them, and the thaw gives them back");
	if (a->n_told && a->p->record && !a->cli->as_given)
		strv_take(
			&a->p->notes,
			xasprintf(
				"%zu more tasks come back on all processors, and with the default "
				"I/O priority, timer slack and the like: a recipe holds no more than %d",
				a->n_told, MOST_TASKS));
	if (a->n_told && a->cli->stream)
		strv_take(
			&a->p->notes,
			xasprintf(
				"%zu task%s on all processors, and with the default I/O priority, "
				"timer slack and the like: with --stream there is no recipe",
				a->n_told, a->n_told == 1 ? " comes back" : "s come back"));
}

/* FINDING_OPTION: dump_socket_opts() in criu/sockets.c, dump_ip_opts() in criu/sk-inet.c */

int answer_option(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);
	char *set;

	(void)e;
	if (!a->p->record && !a->cli->stream) /* it runs on */
		return 0;
	set = socket_option_format(&x->set.option);
	if (a->p->record && a->p->recipe.n_options < MOST_TASKS) {
		*recipe_add_option(&a->p->recipe) =
			(struct recipe_option){ .pid = x->set.pid, .fd = x->fd, .set = set };
		return 0;
	}
	strv_take(&a->p->notes,
		  xasprintf("criu forgets of %s the option %s: after a thaw it is the default",
			    what, set));
	free(set);
	return 0;
}

void note_options(struct answer *a)
{
	size_t n = a->p->recipe.n_options;

	if (n)
		plan_step(a->p, xasprintf("note %zu option%s of sockets", n, n == 1 ? "" : "s"),
			  "criu forgets them, and the thaw sets them again");
}

/* FINDING_GROUP: criu makes sockets without them (criu/sk-inet.c) */

static bool can_join_again(const struct answer *a, const struct finding *x)
{
	return a->p->record && !x->joined.is_filtered && a->p->recipe.n_groups < MOST_TASKS;
}

int answer_group(struct answer *a, const struct finding *x, struct err *e)
{
	_cleanup_free_ char *what = answer_subject(x);
	char *name;

	(void)e;
	if (!a->p->record && !a->cli->stream) /* it runs on */
		return 0;
	name = group_name(&x->joined.group);
	if (can_join_again(a, x)) {
		*recipe_add_group(&a->p->recipe) =
			(struct recipe_group){ .pid = x->joined.pid,
					       .fd = x->fd,
					       .group = name,
					       .on = xstrdup(x->joined.group.device) };
		return 0;
	}
	strv_take(&a->p->notes,
		  xasprintf("criu forgets of %s that it has joined the multicast group %s on %s%s: "
			    "after a thaw it receives nothing from it",
			    what, name, x->joined.group.device,
			    x->joined.is_filtered ? " for some sources" : ""));
	free(name);
	return 0;
}

void note_groups(struct answer *a)
{
	size_t n = a->p->recipe.n_groups;

	if (n)
		plan_step(a->p,
			  xasprintf("note %zu multicast group%s that sockets have joined", n,
				    n == 1 ? "" : "s"),
			  "criu forgets them, and the thaw joins them again");
}

/* Each with a comma before it. */
static char *in_words(const struct tree_attributes *t)
{
	bool has_less = t->speculation.bypass || t->speculation.indirect;

	return xasprintf("%s%s%s%s%s%s%s", t->fixed ? ", addresses that are not random" : "",
			 t->memory ? ", the memory policy " : "", t->memory ? t->memory : "",
			 t->mce ? ", a policy for broken memory" : "",
			 t->merge ? ", memory that may be merged" : "",
			 t->flusher ? ", memory that is found without I/O" : "",
			 has_less ? ", less speculative execution" : "");
}

int answer_alike(struct answer *a, const struct finding *x, struct err *e)
{
	struct tree_attributes *t = &a->p->recipe.tree;
	_cleanup_free_ char *what = in_words(&x->attributes.tree);

	(void)e;
	if (a->p->streams)
		strv_take(
			&a->p->notes,
			xasprintf(
				"criu forgets what all of its tasks have: %s: with --stream there is no recipe",
				what + 2));
	if (!a->p->record || a->cli->as_given)
		return 0;
	*t = x->attributes.tree;
	t->memory = t->memory ? xstrdup(t->memory) : NULL;
	plan_step(a->p, xasprintf("note what all of its tasks have: %s", what + 2),
		  "criu forgets it, and the thaw hands it down to them");
	return 0;
}

int answer_forgotten(struct answer *a, const struct finding *x, struct err *e)
{
	static const char *const texts[FORGOTTEN_KINDS] = {
		[FORGOTTEN_PERSONALITY] = "its execution domain (personality(2))",
		[FORGOTTEN_MEMORY] = "its NUMA memory policy (set_mempolicy(2))",
		[FORGOTTEN_MCE] = "its policy for broken memory (PR_MCE_KILL)",
		[FORGOTTEN_MERGE] = "that all of its memory may be merged (PR_SET_MEMORY_MERGE)",
		[FORGOTTEN_FLUSHER] = "that its memory is found without I/O (PR_SET_IO_FLUSHER)",
		[FORGOTTEN_SPECULATION] =
			"what it has asked not to be speculated on (PR_SET_SPECULATION_CTRL)",
		[FORGOTTEN_FS] =
			"the working directory, root and umask that a thread has of its own (CLONE_FS)",
		[FORGOTTEN_EXIT_SIGNAL] = "the signal that its parent gets when it ends (clone(2))",
		[FORGOTTEN_TAGS] =
			"that there may be tags in its addresses (ARCH_ENABLE_TAGGED_ADDR)",
		[FORGOTTEN_LOCKS] = "that its memory is locked (mlock(2))",
		[FORGOTTEN_KEYS] = "the protection keys of its memory (pkey_mprotect(2))",
		[FORGOTTEN_SEALS] = "that some of its memory is sealed (mseal(2))",
		[FORGOTTEN_FAULTS] =
			"that some of its memory is locked only when it is used (MLOCK_ONFAULT)",
		[FORGOTTEN_POLICIES] = "the NUMA policy that some of its memory has (mbind(2))",
	};
	static const char *const instead[FORGOTTEN_KINDS] = {
		[FORGOTTEN_FS] = "the thread has those of the process",
		[FORGOTTEN_EXIT_SIGNAL] = "it is SIGCHLD",
		[FORGOTTEN_TAGS] = "it gets SIGSEGV where it uses one",
		[FORGOTTEN_LOCKS] = "it can be swapped out",
		[FORGOTTEN_KEYS] = "no key keeps it from being used",
		[FORGOTTEN_SEALS] = "it can be changed",
		[FORGOTTEN_FAULTS] = "all of that is locked from the beginning",
		[FORGOTTEN_POLICIES] = "it has that of the task",
	};
	enum forgotten what = x->attributes.what;
	size_t n = x->attributes.n;
	_cleanup_free_ char *more =
		n > 1 ? xasprintf(" (and %zu more like it)", n - 1) : xstrdup("");

	(void)e;
	if (a->p->record || a->p->streams)
		strv_take(&a->p->notes,
			  xasprintf("criu forgets of process %d%s %s: after a thaw %s", x->pid,
				    more, texts[what],
				    instead[what] ? instead[what] : "it is the default"));
	return 0;
}
