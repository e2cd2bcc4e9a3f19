// SPDX-License-Identifier: MIT
/* Mount tables: reading them, and comparing the recorded ones (fixtures/mountinfo). */
#include "tables.h"

#include "libmount.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

static int read_text(const char *text, size_t size, struct mounts *ret, struct err *e)
{
	int fd = memfd_create("mountinfo", MFD_CLOEXEC);
	char path[64];
	int r;

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, size), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = mounts_read(AT_FDCWD, path, ret, e);
	close(fd);
	return r;
}

/* Reading */

static void a_line_is_read_field_by_field(void **state)
{
	struct mounts t = table_of("117 115 254:300 /a/b /c ro,nosuid,nodev,noexec,relatime "
				   "shared:41 master:7 propagate_from:3 - fuse.x /dev/v rw,a=b\n");

	(void)state;
	assert_int_equal(t.n, 1);
	assert_int_equal(t.v->id, 117);
	assert_int_equal(t.v->parent, 115);
	assert_int_equal(major(t.v->dev), 254);
	assert_int_equal(minor(t.v->dev), 300);
	assert_string_equal(t.v->root, "/a/b");
	assert_string_equal(t.v->at, "/c");
	assert_string_equal(t.v->fstype, "fuse.x");
	assert_string_equal(t.v->options, "rw,a=b");
	assert_int_equal(t.v->flags, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME);
	assert_int_equal(t.v->shared, 41);
	assert_int_equal(t.v->master, 7);
	mounts_free(&t);
	assert_null(t.v);
	assert_int_equal(t.n, 0);
}

#define LINE(root, at, options, fields) "7 6 0:9 " root " " at " " options fields " - tmpfs t rw\n"

static const struct field {
	const char *name, *line, *root, *at;
	unsigned long flags;
	unsigned shared, master;
} fields[] = {
	{ "no optional fields", LINE("/", "/m", "rw", ""), "/", "/m", 0, 0, 0 },
	{ "shared only", LINE("/", "/m", "rw", " shared:5"), "/", "/m", 0, 5, 0 },
	{ "a slave only", LINE("/", "/m", "rw", " master:5"), "/", "/m", 0, 0, 5 },
	{ "shared and a slave", LINE("/", "/m", "rw", " shared:12 master:5"), "/", "/m", 0, 12, 5 },
	{ "unbindable", LINE("/", "/m", "rw", " unbindable"), "/", "/m", 0, 0, 0 },
	{ "a field that is not known", LINE("/", "/m", "rw", " new:1 shared:5"), "/", "/m", 0, 5,
	  0 },
	{ "read-only", LINE("/", "/m", "ro,relatime", ""), "/", "/m", MS_RDONLY | MS_RELATIME, 0,
	  0 },
	{ "nosuid", LINE("/", "/m", "rw,nosuid", ""), "/", "/m", MS_NOSUID, 0, 0 },
	{ "nodev in the middle", LINE("/", "/m", "rw,nodev,relatime", ""), "/", "/m",
	  MS_NODEV | MS_RELATIME, 0, 0 },
	{ "noexec", LINE("/", "/m", "rw,noexec", ""), "/", "/m", MS_NOEXEC, 0, 0 },
	{ "nosymfollow", LINE("/", "/m", "rw,nosymfollow", ""), "/", "/m", MS_NOSYMFOLLOW, 0, 0 },
	{ "noatime", LINE("/", "/m", "rw,noatime", ""), "/", "/m", MS_NOATIME, 0, 0 },
	{ "nodiratime", LINE("/", "/m", "rw,nodiratime,relatime", ""), "/", "/m",
	  MS_NODIRATIME | MS_RELATIME, 0, 0 },
	{ "flags are whole words", LINE("/", "/m", "rw,roo,xnodev,nosuidx", ""), "/", "/m", 0, 0,
	  0 },
	{ "the superblock's options are not the mount's", "7 6 0:9 / /m rw - tmpfs t ro,nosuid\n",
	  "/", "/m", 0, 0, 0 },
	{ "a blank in a mountpoint", LINE("/", "/my\\040disk", "rw", ""), "/", "/my disk", 0, 0,
	  0 },
	{ "a tab in a mountpoint", LINE("/", "/a\\011b", "rw", ""), "/", "/a\tb", 0, 0, 0 },
	{ "a newline in a mountpoint", LINE("/", "/a\\012b", "rw", ""), "/", "/a\nb", 0, 0, 0 },
	{ "a backslash in a mountpoint", LINE("/", "/a\\134b", "rw", ""), "/", "/a\\b", 0, 0, 0 },
	{ "an escaped escape", LINE("/", "/a\\134040b", "rw", ""), "/", "/a\\040b", 0, 0, 0 },
	{ "escapes in the root", LINE("/x\\040\\011\\012\\134", "/m", "rw", ""), "/x \t\n\\", "/m",
	  0, 0, 0 },
	{ "what looks like an escape and is none", LINE("/", "/a\\9\\04x", "rw", ""), "/",
	  "/a\\9\\04x", 0, 0, 0 },
	{ "an empty source", "7 6 0:9 / /m rw - tmpfs  rw\n", "/", "/m", 0, 0, 0 },
	{ "a root that is a namespace file",
	  "7 6 0:4 net:[4026532201] /run/netns/a rw - nsfs nsfs rw\n", "net:[4026532201]",
	  "/run/netns/a", 0, 0, 0 },
	{ "a mountpoint with a fake line in it", LINE("/", "/a\\0127\\0406\\0400:9", "rw", ""), "/",
	  "/a\n7 6 0:9", 0, 0, 0 },
};

static void field_is_read(void **state)
{
	const struct field *f = *state;
	struct mounts t = table_of(f->line);

	assert_int_equal(t.n, 1);
	assert_string_equal(t.v->root, f->root);
	assert_string_equal(t.v->at, f->at);
	assert_int_equal(t.v->flags, f->flags);
	assert_int_equal(t.v->shared, f->shared);
	assert_int_equal(t.v->master, f->master);
	mounts_free(&t);
}

/* Against libmount */

static void assert_as_libmount(const char *name, const char *text)
{
	struct mounts t = table_of(text);
	struct libmnt_table *tb = libmount_table(&t);
	const char *what = NULL;

	UNIT_CHECK(tb != NULL, "libmount does not read %s", name);

	const struct mount *other = libmount_first_other(tb, &t, &what);

	UNIT_CHECK(!other, "%s: for libmount, %s of %s differs", name, what, other->at);
	mnt_unref_table(tb);
	mounts_free(&t);
}

static void libmount_reads_the_same(void **state)
{
	static const char *const names[] = { "bubblewrap", "external-sharing", "host", "lxc",
					     "lxc-2015",   "private-tmp",      "runc", "thawed" };
	char *here = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *text = recorded_text(names[i]);

		assert_as_libmount(names[i], text);
		free(text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		assert_as_libmount(fields[i].name, fields[i].line);
	assert_true(read_file_at(AT_FDCWD, "/proc/self/mountinfo", 1 << 20, &here) > 0);
	assert_as_libmount("the table of this host", here);
	free(here);
}

/* Damage: libmount passes over such lines, and says nothing. */

static const struct damage {
	const char *name, *line;
} damages[] = {
	{ "a line that is garbage is an error", "garbage" },
	{ "an empty line is an error", "" },
	{ "a comment is an error", "# comment" },
	{ "a line without a separator is an error", "115 90 254:0 / /x rw,relatime shared:1" },
	{ "a line that is cut is an error", "115 90 254:0 /" },
	{ "a line without options of the superblock is an error",
	  "115 90 254:0 / /x rw - tmpfs t" },
	{ "two blanks are an error", "115 90 254:0 /  /x rw - tmpfs t rw" },
	{ "a peer group that is no number is an error",
	  "115 90 254:0 / /x rw shared:x - tmpfs t rw" },
	{ "a negative id is an error", "-115 90 254:0 / /x rw - tmpfs t rw" },
	{ "an id that is too large is an error", "4294967411 90 254:0 / /x rw - tmpfs t rw" },
	{ "a line without numbers is an error", "a b c:d / /x rw - tmpfs t rw" },
	{ "a line of fstab is an error", "/dev/vda / ext4 rw 0 0" },
};

static void damage_is_an_error(void **state)
{
	const struct damage *d = *state;
	static const size_t numbers[] = { 0, 10, 20 };
	char *text = recorded_text("host");

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct mounts t;
		struct err e = { 0 };
		const char *from = text;

		for (size_t n = 0; n < numbers[i]; n++)
			from = strchr(from, '\n') + 1;

		char *damaged = xasprintf("%.*s%s%s", (int)(from - text), text, d->line,
					  strchr(from, '\n'));
		int r = read_text(damaged, strlen(damaged), &t, &e);

		UNIT_CHECK(r == -EINVAL, "line %zu: %d", numbers[i] + 1, r);
		unit_assert_contains(e.what, "cannot parse the mount table");
		mounts_free(&t);
		free(damaged);
	}
	free(text);
}

static void a_table_may_end_behind_a_line_only(void **state)
{
	char *text = recorded_text("private-tmp");
	size_t lines = 0;

	(void)state;
	for (size_t n = 1; text[n]; n++) {
		struct mounts t;
		struct err e;
		int r = read_text(text, n, &t, &e);

		lines += text[n - 1] == '\n';
		if (text[n - 1] == '\n')
			UNIT_CHECK(r == 0 && t.n == lines, "cut at %zu", n);
		else
			UNIT_CHECK(r == -EINVAL, "cut at %zu", n);
		mounts_free(&t);
	}
	free(text);
}

static void an_empty_table_is_an_error(void **state)
{
	struct mounts t;
	struct err e;

	(void)state;
	assert_int_equal(read_text("", 0, &t, &e), -EINVAL);
	unit_assert_contains(e.what, "is empty");
	mounts_free(&t);
}

static void a_missing_table_is_an_error(void **state)
{
	struct mounts t;
	struct err e;

	(void)state;
	assert_int_equal(mounts_read(AT_FDCWD, "no/such/table", &t, &e), -ENOENT);
	unit_assert_contains(e.what, "no/such/table");
	mounts_free(&t);
}

/* Not the mount on "/": it is in no table of a chroot(2) into a plain directory, where packages are built. */
static void our_own_table_is_read(void **state)
{
	struct mounts t;
	struct err e;

	(void)state;
	UNIT_CHECK(mounts_read(AT_FDCWD, "/proc/self/mountinfo", &t, &e) == 0, "%s", e.what);
	assert_true(t.n > 0);
	assert_non_null(mounts_covering(&t, "/proc/self"));
	mounts_free(&t);
}

/* The recorded tables, as a caller on "host" sees them: MOUNTPOINT REASON, one a line. */

static const struct view {
	const char *name, *table;
	size_t mounts;
	const char *differ;
	bool outside_master, outside_peer;
} views[] = {
	{ "the host's view is the host's", "host", 21, "", false, true },
	{ "a thawed process has the host's view", "thawed", 22, "", true, false },
	{ "a service with a private /tmp has two mounts of its own", "private-tmp", 23,
	  "/var/tmp folder\n/mnt fs\n", true, false },
	{ "a bubblewrap sandbox has a view of its own", "bubblewrap", 16,
	  "/ fs\n/usr folder\n/etc folder\n/proc/irq fs\n/proc/bus fs\n/dev fs\n/dev/null folder\n"
	  "/dev/zero folder\n/dev/full folder\n/dev/random folder\n/dev/urandom folder\n"
	  "/dev/tty folder\n/dev/pts fs\n/tmp fs\n/srv/app folder\n",
	  true, false },
	{ "a runc container has a view of its own", "runc", 25,
	  "/ folder\n/dev fs\n/dev/pts fs\n/dev/shm fs\n/dev/mqueue fs\n/sys fs\n/sys/fs/cgroup "
	  "fs\n"
	  "/sys/fs/cgroup/cpu folder\n/sys/fs/cgroup/cpuacct folder\n/sys/fs/cgroup/cpuset folder\n"
	  "/sys/fs/cgroup/memory folder\n/sys/fs/cgroup/devices folder\n"
	  "/sys/fs/cgroup/freezer folder\n/sys/fs/cgroup/blkio folder\n/sys/fs/cgroup/pids folder\n"
	  "/sys/fs/cgroup/systemd folder\n/proc/bus fs\n/proc/fs fs\n/proc/irq fs\n/proc/sys fs\n"
	  "/proc/acpi fs\n/proc/keys fs\n/proc/timer_list fs\n/sys/firmware fs\n",
	  true, false },
	{ "an LXC container has a view of its own", "lxc", 24,
	  "/ folder\n/dev fs\n/proc/sys/net fs\n/proc/sys fs\n/sys fs\n/dev/shm fs\n/dev/mqueue "
	  "fs\n"
	  "/lib folder\n/usr/lib folder\n/lib64 folder\n/usr/lib64 folder\n"
	  "/sys/kernel/security folder\n/dev/.lxc/proc fs\n/dev/.lxc/sys fs\n/dev/pts fs\n"
	  "/dev/ptmx fs\n/dev/console folder\n/dev/tty1 fs\n/dev/tty2 fs\n/dev/tty3 fs\n"
	  "/dev/tty4 fs\n/dev/tty5 fs\n/proc/sys/kernel/random/boot_id fs\n",
	  true, false },
	/* Another machine: some of its superblocks have numbers that the host has too. */
	{ "the LXC container of 2015 has a view of its own", "lxc-2015", 21,
	  "/ fs\n/dev folder\n/proc/sys/net folder\n/proc/sys folder\n/proc/sysrq-trigger folder\n"
	  "/sys fs\n/sys fs\n/sys/devices/virtual/net fs\n/sys/devices/virtual/net fs\n"
	  "/sys/fs/fuse/connections folder\n/sys/kernel/debug fs\n/sys/kernel/security fs\n"
	  "/sys/fs/pstore folder\n/sys/fs/cgroup fs\n/sys/fs/cgroup/cgmanager folder\n/dev/pts fs\n"
	  "/run fs\n/run/lock fs\n/run/shm fs\n/run/user fs\n",
	  true, false },
	{ "the example of external sharing has a view of its own", "external-sharing", 4,
	  "/ fs\n/external_sharing fs\n/internal_sharing fs\n", false, false },
};

static const char *const whys[] = { "folder", "fs", "flags", "order" };

static void assert_differ(const struct mounts *frame, const struct mounts *target,
			  const char *expected)
{
	struct mount_diff *diff;
	size_t n = mounts_compare(frame, target, &diff);
	char *text = xstrdup("");

	for (size_t i = 0; i < n; i++) {
		char *longer = xasprintf("%s%s %s\n", text, diff[i].mount->at, whys[diff[i].why]);

		assert_true(diff[i].mount >= target->v && diff[i].mount < target->v + target->n);
		free(text);
		text = longer;
	}
	assert_string_equal(text, expected);
	free(text);
	free(diff);
}

static void view_is_compared_with_the_host(void **state)
{
	const struct view *v = *state;
	struct mounts host = recorded_table("host");
	struct mounts target = recorded_table(v->table);

	assert_int_equal(target.n, v->mounts);
	assert_differ(&host, &target, v->differ);
	assert_int_equal(mounts_have_outside_master(&target), v->outside_master);
	assert_int_equal(mounts_have_outside_peer(&host, &target), v->outside_peer);
	mounts_free(&host);
	mounts_free(&target);
}

/* Seen from the thawed process the host lacks nothing, and has nothing but its own /proc. */
static void the_comparison_has_two_directions(void **state)
{
	struct mounts host = recorded_table("host");
	struct mounts thawed = recorded_table("thawed");
	struct mounts private = recorded_table("private-tmp");

	(void)state;
	assert_differ(&thawed, &host, "");
	assert_differ(&private, &thawed, "");
	assert_differ(&thawed, &private, "/var/tmp folder\n/mnt folder\n");
	mounts_free(&host);
	mounts_free(&thawed);
	mounts_free(&private);
}

/* One change in the thawed process's table, and what differs from the host's then. */

static const struct change {
	const char *name, *from, *to, *from2, *to2, *differ;
} changes[] = {
	{ "a read-only bind differs", "/run/user rw", "/run/user ro", NULL, NULL,
	  "/run/user flags\n" },
	{ "a flag less differs", "/run/user rw,nosuid,nodev", "/run/user rw,nodev", NULL, NULL,
	  "/run/user flags\n" },
	{ "a flag more differs", "/boot/efi rw", "/boot/efi rw,noexec", NULL, NULL,
	  "/boot/efi flags\n" },
	{ "nosymfollow differs", "/boot/efi rw", "/boot/efi rw,nosymfollow", NULL, NULL,
	  "/boot/efi flags\n" },
	{ "a read-only root differs", "/ / rw", "/ / ro", NULL, NULL, "/ flags\n" },
	{ "access times do not count", "/boot/efi rw,relatime", "/boot/efi rw,noatime", NULL, NULL,
	  "" },
	{ "access times of folders do not count", "/boot/efi rw,relatime",
	  "/boot/efi rw,nodiratime", NULL, NULL, "" },
	{ "access times do not hide what counts", "/boot/efi rw,relatime", "/boot/efi ro,noatime",
	  NULL, NULL, "/boot/efi flags\n" },
	{ "sharing does not count", "master:21", "shared:99", NULL, NULL, "" },
	{ "another folder differs", "0:48 / /run/user", "0:48 /sub /run/user", NULL, NULL,
	  "/run/user folder\n" },
	{ "another mountpoint differs", "0:48 / /run/user", "0:48 / /run/users", NULL, NULL,
	  "/run/users folder\n" },
	{ "another file system differs", "0:48 / /run/user", "0:99 / /run/user", NULL, NULL,
	  "/run/user fs\n" },
	{ "a mount more differs", "89 69 0:43", "90 67 0:99 / /mnt rw - tmpfs t rw\n89 69 0:43",
	  NULL, NULL, "/mnt fs\n" },
	{ "a mount less does not count",
	  "87 67 0:46 / /boot/efi rw,relatime master:21 - tmpfs efi rw\n", "", NULL, NULL, "" },
	{ "a stack in another order differs", "83 82 0:23 / /dev/shm", "83 82 0:27 / /dev/shm",
	  "84 83 0:27 / /dev/shm", "84 83 0:23 / /dev/shm", "/dev/shm order\n" },
	{ "the top of a stack twice is no stack of the host's", "83 82 0:23 / /dev/shm",
	  "83 82 0:27 / /dev/shm", NULL, NULL, "/dev/shm order\n" },
	{ "the order of mounts on different mountpoints does not count",
	  "87 67 0:46 / /boot/efi rw,relatime master:21 - tmpfs efi rw\n", "", "89 69 0:43",
	  "87 67 0:46 / /boot/efi rw,relatime master:21 - tmpfs efi rw\n89 69 0:43", "" },
	{ "a stack without its top does not count",
	  "84 83 0:27 / /dev/shm rw,relatime master:18 - tmpfs tmpfs rw,size=24684096k\n", "", NULL,
	  NULL, "" },
	{ "a stack without its bottom does not count",
	  "83 82 0:23 / /dev/shm rw,relatime master:17 - tmpfs tmpfs rw,size=24684096k\n", "", NULL,
	  NULL, "" },
	{ "a mount twice on one mountpoint differs", "88 67 0:48",
	  "90 67 0:48 / /run/user rw,nosuid,nodev,relatime master:22 - tmpfs t rw\n88 67 0:48",
	  NULL, NULL, "/run/user order\n" },
	{ "the root twice differs", "69 67 0:21",
	  "66 67 254:0 / / rw,relatime master:1 - ext4 /dev/vda rw\n69 67 0:21", NULL, NULL,
	  "/ order\n" },
	{ "a second /proc of its own does not count", "89 69 0:43",
	  "90 69 0:44 / /proc rw - proc proc rw\n89 69 0:43", NULL, NULL, "" },
	{ "without a /proc of its own it is the same too",
	  "89 69 0:43 / /proc rw,relatime shared:23 - proc proc rw\n", "", NULL, NULL, "" },
	{ "a procfs elsewhere counts", "0:43 / /proc ", "0:43 / /mnt ", NULL, NULL, "/mnt fs\n" },
	{ "a part of a procfs on /proc counts", "0:43 / /proc", "0:43 /sys /proc", NULL, NULL,
	  "/proc fs\n" },
	{ "another file system on /proc counts", "shared:23 - proc", "shared:23 - tmpfs", NULL,
	  NULL, "/proc fs\n" },
	{ "a mount in its own /proc counts", "89 69 0:43",
	  "90 69 0:99 / /proc/sys rw - tmpfs t rw\n89 69 0:43", NULL, NULL, "/proc/sys fs\n" },
};

static void change_is_seen(void **state)
{
	const struct change *c = *state;
	char *text = replace(recorded_text("thawed"), c->from, c->to);
	struct mounts host = recorded_table("host");
	struct mounts target;

	if (c->from2)
		text = replace(text, c->from2, c->to2);
	target = table_of(text);
	assert_differ(&host, &target, c->differ);
	mounts_free(&host);
	mounts_free(&target);
	free(text);
}

/* Sharing */

#define ROOT "1 0 0:1 / / rw"
#define REST " - tmpfs t rw\n"

static const struct sharing {
	const char *name, *table;
	bool outside_master, outside_peer;
} sharings[] = {
	{ "private mounts need nothing", ROOT REST, false, false },
	{ "a slave of a mount outside", ROOT " master:1" REST, true, false },
	{ "a slave of a mount in the table",
	  ROOT " shared:90" REST "2 1 0:2 / /a rw master:90" REST, false, false },
	{ "a slave of a slave that is shared",
	  ROOT " shared:90 master:1" REST "2 1 0:2 / /a rw master:90" REST, true, false },
	{ "the master may stand behind the slave",
	  ROOT " master:90" REST "2 1 0:2 / /a rw shared:90" REST, false, false },
	{ "a peer of the frame's mount", ROOT " shared:1" REST, false, true },
	{ "a peer somewhere else in the tree", ROOT REST "2 1 0:2 / /a rw shared:22" REST, false,
	  true },
	{ "peers among themselves", ROOT " shared:90" REST "2 1 0:2 / /a rw shared:90" REST, false,
	  false },
};

static void sharing_is_seen(void **state)
{
	const struct sharing *s = *state;
	struct mounts host = recorded_table("host");
	struct mounts target = table_of(s->table);

	assert_int_equal(mounts_have_outside_master(&target), s->outside_master);
	assert_int_equal(mounts_have_outside_peer(&host, &target), s->outside_peer);
	mounts_free(&host);
	mounts_free(&target);
}

/* Which mount a path is seen through */

static const struct covering {
	const char *name, *table, *path;
	int id;
} coverings[] = {
	{ "the root covers itself", "host", "/", 115 },
	{ "the root covers what has no mount", "host", "/usr/bin", 115 },
	{ "a mountpoint is covered by its mount", "host", "/run/user", 136 },
	{ "and what is below it", "host", "/run/user/0", 136 },
	{ "a longer name is another one", "host", "/run/users", 115 },
	{ "a parent of a mountpoint is not covered by it", "host", "/run", 115 },
	{ "the longest mountpoint counts", "host", "/sys/fs/cgroup/cpu/x", 120 },
	{ "whole names count: cpu and cpuacct", "host", "/sys/fs/cgroup/cpuacct", 121 },
	{ "the top of a stack counts", "host", "/dev/shm", 132 },
	{ "also for what is below it", "host", "/dev/pts/3", 134 },
	{ "its own /proc lies above the host's", "thawed", "/proc", 89 },
	{ "also for what is below it", "thawed", "/proc/self", 89 },
	{ "a root that is a folder of another file system", "bubblewrap", "/", 186 },
	{ "a mount in /proc", "runc", "/proc/sys/kernel", 168 },
};

static void path_is_covered(void **state)
{
	const struct covering *c = *state;
	struct mounts t = recorded_table(c->table);
	const struct mount *m = mounts_covering(&t, c->path);

	assert_non_null(m);
	assert_int_equal(m->id, c->id);
	assert_ptr_equal(m, mounts_by_id(&t, c->id));
	mounts_free(&t);
}

/* A walk from the root, from mount to mount: ID PARENT MOUNTPOINT. */

#define M(ids, at) ids " 0:9 / " at " rw - tmpfs t rw\n"

static const struct walk {
	const char *name, *table, *path;
	int id;                /* that the path is seen through */
	const char *invisible; /* ids, with blanks around each */
} walks[] = {
	{ "a mount on an ancestor hides what was below",
	  M("1 0", "/") M("2 1", "/a/b") M("3 1", "/a"), "/a/b", 3, " 2 " },
	{ "a mount on the hiding one is seen",
	  M("1 0", "/") M("2 1", "/a/b") M("3 1", "/a") M("4 3", "/a/b"), "/a/b/c", 4, " 2 " },
	{ "whatever order the table is in",
	  M("4 3", "/a/b") M("3 1", "/a") M("2 1", "/a/b") M("1 0", "/"), "/a/b", 4, " 2 " },
	{ "a stack is seen from above", M("1 0", "/") M("2 1", "/a") M("3 2", "/a"), "/a", 3,
	  " 2 " },
	{ "a stack upside down in the table, too", M("1 0", "/") M("3 2", "/a") M("2 1", "/a"),
	  "/a/x", 3, " 2 " },
	{ "what is on the bottom of a stack is hidden",
	  M("1 0", "/") M("2 1", "/a") M("3 2", "/a/b") M("4 2", "/a"), "/a/b", 4, " 2 3 " },
	{ "a stack on the root", M("1 0", "/") M("2 1", "/") M("3 1", "/a"), "/a", 2, " 1 3 " },
	{ "the root's parent may be itself", M("1 1", "/") M("2 1", "/a"), "/a", 2, "" },
	{ "a longer name is another one", M("1 0", "/") M("2 1", "/a") M("3 2", "/ab"), "/ab", 1,
	  " 3 " },
	{ "a mount whose parent is elsewhere is not reached",
	  M("1 0", "/") M("2 1", "/a") M("3 2", "/b"), "/b", 1, " 3 " },
	{ "a mount whose parent is not in the table is not reached", M("1 0", "/") M("3 77", "/b"),
	  "/b/c", 1, " 3 " },
	{ "a loop ends", M("1 0", "/") M("2 3", "/a") M("3 2", "/a"), "/a", 1, " 2 3 " },
	{ "a mount on itself ends", M("1 0", "/") M("2 2", "/a"), "/a", 1, " 2 " },
};
#undef M

static void path_is_walked(void **state)
{
	const struct walk *w = *state;
	struct mounts t = table_of(w->table);

	assert_non_null(mounts_covering(&t, w->path));
	assert_int_equal(mounts_covering(&t, w->path)->id, w->id);
	mounts_for_each (m, &t) {
		char *id = xasprintf(" %d ", m->id);

		UNIT_CHECK(mounts_is_visible(&t, m) == !strstr(w->invisible, id), "mount%s", id);
		free(id);
	}
	mounts_free(&t);
}

static void a_folder_is_below_itself_and_its_parents(void **state)
{
	static const struct {
		const char *path, *dir;
		bool below;
	} pairs[] = {
		{ "/", "/", true },       { "/a", "/", true },        { "/a", "/a", true },
		{ "/a/b", "/a", true },   { "/ab", "/a", false },     { "/a", "/a/b", false },
		{ "/b/a", "/a", false },  { "/", "/a", false },       { "/a/b", "/a/b", true },
		{ "net:[5]", "/", true }, { "/a/bc", "/a/b", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		UNIT_CHECK(mounts_is_below(pairs[i].path, pairs[i].dir) == pairs[i].below, "%s, %s",
			   pairs[i].path, pairs[i].dir);
}

static void only_the_tops_of_the_host_s_stacks_are_seen(void **state)
{
	struct mounts t = recorded_table("host");

	(void)state;
	mounts_for_each (m, &t)
		UNIT_CHECK(mounts_is_visible(&t, m) == (m->id != 131 && m->id != 133), "%d", m->id);
	mounts_free(&t);
}

static void an_empty_table_covers_nothing(void **state)
{
	const struct mounts none = { 0 };
	struct mount_diff *diff;

	(void)state;
	assert_null(mounts_covering(&none, "/"));
	assert_null(mounts_by_id(&none, 1));
	assert_int_equal(mounts_compare(&none, &none, &diff), 0);
	free(diff);
}

/* The quick way, from the texts */

static void quick_way_agrees_with_the_tables(void **state)
{
	static const char *const names[] = { "host", "thawed", "private-tmp",      "bubblewrap",
					     "runc", "lxc",    "external-sharing", "lxc-2015" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
			char *frame = recorded_text(names[i]);
			char *target = recorded_text(names[k]);
			struct mounts a = table_of(frame);
			struct mounts b = table_of(target);
			struct mount_diff *diff;
			bool own_proc;
			size_t n = mounts_compare(&a, &b, &diff);
			bool same = mounts_surely_same(frame, target, &own_proc);

			UNIT_CHECK(!same || n == 0, "%s, %s", names[i], names[k]);
			if (i == k || (i == 0 && k == 1))
				UNIT_CHECK(same, "%s, %s", names[i], names[k]);
			free(diff);
			mounts_free(&a);
			mounts_free(&b);
			free(frame);
			free(target);
		}
	}
}

static const struct quick {
	const char *name, *frame, *target;
	bool same, own_proc;
} quicks[] = {
	{ "ids and propagation do not count", "1 0 8:1 / / rw shared:1 - ext4 d rw\n",
	  "9 3 8:1 / / rw master:1 - ext4 d rw\n", true, false },
	{ "flags count", "1 0 8:1 / / rw - ext4 d rw\n", "1 0 8:1 / / ro - ext4 d rw\n", false,
	  false },
	{ "another superblock counts", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:2 / / rw - ext4 d rw\n", false, false },
	{ "a mount more counts", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /mnt rw - tmpfs t rw\n", false, false },
	{ "a mount less does not", "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /mnt rw - tmpfs t rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n", true, false },
	{ "the order counts",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:8 / /m rw - tmpfs a rw\n3 2 0:9 / /m rw - tmpfs b "
	  "rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /m rw - tmpfs b rw\n3 2 0:8 / /m rw - tmpfs a "
	  "rw\n",
	  false, false },
	{ "one mount does not stand for two", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 8:1 / / rw - ext4 d rw\n", false, false },
	{ "a proc of its own is told", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /proc rw shared:5 - proc proc rw\n", true, true },
	{ "a proc of its own that hides others' processes counts", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /proc rw - proc proc rw,hidepid=invisible\n",
	  false, false },
	{ "a proc elsewhere counts", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /p rw - proc proc rw\n", false, false },
	{ "a folder of a proc counts", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 /sys /proc rw - proc proc rw\n", false, false },
	{ "another file system on /proc counts", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /proc rw - tmpfs - rw\n", false, false },
	{ "behind its type a file system's words count for nothing", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /proc rw shared:5 - tmpfs t rw - proc proc rw\n",
	  false, false },
	{ "a devpts that a thaw has mounted does not count", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /dev/pts rw - devpts criu-ns rw,mode=620\n", true,
	  false },
	{ "any other does", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /dev/pts rw - devpts devpts rw,mode=620\n", false,
	  false },
	{ "so does one elsewhere", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /pts rw - devpts criu-ns rw,mode=620\n", false,
	  false },
	{ "so does another file system", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /dev/pts rw - tmpfs criu-ns rw\n", false, false },
	{ "so does one that only names it", "1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /dev/pts rw - tmpfs x rw - devpts criu-ns rw\n",
	  false, false },
	{ "a damaged line is not the same", "1 0 8:1 / / rw - ext4 d rw\n", "1 0 8:1 /\n", false,
	  false },
	{ "nor is a line that the frame's damage hides", "x\n1 0 8:1 / / rw - ext4 d rw\n",
	  "1 0 8:1 / / rw - ext4 d rw\n", false, false },
};

static void slow_way_agrees(const struct quick *q)
{
	struct mounts a = table_of(q->frame);
	struct mounts b = table_of(q->target);
	struct mount_diff *diff;

	assert_int_equal(mounts_compare(&a, &b, &diff), !q->same);
	free(diff);
	mounts_free(&a);
	mounts_free(&b);
}

static void quick_way_is_taken(void **state)
{
	const struct quick *q = *state;
	bool own_proc;

	assert_int_equal(mounts_surely_same(q->frame, q->target, &own_proc), q->same);
	if (q->same)
		assert_int_equal(own_proc, q->own_proc);
	if (strstr(q->target, "/pts"))
		slow_way_agrees(q);
}

static void an_id_is_found_in_the_text_too(void **state)
{
	struct mounts t =
		table_of("12 1 8:1 / / rw - ext4 d rw\n123 12 0:9 / /m rw - tmpfs t rw\n");
	struct mounts text = { .text = t.text };

	(void)state;
	for (const struct mounts *m = &t;; m = &text) {
		assert_true(mounts_have_id(m, 12));
		assert_true(mounts_have_id(m, 123));
		assert_false(mounts_have_id(m, 1));
		assert_false(mounts_have_id(m, 23));
		assert_false(mounts_have_id(m, 0));
		assert_true(mounts_id_has_type(m, 123, "tmpfs"));
		assert_true(mounts_id_has_type(m, 12, "ext4"));
		assert_false(mounts_id_has_type(m, 12, "tmpfs"));
		assert_false(mounts_id_has_type(m, 12, "ext"));
		assert_false(mounts_id_has_type(m, 1, "ext4"));
		if (m == &text)
			break;
	}
	mounts_free(&t);
}

static void options_of_cgroup2_may_change(void **state)
{
	static const char root[] = "22 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n";
	static const char with[] = "30 22 0:26 / /cg rw - cgroup2 cgroup2 rw,nsdelegate\n"
				   "31 22 0:27 / /t rw - tmpfs t rw\n";
	static const char without[] = "30 22 0:26 / /cg rw - cgroup2 cgroup2 rw\n"
				      "31 22 0:27 / /t rw - tmpfs t rw\n";

	(void)state;
	assert_true(mounts_same_texts(root, root));
	assert_true(mounts_same_texts(with, without));
	assert_false(mounts_same_texts(with, root));
	assert_false(mounts_same_texts(with, ""));
	assert_false(mounts_same_texts("1 0 0:1 / /a rw - cgroup2 a rw\n",
				       "1 0 0:1 / /b rw - cgroup2 a rw\n"));
	assert_false(mounts_same_texts("1 0 0:1 / /a rw - tmpfs a rw\n",
				       "1 0 0:1 / /a rw - tmpfs a rw,size=1k\n"));
	assert_false(
		mounts_same_texts("1 0 0:1 / /a rw - tmpfs a rw\n",
				  "1 0 0:1 / /a rw - tmpfs a rw\n2 0 0:1 / /b rw - tmpfs a rw\n"));
}

static void a_change_to_the_letter_is_seen(void **state)
{
	struct err e;
	struct mounts t;

	(void)state;
	assert_int_equal(mounts_read_text(AT_FDCWD, "/proc/self/mountinfo", &t, &e), 0);
	assert_int_equal(t.n, 0);
	assert_true(mounts_unchanged(AT_FDCWD, "/proc/self/mountinfo", &t));
	t.text[0] ^= 1;
	assert_false(mounts_unchanged(AT_FDCWD, "/proc/self/mountinfo", &t));
	mounts_free(&t);
	assert_false(mounts_unchanged(AT_FDCWD, "/proc/self/mountinfo", &t));
}

static void each_reason_has_words_of_its_own(void **state)
{
	(void)state;
	for (enum mount_difference a = OTHER_PLACE; a <= OTHER_ORDER; a++)
		for (enum mount_difference b = OTHER_PLACE; b < a; b++)
			assert_string_not_equal(mounts_difference_text(a),
						mounts_difference_text(b));
}

int main(void)
{
	UNIT(options_of_cgroup2_may_change);
	UNIT(a_line_is_read_field_by_field);
	UNIT_ROWS(field_is_read, fields);
	UNIT(libmount_reads_the_same);
	UNIT_ROWS(damage_is_an_error, damages);
	UNIT(a_table_may_end_behind_a_line_only);
	UNIT(an_empty_table_is_an_error);
	UNIT(a_missing_table_is_an_error);
	UNIT(our_own_table_is_read);
	UNIT_ROWS(view_is_compared_with_the_host, views);
	UNIT(the_comparison_has_two_directions);
	UNIT_ROWS(change_is_seen, changes);
	UNIT_ROWS(sharing_is_seen, sharings);
	UNIT_ROWS(path_is_covered, coverings);
	UNIT_ROWS(path_is_walked, walks);
	UNIT(a_folder_is_below_itself_and_its_parents);
	UNIT(only_the_tops_of_the_host_s_stacks_are_seen);
	UNIT(an_empty_table_covers_nothing);
	UNIT(quick_way_agrees_with_the_tables);
	UNIT_ROWS(quick_way_is_taken, quicks);
	UNIT(an_id_is_found_in_the_text_too);
	UNIT(a_change_to_the_letter_is_seen);
	UNIT(each_reason_has_words_of_its_own);
	return unit_run("mounts");
}
