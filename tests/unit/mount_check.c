// SPDX-License-Identifier: MIT
/* Does a recipe tell of the images, and is what came back what was frozen? */
#include "sorting.h"

#include "plan/mount_check.h"

#include <errno.h>

/* Does the recipe tell of the images? One with each kind of mount, and what criu makes of it. */

static const char fit_frame[] = HOST;
static const char fit_target[] = ROOT M("21 20", "0:5", "/", "/proc", "", "proc")
	M("22 20", "8:2", "/sub/x", "/a", "", "ext4") M("23 20", "0:91", "/", "/b", "", "tmpfs")
		M("24 20", "0:92", "/", "/c", "", "fuse")
			M("25 20", "8:2", "/sub", "/d", "", "ext4")
				M("26 25", "8:1", "/x", "/d", "", "ext4")
					M("27 20", "8:2", "/sub", "/e", "", "ext4")
						M("28 27", "0:93", "/", "/e", "", "tmpfs");

static struct images images_of(const struct recipe *r)
{
	struct images i = { .present = true, .has_tree = true, .root = 26 };

	add_image_mounts(&i, r);
	return i;
}

static void set_text(char **text, const char *to)
{
	free(*text);
	*text = to ? xstrdup(to) : NULL;
}

static struct recipe_mount *place(struct recipe *r, const char *at)
{
	for (size_t n = 0; n < r->n_mounts; n++)
		if (!strcmp(r->mounts[n].at, at) && !r->mounts[n].hidden)
			return &r->mounts[n];
	fail_msg("no mount on %s", at);
	return NULL;
}

static void drop_last_image_mount(struct images *i)
{
	struct image_mount *m = &i->mounts[--i->n_mounts];

	free(m->root);
	free(m->at);
	free(m->key);
}

static void drop_last_mount(struct recipe *r)
{
	struct recipe one = { .mounts = xcalloc(1, sizeof(*one.mounts)), .n_mounts = 1 };

	one.mounts[0] = r->mounts[--r->n_mounts];
	recipe_free(&one);
}

typedef void change_fn(struct recipe *r, struct images *i);

static void nothing(struct recipe *r, struct images *i)
{
	(void)r;
	(void)i;
}

static void of_an_init(struct recipe *r, struct images *i)
{
	r->init = true;
	i->root = 1;
}

static void only_the_recipe_of_an_init(struct recipe *r, struct images *i)
{
	(void)i;
	r->init = true;
}

static void only_the_images_of_an_init(struct recipe *r, struct images *i)
{
	(void)r;
	i->root = 1;
}

static void no_mounts_in_the_images(struct recipe *r, struct images *i)
{
	(void)r;
	while (i->n_mounts)
		drop_last_image_mount(i);
	i->own_mounts = false;
}

static void no_mounts_in_the_recipe(struct recipe *r, struct images *i)
{
	(void)i;
	while (r->n_mounts)
		drop_last_mount(r);
}

static void files_only(struct recipe *r, struct images *i)
{
	no_mounts_in_the_images(r, i);
	no_mounts_in_the_recipe(r, i);
	set_text(&recipe_add_file(r)->id, "7:8");
}

static void damaged_images(struct recipe *r, struct images *i)
{
	(void)r;
	while (i->n_mounts)
		drop_last_image_mount(i);
}

static void one_less_in_the_images(struct recipe *r, struct images *i)
{
	(void)r;
	drop_last_image_mount(i);
}

static void one_less_in_the_recipe(struct recipe *r, struct images *i)
{
	(void)i;
	drop_last_mount(r);
}

static struct image_mount *image_place(const struct images *i, const char *at)
{
	for (size_t n = 0; n < i->n_mounts; n++)
		if (!strcmp(i->mounts[n].at, at))
			return &i->mounts[n];
	fail_msg("no mount on %s", at);
	return NULL;
}

/* The first on that mountpoint. */
static void drop_image_mount(struct images *i, const char *at)
{
	struct image_mount *m = image_place(i, at);
	struct image_mount gone = *m;

	*m = i->mounts[i->n_mounts - 1];
	i->mounts[i->n_mounts - 1] = gone;
	drop_last_image_mount(i);
}

static void another_less_in_the_images(struct recipe *r, struct images *i)
{
	(void)r;
	drop_image_mount(i, "/e");
}

static void twice_in_the_images(struct recipe *r, struct images *i)
{
	add_image_mount(i, place(r, "/b"));
}

static void twice_in_the_recipe(struct recipe *r, struct images *i)
{
	(void)i;
	add_mount(r, OWNER_OWN, "/b");
}

static void twice_in_both(struct recipe *r, struct images *i)
{
	twice_in_the_images(r, i);
	twice_in_the_recipe(r, i);
}

static void one_of_a_stack_twice_in_the_images(struct recipe *r, struct images *i)
{
	drop_image_mount(i, "/d");
	assert_string_equal(image_place(i, "/d")->root, r->mounts[5].root);
	add_image_mount(i, &r->mounts[5]);
}

static void another_order(struct recipe *r, struct images *i)
{
	(void)r;
	for (size_t n = 0; n < i->n_mounts / 2; n++) {
		struct image_mount m = i->mounts[n];

		i->mounts[n] = i->mounts[i->n_mounts - 1 - n];
		i->mounts[i->n_mounts - 1 - n] = m;
	}
}

/* In the recipe it is another one that is first there. */
static void a_stack_in_another_order(struct recipe *r, struct images *i)
{
	struct recipe_mount m = r->mounts[5];

	(void)i;
	assert_string_equal(m.at, "/d");
	assert_string_equal(r->mounts[6].at, "/d");
	r->mounts[5] = r->mounts[6];
	r->mounts[6] = m;
}

/* The whole hierarchy, mounted over one directory of it; criu's order is the other way round. */
static void a_cgroup_on_a_part_of_it(struct recipe *r, struct images *i)
{
	for (size_t n = 5; n <= 6; n++) {
		assert_string_equal(r->mounts[n].at, "/d");
		set_text(&r->mounts[n].fstype, "cgroup");
		set_text(&r->mounts[n].root, n == 5 ? "/box" : "/");
	}
	for (size_t n = 0; n < i->n_mounts; n++)
		if (!strcmp(i->mounts[n].at, "/d"))
			set_text(&i->mounts[n].root,
				 !strcmp(i->mounts[n].root, "/x") ? "/" : "/box");
}

static void left_out(struct recipe *r, struct images *i)
{
	(void)i;
	add_mount(r, OWNER_NONE, "/f")->hidden = true;
}

static void left_out_and_another(struct recipe *r, struct images *i)
{
	struct recipe_mount f = { .at = (char *)"/f", .root = (char *)"/other" };

	left_out(r, i);
	add_image_mount(i, &f);
}

static void below_what_is_left_out(struct recipe *r, struct images *i)
{
	left_out(r, i);
	add_mount(r, OWNER_OWN, "/f/g")->hidden = true;
}

/* criu leaves it out (criu/filesystems.c). */
static void tracefs_in_both(struct recipe *r, struct images *i)
{
	(void)i;
	set_text(&place(r, "/a")->fstype, "tracefs");
}

static void tracefs_in_the_recipe_only(struct recipe *r, struct images *i)
{
	tracefs_in_both(r, i);
	drop_image_mount(i, "/a");
}

static void tracefs_and_one_less(struct recipe *r, struct images *i)
{
	tracefs_in_the_recipe_only(r, i);
	drop_image_mount(i, "/b");
}

static void tracefs_in_another_place(struct recipe *r, struct images *i)
{
	tracefs_in_both(r, i);
	set_text(&place(r, "/a")->at, "/aa");
}

static void another_mountpoint(struct recipe *r, struct images *i)
{
	(void)i;
	set_text(&place(r, "/b")->at, "/bb");
}

static void another_folder(struct recipe *r, struct images *i)
{
	(void)i;
	set_text(&place(r, "/b")->root, "/other");
}

static void another_folder_on_the_root(struct recipe *r, struct images *i)
{
	(void)i;
	set_text(&place(r, "/")->root, "/srv");
}

static void a_deleted_folder(struct recipe *r, struct images *i)
{
	(void)i;
	set_text(&place(r, "/a")->root, "/sub/x//deleted");
}

static void a_deleted_folder_in_other_words(struct recipe *r, struct images *i)
{
	(void)i;
	set_text(&place(r, "/a")->root, "/sub/x (deleted)");
}

static void another_deleted_folder(struct recipe *r, struct images *i)
{
	(void)i;
	set_text(&place(r, "/b")->root, "/other//deleted");
}

static void a_longer_folder(struct recipe *r, struct images *i)
{
	(void)i;
	set_text(&place(r, "/a")->root, "/sub/xy");
}

static void another_key(struct recipe *r, struct images *i)
{
	(void)i;
	set_text(&place(r, "/a")->key, "criu-ns-77");
}

static void keys_changed_places(struct recipe *r, struct images *i)
{
	(void)i;
	set_text(&place(r, "/a")->key, "criu-ns-1");
	set_text(&place(r, "/proc")->key, "criu-ns-2");
}

static void a_key_that_criu_does_not_ask_for(struct recipe *r, struct images *i)
{
	(void)i;
	place(r, "/b")->owner = OWNER_HOST;
	set_text(&place(r, "/b")->key, "criu-ns-77");
}

static void no_key_where_criu_asks(struct recipe *r, struct images *i)
{
	(void)i;
	place(r, "/a")->owner = OWNER_OWN;
	set_text(&place(r, "/a")->key, NULL);
}

static void a_key_where_criu_finds_it_itself(struct recipe *r, struct images *i)
{
	(void)r;
	for (size_t n = 0; n < i->n_mounts; n++)
		if (!strcmp(i->mounts[n].at, "/a"))
			set_text(&i->mounts[n].key, "CRIU:AUTOGENERATED");
}

static void a_key_named_by_hand_is_another(struct recipe *r, struct images *i)
{
	(void)i;
	set_text(&place(r, "/c")->key, "KEY2");
}

static const struct fit {
	const char *name;
	change_fn *change;
	const char *what; /* NULL: it fits */
} fits[] = {
	{ "what was frozen together belongs together", nothing, NULL },
	{ "an init, too", of_an_init, NULL },
	{ "files without mounts", files_only, NULL },
	{ "tracefs, which is not in images", tracefs_in_the_recipe_only, NULL },
	{ "tracefs in the images of a criu that saves it", tracefs_in_both, NULL },
	{ "another mount with tracefs", tracefs_and_one_less,
	  "/b is mounted in the recipe, but not in the images" },
	{ "tracefs in another place", tracefs_in_another_place, "/a is mounted in the images" },
	{ "a recipe of an init", only_the_recipe_of_an_init,
	  "the frame of the recipe is not that of the images" },
	{ "images of an init", only_the_images_of_an_init,
	  "the frame of the recipe is not that of the images" },
	{ "images without mounts", no_mounts_in_the_images,
	  "the recipe has mounts, but the images have none" },
	{ "a recipe without mounts", no_mounts_in_the_recipe,
	  "the images have mounts, but the recipe has none" },
	{ "images whose mounts are not understood", damaged_images,
	  "/ is mounted in the recipe, but not in the images" },
	{ "a mount less in the images", one_less_in_the_images,
	  "/ is mounted in the recipe, but not in the images" },
	{ "a mount less in the recipe", one_less_in_the_recipe, "/e is mounted in the images" },
	{ "another mount less in the images", another_less_in_the_images,
	  "/e is mounted in the recipe, but not in the images" },
	{ "a mount twice in the images", twice_in_the_images,
	  "/b is mounted in the images, but not as the recipe says" },
	{ "a mount twice in the recipe", twice_in_the_recipe,
	  "/b is mounted in the recipe, but not in the images" },
	{ "a mount twice in both", twice_in_both, NULL },
	{ "a stack in which one is twice", one_of_a_stack_twice_in_the_images,
	  "/d is mounted in the images" },
	{ "a stack in another order", a_stack_in_another_order, NULL },
	{ "the images' order does not matter", another_order, NULL },
	{ "a cgroup mount on top of one of a part of it", a_cgroup_on_a_part_of_it, NULL },
	{ "what is left out is not in the images", left_out, NULL },
	{ "and nothing stands for it", left_out_and_another,
	  "/f is mounted in the images, but not as the recipe says" },
	{ "what is left out is not what is in the images below it", below_what_is_left_out,
	  "/f/g is mounted in the recipe, but not in the images" },
	{ "another mountpoint", another_mountpoint,
	  "/b is mounted in the images, but not as the recipe says" },
	{ "another directory", another_folder, "/b is mounted in the images" },
	{ "another directory on the root", another_folder_on_the_root,
	  "/ is mounted in the images" },
	{ "a directory that is gone, as criu writes it", a_deleted_folder, NULL },
	{ "in criu's other words", a_deleted_folder_in_other_words, NULL },
	{ "another directory that is gone", another_deleted_folder, "/b is mounted in the images" },
	{ "a directory that starts like it", a_longer_folder, "/a is mounted in the images" },
	{ "another key", another_key, "/a is mounted in the images" },
	{ "keys that have changed places", keys_changed_places, " is mounted in the images" },
	{ "a key that criu does not ask for", a_key_that_criu_does_not_ask_for,
	  "/b is mounted in the images" },
	{ "no key where criu asks for one", no_key_where_criu_asks, "/a is mounted in the images" },
	{ "a key where criu finds it itself", a_key_where_criu_finds_it_itself,
	  "/a is mounted in the images" },
	{ "another key by hand", a_key_named_by_hand_is_another, "/c is mounted in the images" },
};

static void recipe_fits_or_not(void **state)
{
	const struct fit *x = *state;
	struct mounts frame = table_of(fit_frame);
	struct mounts target = table_of(fit_target);
	struct recipe r = sorted("dump --external mnt[/c]:KEY", &frame, &frame, &target);
	struct images i = images_of(&r);
	struct err e = { 0 };
	int result;

	x->change(&r, &i);
	result = mount_check_images(&r, &i, &e);
	if (x->what) {
		assert_int_equal(result, -EINVAL);
		unit_assert_contains(e.what, x->what);
		unit_assert_contains(e.what, recipe_file_name);
		assert_true(*e.hint);
	} else {
		UNIT_CHECK(result == 0, "%s", e.what);
	}
	recipe_free(&r);
	images_free(&i);
	mounts_free(&frame);
	mounts_free(&target);
}

/* Is what came back what was frozen? */

static const char check_host[] = "10 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw\n"
				 "11 10 0:5 / /proc rw,relatime shared:2 - proc proc rw\n"
				 "12 10 0:6 / /dev rw,nosuid shared:3 - devtmpfs dev rw\n"
				 "13 10 8:2 / /srv/app rw,relatime shared:4 - ext4 /dev/sdb rw\n"
				 "14 10 8:3 / /home rw,relatime shared:5 - ext4 /dev/sdc rw\n";

/* The frame of a thaw has a fresh procfs on the caller's. */
#define FRESH_PROC "19 11 0:55 / /proc rw,relatime shared:9 - proc proc rw\n"

static const char check_frozen[] =
	"20 2 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw\n"
	"21 20 0:5 / /proc rw,relatime master:2 - proc proc rw\n"
	"22 20 8:2 /x /opt ro,nosuid,relatime master:4 - ext4 /dev/sdb rw\n"
	"23 20 0:30 / /tmp rw,nodev shared:40 - tmpfs a rw\n"
	"24 20 0:30 /in /in rw,nodev master:40 - tmpfs a rw\n"
	"25 20 0:31 / /cache rw - tmpfs b rw\n"
	"26 25 0:32 / /cache rw - tmpfs c rw\n"
	"27 20 8:1 /srv/log /var/log rw,relatime shared:1 - ext4 /dev/sda rw\n"
	"28 20 0:6 /null /null rw,nosuid - devtmpfs dev rw\n"
	"29 20 8:3 / /given ro shared:42 - ext4 /dev/sdc rw\n"
	"30 20 0:5 /sys /sys ro,relatime - proc proc rw\n"
	"31 20 8:3 /y /mine rw shared:41 master:5 - ext4 /dev/sdc rw\n";

/* Other ids, other numbers of groups and of superblocks, in another order. */
static const char check_thawed[] =
	"70 3 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw\n"
	"81 70 8:3 /y /mine rw shared:97 master:96 - ext4 /dev/sdc rw\n"
	"71 70 0:55 / /proc rw,relatime master:92 - proc proc rw\n"
	"72 70 8:2 /x /opt ro,nosuid,relatime master:94 - ext4 /dev/sdb rw\n"
	"73 70 0:50 / /tmp rw,nodev shared:95 - tmpfs a rw\n"
	"74 70 0:50 /in /in rw,nodev master:95 - tmpfs a rw\n"
	"75 70 0:51 / /cache rw - tmpfs b rw\n"
	"76 75 0:52 / /cache rw - tmpfs c rw\n"
	"77 70 8:1 /srv/log /var/log rw,relatime shared:1 - ext4 /dev/sda rw\n"
	"78 70 0:6 /null /null rw,nosuid - devtmpfs dev rw\n"
	"79 70 0:77 /z /given ro shared:98 - xfs /dev/sdz rw\n"
	"80 70 0:55 /sys /sys ro,relatime - proc proc rw\n";

static const char *const fault_names[] = { "missing", "type",  "owner", "root",
					   "flags",   "peers", "extra" };

static const struct check {
	const char *name;
	const char *host_from, *host_to;     /* one change in the host's table, or NULL */
	const char *from, *to, *from2, *to2; /* and in the thawed one */
	const char *expected;                /* FAULT TEXT, one a line */
} checks[] = {
	{ "as it was frozen", NULL, NULL, NULL, NULL, NULL, NULL, "" },

	/* There, and what it is */
	{ "a mount less", NULL, NULL, "78 70 0:6 /null /null rw,nosuid - devtmpfs dev rw\n", "",
	  NULL, NULL, "missing /null (devtmpfs) has not come back\n" },
	{ "another mountpoint is one less and one more", NULL, NULL, "/null /null", "/null /nil",
	  NULL, NULL,
	  "missing /null (devtmpfs) has not come back\n"
	  "extra /nil (devtmpfs) was not mounted before\n" },
	{ "what no path leads to has not come back", NULL, NULL, "78 70 0:6", "78 71 0:6", NULL,
	  NULL, "missing /null (devtmpfs) has not come back\n" },
	{ "a mount more", NULL, NULL, "78 70 0:6",
	  "99 70 0:99 / /tmp/.criu rw - tmpfs t rw\n78 70 0:6", NULL, NULL,
	  "extra /tmp/.criu (tmpfs) was not mounted before\n" },
	{ "something else above it", NULL, NULL, "78 70 0:6",
	  "99 73 0:99 / /tmp ro - overlay t rw\n78 70 0:6", NULL, NULL,
	  "type /tmp is of type overlay, but was of type tmpfs\n"
	  "flags /tmp has the flags ro, but had nodev\n"
	  "peers /tmp is private, but was shared\n"
	  "extra /tmp (overlay) is one mount more than before on that mountpoint\n" },
	{ "one like it on top of it", NULL, NULL, "78 70 0:6",
	  "99 75 0:99 / /cache rw - tmpfs t rw\n78 70 0:6", "76 75", "76 99",
	  "extra /cache (tmpfs) is one mount more than before on that mountpoint\n" },
	{ "one like it below it", NULL, NULL, "73 70 0:50",
	  "99 70 0:99 / /tmp rw,nodev - tmpfs t rw\n73 99 0:50", NULL, NULL,
	  "extra /tmp (tmpfs) is one mount more than before on that mountpoint\n" },
	{ "one on top of a stack", NULL, NULL, "77 70 8:1",
	  "99 76 0:99 / /cache rw - tmpfs t rw\n77 70 8:1", NULL, NULL,
	  "extra /cache (tmpfs) is one mount more than before on that mountpoint\n" },
	{ "two on top of a stack", NULL, NULL, "77 70 8:1",
	  "98 76 0:98 / /cache rw - tmpfs t rw\n99 98 0:99 / /cache rw - tmpfs t rw\n77 70 8:1",
	  NULL, NULL,
	  "extra /cache (tmpfs) is one mount more than before on that mountpoint\n"
	  "extra /cache (tmpfs) is one mount more than before on that mountpoint\n" },
	{ "one of another type at the bottom of a stack is named", NULL, NULL, "75 70 0:51",
	  "99 70 8:1 /q /cache rw - ext4 t rw\n75 99 0:51", NULL, NULL,
	  "extra /cache (ext4) is one mount more than before on that mountpoint\n" },
	{ "one with other flags in the middle of a stack is named, wherever the table has it", NULL,
	  NULL, "70 3 8:1", "99 75 0:99 / /cache ro - tmpfs t rw\n70 3 8:1", "76 75", "76 99",
	  "extra /cache (tmpfs) is one mount more than before on that mountpoint\n" },
	{ "a stack may be in another order in the table", NULL, NULL,
	  "75 70 0:51 / /cache rw - tmpfs b rw\n", "", "77 70 8:1",
	  "75 70 0:51 / /cache rw - tmpfs b rw\n77 70 8:1", "" },
	{ "a mount more where nobody sees it", NULL, NULL, "78 70 0:6",
	  "99 70 0:99 / /tmp/x rw - tmpfs t rw\n78 70 0:6", NULL, NULL,
	  "extra /tmp/x (tmpfs) was not mounted before\n" },
	{ "a mount that was hidden may be what it likes", NULL, NULL,
	  "75 70 0:51 / /cache rw - tmpfs", "75 70 8:1 /q /cache ro shared:1 - ext4", NULL, NULL,
	  "" },
	{ "or not be there", NULL, NULL, "75 70 0:51 / /cache rw - tmpfs b rw\n", "", "76 75",
	  "76 70", "" },
	{ "another type", NULL, NULL, "master:95 - tmpfs", "master:95 - ramfs", NULL, NULL,
	  "type /in is of type ramfs, but was of type tmpfs\n" },

	/* Whose it is */
	{ "the host's where it was its own", NULL, NULL, "76 75 0:52", "76 75 0:6", NULL, NULL,
	  "owner /cache is another file system than it was (own)\n" },
	{ "its own where it was the host's", NULL, NULL, "0:6 /null", "0:99 /null", NULL, NULL,
	  "owner /null is another file system than it was (host)\n" },
	{ "another one of the host's", NULL, NULL, "72 70 8:2", "72 70 8:3", NULL, NULL,
	  "owner /opt is another file system than it was (host)\n" },
	{ "another root", NULL, NULL, "70 3 8:1", "70 3 0:99", NULL, NULL,
	  "owner / is another file system than it was (host)\n" },
	{ "another procfs", NULL, NULL, "71 70 0:55", "71 70 0:99", NULL, NULL,
	  "owner /proc is another file system than it was (proc)\n" },
	{ "the caller's procfs where it was the frame's", NULL, NULL, "71 70 0:55", "71 70 0:5",
	  NULL, NULL, "owner /proc is another file system than it was (proc)\n" },
	{ "the frame's procfs where it was its own", NULL, NULL, "76 75 0:52", "76 75 0:55", NULL,
	  NULL, "owner /cache is another file system than it was (own)\n" },
	{ "another directory of the host's", NULL, NULL, "8:2 /x", "8:2 /xx", NULL, NULL,
	  "root /opt shows the directory /xx, but showed /x\n" },
	{ "another directory on the root", NULL, NULL, "8:1 / /", "8:1 /srv /", NULL, NULL,
	  "root / shows the directory /srv, but showed /\n" },
	{ "another directory of its own", NULL, NULL, "0:50 /in", "0:50 /", NULL, NULL,
	  "root /in shows the directory /, but showed /in\n" },
	{ "another directory of the procfs", NULL, NULL, "0:55 /sys", "0:55 /", NULL, NULL,
	  "root /sys shows the directory /, but showed /sys\n" },

	/* On another host, or a later one */
	{ "the disk has another number", "10 1 8:1", "10 1 9:1", "70 3 8:1", "70 3 9:1", NULL, NULL,
	  "owner /var/log is another file system than it was (host)\n" },
	{ "the directory is a part of another mount",
	  "13 10 8:2 / /srv/app rw,relatime shared:4 - ext4 /dev/sdb rw\n", "", "72 70 8:2 /x",
	  "72 70 8:1 /srv/app/x", NULL, NULL, "" },
	{ "and another directory there is another one",
	  "13 10 8:2 / /srv/app rw,relatime shared:4 - ext4 /dev/sdb rw\n", "", "72 70 8:2 /x",
	  "72 70 8:1 /x", NULL, NULL, "root /opt shows the directory /x, but showed /x\n" },
	{ "the mount is of a directory", "8:2 / /srv/app", "8:2 /apps/1 /srv/app", "8:2 /x",
	  "8:2 /apps/1/x", NULL, NULL, "" },
	{ "a mount farther up covers the directory", "13 10 8:2 / /srv/app", "13 10 8:2 / /srv",
	  "8:2 /x", "8:2 /app/x", NULL, NULL,
	  /* and /var/log's directory is on / still, as the host's path for it is / */
	  "" },
	{ "the caller's procfs has another number", "11 10 0:5", "11 10 0:500", NULL, NULL, NULL,
	  NULL, "" },

	/* Flags */
	{ "writable, and was read-only", NULL, NULL, "/opt ro,", "/opt rw,", NULL, NULL,
	  "flags /opt has the flags nosuid,relatime, but had ro,nosuid,relatime\n" },
	{ "a guard less", NULL, NULL, "/tmp rw,nodev", "/tmp rw", NULL, NULL,
	  "flags /tmp has the flags -, but had nodev\n" },
	{ "a guard more", NULL, NULL, "/cache rw - tmpfs c", "/cache rw,noexec - tmpfs c", NULL,
	  NULL, "flags /cache has the flags noexec, but had -\n" },
	{ "access times", NULL, NULL, "/opt ro,nosuid,relatime", "/opt ro,nosuid,noatime", NULL,
	  NULL, "flags /opt has the flags ro,nosuid,noatime, but had ro,nosuid,relatime\n" },

	/* Peers */
	{ "private, and was the host's peer", NULL, NULL, "/var/log rw,relatime shared:1",
	  "/var/log rw,relatime", NULL, NULL, "peers /var/log is private, but was shared\n" },
	{ "shared with nobody, and was the host's peer", NULL, NULL,
	  "/var/log rw,relatime shared:1", "/var/log rw,relatime shared:99", NULL, NULL,
	  "peers / (shared) has other peers than before\n"
	  "peers /var/log (shared) has other peers than before\n" },
	{ "peers of each other, and not of the host's any more", NULL, NULL,
	  "/ / rw,relatime shared:1", "/ / rw,relatime shared:99", "/var/log rw,relatime shared:1",
	  "/var/log rw,relatime shared:99",
	  "peers / (shared) has other peers than before\n"
	  "peers /var/log (shared) has other peers than before\n" },
	{ "a peer of the host's, and had a group of its own", NULL, NULL, "/mine rw shared:97",
	  "/mine rw shared:5", NULL, NULL,
	  "peers /mine (shared and a slave) has other peers than before\n" },
	{ "the master of one of the host's, and had a group of its own",
	  "/home rw,relatime shared:5", "/home rw,relatime shared:5 master:97", NULL, NULL, NULL,
	  NULL, "peers /mine (shared and a slave) has other peers than before\n" },
	{ "the host has made its own private since", "/ / rw,relatime shared:1", "/ / rw,relatime",
	  NULL, NULL, NULL, NULL,
	  "peers / (shared) has other peers than before\n"
	  "peers /var/log (shared) has other peers than before\n" },
	{ "of what was named by hand whose peer it is does not matter", NULL, NULL,
	  "/given ro shared:98", "/given ro shared:5", NULL, NULL, "" },
	{ "a slave, and was private", NULL, NULL, "/null rw,nosuid", "/null rw,nosuid master:99",
	  NULL, NULL, "peers /null is a slave, but was private\n" },
	{ "shared, and was private", NULL, NULL, "/null rw,nosuid", "/null rw,nosuid shared:99",
	  NULL, NULL, "peers /null is shared, but was private\n" },
	{ "private, and was a slave", NULL, NULL, "/proc rw,relatime master:92",
	  "/proc rw,relatime", NULL, NULL, "peers /proc is private, but was a slave\n" },
	{ "shared and no slave any more", NULL, NULL, "shared:97 master:96", "shared:97", NULL,
	  NULL, "peers /mine is shared, but was shared and a slave\n" },
	{ "a slave of a mount outside may have any of those", NULL, NULL, "master:94", "master:3",
	  NULL, NULL, "" },
	{ "a slave of one of its own, and was of one outside", NULL, NULL, "master:94", "master:95",
	  NULL, NULL, "peers /opt (a slave) has other peers than before\n" },
	{ "a slave of one outside, and was of its own", NULL, NULL, "/in rw,nodev master:95",
	  "/in rw,nodev master:99", NULL, NULL,
	  "peers /in (a slave) has other peers than before\n" },
	{ "a peer of one that was another", NULL, NULL, "/mine rw shared:97", "/mine rw shared:95",
	  NULL, NULL,
	  "peers /tmp (shared) has other peers than before\n"
	  "peers /in (a slave) has other peers than before\n"
	  "peers /mine (shared and a slave) has other peers than before\n" },
	{ "one group that is private now is not the fault of the private ones", NULL, NULL,
	  "/tmp rw,nodev shared:95", "/tmp rw,nodev", "/in rw,nodev master:95", "/in rw,nodev",
	  "peers /tmp is private, but was shared\npeers /in is private, but was a slave\n" },

	/* By hand: what it is, and whose, is the user's; how it is mounted is not. */
	{ "flags of what was named by hand", NULL, NULL, "/given ro", "/given rw", NULL, NULL,
	  "flags /given has the flags -, but had ro\n" },
	{ "peers of what was named by hand", NULL, NULL, "/given ro shared:98", "/given ro", NULL,
	  NULL, "peers /given is private, but was shared\n" },
	{ "nothing instead of what was named by hand", NULL, NULL, "/z /given", "/z /other", NULL,
	  NULL,
	  "missing /given (ext4) has not come back\nextra /other (xfs) was not mounted before\n" },

	{ "all that is wrong is told", NULL, NULL, "0:50 /in /in rw,nodev master:95 - tmpfs",
	  "8:1 / /in rw - ext4", NULL, NULL,
	  "type /in is of type ext4, but was of type tmpfs\nowner /in is another file system than "
	  "it was (own)\n"
	  "flags /in has the flags -, but had nodev\npeers /in is private, but was a slave\n" },
};

static size_t compare(const struct recipe *r, const struct mounts *host, const struct mounts *frame,
		      const struct mounts *thawed, struct faulty_mount **ret)
{
	const struct mount_views views = { .caller = host, .frame = frame, .thawed = thawed };

	return mount_check(r, &views, ret);
}

static char *wrong_text(const struct faulty_mount *v, size_t n)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < n; i++) {
		char *line = mount_fault_text(&v[i]);
		char *longer = xasprintf("%s%s %s\n", text, fault_names[v[i].fault], line);

		assert_true(v[i].want || v[i].fault == FAULT_EXTRA);
		assert_int_equal(!v[i].got, v[i].fault == FAULT_MISSING);
		free(line);
		free(text);
		text = longer;
	}
	return text;
}

/* The recipe as a thaw reads it. */
static struct recipe frozen_recipe(void)
{
	struct mounts host = table_of(check_host);
	struct mounts frozen = table_of(check_frozen);
	struct recipe r = sorted("dump --external mnt[/given]:KEY", &host, &host, &frozen);
	char *text = recipe_format(&r);
	struct err e;

	recipe_free(&r);
	assert_int_equal(recipe_parse(text, strlen(text), &r, &e), 0);
	free(text);
	mounts_free(&host);
	mounts_free(&frozen);
	return r;
}

static struct mounts changed(const char *table, const char *from, const char *to, const char *from2,
			     const char *to2)
{
	char *text = xstrdup(table);
	struct mounts t;

	if (from)
		text = replace(text, from, to);
	if (from2)
		text = replace(text, from2, to2);
	t = table_of(text);
	free(text);
	return t;
}

static void thawed_is_checked(void **state)
{
	const struct check *x = *state;
	struct recipe r = frozen_recipe();
	struct mounts host = changed(check_host, x->host_from, x->host_to, NULL, NULL);
	char *frame_text = xasprintf("%s%s", host.text, FRESH_PROC);
	struct mounts frame = table_of(frame_text);
	struct mounts thawed = changed(check_thawed, x->from, x->to, x->from2, x->to2);
	struct faulty_mount *v;
	size_t n = compare(&r, &host, &frame, &thawed, &v);
	char *text = wrong_text(v, n);

	assert_string_equal(text, x->expected);
	free(text);
	free(v);
	free(frame_text);
	recipe_free(&r);
	mounts_free(&host);
	mounts_free(&frame);
	mounts_free(&thawed);
}

static const struct back {
	const char *name;
	const char *host, *target, *thawed; /* beside the root */
	const char *recipe;
	const char *expected;
} backs[] = {
	{ "what criu leaves out is missing", M("14 10", "0:13", "/", "/trace", "", "tracefs"),
	  M("21 20", "0:13", "/", "/a", "", "tracefs"), "", "host /a #1 / of /trace\n",
	  "missing /a (tracefs) has not come back\n" },
	{ "until it is put there", M("14 10", "0:13", "/", "/trace", "", "tracefs"),
	  M("21 20", "0:13", "/", "/a", "", "tracefs"),
	  M("31 20", "0:13", "/", "/a", "", "tracefs"), "host /a #1 / of /trace\n", "" },
	{ "as it was", M("14 10", "0:13", "/", "/trace", "", "tracefs"),
	  M("21 20", "0:13", "/", "/a", "", "tracefs"),
	  M("31 20", "0:13", "/x", "/a", " shared:97", "tracefs"), "host /a #1 / of /trace\n",
	  "root /a shows the directory /x, but showed /\npeers /a is shared, but was private\n" },
	{ "what was left out is not missed", HIDDEN_HOST, HIDDEN_TARGET,
	  M("32 20", "0:95", "/", "/a", "", "tmpfs"), "none /a/b hidden\nown /a\n", "" },
	{ "nor minded where nobody sees it", HIDDEN_HOST, HIDDEN_TARGET,
	  M("31 20", "0:94", "/", "/a/b", " shared:9", "xfs")
		  M("32 20", "0:95", "/", "/a", "", "tmpfs"),
	  "none /a/b hidden\nown /a\n", "" },
	{ "and is no peer of others", HIDDEN_HOST,
	  M("21 20", "8:3", "/", "/a/b", " shared:70", "ext4")
		  M("22 20", "0:91", "/", "/a", " shared:71", "tmpfs"),
	  M("32 20", "0:95", "/", "/a", " shared:70", "tmpfs"), "none /a/b hidden\nown /a\n", "" },
	{ "unless somebody sees it", HIDDEN_HOST, HIDDEN_TARGET,
	  M("32 20", "0:95", "/", "/a", "", "tmpfs") M("33 32", "0:96", "/", "/a/b", "", "xfs"),
	  "none /a/b hidden\nown /a\n", "extra /a/b (xfs) was not mounted before\n" },
	{ "or another one there is not seen either", HIDDEN_HOST, HIDDEN_TARGET,
	  M("31 20", "0:94", "/", "/a/b", "", "xfs") M("32 31", "0:96", "/", "/a/b", "", "xfs")
		  M("33 20", "0:95", "/", "/a", "", "tmpfs"),
	  "none /a/b hidden\nown /a\n",
	  "extra /a/b (xfs) is one mount more than before on that mountpoint\n" },
	{ "or one is seen, and another not", HIDDEN_HOST, HIDDEN_TARGET,
	  M("31 20", "0:94", "/", "/a/b", "", "xfs") M("32 20", "0:95", "/", "/a", "", "tmpfs")
		  M("33 32", "0:96", "/", "/a/b", "", "xfs"),
	  "none /a/b hidden\nown /a\n", "extra /a/b (xfs) was not mounted before\n" },
	{ "what another place hides comes back", "",
	  M("21 20", "0:91", "/", "/a/b", "", "tmpfs") M("22 20", "0:92", "/", "/a", "", "tmpfs"),
	  M("31 20", "0:94", "/", "/a/b", "", "tmpfs") M("32 20", "0:95", "/", "/a", "", "tmpfs"),
	  "own /a/b hidden\nown /a\n", "" },
	{ "and no other with it", "",
	  M("21 20", "0:91", "/", "/a/b", "", "tmpfs") M("22 20", "0:92", "/", "/a", "", "tmpfs"),
	  M("31 20", "0:94", "/", "/a/b", "", "tmpfs") M("32 20", "0:95", "/", "/a", "", "tmpfs")
		  M("33 31", "0:96", "/", "/a/b", "", "tmpfs"),
	  "own /a/b hidden\nown /a\n",
	  "extra /a/b (tmpfs) is one mount more than before on that mountpoint\n" },
	{ "but what lies over it is looked at", HIDDEN_HOST, HIDDEN_TARGET, "",
	  "none /a/b hidden\nown /a\n", "missing /a (tmpfs) has not come back\n" },
};

/* What has to come back of a nested view: flags and propagation, as the images tell. */
static void a_nested_view_is_checked(void **state)
{
	struct mounts host = table_of(HOST);
	struct mounts images = table_of("30 2 0:0 / / rw,relatime master:4 - none none rw\n"
					"31 30 0:0 / /a ro,nosuid - none none rw\n"
					"32 30 0:0 / /h rw shared:3 - none none rw\n"
					"33 30 0:0 / /b rw - none none rw\n"
					"34 33 0:0 / /b ro - none none rw\n");
	struct mounts good = table_of("50 2 8:1 / / rw,relatime master:9 - ext4 /dev/sda rw\n"
				      "51 50 0:91 / /a ro,nosuid - tmpfs t rw\n"
				      "52 50 0:6 / /h rw shared:3 - devtmpfs d rw\n"
				      "53 50 0:92 / /b rw - tmpfs t rw\n"
				      "54 53 0:92 / /b ro - tmpfs t rw\n");
	struct mounts bad = table_of("50 2 8:1 / / rw,relatime - ext4 /dev/sda rw\n"
				     "51 50 0:91 / /a rw,nosuid - tmpfs t rw\n"
				     "52 50 0:6 / /h rw shared:88 - devtmpfs d rw\n"
				     "55 50 0:93 / /x rw - tmpfs t rw\n");
	struct mounts own = table_of(ROOT M("22 20", "0:6", "/", "/dev", " shared:3", "devtmpfs"));
	struct recipe root = sorted("dump", &host, &host, &own);
	struct recipe r;
	struct faulty_mount *v;
	char *text;
	size_t n;

	(void)state;
	mount_expect_nested(&root, &images, &r);
	assert_int_equal(compare(&r, &host, &host, &good, &v), 0);
	free(v);
	n = compare(&r, &host, &host, &bad, &v);
	text = wrong_text(v, n);
	assert_string_equal(text, "peers / is private, but was a slave\n"
				  "flags /a has the flags nosuid, but had ro,nosuid\n"
				  "peers /h (shared) has other peers than before\n"
				  "missing /b (none) has not come back\n"
				  "extra /x (tmpfs) was not mounted before\n");
	free(text);
	free(v);
	recipe_free(&r);
	recipe_free(&root);
	mounts_free(&host);
	mounts_free(&images);
	mounts_free(&good);
	mounts_free(&bad);
	mounts_free(&own);
}

static void it_is_back_or_not(void **state)
{
	const struct back *x = *state;
	char *host_text = xasprintf("%s%s", HOST, x->host);
	char *target_text = xasprintf("%s%s", ROOT, x->target);
	char *thawed_text = xasprintf("%s%s", ROOT, x->thawed);
	char *recipe = xasprintf("%s%s", HOST_ROOT, x->recipe);
	struct mounts host = table_of(host_text);
	struct mounts target = table_of(target_text);
	struct mounts thawed = table_of(thawed_text);
	struct recipe r = sorted("dump", &host, &host, &target);
	struct faulty_mount *v;
	size_t n = compare(&r, &host, &host, &thawed, &v);
	char *text = wrong_text(v, n);

	assert_recipe(&r, recipe);
	assert_string_equal(text, x->expected);
	free(text);
	free(v);
	recipe_free(&r);
	mounts_free(&host);
	mounts_free(&target);
	mounts_free(&thawed);
	free(host_text);
	free(target_text);
	free(thawed_text);
	free(recipe);
}

/* What criu found itself is not ours to judge, but for what it is and how it is mounted. */
static void what_is_automatic_is_checked_less(void **state)
{
	struct recipe r = { 0 };
	struct mounts host = table_of(HOST);
	struct mounts good = table_of(ROOT M("21 20", "8:9", "/q", "/a", "", "ext4"));
	struct mounts bad = table_of(ROOT M("21 20", "8:9", "/q", "/a", " master:9", "xfs"));
	struct mounts target = table_of(ROOT M("21 20", "8:2", "/sub", "/a", "", "ext4"));
	struct faulty_mount *v;
	size_t n;
	char *text;

	(void)state;
	r = sorted("dump --external mnt[]", &host, &host, &target);
	assert_recipe(&r, HOST_ROOT "auto /a\n");
	assert_int_equal(compare(&r, &host, &host, &good, &v), 0);
	free(v);
	n = compare(&r, &host, &host, &bad, &v);
	text = wrong_text(v, n);
	assert_string_equal(text, "type /a is of type xfs, but was of type ext4\n"
				  "peers /a is a slave, but was private\n");
	free(text);
	free(v);
	recipe_free(&r);
	mounts_free(&host);
	mounts_free(&target);
	mounts_free(&good);
	mounts_free(&bad);
}

static void assert_arrived(const struct recipe *r, const struct mounts *host,
			   const struct mounts *now, const struct mounts *thawed,
			   const char *expected)
{
	const struct mount_views views = {
		.caller = host, .frame = host, .thawed = thawed, .now = now
	};
	struct faulty_mount *v;
	size_t n = mount_check(r, &views, &v);
	char *text = wrong_text(v, n);

	assert_string_equal(text, expected);
	free(text);
	free(v);
}

/*
 * Of four mounts that were not frozen the host has made two since, and one of these reaches slaves.
 */
static void what_the_host_has_mounted_since_is_no_fault(void **state)
{
	struct mounts host = table_of(HOST M("15 10", "8:7", "/", "/old", " shared:7", "ext4"));
	struct mounts now = table_of(HOST M("15 10", "8:7", "/", "/old", " shared:7", "ext4")
					     M("16 10", "8:8", "/", "/new", " shared:8", "ext4")
						     M("17 10", "8:9", "/", "/own", "", "ext4"));
	struct mounts target = table_of(ROOT);
	struct mounts thawed =
		table_of(ROOT M("21 20", "8:7", "/", "/old", " master:7", "ext4")
				 M("22 20", "8:8", "/", "/new", " master:8", "ext4")
					 M("23 20", "8:9", "/", "/own", "", "ext4")
						 M("24 20", "8:8", "/", "/x", " master:8", "ext4"));
	struct recipe r = sorted("dump", &host, &host, &target);

	(void)state;
	assert_arrived(&r, &host, NULL, &thawed,
		       "extra /old (ext4) was not mounted before\n"
		       "extra /new (ext4) was not mounted before\n"
		       "extra /own (ext4) was not mounted before\n"
		       "extra /x (ext4) was not mounted before\n");
	assert_arrived(&r, &host, &now, &thawed,
		       "extra /old (ext4) was not mounted before\n"
		       "extra /own (ext4) was not mounted before\n"
		       "extra /x (ext4) was not mounted before\n");
	recipe_free(&r);
	mounts_free(&host);
	mounts_free(&now);
	mounts_free(&target);
	mounts_free(&thawed);
}

#define STACK_BACK                                                                                 \
	M("41 20", "0:94", "/", "/b", "", "tmpfs") M("42 41", "0:95", "/", "/b", "", "tmpfs")
#define ONE_MORE(what) "extra " what " is one mount more than before on that mountpoint\n"

/* The same where the tree has a mount, and two: its own stay what has to be there. */
static const struct arrival {
	const char *name;
	const char *thawed;
	const char *unknown;  /* what is wrong before it is known what the host has made, */
	const char *expected; /* and then */
} arrivals[] = {
	{ "below a mount of the tree's",
	  M("31 20", "8:8", "/", "/a", " master:8", "ext4")
		  M("32 31", "0:93", "/", "/a", "", "tmpfs") STACK_BACK,
	  ONE_MORE("/a (ext4)"), "" },
	{ "behind it in the table",
	  M("32 31", "0:93", "/", "/a", "", "tmpfs")
		  M("31 20", "8:8", "/", "/a", " master:8", "ext4") STACK_BACK,
	  ONE_MORE("/a (ext4)"), "" },
	{ "on top of it",
	  M("31 20", "0:93", "/", "/a", "", "tmpfs")
		  M("32 31", "8:8", "/", "/a", " master:8", "ext4") STACK_BACK,
	  "type /a is of type ext4, but was of type tmpfs\n"
	  "peers /a is a slave, but was private\n" ONE_MORE("/a (ext4)"),
	  "" },
	{ "on top, where the tree's is not what it was",
	  M("31 20", "0:93", "/", "/a", "", "ramfs")
		  M("32 31", "8:8", "/", "/a", " master:8", "ext4") STACK_BACK,
	  "type /a is of type ext4, but was of type tmpfs\n"
	  "peers /a is a slave, but was private\n" ONE_MORE("/a (ramfs)"),
	  "type /a is of type ramfs, but was of type tmpfs\n" },
	{ "in its place", M("31 20", "8:8", "/", "/a", " master:8", "ext4") STACK_BACK,
	  "type /a is of type ext4, but was of type tmpfs\n"
	  "peers /a is a slave, but was private\n",
	  "type /a is of type ext4, but was of type tmpfs\n"
	  "peers /a is a slave, but was private\n" },
	{ "with another one that has not come from there",
	  M("31 20", "8:8", "/", "/a", " master:8", "ext4")
		  M("32 31", "0:93", "/", "/a", "", "tmpfs")
			  M("33 32", "0:96", "/", "/a", "", "tmpfs") STACK_BACK,
	  ONE_MORE("/a (ext4)") ONE_MORE("/a (tmpfs)"), ONE_MORE("/a (tmpfs)") },
	{ "below a stack of the tree's, and like those",
	  M("31 20", "0:93", "/", "/a", "", "tmpfs")
		  M("32 20", "0:98", "/", "/b", " master:8", "tmpfs")
			  M("33 32", "0:94", "/", "/b", "", "tmpfs")
				  M("34 33", "0:95", "/", "/b", "", "tmpfs"),
	  ONE_MORE("/b (tmpfs)"), "" },
	{ "and was private on the host",
	  M("31 20", "8:8", "/", "/a", "", "ext4") M("32 31", "0:93", "/", "/a", "", "tmpfs")
		  STACK_BACK,
	  ONE_MORE("/a (ext4)"), ONE_MORE("/a (ext4)") },
};

static void it_arrives_in_a_stack(void **state)
{
	const struct arrival *x = *state;
	char *thawed_text = xasprintf("%s%s", ROOT, x->thawed);
	struct mounts host = table_of(HOST);
	struct mounts now = table_of(HOST M("16 10", "8:8", "/", "/a", " shared:8", "ext4")
					     M("17 10", "0:98", "/", "/b", " shared:9", "tmpfs"));
	struct mounts target = table_of(ROOT M("21 20", "0:90", "/", "/a", "", "tmpfs")
						M("22 20", "0:91", "/", "/b", "", "tmpfs")
							M("23 22", "0:92", "/", "/b", "", "tmpfs"));
	struct mounts thawed = table_of(thawed_text);
	struct recipe r = sorted("dump", &host, &host, &target);

	assert_arrived(&r, &host, NULL, &thawed, x->unknown);
	assert_arrived(&r, &host, &host, &thawed, x->unknown);
	assert_arrived(&r, &host, &now, &thawed, x->expected);
	free(thawed_text);
	recipe_free(&r);
	mounts_free(&host);
	mounts_free(&now);
	mounts_free(&target);
	mounts_free(&thawed);
}

/* A target that was frozen and has changed nothing has come back. */
static void a_recorded_table_is_what_it_was(void **state)
{
	static const char *const names[] = { "host", "private-tmp", "bubblewrap",
					     "runc", "lxc",         "external-sharing" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct mounts host = recorded_table("host");
		struct mounts target = recorded_table(names[i]);
		struct recipe r = sorted("dump", &host, &host, &target);
		struct faulty_mount *v;
		size_t n = compare(&r, &host, &host, &target, &v);
		char *text = wrong_text(v, n);

		UNIT_CHECK(n == 0, "%s: %s", names[i], text);
		free(text);
		free(v);
		recipe_free(&r);
		mounts_free(&host);
		mounts_free(&target);
	}
}

int main(void)
{
	UNIT_ROWS(recipe_fits_or_not, fits);
	UNIT_ROWS(thawed_is_checked, checks);
	UNIT_ROWS(it_is_back_or_not, backs);
	UNIT(a_nested_view_is_checked);
	UNIT(what_is_automatic_is_checked_less);
	UNIT(what_the_host_has_mounted_since_is_no_fault);
	UNIT_ROWS(it_arrives_in_a_stack, arrivals);
	UNIT(a_recorded_table_is_what_it_was);
	return unit_run("mount_check");
}
