/* SPDX-License-Identifier: MIT */
/* Facts made by hand, for plans: the caller, the target and its frame. */
#ifndef CRIU_NS_UNIT_PLAN_FACTS_H
#define CRIU_NS_UNIT_PLAN_FACTS_H

#include "tables.h"

#include "plan/plan.h"

#include <errno.h>

/* Descriptors are numbers here: a plan opens, reads and closes nothing. */
enum { A_FD = 1000, PID_MAX = 32768 };

typedef void facts_fn(struct facts *f);

static inline void take_table(struct mounts *t, const char *name)
{
	mounts_free(t);
	*t = recorded_table(name);
}

static inline struct mount *mount_at(struct mounts *t, const char *at)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->v[i].at, at))
			return &t->v[i];
	fail_msg("no mount on %s", at);
	return NULL;
}

static inline struct task task_of(const char *comm, pid_t outer, pid_t middle, pid_t inner)
{
	struct task t = { .pid = outer,
			  .tgid = outer,
			  .ppid = 1,
			  .state = 'S',
			  .depth = 1,
			  .session = inner ? inner : outer,
			  .ns_pid = 4026531836,
			  .ns_mnt = 4026531841 };

	snprintf(t.comm, sizeof(t.comm), "%s", comm);
	t.nspid[0] = outer;
	if (middle)
		t.nspid[t.depth++] = middle;
	if (inner)
		t.nspid[t.depth++] = inner;
	return t;
}

/* Decide; *e is the first refusal. */
static inline int first_refusal(int r, const struct plan *p, struct err *e)
{
	assert_int_equal(p->n_refusals > 0, r < 0);
	if (r < 0)
		*e = p->refusals[0];
	return r;
}

static inline int freeze(const struct cli *cli, const struct facts *f, struct plan *ret,
			 struct err *e)
{
	struct cli dry = *cli;

	dry.dry_run = true; /* then all steps are there */
	return first_refusal(plan_freeze(&dry, f, ret), ret, e);
}

static inline int thaw(const struct cli *cli, const struct facts *f, struct plan *ret,
		       struct err *e)
{
	struct cli dry = *cli;

	dry.dry_run = true; /* the same */
	return first_refusal(plan_thaw(&dry, f, ret), ret, e);
}

static inline void any_facts(struct facts *f)
{
	facts_init(f);
	f->caps = ~UINT64_C(0);
	f->ns_pid = 4026531836;
	f->ns_mnt = 4026531841;
	f->images_dir = (struct dir){ .path = "d", .fd = A_FD, .writable = true };
	f->work_dir = (struct dir){ .path = "w", .fd = A_FD, .writable = true };
}

static inline void forget(struct facts *f)
{
	f->images_dir.fd = f->work_dir.fd = f->ns_pid_fd = f->ns_mnt_fd = -1;
	f->frame_ns_pid_fd = f->frame_ns_mnt_fd = -1;
	facts_free(f);
}

/*
 * A command line, facts, what is decided of them, and the first refusal; freed at the end of its
 * scope.
 */
struct decision {
	struct unit_cli u;
	struct facts f;
	struct plan p;
	struct err e;
};

static inline void decision_free(struct decision *d)
{
	plan_free(&d->p);
	forget(&d->f);
	unit_parse_free(&d->u);
}

/* The facts are still to be made. */
#define DECISION(name, line, posix)                                                                \
	__attribute__((cleanup(decision_free))) struct decision name = {                           \
		.u = unit_parse(line, NULL, posix),                                                \
	};                                                                                         \
	any_facts(&(name).f)

/* In the caller's pid and mount namespace. */
static inline void here(struct facts *f)
{
	f->target = task_of("sshd worker", 812, 0, 0);
}

/* In a mount namespace of its own, with this table. */
static inline void with_view(struct facts *f, const char *table)
{
	f->ns_mnt_fd = A_FD;
	f->target.ns_mnt = 4026532200;
	take_table(&f->caller_view, "host");
	take_table(&f->target_view, table);
}

static inline void in_frame(struct facts *f, struct task init)
{
	f->frame = init;
	f->ns_pid_fd = A_FD;
	f->frame_ns_pid_fd = A_FD;
	f->frame_ns_mnt_fd = A_FD;
	f->target.ns_pid = f->frame.ns_pid = 4026532201;
	f->frame.ns_mnt = f->target.ns_mnt;
}

static inline void thawed(struct facts *f)
{
	f->target = task_of("counter", 901, 0, 5000);
	with_view(f, "thawed");
	in_frame(f, task_of("criu-ns-init", 900, 0, 1));
}

/* By somebody else's init. */
static inline void unshared(struct facts *f)
{
	thawed(f);
	strcpy(f->frame.comm, "bash");
}

static inline void thawed_in_a_container(struct facts *f)
{
	f->target = task_of("counter", 951, 21, 3);
	with_view(f, "thawed");
	in_frame(f, task_of("criu-ns-init", 950, 20, 1));
}

static inline void container_init(struct facts *f)
{
	f->target = task_of("tini", 940, 0, 1);
	with_view(f, "runc");
	f->ns_pid_fd = A_FD;
}

static inline void images(struct facts *f)
{
	static const pid_t ids[] = { 5000, 5000, 5000, 5001, 5002, 26 };

	f->images.present = f->images.has_tree = true;
	f->images.root = 5000;
	f->images.ids = xcalloc(ARRAY_SIZE(ids), sizeof(*ids));
	memcpy(f->images.ids, ids, sizeof(ids));
	f->images.n_ids = ARRAY_SIZE(ids);
	f->pid_max = PID_MAX;
}

/* As recipe_host_look() leaves it, where all that a recipe names is to be found. */
static inline void find_all(struct facts *f)
{
	static const char *const trees[] = { "/", "/srv/app" };
	struct recipe_host *h = &f->host;

	h->trees = xcalloc(ARRAY_SIZE(trees), sizeof(*h->trees));
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
		h->trees[h->n_trees++] = (struct host_tree){
			.number = i, .at = xstrdup(trees[i]), .fstype = xstrdup("ext4"), .fd = -1
		};
	h->mounts = xcalloc(f->recipe.n_mounts, sizeof(*h->mounts));
	for (size_t i = 0; i < f->recipe.n_mounts; i++) {
		struct recipe_mount *m = &f->recipe.mounts[i];

		if (m->owner != OWNER_HOST)
			continue;
		m->from = &h->mounts[h->n_mounts];
		h->mounts[h->n_mounts++] =
			(struct host_mount){ .tree = &h->trees[strcmp(m->host, "/") != 0],
					     .path = xstrdup(m->folder) };
	}
	h->files = xcalloc(f->recipe.n_files, sizeof(*h->files));
	for (size_t i = 0; i < f->recipe.n_files; i++) {
		h->files[h->n_files] = (struct host_file){ .fd = -1 };
		f->recipe.files[i].from = &h->files[h->n_files++];
	}
}

static inline void take_recipe(struct facts *f, const char *text)
{
	struct err e = { 0 };

	UNIT_CHECK(recipe_parse(text, strlen(text), &f->recipe, &e) == 0, "%s", e.what);
	f->has_recipe = true;
	f->staging = "/yard";
	find_all(f);
	if (f->recipe.n_mounts)
		add_image_mounts(&f->images, &f->recipe);
}

static inline void no_images_dir(struct facts *f)
{
	f->images_dir = (struct dir){ .path = "d", .fd = -1, .errnum = ENOENT };
}

static inline bool same_lines(const char *steps, const struct plan *p)
{
	size_t n = 0;

	/* Each part, in this order, in a step of its own. */
	while (*steps) {
		size_t length = strcspn(steps, "|");
		char *part = xstrndup(steps, length);

		while (n < p->n_steps && !strstr(p->steps[n].what, part))
			n++;
		if (n++ == p->n_steps)
			print_error("no step says, in this order: %s\n", part);
		free(part);
		if (n > p->n_steps)
			return false;
		steps += length + (steps[length] == '|');
	}
	return true;
}

static inline void assert_steps(const struct plan *p, const char *steps)
{
	assert_true(same_lines(steps, p));
	for (size_t i = 0; i < p->n_steps; i++)
		UNIT_CHECK(*p->steps[i].why, "no reason for: %s", p->steps[i].what);
}

/* What a dump of a view of its own asks for, behind all that is told of mounts. */
#define RECHECK "--action-script /proc/self/fd/<recheck>"
#define SLOTS   "--images-dir /proc/self/fd/<images> --work-dir /proc/self/fd/<work>"

/* What is refused: the facts, the line, and what the first refusal says. */
struct refusal {
	const char *name;
	facts_fn *facts;
	const char *line, *what, *hint;
	int r;
};

static inline void assert_refused(const struct refusal *x, int r, const struct err *e,
				  struct plan *p)
{
	assert_int_equal(r, x->r);
	unit_assert_contains(e->what, x->what);
	unit_assert_contains(e->hint, x->hint);
	unit_assert_lacks(e->what, "(null)");
	unit_assert_lacks(e->hint, "(null)");
	assert_int_equal(p->args.n + p->n_steps + p->notes.n, 0); /* nothing is half decided */
	assert_true(recipe_is_empty(&p->recipe));
	plan_free(p);
}

#endif
