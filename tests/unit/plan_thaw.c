// SPDX-License-Identifier: MIT
/* The plan of a thaw for each kind of images and each recipe, from facts made by hand. */
#include "plan_facts.h"

static void images_of_low_pids(struct facts *f)
{
	images(f);
	f->images.n_ids = 0;
	f->images.root = 2;
	f->images.ids[f->images.n_ids++] = 2;
	f->images.ids[f->images.n_ids++] = 3;
}

static void images_unknown(struct facts *f)
{
	images(f);
	f->images.n_ids = 0;
	f->images.root = 0;
}

static void images_of_an_init(struct facts *f)
{
	images_of_low_pids(f);
	f->images.root = 1;
}

static void add_root(struct facts *f, dev_t dev, const char *folder)
{
	struct recipe_mount m = { .at = (char *)"/", .root = (char *)folder };

	f->images.own_mounts = true;
	add_image_mount(&f->images, &m);
	f->images.mounts[0].dev = dev;
}

static void images_with_mounts(struct facts *f)
{
	images(f);
	add_root(f, makedev(254, 0), "/");
	take_table(&f->caller_view, "host");
}

static void images_on_another_device(struct facts *f)
{
	images_with_mounts(f);
	f->images.mounts[0].dev = makedev(254, 1);
}

static void images_on_another_folder(struct facts *f)
{
	images(f);
	add_root(f, makedev(254, 0), "/srv/bundle/rootfs");
	take_table(&f->caller_view, "host");
}

static void images_on_an_unknown_root(struct facts *f)
{
	images(f);
	f->images.own_mounts = true;
	take_table(&f->caller_view, "host");
}

static void images_that_want_a_parent(struct facts *f)
{
	images(f);
	f->images.pdeath = true;
}

static void images_of_an_init_that_wants_a_parent(struct facts *f)
{
	images_of_an_init(f);
	f->images.pdeath = true;
}

static void images_with_external_mounts(struct facts *f)
{
	images_with_mounts(f);
	f->images.auto_external = true;
}

static void images_of_an_init_with_mounts(struct facts *f)
{
	images_with_mounts(f);
	f->images.root = 1;
}

static void on_a_terminal(struct facts *f)
{
	images(f);
	f->stdin_is_tty = true;
}

/* As if image_ttys_read() had read it. */
static void add_image_tty(struct facts *f, struct image_tty t)
{
	struct image_ttys *s = &f->images.ttys;

	s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = t;
}

static const struct image_tty a_job_tty = { .rdev = 0x8803, .dev = 0x19, .is_pty = true },
			      a_held_tty = { .rdev = 0x8804, .dev = 0x19, .is_external = true },
			      a_led_tty = { .rdev = 0x8805,
					    .dev = 0x19,
					    .is_external = true,
					    .sid = 26 },
			      dev_tty = { .rdev = 0x500, .dev = 6, .is_external = true, .sid = 26 };

static void with_a_job_tty(struct facts *f)
{
	images(f);
	add_image_tty(f, a_job_tty);
}

static void with_a_held_tty(struct facts *f)
{
	images(f);
	add_image_tty(f, a_held_tty);
	add_image_tty(f, a_held_tty); /* once for each open file */
}

static void with_a_held_tty_on_a_terminal(struct facts *f)
{
	with_a_held_tty(f);
	f->stdin_is_tty = true;
}

static void with_all_ttys(struct facts *f)
{
	with_a_held_tty(f);
	add_image_tty(f, dev_tty);
	add_image_tty(f, a_led_tty);
	add_image_tty(f, a_job_tty);
	f->stdin_is_tty = true;
}

static void with_a_led_tty(struct facts *f)
{
	images(f);
	add_image_tty(f, dev_tty);
	add_image_tty(f, a_led_tty);
	f->stdin_is_tty = true;
}

static void with_a_pair_and_a_hung_tty(struct facts *f)
{
	images(f);
	add_image_tty(f, (struct image_tty){ .is_pty = true, .index = 3, .sid = 26 });
	add_image_tty(f, (struct image_tty){ .is_pty = true, .index = 3, .is_master = true });
	add_image_tty(f, (struct image_tty){ .is_pty = true, .index = 4, .is_hung = true });
}

/* A pipe of the images, with what was in it, that was a standard descriptor of the root task (-1: none). */
static void add_image_pipe(struct facts *f, uint32_t id, int fd, bool reads, size_t n)
{
	struct image_pipes *s = &f->pipes;
	struct image_pipe pipe = { .id = id, .reads = reads, .n = n };

	if (fd >= 0)
		pipe.is_stdio[fd] = true;
	s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = pipe;
}

static void with_pipes(struct facts *f)
{
	images(f);
	add_image_pipe(f, 70, 0, true, 0);
	add_image_pipe(f, 71, 1, false, 0);
	f->pipes.v[1].is_stdio[2] = true;
}

static void with_pipes_among_pipes(struct facts *f)
{
	with_pipes(f);
	f->stdio_is_pipe[0] = f->stdio_is_pipe[1] = true;
}

static void with_a_full_pipe_among_pipes(struct facts *f)
{
	with_pipes_among_pipes(f);
	f->pipes.v[0].n = 5;
}

static void with_other_pipes(struct facts *f)
{
	images(f);
	add_image_pipe(f, 70, -1, true, 3);
	add_image_pipe(f, 71, 1, true, 0); /* read from stdout */
	add_image_pipe(f, 72, -1, false, 0);
	f->stdio_is_pipe[0] = f->stdio_is_pipe[1] = true;
}

static void with_both_ends_in_one(struct facts *f)
{
	images(f);
	add_image_pipe(f, 70, 0, true, 3);
	f->pipes.v[0].is_both = true;
}

static void with_pipes_and_a_led_tty(struct facts *f)
{
	with_pipes(f);
	add_image_tty(f, a_led_tty);
	f->stdin_is_tty = true;
}

#define PIDFILE    "--pidfile /proc/1/fd/<scratch>/pid"
#define BACKGROUND "--restore-detached " PIDFILE

static const struct thaw {
	const char *name;
	facts_fn *facts;
	const char *line;
	bool posix;
	pid_t criu_pid;
	const char *exec; /* the word at exec_at */
	const char *args, *steps;
} thaws[] = {
	{ "criu sits above all ids of the images", images, "restore -d -D d", false, 5515, NULL,
	  "restore -d -D d " BACKGROUND,
	  "new pid and mount namespace|slaves|criu there as pid 5515|root task as pid "
	  "5000|return" },
	{ "in the foreground criu leaves too, and we wait", images, "restore", false, 5515, NULL,
	  "restore " BACKGROUND, "5515|5000|wait for the root task" },
	{ "low pids stay free", images_of_low_pids, "restore", false, 812, NULL,
	  "restore " BACKGROUND, "criu there as pid 812|root task as pid 2" },
	{ "images that are not understood are criu's to judge", images_unknown, "restore", false,
	  32256, NULL, "restore " BACKGROUND, "pid 32256" },
	{ "a sibling", images, "restore -dS", false, 5515, NULL, "restore -dS " BACKGROUND, "" },
	{ "the user's pidfile is not criu's", images, "restore --pidfile p -d", false, 5515, NULL,
	  "restore --pidfile p -d " BACKGROUND, "" },
	{ "what is added goes in front of --", images, "restore -d --", false, 5515, NULL,
	  "restore -d " BACKGROUND " --", "" },
	{ "own options are gone from criu's line", images, "restore --exit-status --criu-binary=/b",
	  false, 5515, NULL, "restore " BACKGROUND, "" },

	{ "a command behind --", images, "restore --exec-cmd -D d -- prog -v --dry-run", false,
	  5515, "prog", "restore --exec-cmd -D d " PIDFILE " -- prog -v --dry-run", "command" },
	{ "a command behind --, and the command word too", images, "--exec-cmd -- restore prog",
	  false, 5515, "prog", "--exec-cmd " PIDFILE " -- restore prog", "" },
	{ "a command without --", images, "restore --exec-cmd prog arg", false, 5515, "prog",
	  "restore --exec-cmd prog arg " PIDFILE, "" },
	{ "a command behind own options", images, "--exec-cmd restore --criu-binary b -- prog",
	  false, 5515, "prog", "--exec-cmd restore " PIDFILE " -- prog", "" },
	{ "POSIX: a command", images, "-D d --exec-cmd restore prog -v", true, 5515, "prog",
	  "-D d --exec-cmd " PIDFILE " restore prog -v", "" },
	{ "a command, and mounts", images_with_mounts, "restore --exec-cmd -- prog", false, 5515,
	  "prog", "restore --exec-cmd --root / " PIDFILE " -- prog", "" },

	{ "mounts in the images need a root", images_with_mounts, "restore -d", false, 5515, NULL,
	  "restore -d --root / " BACKGROUND, "--root /" },
	{ "unless the user has named one", images_with_mounts, "restore -d -r /r", false, 5515,
	  NULL, "restore -d -r /r " BACKGROUND, "" },
	{ "external mounts are looked for again", images_with_external_mounts, "restore -d", false,
	  5515, NULL, "restore -d --root / --external mnt[]:m --external mnt[]:s " BACKGROUND,
	  "mnt[]:m" },
	{ "what the user has said of them is not said again", images_with_external_mounts,
	  "restore -d --root /r --external mnt[]:m", false, 5515, NULL,
	  "restore -d --root /r --external mnt[]:m --external mnt[]:s " BACKGROUND, "mnt[]:s" },

	{ "a root task that wants a parent", images_that_want_a_parent, "restore -d", false, 5515,
	  NULL, "restore -d --restore-detached --restore-sibling " PIDFILE,
	  "child of the pseudo-init" },
	{ "in the foreground, too", images_that_want_a_parent, "restore", false, 5515, NULL,
	  "restore --restore-detached --restore-sibling " PIDFILE, "child of the pseudo-init" },
	{ "a sibling has one", images_that_want_a_parent, "restore -dS", false, 5515, NULL,
	  "restore -dS " BACKGROUND, "" },
	{ "so has one with a command in criu's place", images_that_want_a_parent,
	  "restore --exec-cmd -- prog", false, 5515, "prog",
	  "restore --exec-cmd " PIDFILE " -- prog", "" },
	{ "pipes are connected in the foreground", with_pipes, "restore", false, 5515, NULL,
	  "restore --inherit-fd 'fd[<pipe 0>]' --inherit-fd 'fd[<pipe 1>]' " BACKGROUND,
	  "connect this process's stdin with that of the tree|connect this process's stdout" },
	{ "or handed over", with_pipes_among_pipes, "restore", false, 5515, NULL,
	  "restore --inherit-fd 'fd[<pipe 0>]' --inherit-fd 'fd[<pipe 1>]' " BACKGROUND,
	  "hand this process's stdin to the tree|hand this process's stdout to the tree" },
	{ "unless there was something in them", with_a_full_pipe_among_pipes, "restore", false,
	  5515, NULL, "restore --inherit-fd 'fd[<pipe 0>]' --inherit-fd 'fd[<pipe 1>]' " BACKGROUND,
	  "connect this process's stdin with that of the tree|hand this process's stdout" },
	{ "to a sibling, too", with_a_full_pipe_among_pipes, "restore -dS", false, 5515, NULL,
	  "restore -dS --inherit-fd 'fd[<pipe 0>]' " BACKGROUND,
	  "hand this process's stdout to the tree" },
	{ "but a terminal of the tree is typed to", with_pipes_and_a_led_tty, "restore", false,
	  5515, NULL, "restore --inherit-fd 'fd[<tty 0>]' --inherit-fd 'fd[<pipe 0>]' " BACKGROUND,
	  "connect this process's stdout" },
	{ "the user's own come first", with_pipes, "restore --inherit-fd fd[9]:pipe:[70]", false,
	  5515, NULL,
	  "restore --inherit-fd fd[9]:pipe:[70] --inherit-fd 'fd[<pipe 0>]' " BACKGROUND,
	  "connect this process's stdout" },
	{ "what criu would open for reading only is made in its place", with_both_ends_in_one,
	  "restore -d", false, 5515, NULL, "restore -d --inherit-fd 'fd[<pipe 0>]' " BACKGROUND,
	  "make 1 pipe in criu's place" },
	{ "not when detached", with_pipes_among_pipes, "restore -d", false, 5515, NULL,
	  "restore -d " BACKGROUND, "" },
	{ "nor as given", with_pipes_among_pipes, "restore --as-given", false, 5515, NULL,
	  "restore " BACKGROUND, "" },
	{ "nor with a command", with_pipes, "restore --exec-cmd -- prog", false, 5515, "prog",
	  "restore --exec-cmd " PIDFILE " -- prog", "" },
	{ "nor any other pipes", with_other_pipes, "restore", false, 5515, NULL,
	  "restore " BACKGROUND, "" },

	{ "an init in the images is thawed below a pseudo-init, too", images_of_an_init,
	  "restore -d --pidfile p", false, 812, NULL, "restore -d --pidfile p " BACKGROUND,
	  "new pid and mount namespace|criu there as pid 812|return" },
	{ "an init that wants a parent", images_of_an_init_that_wants_a_parent, "restore -d", false,
	  812, NULL, "restore -d --restore-detached --restore-sibling " PIDFILE,
	  "child of the pseudo-init" },
	{ "an init with mounts in the images", images_of_an_init_with_mounts, "restore", false,
	  5515, NULL, "restore --root / " BACKGROUND, "--root /|new pid and mount namespace" },
};

static void thaw_is_planned(void **state)
{
	const struct thaw *x = *state;

	DECISION(d, x->line, x->posix);
	x->facts(&d.f);
	assert_int_equal(d.u.r, 0);
	UNIT_CHECK(thaw(&d.u.cli, &d.f, &d.p, &d.e) == 0, "%s", d.e.what);
	assert_int_equal(d.p.criu_pid, x->criu_pid);
	assert_int_equal(d.p.detach, d.u.cli.detach);
	assert_int_equal(d.p.sibling, d.u.cli.sibling);
	assert_int_equal(d.p.wait_exec, d.u.cli.exec_cmd);
	unit_assert_text(d.p.exec_at ? d.p.args.v[d.p.exec_at] : NULL, x->exec);
	unit_assert_words(&d.p.args, x->args);
	assert_steps(&d.p, x->steps);
}

static void images_with_our_pid(struct facts *f)
{
	images(f);
	f->own_ids[0] = f->images.ids[1];
}

static void images_with_our_session(struct facts *f)
{
	images(f);
	f->own_ids[2] = f->images.ids[0];
}

static void images_without_a_session(struct facts *f)
{
	images(f);
	f->images.ids[0] = 0;
}

static void images_with_plugins(struct facts *f)
{
	images(f);
	f->images.has_plugins = true;
}

/* With -S, does criu take the place of criu-ns? */
static const struct place {
	const char *name;
	facts_fn *facts;
	const char *line;
	bool by_rpc, is_taken;
} places[] = {
	{ "not without -S", images, "restore -d", false, false },
	{ "with -S", images, "restore -dS", false, true },
	{ "for a client", images, "restore -dS", true, true },
	{ "not for an init", images_of_an_init, "restore -dS", false, false },
	{ "nobody's session", images_without_a_session, "restore -dS", false, true },
	{ "not with a command", images, "restore -S --exec-cmd -- prog", false, false },
	{ "nor a script", images, "restore -dS --action-script /s", false, false },
	{ "nor for a shell job", images, "restore -dSj", false, false },
	{ "nor from a stream", images_unknown, "restore -dS --stream", false, false },
	{ "nor from images that are not understood", images_unknown, "restore -dS", false, false },
	{ "nor with plugins", images_with_plugins, "restore -dS", false, false },
	{ "nor if a process has our pid", images_with_our_pid, "restore -dS", false, false },
	{ "nor our session", images_with_our_session, "restore -dS", false, false },
};

static void place_is_taken(void **state)
{
	const struct place *x = *state;

	DECISION(d, x->line, false);
	x->facts(&d.f);
	d.u.cli.by_rpc = x->by_rpc;
	UNIT_CHECK(thaw(&d.u.cli, &d.f, &d.p, &d.e) == 0, "%s", d.e.what);
	assert_int_equal(d.p.takes_place, x->is_taken);
	assert_steps(&d.p, x->is_taken ? "become criu, which stays" : "start criu there");
}

static void of_criu_4_1(struct facts *f)
{
	images(f);
	f->images.criu = CRIU_VERSION(4, 1, 0);
	f->criu_version = CRIU_VERSION(3, 17, 1);
}

/* Each row: the facts, the line, and the notes, with "|" between them. */
static const struct noted {
	const char *name;
	facts_fn *facts;
	const char *line, *notes;
} noted[] = {
	{ "detached, nobody has the other ends", with_a_full_pipe_among_pipes, "restore -d",
	  "the tree's stdin was a pipe whose other end was outside of the tree: the tree reads the 5 bytes "
	  "that were in it, and then the end of the file. To connect it, thaw in the foreground, "
	  "or add --inherit-fd 'fd[N]:pipe:[70]'|"
	  "the tree's stdout was a pipe whose other end was outside of the tree: writing there fails "
	  "(SIGPIPE). To connect it, thaw in the foreground, or add --inherit-fd 'fd[N]:pipe:[71]'" },
	{ "a sibling's must be pipes", with_pipes, "restore -dS --inherit-fd fd[9]:pipe:[70]",
	  "the tree's stdout was a pipe whose other end was outside of the tree: writing there fails "
	  "(SIGPIPE). To connect it, give criu-ns -S a pipe in its place, "
	  "or add --inherit-fd 'fd[N]:pipe:[71]'" },
	{ "other pipes", with_other_pipes, "restore",
	  "the tree had a pipe of which it had one end only: the tree reads the 3 bytes that were in it, "
	  "and then the end of the file, unless it is given one: --inherit-fd 'fd[N]:pipe:[70]'|"
	  "there are 2 more such pipes" },
	{ "a terminal of the tree is typed to", with_pipes_and_a_led_tty, "restore",
	  "the tree's stdin was a pipe whose other end was outside of the tree: the tree reads the end of the file. "
	  "To connect it, give criu-ns a stdin that is no terminal, or add --inherit-fd 'fd[N]:pipe:[70]'" },
	{ "a command has its own stdio", with_pipes,
	  "restore --exec-cmd --inherit-fd fd[9]:pipe:[71] -- prog",
	  "the tree's stdin was a pipe whose other end was outside of the tree: the tree reads the end of the file. "
	  "To connect it, thaw without --exec-cmd, or add --inherit-fd 'fd[N]:pipe:[70]'" },
	{ "what is not in a given one", with_a_full_pipe_among_pipes,
	  "restore --inherit-fd fd[9]:pipe:[70]",
	  "criu does not put the 5 bytes that were in pipe:[70] into what it is given in its place: "
	  "they are there only if that is the same pipe" },
	{ "nothing to be said", with_pipes, "restore", "" },
	{ "nor of both ends in one", with_both_ends_in_one, "restore -d", "" },
	{ "as given", with_pipes, "restore -d --as-given", "" },
	{ "of a criu that is newer, and may have written what this one does not know", of_criu_4_1,
	  "restore -d -D d",
	  "the images in d are of criu 4.1 or newer, but this one is 3.17: what it does not know in them is lost; "
	  "use the criu that made them (--criu-binary)" },
};

static void thaw_is_noted(void **state)
{
	const struct noted *x = *state;
	_cleanup_free_ char *text = xstrdup("");

	DECISION(d, x->line, false);
	x->facts(&d.f);
	assert_int_equal(thaw(&d.u.cli, &d.f, &d.p, &d.e), 0);
	for (size_t i = 0; i < d.p.notes.n; i++) {
		char *longer = xasprintf("%s%s%s", text, i ? "|" : "", d.p.notes.v[i]);

		free(text);
		text = longer;
	}
	assert_string_equal(text, x->notes);
}

/* With a recipe: one mount of each kind, and two files */

static const char recipe_lines[] =
	"criu-ns-recipe 1\nframe pid\n"
	"mount at=/ is=host root=/ type=ext4 flags=relatime host=/ folder=/ master=1\n"
	"mount at=/proc is=proc key=criu-ns-1 root=/ type=proc flags=relatime master=2\n"
	"mount at=/proc/sys is=proc key=criu-ns-2 root=/sys type=proc flags=ro\n"
	"mount at=/opt is=host key=criu-ns-3 root=/sub/x type=ext4 flags=ro host=/srv/app "
	"folder=/x "
	"master=4\n"
	"mount at=/all is=host key=criu-ns-4 root=/sub type=ext4 flags=- host=/srv/app folder=/\n"
	"mount at=/tmp is=own root=/ type=tmpfs flags=-\n"
	"mount at=/stack is=host key=criu-ns-5 root=/a type=ext4 flags=- host=/ folder=/a hidden\n"
	"mount at=/stack is=host key=criu-ns-5 root=/b type=ext4 flags=- host=/ folder=/b\n"
	"mount at=/below is=host key=criu-ns-6 root=/c type=ext4 flags=- host=/ folder=/c hidden\n"
	"file id=73:5 path=/dev/null type=c flags=0100000 pos=0\n"
	"file id=73:abc path=/var/log/x type=f flags=02001 pos=77\n"
	"end\n";

static void with_recipe(struct facts *f)
{
	images(f);
	take_recipe(f, recipe_lines);
}

static struct recipe_mount *place(const struct facts *f, const char *at)
{
	for (size_t i = 0; i < f->recipe.n_mounts; i++)
		if (!strcmp(f->recipe.mounts[i].at, at) && !f->recipe.mounts[i].hidden)
			return &f->recipe.mounts[i];
	fail_msg("no mount on %s", at);
	return NULL;
}

/* Why what the mount is made from was not found. */
static void lose(const struct recipe_mount *m, int errnum)
{
	((struct host_mount *)m->from)->errnum = errnum;
}

static void all_unmounted(struct facts *f)
{
	struct host_tree *t;

	with_recipe(f);
	t = (struct host_tree *)place(f, "/all")->from->tree;
	free(t->fstype);
	t->fstype = xstrdup("tmpfs");
	lose(place(f, "/opt"), ENOENT); /* which is of the same mount */
}

static struct host_file *file_of(const struct facts *f, size_t number)
{
	return (struct host_file *)f->recipe.files[number].from;
}

static void locked_opt(struct facts *f)
{
	with_recipe(f);
	place(f, "/opt")->locks = LOCK_MOUNT | LOCK_ATIME;
}

/* As recipe_host_look() leaves out what is given by hand. */
static void opt_by_hand(struct facts *f)
{
	with_recipe(f);
	place(f, "/opt")->from = NULL;
}

static void opt_missing(struct facts *f)
{
	with_recipe(f);
	lose(place(f, "/opt"), ENOENT);
}

static void all_missing(struct facts *f)
{
	with_recipe(f);
	lose(place(f, "/all"), ENOENT);
}

static void stack_missing(struct facts *f)
{
	with_recipe(f);
	lose(place(f, "/stack"), EACCES);
}

static void root_by_hand(struct facts *f)
{
	with_recipe(f);
	f->recipe.mounts[0].from = NULL;
}

static void root_missing(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\nmount at=/ is=host root=/srv/box type=ext4 "
		       "flags=- host=/ folder=/srv/box\nend\n");
	lose(&f->recipe.mounts[0], ENOENT);
}

static void kept(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\nmount at=/ is=kept root=/newroot type=tmpfs "
		       "flags=- options=rw\nend\n");
}

static void root_of_nothing(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\nmount at=/ is=own root=/ type=ext4 flags=-\n"
		       "end\n");
}

static void kept_and_lost(struct facts *f)
{
	kept(f);
	f->recipe.mounts[0].kept_errnum = ENOENT;
}

static void kept_part(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 4\nframe pid\nmount at=/ is=kept root=/newroot type=tmpfs "
		       "flags=- options=rw\nmount at=/var/tmp is=kept key=criu-ns-1 root=/var-tmp "
		       "type=tmpfs flags=- options=rw\nend\n");
}

static void kept_part_and_lost(struct facts *f)
{
	kept_part(f);
	f->recipe.mounts[1].kept_errnum = ENOENT;
}

static void named_by_hand(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\n"
		       "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
		       "mount at=/g is=given key=KEY root=/ type=fuse flags=-\nend\n");
}

static void something_left_out(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\n"
		       "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
		       "mount at=/a/b is=none root=/x type=ext4 flags=- master=4 hidden\n"
		       "mount at=/a is=own root=/ type=tmpfs flags=-\nend\n");
}

static void automatic(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\n"
		       "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
		       "mount at=/g is=auto root=/ type=tmpfs flags=- master=3\nend\n");
	f->images.auto_external = true;
}

static void only_files(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 1\nframe pid\n"
		       "file id=73:5 path=/dev/null type=c flags=0100000 pos=0\nend\n");
}

static void options_needed(struct facts *f)
{
	images(f);
	take_recipe(f, "criu-ns-recipe 3\nframe pid\nneeds tcp-established file-locks\nend\n");
}

static void an_init_with_a_recipe(struct facts *f)
{
	images_of_an_init(f);
	take_recipe(f, "criu-ns-recipe 1\nframe init\n"
		       "mount at=/ is=host root=/srv/box type=ext4 flags=- host=/ "
		       "folder=/srv/box\nend\n");
}

static void a_recipe_of_an_init(struct facts *f)
{
	with_recipe(f);
	f->recipe.init = true;
}

static void null_by_hand(struct facts *f)
{
	with_recipe(f);
	f->recipe.files[0].from = NULL;
}

static void log_missing(struct facts *f)
{
	with_recipe(f);
	file_of(f, 1)->errnum = ENOENT;
}

static void log_is_a_folder(struct facts *f)
{
	with_recipe(f);
	file_of(f, 1)->is_other = true;
}

static void no_yard(struct facts *f)
{
	with_recipe(f);
	f->staging = NULL;
}

static void recipe_of_others(struct facts *f)
{
	with_recipe(f);
	f->images.mounts[0].at[1] = 'X';
}

#define LAID_ROOT "--root /yard/root "
#define LAID_PROC "--external mnt[criu-ns-1]:/yard/proc --external mnt[criu-ns-2]:/yard/proc/sys "
#define LAID_OPT  "--external mnt[criu-ns-3]:/yard/1/x "
#define LAID_REST                                                                                  \
	"--external mnt[criu-ns-4]:/yard/1 --external mnt[criu-ns-5]:/yard/0/b "                   \
	"--external mnt[criu-ns-6]:/yard/0/c "
#define FILES "--inherit-fd 'fd[<file 0>]' --inherit-fd 'fd[<file 1>]' "

static const struct laid {
	const char *name;
	facts_fn *facts;
	const char *line, *args, *steps;
	bool make_root, lay_proc, tolerate;
	const char *peers; /* 0 or 1 for each source tree */
} laids[] = {
	{ "what the recipe tells is laid out for criu", with_recipe, "restore -d",
	  "restore -d " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND,
	  "lay out the host's mounts on /yard|mount /|mount /opt: /x of /srv/app|"
	  "compare the mounts|open /dev/null|open /var/log/x|new pid and mount namespace|"
	  "thaw the root task",
	  true, true, false, "11" },
	{ "in front of --", with_recipe, "restore -d --",
	  "restore -d " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND " --", "", true,
	  true, false, "11" },
	{ "and of a command", with_recipe, "restore --exec-cmd -- prog",
	  "restore --exec-cmd " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES PIDFILE " -- prog", "",
	  true, true, false, "11" },
	{ "what was locked is locked again", locked_opt, "restore -d",
	  "restore -d " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND,
	  "mount /opt|lock 1 mount again|compare the mounts", true, true, false, "11" },
	{ "... or is left as it is", locked_opt, "restore -d --lose-locks",
	  "restore -d " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND,
	  "mount /opt|leave 1 mount unlocked|compare the mounts", true, true, false, "11" },
	{ "--warn-mounts thaws others, too", with_recipe, "restore -d --warn-mounts",
	  "restore -d " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND, "", true, true,
	  true, "11" },
	{ "a mount by hand", opt_by_hand, "restore -d --external mnt[criu-ns-3]:/other",
	  "restore -d --external mnt[criu-ns-3]:/other " LAID_ROOT LAID_PROC LAID_REST FILES
		  BACKGROUND,
	  "mount /opt", true, true, false, "10" },
	{ "a missing one by hand", opt_missing, "restore -d --external mnt[criu-ns-3]:/other",
	  "restore -d --external mnt[criu-ns-3]:/other " LAID_ROOT LAID_PROC LAID_REST FILES
		  BACKGROUND,
	  "", true, true, false, "10" },
	{ "a procfs by hand", with_recipe,
	  "restore -d --external mnt[criu-ns-1]:/p --external mnt[criu-ns-2]:/p/sys",
	  "restore -d --external mnt[criu-ns-1]:/p --external mnt[criu-ns-2]:/p/sys " LAID_ROOT
		  LAID_OPT LAID_REST FILES BACKGROUND,
	  "", true, false, false, "11" },
	{ "no path by hand is none", with_recipe, "restore -d --external mnt[criu-ns-3]",
	  "restore -d --external mnt[criu-ns-3] " LAID_ROOT LAID_PROC LAID_OPT LAID_REST FILES
		  BACKGROUND,
	  "", true, true, false, "11" },
	{ "a root by hand", root_by_hand, "restore -d --root /r",
	  "restore -d --root /r " LAID_PROC LAID_OPT LAID_REST FILES BACKGROUND, "", false, true,
	  false, "01" },
	{ "instead of one that is missing", root_missing, "restore -d --root /r",
	  "restore -d --root /r " BACKGROUND, "mount /|compare", false, false, false, "00" },
	{ "what was left out is not laid out", something_left_out, "restore -d",
	  "restore -d " LAID_ROOT BACKGROUND, "mount /|mount /a/b|mount /a|compare", true, false,
	  false, "00" },
	{ "the options of the freeze are given again", options_needed, "restore -d",
	  "restore -d --tcp-established --file-locks " BACKGROUND,
	  "add --tcp-established|add --file-locks", false, false, false, "00" },
	{ "... but for those that are given", options_needed, "restore -d -l",
	  "restore -d -l --tcp-established " BACKGROUND, "add --tcp-established", false, false,
	  false, "00" },
	{ "... or are not wanted", options_needed, "restore -d --no-file-locks --tcp-close",
	  "restore -d --no-file-locks --tcp-close " BACKGROUND, "", false, false, false, "00" },
	{ "... or with --as-given", options_needed, "restore -d --as-given",
	  "restore -d " BACKGROUND, "", false, false, false, "00" },
	{ "a file by hand", null_by_hand, "restore -d --inherit-fd fd[9]:file[73:5]",
	  "restore -d --inherit-fd fd[9]:file[73:5] " LAID_ROOT LAID_PROC LAID_OPT LAID_REST
	  "--inherit-fd 'fd[<file 1>]' " BACKGROUND,
	  "open /var/log/x", true, true, false, "11" },
	{ "a root that was kept", kept, "restore -d", "restore -d " LAID_ROOT BACKGROUND,
	  "mount /|compare", true, false, false, "00" },
	{ "its content is not needed with another root", kept_and_lost, "restore -d -r /r",
	  "restore -d -r /r " BACKGROUND, "compare", false, false, false, "00" },
	{ "a part of a tmpfs that was kept", kept_part, "restore -d",
	  "restore -d " LAID_ROOT "--external mnt[criu-ns-1]:/yard/tmpfs/var-tmp " BACKGROUND,
	  "mount /|compare", true, false, false, "00" },
	{ "its content is not needed if another is named", kept_part_and_lost,
	  "restore -d --external mnt[criu-ns-1]:/x",
	  "restore -d --external mnt[criu-ns-1]:/x " LAID_ROOT BACKGROUND, "mount /|compare", true,
	  false, false, "00" },
	{ "what was named by hand is named again", named_by_hand,
	  "restore -d --external mnt[KEY]:/f",
	  "restore -d --external mnt[KEY]:/f " LAID_ROOT BACKGROUND, "mount /g", true, false, false,
	  "00" },
	{ "in the old words", named_by_hand, "restore -d -M KEY:/f",
	  "restore -d -M KEY:/f " LAID_ROOT BACKGROUND, "mount /g", true, false, false, "00" },
	{ "what criu found it finds again", automatic, "restore -d",
	  "restore -d " LAID_ROOT "--external mnt[]:m --external mnt[]:s " BACKGROUND,
	  "mount /g|mnt[]:m|mnt[]:s", true, false, false, "00" },
	{ "files without mounts", only_files, "restore -d",
	  "restore -d --inherit-fd 'fd[<file 0>]' " BACKGROUND, "open /dev/null", false, false,
	  false, "00" },
	{ "an init with mounts", an_init_with_a_recipe, "restore -d",
	  "restore -d " LAID_ROOT BACKGROUND, "mount /|compare|init of a pid namespace", true,
	  false, false, "00" },
};

static void recipe_is_followed(void **state)
{
	const struct laid *x = *state;

	DECISION(d, x->line, false);
	x->facts(&d.f);
	assert_int_equal(d.u.r, 0);
	UNIT_CHECK(thaw(&d.u.cli, &d.f, &d.p, &d.e) == 0, "%s", d.e.what);
	unit_assert_words(&d.p.args, x->args);
	assert_steps(&d.p, x->steps);
	assert_int_equal(d.p.make_root, x->make_root);
	assert_int_equal(d.p.lay_proc, x->lay_proc);
	assert_int_equal(d.p.tolerate, x->tolerate);
	for (size_t i = 0; i < d.f.host.n_trees; i++)
		UNIT_CHECK(d.p.trees[i].peers == (x->peers[i] == '1'), "tree %zu", i);
	/* The plan has its own copy, in which what was given by hand is. */
	assert_int_equal(d.p.recipe.n_mounts, d.f.recipe.n_mounts);
	assert_int_equal(d.p.recipe.n_files, d.f.recipe.n_files);
	recipe_for_each_mount (m, &d.p.recipe) {
		const char *by_hand = m->key                ? cli_external(&d.u.cli, "mnt", m->key)
				      : !strcmp(m->at, "/") ? d.u.cli.root
							    : NULL;

		if (by_hand && *by_hand)
			assert_int_equal(m->owner, OWNER_GIVEN);
	}
}

static const struct terminal {
	const char *name;
	facts_fn *facts;
	const char *line;
	enum plan_tty tty;
	const char *given; /* each with the number of its pty; a K: it has the keyboard */
} terminals[] = {
	{ "a shell job in the foreground gets a pty", on_a_terminal, "restore -j", TTY_RELAY, "K" },
	{ "a detached shell job gets a pty, too", on_a_terminal, "restore -jd", TTY_BEHIND, "K" },
	{ "a shell job that has no terminal gets none", images, "restore -j", TTY_NONE, "" },
	{ "a shell job that has one gets one where there is none", with_a_job_tty, "restore -j",
	  TTY_RELAY, "" },
	{ "detached, nobody sees it", with_a_job_tty, "restore -jd", TTY_UNSEEN, "" },
	{ "a console socket is what decides", with_a_job_tty, "restore -jd --console-socket s",
	  TTY_SOCKET, "" },
	{ "what has no terminal sends none", images, "restore --console-socket s", TTY_NONE, "" },
	{ "what is no shell job gets no pty", on_a_terminal, "restore", TTY_NONE, "" },
	{ "--no-shell-job has the last word", on_a_terminal, "restore -j --no-shell-job", TTY_NONE,
	  "" },
	{ "a terminal that was held is shown", with_a_held_tty_on_a_terminal, "restore", TTY_RELAY,
	  " tty[8804:19]=0" },
	{ "detached as well", with_a_held_tty_on_a_terminal, "restore -d", TTY_BEHIND,
	  " tty[8804:19]=0" },
	{ "where there is no terminal, it goes to stdout", with_a_held_tty, "restore", TTY_RELAY,
	  " tty[8804:19]=0" },
	{ "the user may give one", with_a_held_tty, "restore --inherit-fd fd[7]:tty[8804:19]",
	  TTY_NONE, "" },
	{ "what controls a session has the keyboard, and is /dev/tty", with_a_led_tty, "restore",
	  TTY_RELAY, " tty[8805:19]=0 tty[500:6]=0K" },
	{ "a shell job's comes first, then what controls a session", with_all_ttys, "restore -j",
	  TTY_RELAY, " tty[8805:19]=1 tty[500:6]=0 tty[8804:19]=2K" },
	{ "criu makes pairs and hung terminals itself", with_a_pair_and_a_hung_tty, "restore -j",
	  TTY_NONE, "" },
};

static void terminal_is_chosen(void **state)
{
	const struct terminal *x = *state;
	int ptys = 0;
	char given[256] = "";

	DECISION(d, x->line, false);
	x->facts(&d.f);
	assert_int_equal(thaw(&d.u.cli, &d.f, &d.p, &d.e), 0);
	assert_int_equal(d.p.tty, x->tty);
	for (size_t i = 0; i < d.p.n_given; i++)
		snprintf(given + strlen(given), sizeof(given) - strlen(given), " %s=%zu",
			 d.p.given[i].id, d.p.given[i].pty);
	if (d.p.has_keyboard)
		strcat(given, "K");
	assert_string_equal(given, x->given);
	for (size_t i = 0; i < d.p.n_steps; i++)
		ptys += strstr(d.p.steps[i].what, "open a pty") != NULL;
	assert_int_equal(ptys, x->tty != TTY_NONE);
	assert_int_equal(d.p.notes.n, x->tty == TTY_UNSEEN);
}

/* Terminals that are handed down to the children of the leader of a session */

static void add_heir(struct facts *f, pid_t pid, pid_t leader)
{
	struct images *i = &f->images;

	i->heirs = xreallocarray(i->heirs, i->n_heirs + 1, sizeof(*i->heirs));
	i->heirs[i->n_heirs++] = (struct image_heir){ pid, leader };
}

/* As if image_files_read() had read the file of its other side. */
static void add_pair(struct facts *f, unsigned index, pid_t sid, const char *path)
{
	struct image_files *files = &f->files;

	add_image_tty(f, (struct image_tty){ .id = 2 * index + 1,
					     .is_pty = true,
					     .is_master = true,
					     .index = index,
					     .sid = sid });
	add_image_tty(f, (struct image_tty){
				 .id = 2 * index + 2, .is_pty = true, .index = index, .sid = sid });
	files->v = xreallocarray(files->v, files->n + 1, sizeof(*files->v));
	files->v[files->n++] = (struct image_file){ .id = 100 + index,
						    .path = xstrdup(path),
						    .is_terminals = true,
						    .terminal = 2 * index + 1 };
}

static void with_an_heir(struct facts *f)
{
	images(f);
	add_pair(f, 3, 27, "/dev/ptmx");
	add_heir(f, 28, 27);
}

static void with_a_leader_alone(struct facts *f)
{
	images(f);
	add_pair(f, 3, 27, "/dev/ptmx");
	add_heir(f, 28, 26);
}

static void with_heirs_of_two(struct facts *f)
{
	with_an_heir(f);
	add_pair(f, 4, 29, "/dev/pts/ptmx");
	add_heir(f, 30, 29);
	add_heir(f, 31, 29);
	f->staging = "/sys/fs/pstore";
}

static void with_heirs_of_two_and_no_staging(struct facts *f)
{
	with_heirs_of_two(f);
	f->staging = NULL;
}

static void with_an_heir_elsewhere(struct facts *f)
{
	images(f);
	add_pair(f, 3, 27, "/srv/dev/ptmx");
	add_heir(f, 28, 27);
}

static void with_an_heir_and_own_mounts(struct facts *f)
{
	with_an_heir(f);
	f->images.root = 1;
}

static void with_an_heir_of_a_led_tty(struct facts *f)
{
	with_a_led_tty(f);
	add_heir(f, 28, 26);
}

static void with_dev_tty_inside(struct facts *f)
{
	images(f);
	add_pair(f, 3, 26, "/dev/ptmx");
	add_image_tty(f, dev_tty);
}

static void with_a_reborn_child(struct facts *f)
{
	with_an_heir_of_a_led_tty(f);
	f->images.root = 26;
	f->images.reborn = 30;
}

static const struct heirs {
	const char *name;
	facts_fn *facts;
	const char *line;
	const char *handed; /* each leader, and where its terminal comes from */
	size_t edits, notes;
} heirs[] = {
	{ "the child of a leader gets its terminal", with_an_heir, "restore", " 27=/dev/ptmx(3)", 0,
	  0 },
	{ "without children there is nothing to do", with_a_leader_alone, "restore", "", 0, 0 },
	{ "--as-given leaves it to criu", with_an_heir, "restore --as-given", "", 0, 0 },
	{ "several are told apart by their paths", with_heirs_of_two, "restore",
	  " 27=/./dev/ptmx(3) 29=/././dev/pts/ptmx(4)", 2, 0 },
	{ "but only where the images can be changed", with_heirs_of_two_and_no_staging, "restore",
	  " 27= 29=", 0, 2 },
	{ "a devpts elsewhere is not opened", with_an_heir_elsewhere, "restore", " 27=", 0, 1 },
	{ "nor for an init", with_an_heir_and_own_mounts, "restore", " 27=", 0, 1 },
	{ "nor with -S", with_an_heir, "restore -S -d", " 27=", 0, 1 },
	{ "a terminal from outside is there", with_an_heir_of_a_led_tty, "restore",
	  " 26=tty[8805:19]", 0, 0 },
	{ "but one that the user gives is not known", with_an_heir_of_a_led_tty,
	  "restore --inherit-fd fd[7]:tty[8805:19] --inherit-fd fd[8]:tty[500:6]", " 26=", 0, 1 },
	{ "what /dev/tty leads to is made before", with_dev_tty_inside, "restore",
	  " 26=/dev/ptmx(3) tty[500:6]", 0, 0 },
	{ "and a root task that adopts another is left alone", with_a_reborn_child, "restore",
	  " 26=", 0, 1 },
};

static void terminal_is_handed_down(void **state)
{
	const struct heirs *x = *state;
	char handed[256] = "";
	size_t notes = 0;

	DECISION(d, x->line, false);
	x->facts(&d.f);
	assert_int_equal(thaw(&d.u.cli, &d.f, &d.p, &d.e), 0);
	for (size_t i = 0; i < d.p.n_sessions; i++) {
		const struct plan_session *s = &d.p.sessions[i];
		_cleanup_free_ char *made = s->path ? xasprintf("%s(%u)", s->path, s->index) : NULL;
		_cleanup_free_ char *slot = plan_slot_master(i);
		bool is_there = false;

		for (size_t n = 0; n < d.p.args.n; n++)
			is_there |= !strcmp(d.p.args.v[n], slot);
		snprintf(handed + strlen(handed), sizeof(handed) - strlen(handed), " %d=%s",
			 s->leader,
			 made       ? made
			 : s->given ? s->given
				    : "");
		assert_int_equal(is_there, s->path != NULL);
	}
	for (size_t i = 0; i < d.p.n_given; i++)
		if (d.p.given[i].is_session)
			snprintf(handed + strlen(handed), sizeof(handed) - strlen(handed), " %s",
				 d.p.given[i].id);
	assert_string_equal(handed, x->handed);
	assert_int_equal(d.p.n_edits, x->edits);
	for (size_t i = 0; i < d.p.notes.n; i++)
		notes += strstr(d.p.notes.v[i], "controlling terminal") != NULL;
	assert_int_equal(notes, x->notes);
}

static void thaw_no_images_dir(struct facts *f)
{
	images(f);
	no_images_dir(f);
}

static void no_inventory(struct facts *f)
{
	images(f);
	f->images.present = false;
}

static void of_a_newer_criu(struct facts *f)
{
	images(f);
	f->images.criu = CRIU_VERSION(4, 2, 0);
	f->images.hides_memory = true;
	f->criu_version = CRIU_VERSION(4, 1, 1);
}

static void with_uprobes_of_a_newer_criu(struct facts *f)
{
	of_a_newer_criu(f);
	f->images.hides_memory = false;
	f->images.has_uprobes = true;
}

static void no_pstree(struct facts *f)
{
	images(f);
	f->images.has_tree = false;
}

static void thaw_unwritable_images(struct facts *f)
{
	images(f);
	f->images_dir.writable = false;
	f->images_dir.errnum = EROFS;
}

static void thaw_no_work_dir(struct facts *f)
{
	images(f);
	f->work_dir = (struct dir){ .path = "w", .fd = -1, .errnum = ENOENT };
}

static void thaw_unwritable_work(struct facts *f)
{
	images(f);
	f->work_dir.writable = false;
	f->work_dir.errnum = EROFS;
}

static void a_pidfile(struct facts *f)
{
	images(f);
	f->pidfile_exists = true;
}

static void no_folder_for_the_pidfile(struct facts *f)
{
	images(f);
	f->pidfile_errnum = ENOENT;
}

static void no_folder_for_the_log(struct facts *f)
{
	images(f);
	f->log_errnum = ENOENT;
}

static void no_room(struct facts *f)
{
	images(f);
	f->images.ids[0] = 500;
	f->images.n_ids = 1;
	f->pid_max = 1000;
}

static const struct refusal thaw_refusals[] = {
	{ "a criu that is older than that of the images", of_a_newer_criu, "restore -d -D d",
	  "the images in d are of criu 4.2 or newer, but this one is 4.1", "--criu-binary",
	  -EINVAL },
	{ "... with an option that it does not have", with_uprobes_of_a_newer_criu,
	  "restore -d -D d", "the images in d are of criu 4.2 or newer, but this one is 4.1",
	  "--criu-binary", -EINVAL },
	{ "no directory for the log", no_folder_for_the_log, "restore -d -D d -o e/log",
	  "cannot make the log file e/log", "relative to the work directory, d", -ENOENT },
	{ "a root on another device", images_on_another_device, "restore -d -D d",
	  "another root directory (/ of", "--root DIR", -EINVAL },
	{ "a root in another directory", images_on_another_folder, "restore -d -D d",
	  "another root directory (/srv/bundle/rootfs of", "--root DIR", -EINVAL },
	{ "an unknown root", images_on_an_unknown_root, "restore -d -D d",
	  "another root directory (unknown of", "--root DIR", -EINVAL },
	{ "no images directory", thaw_no_images_dir, "restore -D d",
	  "cannot open the images directory d", "", -ENOENT },
	{ "no images", no_inventory, "restore -D d", "no images in d", "-D", -EINVAL },
	{ "half the images", no_pstree, "restore -D d", "no pstree.img", "", -EINVAL },
	{ "no work directory", thaw_no_work_dir, "restore -W w", "cannot open the work directory w",
	  "", -ENOENT },
	{ "a work directory that is read-only", thaw_unwritable_work, "restore -W w",
	  "cannot write to the work directory w", "name another directory", -EROFS },
	{ "a pidfile that exists", a_pidfile, "restore --pidfile p", "pidfile p", "remove it",
	  -EINVAL },
	{ "a pidfile that cannot be made", no_folder_for_the_pidfile, "restore --pidfile n/p",
	  "pidfile n/p", "relative to the work directory", -ENOENT },
	{ "no room for criu's pid", no_room, "restore", "pid_max 1000", "pid_max", -EINVAL },
};

static const struct refusal recipe_refusals[] = {
	{ "a missing directory in a mount, with its name", opt_missing, "restore",
	  "cannot find /srv/app/x, which is to be mounted on /opt",
	  "--external 'mnt[criu-ns-3]:PATH'", -ENOENT },
	{ "a missing mount", all_missing, "restore",
	  "cannot find /srv/app, which is to be mounted on /all", "mnt[criu-ns-4]:PATH", -ENOENT },
	{ "what was mounted there is not mounted now", all_unmounted,
	  "restore --external mnt[criu-ns-3]:/",
	  "/srv/app, which is to be mounted on /all, is in a file system of type tmpfs now, but was in one of type ext4",
	  "mount that again", -EINVAL },
	{ "a directory of the root that is out of reach", stack_missing, "restore",
	  "cannot find /b, which is to be mounted on /stack", "mnt[criu-ns-5]:PATH", -EACCES },
	{ "a missing root", root_missing, "restore",
	  "cannot find /srv/box, which is to be mounted on /", "--root DIR", -ENOENT },
	{ "a root that is made from nothing", root_of_nothing, "restore",
	  "the recipe does not say what / is made from (is=own)", "--root DIR", -EINVAL },
	{ "the lost content of a root", kept_and_lost, "restore", "cannot read criu-ns.root.tar",
	  "", -ENOENT },
	{ "the lost content of a part of a tmpfs", kept_part_and_lost, "restore",
	  "cannot read criu-ns-1.tar, the content of /var/tmp, beside the images", "", -ENOENT },
	{ "a mount that was named by hand", named_by_hand, "restore",
	  "the mount /g was named by hand", "--external 'mnt[KEY]:PATH'", -EINVAL },
	{ "without a path, too", named_by_hand, "restore --external mnt[KEY]",
	  "the mount /g was named by hand", "--external 'mnt[KEY]:PATH'", -EINVAL },
	{ "a missing file", log_missing, "restore",
	  "cannot find /var/log/x, which the process had open", "--inherit-fd 'fd[N]:file[73:abc]'",
	  -ENOENT },
	{ "another thing in a file's place", log_is_a_folder, "restore",
	  "cannot find /var/log/x, which the process had open: there is something else",
	  "file[73:abc]", -EINVAL },
	{ "a recipe of other images", recipe_of_others, "restore",
	  "criu-ns.recipe does not belong to these images: /Xelow", "", -EINVAL },
	{ "a recipe of an init", a_recipe_of_an_init, "restore", "the frame of the recipe", "",
	  -EINVAL },
	{ "nowhere to lay things out", no_yard, "restore", "/sys nor /proc", "", -EINVAL },
};

static void much_is_missing(struct facts *f)
{
	with_recipe(f);
	lose(place(f, "/opt"), ENOENT);
	((struct host_mount *)place(f, "/opt")->from)->tree = NULL;
	lose(place(f, "/all"), ENOENT);
	file_of(f, 0)->errnum = ENOENT;
	file_of(f, 1)->difference = xstrdup("it belongs to 1:1");
	f->pidfile_exists = true;
}

static void no_directories(struct facts *f)
{
	images(f);
	f->images_dir = (struct dir){ .path = "/img", .fd = -1, .errnum = ENOENT };
	f->work_dir = f->images_dir;
	f->pidfile_exists = true;
}

static void no_work_directory(struct facts *f)
{
	with_recipe(f);
	f->work_dir = (struct dir){ .path = "/work", .fd = -1, .errnum = ENOENT };
	file_of(f, 1)->errnum = ENOENT;
}

/* All that a thaw is refused for, in this order. */
static const struct refusals {
	const char *name;
	facts_fn *facts;
	const char *line;
	const char *what[8];
} several[] = {
	{ "all that is missing is told at once",
	  much_is_missing,
	  "restore --pidfile p",
	  { "the pidfile p already exists", "which is to be mounted on /opt",
	    "which is to be mounted on /all", "cannot find /dev/null",
	    "/var/log/x is not the file that the process had open" } },
	{ "one directory for both is missing once",
	  no_directories,
	  "restore --pidfile p",
	  { "cannot open the images directory /img" } },
	{ "without a work directory nothing is said of a pidfile",
	  no_work_directory,
	  "restore --pidfile p",
	  { "cannot open the work directory /work", "cannot find /var/log/x" } },
};

static void all_is_told_at_once(void **state)
{
	const struct refusals *x = *state;
	size_t n = 0;

	DECISION(d, x->line, false);
	x->facts(&d.f);
	assert_true(plan_thaw(&d.u.cli, &d.f, &d.p) < 0);
	for (; x->what[n] && n < d.p.n_refusals; n++)
		unit_assert_contains(d.p.refusals[n].what, x->what[n]);
	assert_null(x->what[n]);
	assert_int_equal(d.p.n_refusals, n);
}

static void thaw_is_refused(void **state)
{
	const struct refusal *x = *state;
	struct unit_cli u = unit_parse(x->line, NULL, false);
	struct facts f;
	struct plan p;
	struct err e = { 0 };

	any_facts(&f);
	x->facts(&f);
	memset(&p, 0x5a, sizeof(p));
	assert_refused(x, thaw(&u.cli, &f, &p, &e), &e, &p);
	forget(&f);
	unit_parse_free(&u);
}

static const struct accepted {
	const char *name;
	facts_fn *facts;
	const char *line;
} accepted[] = {
	{ "a stream needs no images directory either", thaw_no_images_dir, "restore --stream" },
	{ "a stream needs no inventory", no_inventory, "restore --stream" },
	{ "images may be read-only", thaw_unwritable_images, "restore -D d -W w" },
	{ "a pidfile matters to those only who name one", a_pidfile, "restore" },
	{ "the exit status of an init in the images", images_of_an_init, "restore --exit-status" },
	{ "--no-daemon takes -d back", images, "restore -d --no-daemon --exit-status" },
};

static void thaw_is_accepted(void **state)
{
	const struct accepted *x = *state;

	DECISION(d, x->line, false);
	x->facts(&d.f);
	UNIT_CHECK(thaw(&d.u.cli, &d.f, &d.p, &d.e) == 0, "%s", d.e.what);
}

int main(void)
{
	UNIT_ROWS(thaw_is_planned, thaws);
	UNIT_ROWS(place_is_taken, places);
	UNIT_ROWS(thaw_is_noted, noted);
	UNIT_ROWS(terminal_is_chosen, terminals);
	UNIT_ROWS(terminal_is_handed_down, heirs);
	UNIT_ROWS(thaw_is_refused, thaw_refusals);
	UNIT_ROWS(all_is_told_at_once, several);
	UNIT_ROWS(recipe_is_followed, laids);
	UNIT_ROWS(thaw_is_refused, recipe_refusals);
	UNIT_ROWS(thaw_is_accepted, accepted);
	return unit_run("plan_thaw");
}
