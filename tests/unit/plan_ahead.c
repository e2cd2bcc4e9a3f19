// SPDX-License-Identifier: MIT
/* What is started ahead of a thaw, from facts made by hand; and whether it fits the plan. */
#include "plan_facts.h"

static void of_a_container(struct facts *f)
{
	images(f);
	f->images.own_mounts = true;
}

static void of_an_unknown_root(struct facts *f)
{
	images(f);
	f->images.root = 0;
}

static void of_an_init(struct facts *f)
{
	images(f);
	f->images.root = 1;
}

static void without_a_tree(struct facts *f)
{
	images(f);
	f->images.has_tree = false;
}

static void of_a_reborn(struct facts *f)
{
	images(f);
	f->images.reborn = 5001;
}

static void with_a_terminal(struct facts *f)
{
	images(f);
	f->images.ttys.v = xcalloc(1, sizeof(*f->images.ttys.v));
	f->images.ttys.v[f->images.ttys.n++].is_pty = true;
}

static void with_a_pipe(struct facts *f)
{
	images(f);
	f->pipes.v = xcalloc(1, sizeof(*f->pipes.v));
	f->pipes.n = 1;
}

static void without_room(struct facts *f)
{
	images(f);
	f->pid_max = 301;
}

static void without_a_work_directory(struct facts *f)
{
	images(f);
	f->work_dir.errnum = EACCES;
}

static void on_a_read_only_directory(struct facts *f)
{
	images(f);
	f->images_dir.errnum = EROFS;
	f->images_dir.writable = false;
}

static void with_a_recipe(struct facts *f)
{
	images(f);
	f->has_recipe = true;
	f->recipe.pid = f->images.root;
}

static void frozen_with_locks(struct facts *f)
{
	with_a_recipe(f);
	f->recipe.needs = 1U << NEED_FILE_LOCKS | 1U << NEED_TCP_ESTABLISHED;
}

static void frozen_in_a_shell(struct facts *f)
{
	with_a_recipe(f);
	f->recipe.needs = 1U << NEED_SHELL_JOB;
}

/* A service: mounts, a file and a socket from outside. */
static void with_mounts(struct facts *f)
{
	images(f);
	take_recipe(f,
		    "criu-ns-recipe 1\nframe pid\n"
		    "mount at=/ is=host root=/ type=ext4 flags=relatime host=/ folder=/ master=1\n"
		    "mount at=/tmp is=own root=/ type=tmpfs flags=-\n"
		    "file id=73:5 path=/dev/null type=c flags=0100000 pos=0\nend\n");
	recipe_add_unix(&f->recipe)->id = xstrdup("77");
}

static void with_a_missing_mount(struct facts *f)
{
	with_mounts(f);
	f->host.mounts[0].errnum = ENOENT;
}

static void with_a_mounted_terminal(struct facts *f)
{
	with_mounts(f);
	f->recipe.mounts[1].owner = OWNER_PTY;
}

static void with_a_name(struct facts *f)
{
	with_a_recipe(f);
	recipe_add_name(&f->recipe);
}

static void with_a_group(struct facts *f)
{
	with_a_recipe(f);
	recipe_add_group(&f->recipe)->pid = 5000;
}

static void with_an_option(struct facts *f)
{
	with_a_recipe(f);
	recipe_add_option(&f->recipe)->pid = 5000;
}

static void with_a_task(struct facts *f)
{
	with_a_recipe(f);
	recipe_add_task(&f->recipe)->pid = 5000;
}

static void with_attributes(struct facts *f)
{
	with_a_recipe(f);
	f->recipe.tree.fixed = true;
}

static const struct start {
	const char *name;
	facts_fn *facts;
	const char *line;
	bool ahead;
} starts[] = {
	{ "usually", images, "restore -d", true },
	{ "in the foreground", images, "restore -v4 -o log --tcp-close", true },
	{ "a recipe with options", frozen_with_locks, "restore -d", true },
	{ "images that are read-only", on_a_read_only_directory, "restore -d", true },
	{ "no images", any_facts, "restore -d", false },
	{ "a freeze", images, "dump -t 1", false },
	{ "--dry-run", images, "restore -d --dry-run", false },
	{ "images from a stream", images, "restore --stream", false },
	{ "an option of a newer criu", images, "restore -d --of-the-future", false },
	{ "a log that would be made", images, "restore -d -v1 -o log", false },
	{ "a log that will be made by criu", images, "restore -d -v2 -o log", true },
	{ "-S", images, "restore -d -S", false },
	{ "a command in criu's place", images, "restore -d --exec-cmd -- true", false },
	{ "a namespace to join", images, "restore -d --join-ns net:/run/netns/a", false },
	{ "--as-given", images, "restore -d --as-given", false },
	{ "images with mounts, without a recipe", of_a_container, "restore -d", false },
	{ "an unknown root task", of_an_unknown_root, "restore -d", false },
	{ "an init", of_an_init, "restore -d", true },
	{ "an init whose root is given", of_an_init, "restore -d --root /srv", false },
	{ "images that are incomplete", without_a_tree, "restore -d", false },
	{ "a child to adopt", of_a_reborn, "restore -d", false },
	{ "a terminal", with_a_terminal, "restore -d", false },
	{ "a pipe to the outside", with_a_pipe, "restore -d", false },
	{ "no room for criu's pid", without_room, "restore -d", false },
	{ "no work directory", without_a_work_directory, "restore -d", false },
	{ "a recipe with a terminal", frozen_in_a_shell, "restore -d", false },
	{ "a recipe with mounts, files and sockets", with_mounts, "restore -d", true },
	{ "... in the foreground", with_mounts, "restore", true },
	{ "... one of which is missing", with_a_missing_mount, "restore -d", false },
	{ "... and a terminal", with_a_mounted_terminal, "restore -d", false },
	{ "a recipe with names", with_a_name, "restore -d", false },
	{ "a recipe with groups", with_a_group, "restore -d", true },
	{ "a recipe with options of sockets", with_an_option, "restore -d", true },
	{ "a recipe with tasks", with_a_task, "restore -d", true },
	{ "a recipe with attributes", with_attributes, "restore -d", true },
};

/* Where it is started ahead, and nothing else turns up, it fits. */
static void thaw_is_started(void **state)
{
	const struct start *x = *state;
	struct plan ahead;

	DECISION(d, x->line, false);
	x->facts(&d.f);
	assert_int_equal(d.u.r, 0);
	assert_int_equal(plan_thaw_ahead(&d.u.cli, &d.f, &ahead), x->ahead);
	if (x->ahead) {
		assert_int_equal(thaw(&d.u.cli, &d.f, &d.p, &d.e), 0);
		assert_true(plan_thaw_is_as_ahead(&ahead, &d.p));
	}
	plan_free(&ahead);
}

static void configured_is_not_started(void **state)
{
	static char file[] = "tcp-close\n";
	char *const configs[CLI_CONFIGS] = { file };
	struct unit_cli u = unit_parse("restore -d", configs, false);
	struct facts f;
	struct plan ahead;

	(void)state;
	any_facts(&f);
	images(&f);
	assert_int_equal(u.r, 0);
	assert_false(plan_thaw_ahead(&u.cli, &f, &ahead));
	forget(&f);
	unit_parse_free(&u);
}

static void by_rpc(struct plan *p)
{
	p->in_place = true;
}

static void another_pid(struct plan *p)
{
	p->criu_pid++;
}

static void in_the_foreground(struct plan *p)
{
	p->detach = false;
}

static void as_a_sibling(struct plan *p)
{
	p->sibling = true;
}

static void with_a_command(struct plan *p)
{
	p->wait_exec = true;
}

static void that_adopts(struct plan *p)
{
	p->adopts = true;
}

static void with_a_pty(struct plan *p)
{
	p->n_ptys = 1;
}

static void that_is_served(struct plan *p)
{
	p->tty = TTY_UNSEEN;
}

static void that_hands_a_terminal(struct plan *p)
{
	p->given = xcalloc(1, sizeof(*p->given));
	p->n_given = 1;
}

static void that_lays_a_terminal(struct plan *p)
{
	p->laid = xcalloc(1, sizeof(*p->laid));
	p->n_laid = 1;
}

static void that_connects_a_pipe(struct plan *p)
{
	p->n_pipes = 1;
}

static void that_makes_a_pipe(struct plan *p)
{
	p->kept = xcalloc(1, sizeof(*p->kept));
	p->n_kept = 1;
}

static void that_edits(struct plan *p)
{
	p->edits = xcalloc(1, sizeof(*p->edits));
	p->n_edits = 1;
}

static void that_gives_back(struct plan *p)
{
	recipe_add_task(&p->recipe);
}

static void that_mounts(struct plan *p)
{
	recipe_add_mount(&p->recipe);
}

static void that_hands_a_file(struct plan *p)
{
	recipe_add_file(&p->recipe);
}

static const struct change {
	const char *name;
	void (*make)(struct plan *p);
} changes[] = {
	{ "a criu in place", by_rpc },
	{ "another pid of criu", another_pid },
	{ "in the foreground after all", in_the_foreground },
	{ "a sibling", as_a_sibling },
	{ "a command that takes criu's place", with_a_command },
	{ "an adoption", that_adopts },
	{ "a new pty", with_a_pty },
	{ "a pty that is served", that_is_served },
	{ "a terminal handed to criu", that_hands_a_terminal },
	{ "a terminal that is mounted", that_lays_a_terminal },
	{ "a pipe that is connected", that_connects_a_pipe },
	{ "a pipe that is made", that_makes_a_pipe },
	{ "images that are changed", that_edits },
	{ "what criu forgets", that_gives_back },
	{ "another mount", that_mounts },
	{ "another file", that_hands_a_file },
};

static void change_does_not_fit(void **state)
{
	const struct change *x = *state;
	struct plan ahead;

	DECISION(d, "restore -d", false);
	images(&d.f);
	assert_true(plan_thaw_ahead(&d.u.cli, &d.f, &ahead));
	assert_int_equal(thaw(&d.u.cli, &d.f, &d.p, &d.e), 0);
	assert_true(plan_thaw_is_as_ahead(&ahead, &d.p));
	x->make(&d.p);
	assert_false(plan_thaw_is_as_ahead(&ahead, &d.p));
	plan_free(&ahead);
}

int main(void)
{
	UNIT_ROWS(thaw_is_started, starts);
	unit_add("a configuration file of the user's", configured_is_not_started, NULL);
	UNIT_ROWS(change_does_not_fit, changes);
	return unit_run("plan_ahead");
}
