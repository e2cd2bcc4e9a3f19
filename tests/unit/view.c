// SPDX-License-Identifier: MIT
/* Views of their own: whose each mount is, what criu is told of it, and whether it came back. */
#include "tables.h"

#include "plan/view.h"

#include <errno.h>

/*
 * A recipe's mounts as text, one a line:
 *   OWNER AT [#N or KEY] [FOLDER of HOST] [peer] [hidden] [(OPTIONS)]
 * where #N is a key of ours, and what has no folder is of no mount of the host's.
 */
static char *mount_text(const struct recipe_mount *m)
{
	size_t length = strlen(view_key_prefix);
	char *key = !m->key                                     ? xstrdup("")
		    : !strncmp(m->key, view_key_prefix, length) ? xasprintf(" #%s", m->key + length)
								: xasprintf(" %s", m->key);
	char *host = m->host ? xasprintf(" %s of %s", m->folder, m->host) : xstrdup("");
	char *options = m->options ? xasprintf(" (%s)", m->options) : xstrdup("");
	char *text = xasprintf("%s %s%s%s%s%s%s\n", recipe_owner_name(m->owner), m->at, key, host,
			       m->host_peer ? " peer" : "", m->hidden ? " hidden" : "", options);

	free(key);
	free(host);
	free(options);
	return text;
}

static char *recipe_text(const struct recipe *r)
{
	char *text = xstrdup("");

	recipe_for_each_mount (m, r) {
		char *line = mount_text(m);
		char *longer = xasprintf("%s%s", text, line);

		free(line);
		free(text);
		text = longer;
	}
	return text;
}

static void assert_recipe(const struct recipe *r, const char *expected)
{
	char *text = recipe_text(r);

	assert_string_equal(text, expected);
	free(text);
}

/* Each line is as the table has it, in its order but for the root, which is first. */
static void assert_of_table(const struct recipe *r, const struct mounts *t)
{
	const struct mount *root = mounts_covering(t, "/");
	const struct mount *from = t->v;

	assert_int_equal(r->n_mounts, t->n);
	for (size_t i = 0; i < r->n_mounts; i++) {
		const struct recipe_mount *m = &r->mounts[i];
		const struct mount *expected = i ? from++ : root;

		if (i && expected == root)
			expected = from++;
		assert_string_equal(m->at, expected->at);
		assert_string_equal(m->root, expected->root);
		assert_string_equal(m->fstype, expected->fstype);
		assert_int_equal(m->flags, expected->flags);
		assert_int_equal(m->shared, expected->shared);
		assert_int_equal(m->master, expected->master);
	}
}

/* What is written beside the images is read back to the same. */
static void assert_round_trip(const struct recipe *r, const char *expected)
{
	char *text = recipe_format(r);
	char *again = NULL;
	struct recipe back;
	struct err e = { 0 };

	UNIT_CHECK(recipe_parse(text, strlen(text), &back, &e) == 0, "%s", e.what);
	again = recipe_format(&back);
	assert_string_equal(again, text);
	assert_recipe(&back, expected);
	recipe_free(&back);
	free(again);
	free(text);
}

static struct recipe sorted(const char *line, const struct mounts *caller,
			    const struct mounts *frame, const struct mounts *target)
{
	struct unit_cli u = unit_parse(line, NULL, false);
	struct recipe r = { 0 };
	struct err e = { 0 };

	assert_int_equal(u.r, 0);
	UNIT_CHECK(view_sort(&u.cli, caller, frame, target, &(struct mounts){ 0 }, &r, &e) == 0,
		   "%s", e.what);
	unit_parse_free(&u);
	return r;
}

/* The recorded tables */

#define SYS(n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, peer)                                \
	"host /sys #" n0 " / of /sys" peer "\n"                                                    \
	"host /sys/fs/cgroup #" n1 " / of /sys/fs/cgroup" peer "\n"                                \
	"host /sys/fs/cgroup/cpu #" n2 " / of /sys/fs/cgroup/cpu" peer "\n"                        \
	"host /sys/fs/cgroup/cpuacct #" n3 " / of /sys/fs/cgroup/cpuacct" peer "\n"                \
	"host /sys/fs/cgroup/cpuset #" n4 " / of /sys/fs/cgroup/cpuset" peer "\n"                  \
	"host /sys/fs/cgroup/memory #" n5 " / of /sys/fs/cgroup/memory" peer "\n"                  \
	"host /sys/fs/cgroup/devices #" n6 " / of /sys/fs/cgroup/devices" peer "\n"                \
	"host /sys/fs/cgroup/freezer #" n7 " / of /sys/fs/cgroup/freezer" peer "\n"                \
	"host /sys/fs/cgroup/blkio #" n8 " / of /sys/fs/cgroup/blkio" peer "\n"                    \
	"host /sys/fs/cgroup/pids #" n9 " / of /sys/fs/cgroup/pids" peer "\n"                      \
	"host /sys/fs/cgroup/systemd #" n10 " / of /sys/fs/cgroup/systemd" peer "\n"               \
	"host /sys/fs/cgroup/unified #" n11 " / of /sys/fs/cgroup/unified" peer "\n"

/*
 * Where the host has two mounts on one mountpoint the lower one cannot be made again from a path,
 * and criu cannot be told of the upper one alone.
 */
#define STACKS "auto /dev/shm hidden\nauto /dev/shm\nauto /dev/pts hidden\nauto /dev/pts\n"

#define SYS_FROM_2(peer) SYS("2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", peer)
#define SYS_FROM_1       SYS("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "")

#define REST_FROM(dev, efi, user, peer)                                                            \
	"host /dev #" dev " / of /dev" peer "\n" STACKS "host /boot/efi #" efi                     \
	" / of /boot/efi" peer "\nhost /run/user #" user " / of /run/user" peer "\n"

#define CGROUPS_OF_RUNC                                                                            \
	"host /sys/fs/cgroup/cpu #1 /box1 of /sys/fs/cgroup/cpu\n"                                 \
	"host /sys/fs/cgroup/cpuacct #2 /box1 of /sys/fs/cgroup/cpuacct\n"                         \
	"host /sys/fs/cgroup/cpuset #3 /box1 of /sys/fs/cgroup/cpuset\n"                           \
	"host /sys/fs/cgroup/memory #4 /box1 of /sys/fs/cgroup/memory\n"                           \
	"host /sys/fs/cgroup/devices #5 /box1 of /sys/fs/cgroup/devices\n"                         \
	"host /sys/fs/cgroup/freezer #6 /box1 of /sys/fs/cgroup/freezer\n"                         \
	"host /sys/fs/cgroup/blkio #7 /box1 of /sys/fs/cgroup/blkio\n"                             \
	"host /sys/fs/cgroup/pids #8 /box1 of /sys/fs/cgroup/pids\n"                               \
	"host /sys/fs/cgroup/systemd #9 /box1 of /sys/fs/cgroup/systemd\n"

#define RUNC                                                                                       \
	"host / /srv/bundle/rootfs of /\n"                                                         \
	"own /proc\nown /dev\nown /dev/pts\nown /dev/shm\nown /dev/mqueue\nown /sys\n"             \
	"own /sys/fs/cgroup\n" CGROUPS_OF_RUNC                                                     \
	"own /proc/bus\nown /proc/fs\nown /proc/irq\nown /proc/sys\nown /proc/acpi\n"              \
	"own /proc/keys\nown /proc/timer_list\nown /sys/firmware\n"

#define BUBBLEWRAP(app)                                                                            \
	"kept / (rw)\nhost /usr #1 /usr of /\nhost /etc #2 /etc of /\n"                            \
	"own /proc\nown /proc/irq\nown /proc/bus\nown /dev\n"                                      \
	"host /dev/null #3 /null of /dev\nhost /dev/zero #4 /zero of /dev\n"                       \
	"host /dev/full #5 /full of /dev\nhost /dev/random #6 /random of /dev\n"                   \
	"host /dev/urandom #7 /urandom of /dev\nhost /dev/tty #8 /tty of /dev\n"                   \
	"own /dev/pts\nown /tmp\nhost /srv/app #9 /srv/app of /" app "\n"

static const struct recorded {
	const char *name, *frame, *table;
	const char *from, *to, *from2, *to2; /* changes in the table first, or NULL */
	const char *expected;
} recordeds[] = {
	{ "the host's own table: all is shared with it", "host", "host", NULL, NULL, NULL, NULL,
	  "host / / of / peer\nproc /proc #1\n" SYS_FROM_2(" peer")
		  REST_FROM("14", "15", "16", " peer") },
	{ "thawed: its procfs is its own, and the one below it the host's", "host", "thawed", NULL,
	  NULL, NULL, NULL,
	  "host / / of /\nauto /proc hidden\n" SYS_FROM_1 REST_FROM("13", "14", "15",
								    "") "own /proc\n" },
	{ "a service with a private /tmp", "host", "private-tmp", NULL, NULL, NULL, NULL,
	  "host / / of /\nproc /proc #1\n" SYS_FROM_2("") REST_FROM(
		  "14", "15", "16", "") "host /var/tmp #17 /srv/private-tmp of /\nown /mnt\n" },
	/* Its paths were made neutral: /srv/app was a mountpoint in /tmp, where it is mounted. */
	{ "bubblewrap, with a mount that no path leads to", "host", "bubblewrap", NULL, NULL, NULL,
	  NULL, BUBBLEWRAP(" hidden") },
	{ "bubblewrap", "host", "bubblewrap", "201 200 ", "201 186 ", NULL, NULL, BUBBLEWRAP("") },
	{ "runc", "host", "runc", NULL, NULL, NULL, NULL, RUNC },
	{ "lxc", "host", "lxc", NULL, NULL, NULL, NULL,
	  "host / /var/lib/lxc/u1/rootfs of /\n"
	  "own /dev\nown /proc\nown /proc/sys/net\nown /proc/sys\nown /sys\nown /dev/shm\n"
	  "own /dev/mqueue\n"
	  "host /lib #1 /usr/lib of /\nhost /usr/lib #2 /usr/lib of /\n"
	  "host /lib64 #3 /usr/lib64 of /\nhost /usr/lib64 #4 /usr/lib64 of /\n"
	  "host /sys/kernel/security #5 /kernel/security of /sys\n"
	  "own /dev/.lxc/proc\nown /dev/.lxc/sys\nown /dev/pts\nown /dev/ptmx\n"
	  "host /dev/console #6 /0 of /dev/pts\n"
	  "own /dev/tty1\nown /dev/tty2\nown /dev/tty3\nown /dev/tty4\nown /dev/tty5\n"
	  "own /proc/sys/kernel/random/boot_id\n" },
	/* None of its superblocks is the host's: a container of another host's, so to speak. */
	{ "the example of external sharing: all is its own", "host", "external-sharing", NULL, NULL,
	  NULL, NULL, "kept / (rw)\nown /external_sharing\nown /internal_sharing\nown /proc\n" },

	/* Below a thawed process, whose view is the frame */
	{ "the frame's own table: two procfs with one key", "thawed", "thawed", NULL, NULL, NULL,
	  NULL,
	  "host / / of /\nhost /proc #1 / of /proc hidden\n" SYS_FROM_2("")
		  REST_FROM("14", "15", "16", "") "proc /proc #1\n" },
	{ "a service with a private /tmp below it", "thawed", "thawed",
	  "89 69 0:43 / /proc rw,relatime shared:23 - proc proc rw\n",
	  "89 69 0:43 / /proc rw,relatime master:23 - proc proc rw\n"
	  "90 67 254:0 /srv/private-tmp /var/tmp rw,relatime master:1 - ext4 /dev/vda rw\n"
	  "91 67 0:60 / /mnt rw,relatime - tmpfs priv rw\n",
	  NULL, NULL,
	  "host / / of /\nhost /proc #1 / of /proc hidden\n" SYS_FROM_2("") REST_FROM(
		  "14", "15", "16",
		  "") "proc /proc #1\nhost /var/tmp #17 /srv/private-tmp of /\nown /mnt\n" },
	/* As criu thaws it: one procfs only, that of the frame, which the caller does not have. */
	{ "a thawed service with a private /tmp", "thawed", "private-tmp",
	  "140 138 0:21 / /proc rw,relatime master:3", "140 138 0:43 / /proc rw,relatime master:23",
	  "67 138 0:43", "67 138 0:60",
	  "host / / of /\nproc /proc #1\n" SYS_FROM_2("") REST_FROM(
		  "14", "15", "16", "") "host /var/tmp #17 /srv/private-tmp of /\nown /mnt\n" },
	{ "with the caller's procfs it is made from that", "thawed", "private-tmp", "67 138 0:43",
	  "67 138 0:60", NULL, NULL,
	  "host / / of /\nhost /proc #1 / of /proc\n" SYS_FROM_2("") REST_FROM(
		  "14", "15", "16", "") "host /var/tmp #17 /srv/private-tmp of /\nown /mnt\n" },
	{ "a container below it", "thawed", "runc", NULL, NULL, NULL, NULL, RUNC },
};

static void recorded_is_sorted(void **state)
{
	const struct recorded *x = *state;
	char *text = recorded_text(x->table);
	struct mounts host = recorded_table("host");
	struct mounts frame = recorded_table(x->frame);
	struct mounts target;
	struct recipe r;

	if (x->from)
		text = replace(text, x->from, x->to);
	if (x->from2)
		text = replace(text, x->from2, x->to2);
	target = table_of(text);
	r = sorted("dump", &host, &frame, &target);
	assert_recipe(&r, x->expected);
	assert_of_table(&r, &target);
	assert_round_trip(&r, x->expected);
	recipe_free(&r);
	mounts_free(&host);
	mounts_free(&frame);
	mounts_free(&target);
	free(text);
}

/* Tables made by hand, below a host that has these */

#define HOST                                                                                       \
	"10 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw\n"                                   \
	"11 10 0:5 / /proc rw,relatime shared:2 - proc proc rw\n"                                  \
	"12 10 0:6 / /dev rw,nosuid shared:3 - devtmpfs dev rw\n"                                  \
	"13 10 8:2 /sub /data rw,relatime shared:4 - ext4 /dev/sdb rw\n"

#define ROOT      "20 2 8:1 / / rw,relatime master:1 - ext4 /dev/sda rw\n"
#define HOST_ROOT "host / / of /\n"
#define M(ids, dev, root, at, fields, type)                                                        \
	ids " " dev " " root " " at " rw" fields " - " type " t rw\n"

/* Something over a mountpoint of the host's; what both have, and cannot be seen on either side. */
#define OVER(at)    M("15 14", "0:70", "/", at, "", "tmpfs")
#define HIDDEN_HOST M("14 10", "8:3", "/", "/m", "", "ext4") OVER("/m")
#define HIDDEN_TARGET                                                                              \
	M("21 20", "8:3", "/", "/a/b", "", "ext4") M("22 20", "0:91", "/", "/a", "", "tmpfs")

#define STACK_HOST                                                                                 \
	M("14 10", "8:3", "/", "/m", "", "ext4")                                                   \
	M("15 14", "8:5", "/", "/m/sub", "", "ext4") M("16 10", "8:4", "/", "/n", "", "ext4")
#define STACK_TARGET                                                                               \
	M("21 20", "8:3", "/", "/m", "", "ext4") M("22 21", "8:5", "/", "/m/sub", "", "ext4")

static const struct hand {
	const char *name;
	const char *frame; /* more of it */
	const char *target;
	const char *line;     /* "dump" */
	const char *expected; /* NULL: refused */
	const char *what, *hint;
} hands[] = {
	/* The root */
	{ "a tmpfs root is kept, with its options", "",
	  "20 2 0:90 /newroot / rw - tmpfs t rw,size=5k,mode=755\n", NULL,
	  "kept / (rw,size=5k,mode=755)\n", NULL, NULL },
	{ "a tmpfs root that the host has is the host's",
	  M("14 10", "0:90", "/", "/run", "", "tmpfs"),
	  M("20 2", "0:90", "/newroot", "/", "", "tmpfs"), NULL, "host / /newroot of /run\n", NULL,
	  NULL },
	{ "an overlay root that the host has is the host's",
	  M("14 10", "0:80", "/", "/var/merged", "", "overlay"),
	  M("20 2", "0:80", "/", "/", "", "overlay"), NULL, "host / / of /var/merged\n", NULL,
	  NULL },
	{ "an overlay root of its own is refused", "", M("20 2", "0:80", "/", "/", "", "overlay"),
	  NULL, NULL,
	  "the mount / (overlay) is mounted nowhere on the host, and criu does not save it",
	  "somewhere on the host" },
	{ "a ramfs root is refused", "", M("20 2", "0:80", "/", "/", "", "ramfs"), NULL, NULL,
	  "the mount / (ramfs)", "somewhere on the host" },
	{ "a root on a disk of its own is refused", "", M("20 2", "8:9", "/", "/", "", "ext4"),
	  NULL, NULL, "the mount / (ext4)", "somewhere on the host" },
	{ "a root of which the host has other folders only", "",
	  M("20 2", "8:2", "/other", "/", "", "ext4"), NULL, NULL,
	  "the mount / is of the folder /other of a file system (ext4) of which the host has only "
	  "other folders",
	  "somewhere on the host" },
	{ "a root that has been deleted", "", M("20 2", "8:1", "/x//deleted", "/", "", "ext4"),
	  NULL, NULL, "the mount / (ext4) is of a folder that has been deleted", "" },
	{ "a root on what the host has mounted over",
	  M("14 10", "8:3", "/", "/m", "", "ext4") M("15 14", "0:70", "/", "/m", "", "tmpfs"),
	  M("20 2", "8:3", "/", "/", "", "ext4"), NULL, NULL,
	  "the mount / (ext4) can only be made again from the mount on /m, which something is "
	  "mounted over",
	  "in a second place" },
	{ "a root cannot be named by hand", "", M("20 2", "8:9", "/", "/", "", "ext4"),
	  "dump --external mnt[/]:KEY", NULL, "the mount / (ext4)", "" },
	{ "a root below another one", "",
	  M("19 2", "8:1", "/", "/", "", "ext4") M("20 19", "0:90", "/", "/", "", "tmpfs"), NULL,
	  NULL, "the mount / (ext4) lies under another one on /", "" },
	{ "no root at all", "", M("20 2", "8:1", "/", "/x", "", "ext4"), NULL, NULL,
	  "the target has a root that is no mount", "" },
	{ "the root is first, wherever the table has it", "",
	  M("21 20", "0:6", "/", "/dev", "", "devtmpfs") ROOT, NULL,
	  HOST_ROOT "host /dev #1 / of /dev\n", NULL, NULL },

	/* Its own superblocks */
	{ "what criu saves is its own", "",
	  ROOT M("21 20", "0:91", "/", "/a", "", "tmpfs")
		  M("22 20", "0:92", "/", "/b", "", "mqueue")
			  M("23 20", "0:93", "/", "/c", "", "overlay")
				  M("24 20", "0:94", "/", "/d", "", "devpts"),
	  NULL, HOST_ROOT "own /a\nown /b\nown /c\nown /d\n", NULL, NULL },
	{ "fuse is refused", "", ROOT M("21 20", "0:91", "/", "/mnt/f", "", "fuse.sshfs"), NULL,
	  NULL,
	  "the mount /mnt/f (fuse.sshfs) is mounted nowhere on the host, and criu cannot save it",
	  "--external 'mnt[/mnt/f]:KEY'" },
	{ "nfs is refused", "", ROOT M("21 20", "0:91", "/", "/mnt/n", "", "nfs4"), NULL, NULL,
	  "the mount /mnt/n (nfs4)", "--external 'mnt[/mnt/n]:KEY'" },
	{ "a disk of its own is refused", "", ROOT M("21 20", "8:9", "/", "/mnt/e", "", "ext4"),
	  NULL, NULL, "the mount /mnt/e (ext4)", "--external 'mnt[/mnt/e]:KEY'" },
	{ "the first that is in the way is named", "",
	  ROOT M("21 20", "0:91", "/", "/a", "", "tmpfs") M("22 20", "8:9", "/", "/b", "", "xfs")
		  M("23 20", "8:9", "/", "/c", "", "xfs"),
	  NULL, NULL, "the mount /b (xfs)", "mnt[/b]" },
	{ "--enable-fs has a disk saved", "", ROOT M("21 20", "8:9", "/", "/e", "", "ext4"),
	  "dump --enable-fs ext4", HOST_ROOT "own /e\n", NULL, NULL },
	{ "--external dev[] makes a disk criu's", "", ROOT M("21 20", "8:9", "/", "/e", "", "ext4"),
	  "dump --external dev[8/9]:KEY", HOST_ROOT "own /e\n", NULL, NULL },
	{ "another device is not meant", "", ROOT M("21 20", "8:9", "/", "/e", "", "ext4"),
	  "dump --external dev[8/90]:KEY", NULL, "the mount /e (ext4)", "" },
	{ "a folder of its own without the whole is refused", "",
	  ROOT M("21 20", "0:91", "/sub", "/a", "", "tmpfs"), NULL, NULL,
	  "the mount /a (tmpfs) is of a folder of a file system that is mounted as a whole nowhere",
	  "--external 'mnt[/a]:KEY'" },
	{ "another folder of it is not the whole", "",
	  ROOT M("21 20", "0:91", "/sub", "/a", "", "tmpfs")
		  M("22 20", "0:91", "/sub/b", "/b", "", "tmpfs"),
	  NULL, NULL, "the mount /a (tmpfs) is of a folder", "" },
	{ "with the whole it is its own", "",
	  ROOT M("21 20", "0:91", "/sub", "/a", "", "tmpfs")
		  M("22 20", "0:91", "/", "/b", "", "tmpfs"),
	  NULL, HOST_ROOT "own /a\nown /b\n", NULL, NULL },
	{ "also with what is on the root", "",
	  M("20 2", "0:91", "/newroot", "/", "", "tmpfs")
		  M("21 20", "0:91", "/newroot/sub", "/a", "", "tmpfs"),
	  NULL, "kept / (rw)\nown /a\n", NULL, NULL },
	{ "not with what is beside the root", "",
	  M("20 2", "0:91", "/newroot", "/", "", "tmpfs")
		  M("21 20", "0:91", "/new", "/a", "", "tmpfs"),
	  NULL, NULL, "the mount /a (tmpfs) is of a folder", "" },
	{ "a slave of a mount that is nowhere is refused", "",
	  ROOT M("21 20", "0:91", "/", "/a", " master:70", "tmpfs"), NULL, NULL,
	  "the mount /a (tmpfs) is the slave of a mount that is neither the host's nor the "
	  "target's",
	  "--make-private" },
	{ "so is one that is shared, too", "",
	  ROOT M("21 20", "0:91", "/", "/a", " shared:71 master:70", "tmpfs"), NULL, NULL,
	  "the mount /a (tmpfs) is the slave", "" },
	{ "a slave of its own mount is its own", "",
	  ROOT M("21 20", "0:91", "/", "/a", " master:70", "tmpfs")
		  M("22 20", "0:91", "/", "/b", " shared:70", "tmpfs"),
	  NULL, HOST_ROOT "own /a\nown /b\n", NULL, NULL },

	/* The host's */
	{ "a slave of the host's that is shared, too", "",
	  ROOT M("21 20", "8:1", "/srv", "/a", " shared:70 master:1", "ext4"), NULL,
	  HOST_ROOT "host /a #1 /srv of /\n", NULL, NULL },
	{ "a peer of the host's", "", ROOT M("21 20", "8:1", "/srv", "/a", " shared:1", "ext4"),
	  NULL, HOST_ROOT "host /a #1 /srv of / peer\n", NULL, NULL },
	{ "a group of its own is no peer", "",
	  ROOT M("21 20", "8:1", "/srv", "/a", " shared:70", "ext4"), NULL,
	  HOST_ROOT "host /a #1 /srv of /\n", NULL, NULL },
	{ "a folder in a folder that the host has", "",
	  ROOT M("21 20", "8:2", "/sub/x/y", "/a", "", "ext4"), NULL,
	  HOST_ROOT "host /a #1 /x/y of /data\n", NULL, NULL },
	{ "tracefs that the host has is made from that",
	  M("14 10", "0:13", "/", "/trace", "", "tracefs"),
	  ROOT M("21 20", "0:13", "/", "/a", "", "tracefs"), NULL,
	  HOST_ROOT "host /a #1 / of /trace\n", NULL, NULL },
	{ "whatever was said by hand: criu would leave it out",
	  M("14 10", "0:13", "/", "/trace", "", "tracefs"),
	  ROOT M("21 20", "0:13", "/", "/a", "", "tracefs"),
	  "dump --external mnt[] --external mnt[/a]:KEY", HOST_ROOT "host /a #1 / of /trace\n",
	  NULL, NULL },
	{ "tracefs that the host lacks is refused", "",
	  ROOT M("21 20", "0:13", "/", "/a", "", "tracefs"), NULL, NULL, "the mount /a (tracefs)",
	  "" },
	{ "just what the host has", "", ROOT M("21 20", "8:2", "/sub", "/a", "", "ext4"), NULL,
	  HOST_ROOT "host /a #1 / of /data\n", NULL, NULL },
	{ "the whole, of which the host has a folder", "",
	  ROOT M("21 20", "8:2", "/", "/a", "", "ext4"), NULL, NULL,
	  "the mount /a is of the folder / of a file system (ext4) of which the host has only "
	  "other "
	  "folders",
	  "--external 'mnt[/a]:KEY'" },
	{ "whole names count: /sub and /subway", "",
	  ROOT M("21 20", "8:2", "/subway", "/a", "", "ext4"), NULL, NULL, "the folder /subway",
	  "" },
	{ "a folder that has been deleted, where the root leads to it", "",
	  ROOT M("21 20", "8:1", "/srv/x//deleted", "/a", "", "ext4"), NULL, HOST_ROOT "own /a\n",
	  NULL, NULL },
	{ "where another of its mounts leads to it", "",
	  ROOT M("21 20", "8:2", "/sub", "/b", "", "ext4")
		  M("22 20", "8:2", "/sub/x//deleted", "/a", "", "ext4"),
	  NULL, HOST_ROOT "host /b #1 / of /data\nown /a\n", NULL, NULL },
	{ "where none does", "", ROOT M("21 20", "8:2", "/sub/x//deleted", "/a", "", "ext4"), NULL,
	  NULL, "the mount /a (ext4) is of a folder that has been deleted", "unmount it" },
	{ "where that is read-only", "",
	  "20 2 8:1 / / ro master:1 - ext4 /dev/sda rw\n" M("21 20", "8:1", "/srv/x//deleted", "/a",
							    "", "ext4"),
	  NULL, NULL, "the mount /a (ext4) is of a folder that has been deleted", "unmount it" },
	{ "a name that only looks like it", "",
	  ROOT M("21 20", "8:1", "/srv/deleted", "/a", "", "ext4"), NULL,
	  HOST_ROOT "host /a #1 /srv/deleted of /\n", NULL, NULL },
	{ "a deleted one that is named by hand", "",
	  ROOT M("21 20", "8:1", "/srv/x//deleted", "/a", "", "ext4"),
	  "dump --external mnt[/a]:KEY", HOST_ROOT "given /a KEY\n", NULL, NULL },
	{ "a namespace file", M("14 10", "0:4", "net:[5]", "/run/netns/a", "", "nsfs"),
	  ROOT M("21 20", "0:4", "net:[5]", "/n", "", "nsfs"), NULL,
	  HOST_ROOT "host /n #1 / of /run/netns/a\n", NULL, NULL },
	{ "what is mounted over on the host is refused",
	  M("14 10", "8:3", "/", "/m", "", "ext4") M("15 14", "0:70", "/", "/m", "", "tmpfs"),
	  ROOT M("21 20", "8:3", "/", "/a", "", "ext4"), NULL, NULL,
	  "the mount /a (ext4) can only be made again from the mount on /m, which something is "
	  "mounted over",
	  "in a second place" },
	{ "also when an ancestor is mounted over",
	  M("14 10", "8:3", "/", "/m/n", "", "ext4") M("15 10", "0:70", "/", "/m", "", "tmpfs"),
	  ROOT M("21 20", "8:3", "/", "/a", "", "ext4"), NULL, NULL, "from the mount on /m/n", "" },
	{ "a second place is found",
	  M("14 10", "8:3", "/", "/m", "", "ext4") M("15 14", "0:70", "/", "/m", "", "tmpfs")
		  M("16 10", "8:3", "/", "/p", "", "ext4"),
	  ROOT M("21 20", "8:3", "/", "/a", "", "ext4"), NULL, HOST_ROOT "host /a #1 / of /p\n",
	  NULL, NULL },
	{ "mounted over on both sides it is criu's to find",
	  M("14 10", "8:3", "/", "/m", "", "ext4") M("15 14", "0:70", "/", "/m", "", "tmpfs"),
	  ROOT M("21 20", "8:3", "/", "/a", "", "ext4") M("22 21", "0:91", "/", "/a", "", "tmpfs"),
	  NULL, HOST_ROOT "auto /a hidden\nown /a\n", NULL, NULL },

	{ "also with the host's on it", M("14 10", "8:3", "/", "/m", "", "ext4") OVER("/m"),
	  ROOT M("21 20", "8:3", "/", "/a", "", "ext4")
		  M("22 21", "8:1", "/x", "/a", " shared:1", "ext4"),
	  NULL, HOST_ROOT "auto /a hidden\nauto /a\n", NULL, NULL },
	{ "below what is mounted over on both sides it is left out", HIDDEN_HOST,
	  ROOT HIDDEN_TARGET, NULL, HOST_ROOT "none /a/b hidden\nown /a\n", NULL, NULL },
	{ "also when the table has it behind what lies over it", HIDDEN_HOST,
	  ROOT M("22 20", "0:91", "/", "/a", "", "tmpfs")
		  M("21 20", "8:3", "/", "/a/b", "", "ext4"),
	  NULL, HOST_ROOT "own /a\nnone /a/b hidden\n", NULL, NULL },
	{ "what is mounted on that is left out too, whose ever it is", HIDDEN_HOST,
	  ROOT HIDDEN_TARGET M("23 21", "0:92", "/", "/a/b/c", " shared:70", "tmpfs")
		  M("24 21", "0:5", "/", "/a/b/d", " master:2", "proc")
			  M("25 23", "0:93", "/", "/a/b/c/e", "", "mqueue"),
	  NULL,
	  HOST_ROOT "none /a/b hidden\nown /a\nnone /a/b/c hidden\nnone /a/b/d hidden\n"
		    "none /a/b/c/e hidden\n",
	  NULL, NULL },
	{ "also what is the host's, or named by hand", HIDDEN_HOST,
	  ROOT HIDDEN_TARGET M("24 21", "8:1", "/x", "/a/b/d", " shared:1", "ext4")
		  M("27 21", "0:94", "/", "/a/b/g", "", "fuse"),
	  "dump --external mnt[/a/b/g]:KEY",
	  HOST_ROOT "none /a/b hidden\nown /a\nnone /a/b/d hidden\nnone /a/b/g hidden\n", NULL,
	  NULL },
	{ "what is seen on the mountpoint of one that is left out is refused", HIDDEN_HOST,
	  ROOT HIDDEN_TARGET M("23 21", "0:92", "/", "/a/b/c", "", "tmpfs")
		  M("24 22", "0:93", "/", "/a/b/c", "", "mqueue"),
	  NULL, NULL, "the mount /a/b/c (mqueue) is where another one is left out",
	  "in another place" },
	{ "also in front of it in the table", HIDDEN_HOST,
	  ROOT M("23 21", "0:92", "/", "/a/b/c", "", "tmpfs") HIDDEN_TARGET, NULL,
	  HOST_ROOT "none /a/b/c hidden\nnone /a/b hidden\nown /a\n", NULL, NULL },
	{ "what is beside it is not", HIDDEN_HOST,
	  ROOT HIDDEN_TARGET M("23 20", "0:92", "/", "/a/bc", "", "tmpfs")
		  M("24 22", "0:93", "/", "/a/c", "", "tmpfs"),
	  NULL, HOST_ROOT "none /a/b hidden\nown /a\nown /a/bc hidden\nown /a/c\n", NULL, NULL },
	{ "nor what is seen there, on what lies over it", HIDDEN_HOST,
	  ROOT HIDDEN_TARGET M("23 22", "0:92", "/", "/a/b/c", "", "tmpfs"), NULL,
	  HOST_ROOT "none /a/b hidden\nown /a\nown /a/b/c\n", NULL, NULL },
	{ "a stack is criu's to find, wherever the upper one lies", HIDDEN_HOST,
	  ROOT HIDDEN_TARGET M("23 22", "0:92", "/", "/a/b", "", "tmpfs"), NULL,
	  HOST_ROOT "auto /a/b hidden\nown /a\nown /a/b\n", NULL, NULL },
	{ "what the host has mounted over, and the target has not, is refused", HIDDEN_HOST,
	  ROOT M("21 20", "8:3", "/", "/a/b", "", "ext4"), NULL, NULL,
	  "the mount /a/b (ext4) can only be made again from the mount on /m", "" },
	{ "what the target only has mounted over is handed to criu",
	  M("14 10", "8:3", "/", "/m", "", "ext4"), ROOT HIDDEN_TARGET, NULL,
	  HOST_ROOT "host /a/b #1 / of /m hidden\nown /a\n", NULL, NULL },
	{ "of a folder that has been deleted it is left out, too", "",
	  ROOT M("21 20", "8:1", "/x//deleted", "/a/b", "", "ext4")
		  M("22 20", "0:91", "/", "/a", "", "tmpfs"),
	  NULL, HOST_ROOT "none /a/b hidden\nown /a\n", NULL, NULL },
	{ "of a folder that the host lacks, too", "",
	  ROOT M("21 20", "8:2", "/other", "/a/b", "", "ext4")
		  M("22 20", "0:91", "/", "/a", "", "tmpfs"),
	  NULL, HOST_ROOT "none /a/b hidden\nown /a\n", NULL, NULL },
	{ "its own is not left out, mounted over or not", "",
	  ROOT M("21 20", "0:92", "/", "/a/b", "", "tmpfs")
		  M("22 20", "0:91", "/", "/a", "", "tmpfs"),
	  NULL, HOST_ROOT "own /a/b hidden\nown /a\n", NULL, NULL },
	{ "nor is what is named by hand", HIDDEN_HOST, ROOT HIDDEN_TARGET,
	  "dump --external mnt[/a/b]:KEY", HOST_ROOT "given /a/b KEY hidden\nown /a\n", NULL,
	  NULL },
	{ "nor what criu is to find, and can", "14 10 8:3 / /m rw - ext4 s rw\n",
	  ROOT HIDDEN_TARGET, "dump --external mnt[]", HOST_ROOT "auto /a/b hidden\nown /a\n", NULL,
	  NULL },
	{ "what it cannot find is left out", HIDDEN_HOST, ROOT HIDDEN_TARGET,
	  "dump --external mnt[]", HOST_ROOT "none /a/b hidden\nown /a\n", NULL, NULL },
	{ "of two of the host's in a stack the lower one has a mount on it", STACK_HOST,
	  ROOT STACK_TARGET "23 21 8:4 / /m rw - ext4 s rw\n", NULL, NULL,
	  "the mount /m/sub (ext4) lies on one that another is mounted over, on /m",
	  "--skip-mnt /m/sub" },
	{ "that mount is left out by hand", STACK_HOST,
	  ROOT STACK_TARGET "23 21 8:4 / /m rw - ext4 s rw\n", "dump --skip-mnt /m/sub",
	  HOST_ROOT "host /m #1 / of /m hidden\nhost /m #1 / of /n\n", NULL, NULL },
	{ "the upper one is its own", STACK_HOST,
	  ROOT STACK_TARGET "23 21 0:91 / /m rw - tmpfs s rw\n", NULL,
	  HOST_ROOT "auto /m hidden\nhost /m/sub #1 / of /m/sub hidden\nown /m\n", NULL, NULL },
	{ "the upper one is the same again", STACK_HOST,
	  ROOT STACK_TARGET "23 21 8:3 / /m rw - ext4 s rw\n", NULL,
	  HOST_ROOT "host /m #1 / of /m hidden\nhost /m/sub #2 / of /m/sub hidden\n"
		    "host /m #1 / of /m\n",
	  NULL, NULL },

	/* Which of several */
	{ "the widest is the source",
	  M("14 10", "8:3", "/x", "/m", "", "ext4") M("15 10", "8:3", "/", "/n", "", "ext4")
		  M("16 10", "8:3", "/x/y", "/o", "", "ext4"),
	  ROOT M("21 20", "8:3", "/x/y", "/a", "", "ext4"), NULL,
	  HOST_ROOT "host /a #1 /x/y of /n\n", NULL, NULL },
	{ "the first of two that are alike",
	  M("14 10", "8:3", "/", "/m", "", "ext4") M("15 10", "8:3", "/", "/n", "", "ext4"),
	  ROOT M("21 20", "8:3", "/", "/a", "", "ext4"), NULL, HOST_ROOT "host /a #1 / of /m\n",
	  NULL, NULL },
	{ "the master comes before the widest",
	  M("14 10", "8:3", "/x", "/m", " shared:50", "ext4")
		  M("15 10", "8:3", "/", "/n", " shared:51", "ext4"),
	  ROOT M("21 20", "8:3", "/x/y", "/a", " master:50", "ext4"), NULL,
	  HOST_ROOT "host /a #1 /y of /m\n", NULL, NULL },
	{ "so does a peer",
	  M("14 10", "8:3", "/", "/n", " shared:51", "ext4")
		  M("15 10", "8:3", "/x", "/m", " shared:50", "ext4"),
	  ROOT M("21 20", "8:3", "/x", "/a", " shared:50", "ext4"), NULL,
	  HOST_ROOT "host /a #1 / of /m peer\n", NULL, NULL },
	{ "so does another slave of the master",
	  M("14 10", "8:3", "/", "/n", "", "ext4")
		  M("15 10", "8:3", "/x", "/m", " master:50", "ext4"),
	  ROOT M("21 20", "8:3", "/x", "/a", " master:50", "ext4"), NULL,
	  HOST_ROOT "host /a #1 / of /m\n", NULL, NULL },
	{ "a master that does not show the folder does not help",
	  M("14 10", "8:3", "/z", "/m", " shared:50", "ext4")
		  M("15 10", "8:3", "/", "/n", "", "ext4"),
	  ROOT M("21 20", "8:3", "/x", "/a", " master:50", "ext4"), NULL,
	  HOST_ROOT "host /a #1 /x of /n\n", NULL, NULL },

	/* /proc */
	{ "the procfs of the frame, and folders of it", "",
	  ROOT M("21 20", "0:5", "/", "/proc", " master:2", "proc")
		  M("22 21", "0:5", "/sys", "/proc/sys", "", "proc")
			  M("23 20", "0:5", "/", "/elsewhere", "", "proc"),
	  NULL, HOST_ROOT "proc /proc #1\nproc /proc/sys #2\nproc /elsewhere #3\n", NULL, NULL },
	{ "another procfs of the host's is the host's", M("14 10", "0:55", "/", "/p", "", "proc"),
	  ROOT M("21 20", "0:55", "/", "/proc", "", "proc"), NULL,
	  HOST_ROOT "host /proc #1 / of /p\n", NULL, NULL },
	{ "another procfs is its own", "", ROOT M("21 20", "0:55", "/", "/proc", "", "proc"), NULL,
	  HOST_ROOT "own /proc\n", NULL, NULL },
	{ "what else the host has on /proc is no procfs",
	  M("14 11", "0:70", "/", "/proc", "", "tmpfs"),
	  ROOT M("21 20", "0:70", "/", "/proc", "", "tmpfs"), NULL,
	  HOST_ROOT "host /proc #1 / of /proc\n", NULL, NULL },

	/* Several on one mountpoint */
	{ "its own on the host's: criu cannot be told of one", "",
	  ROOT M("21 20", "8:2", "/sub", "/a", "", "ext4")
		  M("22 21", "0:91", "/", "/a", "", "tmpfs"),
	  NULL, HOST_ROOT "auto /a hidden\nown /a\n", NULL, NULL },
	{ "the host's on its own", "",
	  ROOT M("21 20", "0:91", "/", "/a", "", "tmpfs")
		  M("22 21", "8:2", "/sub", "/a", " shared:4", "ext4"),
	  NULL, HOST_ROOT "own /a hidden\nauto /a\n", NULL, NULL },
	{ "the host's on the host's share a key", "",
	  ROOT M("21 20", "8:2", "/sub", "/a", "", "ext4") M("22 21", "8:1", "/x", "/a", "", "ext4")
		  M("23 20", "0:6", "/", "/dev", "", "devtmpfs"),
	  NULL,
	  HOST_ROOT "host /a #1 / of /data hidden\nhost /a #1 /x of /\nhost /dev #2 / of /dev\n",
	  NULL, NULL },
	{ "the procfs on the host's, too", "",
	  ROOT M("21 20", "8:2", "/sub", "/proc", "", "ext4")
		  M("22 21", "0:5", "/", "/proc", "", "proc"),
	  NULL, HOST_ROOT "host /proc #1 / of /data hidden\nproc /proc #1\n", NULL, NULL },
	{ "named by hand all of a stack are", "",
	  ROOT M("21 20", "8:2", "/sub", "/a", "", "ext4")
		  M("22 21", "0:91", "/", "/a", "", "tmpfs"),
	  "dump --external mnt[/a]:KEY", HOST_ROOT "given /a KEY hidden\ngiven /a KEY\n", NULL,
	  NULL },

	/* By hand */
	{ "a key by hand", "",
	  ROOT M("21 20", "0:91", "/", "/a", "", "fuse")
		  M("22 20", "8:2", "/sub", "/b", "", "ext4"),
	  "dump --external mnt[/a]:KEY --external mnt[/b]:KEY2",
	  HOST_ROOT "given /a KEY\ngiven /b KEY2\n", NULL, NULL },
	{ "a key in the old words", "", ROOT M("21 20", "0:91", "/", "/a", "", "fuse"),
	  "dump -M /a:KEY", HOST_ROOT "given /a KEY\n", NULL, NULL },
	{ "no key is no name", "", ROOT M("21 20", "8:2", "/sub", "/a", "", "ext4"),
	  "dump --external mnt[/a]", HOST_ROOT "host /a #1 / of /data\n", NULL, NULL },
	{ "mnt[] leaves what is the host's to criu", "",
	  ROOT M("21 20", "0:5", "/", "/proc", "", "proc")
		  M("22 20", "8:2", "/other", "/a", "", "ext4")
			  M("23 20", "0:91", "/", "/b", "", "tmpfs")
				  M("24 20", "8:1", "/x", "/c", "", "ext4"),
	  "dump --external mnt[] --external mnt[/c]:KEY",
	  HOST_ROOT "auto /proc\nauto /a\nown /b\ngiven /c KEY\n", NULL, NULL },
	{ "mnt[] does not save what criu cannot", "", ROOT M("21 20", "8:9", "/", "/a", "", "ext4"),
	  "dump --external mnt[]", NULL, "the mount /a (ext4)", "" },
	{ "a mount to skip is not there", "",
	  ROOT M("21 20", "8:9", "/", "/a", "", "ext4")
		  M("22 21", "0:91", "/", "/a/b", "", "tmpfs"),
	  "dump --skip-mnt /a", HOST_ROOT "own /a/b\n", NULL, NULL },
	{ "the root cannot be skipped", "", ROOT, "dump --skip-mnt /", HOST_ROOT, NULL, NULL },

	/* Names */
	{ "names with what has a meaning elsewhere", "",
	  ROOT M("21 20", "0:6", "/a\\040b", "/a\\040b", "", "devtmpfs")
		  M("22 20", "0:6", "/[]:x", "/[x]:y", "", "devtmpfs")
			  M("23 20", "0:6", "/\\134\\011#", "/=\\134,#", "", "devtmpfs"),
	  NULL,
	  HOST_ROOT "host /a b #1 /a b of /dev\nhost /[x]:y #2 /[]:x of /dev\n"
		    "host /=\\,# #3 /\\\t# of /dev\n",
	  NULL, NULL },
	{ "a newline in a mountpoint is refused", "",
	  ROOT M("21 20", "0:6", "/", "/a\\040b\\012c", "", "devtmpfs"), NULL, NULL,
	  "the mount /a b?c (devtmpfs) has a newline in its path, which criu misreads",
	  "in another place" },
	{ "also in that of its own", "", ROOT M("21 20", "0:91", "/", "/\\012", "", "tmpfs"), NULL,
	  NULL, "the mount /? (tmpfs) has a newline", "" },
	{ "also in that of what is named by hand", "",
	  ROOT M("21 20", "0:91", "/", "/a\\012", "", "fuse"), "dump --external 'mnt[/a\n]:KEY'",
	  NULL, "the mount /a? (fuse) has a newline", "" },
	{ "also in that of what criu finds", "",
	  ROOT M("21 20", "0:6", "/", "/a\\012", "", "devtmpfs"), "dump --external mnt[]", NULL,
	  "the mount /a? (devtmpfs) has a newline", "" },
	{ "also in that of the frame's procfs", "",
	  ROOT M("21 20", "0:5", "/", "/a\\012", "", "proc"), NULL, NULL,
	  "the mount /a? (proc) has a newline", "" },
	{ "also in the folder", "", ROOT M("21 20", "0:6", "/x\\012y", "/a", "", "devtmpfs"), NULL,
	  NULL, "the mount /a (devtmpfs) has a newline", "in another place" },
	{ "also in the folder that is the root", "", M("20 2", "8:1", "/x\\012y", "/", "", "ext4"),
	  NULL, NULL, "the mount / (ext4) has a newline", "" },
	{ "the letters of its escape are none", "",
	  ROOT M("21 20", "0:6", "/\\134012", "/a\\134012", "", "devtmpfs"), NULL,
	  HOST_ROOT "host /a\\012 #1 /\\012 of /dev\n", NULL, NULL },
};

/* What the target's view lacks may be in that of another task of the tree. */
static const struct hand nested_hands[] = {
	{ "a folder whose whole is in a nested view", M("30 2", "0:91", "/", "/b", "", "tmpfs"),
	  ROOT M("21 20", "0:91", "/sub", "/a", "", "tmpfs"), NULL, HOST_ROOT "own /a\n", NULL,
	  NULL },
	{ "a master that is in a nested view", M("30 2", "0:91", "/", "/b", " shared:70", "tmpfs"),
	  ROOT M("21 20", "0:91", "/", "/a", " master:70", "tmpfs"), NULL, HOST_ROOT "own /a\n",
	  NULL, NULL },
	{ "another one is nobody's", M("30 2", "0:92", "/", "/b", " shared:71", "tmpfs"),
	  ROOT M("21 20", "0:91", "/", "/a", " master:70", "tmpfs"), NULL, NULL,
	  "the mount /a (tmpfs) is the slave", "" },
};

static void a_nested_view_counts(void **state)
{
	const struct hand *x = *state;
	struct unit_cli u = unit_parse("dump", NULL, false);
	struct mounts host = table_of(HOST);
	struct mounts nested = table_of(x->frame);
	struct mounts target = table_of(x->target);
	struct recipe r = { 0 };
	struct err e = { 0 };
	int result = view_sort(&u.cli, &host, &host, &target, &nested, &r, &e);

	if (x->expected) {
		UNIT_CHECK(result == 0, "%s", e.what);
		assert_recipe(&r, x->expected);
		recipe_free(&r);
	} else {
		assert_int_equal(result, -EINVAL);
		unit_assert_contains(e.what, x->what);
	}
	mounts_free(&host);
	mounts_free(&nested);
	mounts_free(&target);
	unit_parse_free(&u);
}

/* Peers and slaves that criu can make again, or cannot: of the target, and of a nested view. */
static const struct groups {
	const char *name, *target, *nested;
	const char *what; /* NULL: it can */
} groups[] = {
	{ "none", M("21 20", "0:91", "/x", "/a", "", "tmpfs"),
	  M("31 30", "0:91", "/y", "/b", "", "tmpfs"), NULL },
	{ "peers, one of which holds the others",
	  M("21 20", "0:91", "/x", "/a", " shared:5", "tmpfs")
		  M("22 20", "0:91", "/", "/b", " shared:5", "tmpfs"),
	  M("31 30", "0:91", "/y", "/c", " shared:5", "tmpfs"), NULL },
	{ "peers side by side",
	  M("21 20", "0:91", "/x", "/a", " shared:5", "tmpfs")
		  M("22 20", "0:91", "/y", "/b", " shared:5", "tmpfs"),
	  "", "the mounts /a and /b are peers" },
	{ "a name that only starts alike",
	  M("21 20", "0:91", "/x", "/a", " shared:5", "tmpfs")
		  M("22 20", "0:91", "/xy", "/b", " shared:5", "tmpfs"),
	  "", "(/x and /xy)" },
	{ "peers of two views side by side", M("21 20", "0:91", "/x", "/a", " shared:5", "tmpfs"),
	  M("31 30", "0:91", "/y", "/b", " shared:5", "tmpfs"), "the mounts /a and /b are peers" },
	{ "slaves of a master outside, side by side",
	  M("21 20", "0:91", "/x", "/a", " master:5", "tmpfs")
		  M("22 20", "0:91", "/y", "/b", " master:5", "tmpfs"),
	  "", NULL },
	{ "unless they are shared, too",
	  M("21 20", "0:91", "/x", "/a", " shared:6 master:5", "tmpfs")
		  M("22 20", "0:91", "/y", "/b", " shared:6 master:5", "tmpfs"),
	  "", "the mounts /a and /b are peers" },
	{ "slaves of a master in the tree, side by side",
	  M("21 20", "0:91", "/", "/a", " shared:5", "tmpfs"),
	  M("31 30", "0:91", "/x", "/b", " master:5", "tmpfs")
		  M("32 30", "0:91", "/y", "/c", " master:5", "tmpfs"),
	  "the mounts /b and /c are peers, or slaves" },
	{ "with one that holds both", M("21 20", "0:91", "/", "/a", " shared:5", "tmpfs"),
	  M("31 30", "0:91", "/x", "/b", " master:5", "tmpfs")
		  M("32 30", "0:91", "/y", "/c", " master:5", "tmpfs")
			  M("33 30", "0:91", "/", "/d", " master:5", "tmpfs"),
	  NULL },
	{ "a slave that holds more than its master",
	  M("21 20", "0:91", "/x", "/a", " shared:5", "tmpfs"),
	  M("31 30", "0:91", "/", "/b", " master:5", "tmpfs"), "the mounts /a and /b" },
};

static void peers_can_be_made_or_not(void **state)
{
	const struct groups *x = *state;
	char *target_text = xasprintf("%s%s", ROOT, x->target);
	char *nested_text = xasprintf("%s%s", ROOT, x->nested);
	struct mounts target = table_of(target_text);
	struct mounts nested = table_of(nested_text);
	struct recipe r = { 0 };
	struct err e = { 0 };

	mounts_for_each (m, &target) {
		struct recipe_mount *to = recipe_add_mount(&r);

		to->owner = OWNER_OWN;
		to->at = xstrdup(m->at);
		to->root = xstrdup(m->root);
		to->fstype = xstrdup(m->fstype);
		to->shared = m->shared;
		to->master = m->master;
	}
	assert_int_equal(view_check_groups(&r, &nested, &e), x->what ? -EINVAL : 0);
	if (x->what)
		unit_assert_contains(e.what, x->what);
	r.mounts[1].owner = OWNER_NONE; /* criu does not see it */
	if (x->what && target.n == 3)
		assert_int_equal(view_check_groups(&r, &nested, &e), 0);
	recipe_free(&r);
	mounts_free(&target);
	mounts_free(&nested);
	free(target_text);
	free(nested_text);
}

static void hand_made_is_sorted(void **state)
{
	const struct hand *x = *state;
	char *host = xasprintf("%s%s", HOST, x->frame);
	struct unit_cli u = unit_parse(x->line ? x->line : "dump", NULL, false);
	struct mounts frame = table_of(host);
	struct mounts target = table_of(x->target);
	struct recipe r = { .n_files = 77 };
	struct err e = { 0 };
	int result = view_sort(&u.cli, &frame, &frame, &target, &(struct mounts){ 0 }, &r, &e);

	if (x->expected) {
		UNIT_CHECK(result == 0, "%s", e.what);
		assert_recipe(&r, x->expected);
		assert_round_trip(&r, x->expected);
		if (!u.cli.skipped.n)
			assert_of_table(&r, &target);
		recipe_free(&r);
	} else {
		assert_int_equal(result, -EINVAL);
		unit_assert_contains(e.what, x->what);
		unit_assert_contains(e.hint, x->hint);
		unit_assert_lacks(e.hint, "mnt[/]"); /* criu does not look the root up */
		assert_int_equal(r.n_files, 77);     /* untouched */
	}
	mounts_free(&frame);
	mounts_free(&target);
	unit_parse_free(&u);
	free(host);
}

static void a_root_of_another_host_is_refused(void **state)
{
	struct unit_cli u = unit_parse("dump", NULL, false);
	struct mounts host = recorded_table("host");
	struct mounts target = recorded_table("lxc-2015");
	struct recipe r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(view_sort(&u.cli, &host, &host, &target, &(struct mounts){ 0 }, &r, &e),
			 -EINVAL);
	unit_assert_contains(e.what, "the mount / (ext4) is mounted nowhere on the host");
	mounts_free(&host);
	mounts_free(&target);
	unit_parse_free(&u);
}

static void each_owner_has_a_reason_of_its_own(void **state)
{
	(void)state;
	for (int a = OWNER_OWN; a <= OWNER_NONE; a++)
		for (int b = OWNER_OWN; b < a; b++) {
			char root[] = "/";
			struct recipe_mount x = { .owner = (enum recipe_owner)a, .root = root };
			struct recipe_mount y = { .owner = (enum recipe_owner)b, .root = root };

			assert_string_not_equal(view_why(&x), view_why(&y));
			assert_string_not_equal(view_why(&x), "?");
		}
}

/* The order of --external */

/* Where two are on one mountpoint they share a key, as view_sort() has it. */
static void add_place(struct recipe *r, enum recipe_owner owner, const char *at)
{
	struct recipe_mount *m = recipe_add_mount(r);
	size_t first = 0;

	m->owner = owner;
	m->at = xstrdup(at);
	while (strcmp(r->mounts[first].at, at) != 0)
		first++;
	if (owner == OWNER_HOST || owner == OWNER_PROC)
		m->key = xasprintf("%s%zu", view_key_prefix, first);
}

/*
 * Words: hAT the host's, pAT a procfs, oAT its own, gAT by hand, aAT automatic, nAT left out, HAT
 * hidden.
 */
static struct recipe places(const char *text)
{
	static const char letters[] = "ohpkganH";
	struct strv words = unit_split(text);
	struct recipe r = { 0 };

	add_place(&r, OWNER_OWN, "/");
	for (size_t i = 1; i < words.n; i++) {
		const char *letter = strchr(letters, words.v[i][0]);
		bool hidden = *letter == 'H';

		add_place(&r, hidden ? OWNER_HOST : (enum recipe_owner)(letter - letters),
			  words.v[i] + 1);
		r.mounts[r.n_mounts - 1].hidden = hidden;
	}
	strv_free(&words);
	return r;
}

static const struct order {
	const char *name, *places;
	const char *expected; /* mountpoints, each behind a blank; NULL: refused */
	const char *what;
} orders[] = {
	{ "nothing to tell", "", "", NULL },
	{ "only what is handed to criu is told", "o/a h/b p/c g/d a/e n/f", " /b /c", NULL },
	{ "the order is that of the table", "h/c h/a h/b", " /c /a /b", NULL },
	{ "but the longer names come first", "h/a h/bb h/c h/ddd", " /ddd /bb /a /c", NULL },
	{ "of a stack one is told", "H/a h/b h/a", " /b /a", NULL },
	{ "whichever is first", "h/a H/a h/b", " /a /b", NULL },
	{ "one that only an ancestor hides is told", "H/a/b h/c", " /a/b /c", NULL },
	{ "of a stack that an ancestor hides one is told", "H/a/b H/a/b", " /a/b", NULL },
	{ "a name in a name", "h/x h/x]:/etc", " /x]:/etc /x", NULL },
	{ "whatever the table's order", "h/x]:/etc h/x", " /x]:/etc /x", NULL },
	{ "a name in a name in a name", "h/x h/x]:/etc]:/a h/x]:/etc", " /x]:/etc]:/a /x]:/etc /x",
	  NULL },
	{ "what would be mistaken for its own is refused", "o/x h/x]:/etc", NULL,
	  "the mountpoint /x]:/etc has a name that criu would mistake for /x" },
	{ "for what is automatic", "h/x]:/etc a/x", NULL, "mistake for /x" },
	{ "for what is named by hand", "g/x p/x]:/etc", NULL, "mistake for /x" },
	{ "also with a keyed one between", "o/x h/x]: h/x]:]:", NULL, "mistake for /x" },
	{ "without the colon nothing is mistaken", "o/x h/x]", " /x]", NULL },
	{ "without the bracket neither", "o/x h/x:/etc", " /x:/etc", NULL },
	{ "a name that is shorter is not", "o/x]:/etc h/x", " /x", NULL },
	{ "criu does not look the root up", "h/]:/etc", " /]:/etc", NULL },
};

static void order_is_found(void **state)
{
	const struct order *o = *state;
	struct recipe r = places(o->places);
	size_t *order = xcalloc(r.n_mounts, sizeof(*order));
	struct err e = { 0 };
	int n = view_order(&r, order, &e);
	char *text = xstrdup("");

	for (int i = 0; i < n; i++) {
		char *longer = xasprintf("%s %s", text, r.mounts[order[i]].at);

		free(text);
		text = longer;
	}
	if (o->expected) {
		UNIT_CHECK(n >= 0, "%s", e.what);
		assert_string_equal(text, o->expected);
	} else {
		assert_int_equal(n, -EINVAL);
		unit_assert_contains(e.what, o->what);
		unit_assert_contains(e.hint, "another place");
	}
	free(text);
	free(order);
	recipe_free(&r);
}

/* external_lookup_by_key() in criu/external.c, with what was given last in front of its list. */
static const char *look_up(const struct strv *externals, const char *at)
{
	char *key = xasprintf("mnt[%s]", at);
	size_t length = strlen(key);
	const char *found = NULL;

	for (size_t i = externals->n; i-- > 0 && !found;)
		if (!strncmp(externals->v[i], key, length) && externals->v[i][length] == ':')
			found = externals->v[i] + length + 1;
	free(key);
	return found;
}

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static char *hostile_name(unsigned *seed)
{
	static const char *const parts[] = { "/x", "]:", "]", ":",           "[",    "/etc",
					     "\n", " ",  "/", "]:criu-ns-1", "mnt[", "criu-ns-" };
	char *name = xstrdup("/x");

	for (unsigned n = next_random(seed) % 4; n > 0; n--) {
		char *longer =
			xasprintf("%s%s", name, parts[next_random(seed) % ARRAY_SIZE(parts)]);

		free(name);
		name = longer;
	}
	return name;
}

static bool is_told(const struct recipe_mount *m)
{
	return m->owner == OWNER_HOST || m->owner == OWNER_PROC;
}

/* Different names, the root, and a few owners. */
static struct recipe hostile_places(unsigned *seed)
{
	struct recipe r = places("");

	for (unsigned n = 2 + next_random(seed) % 5; n > 0; n--) {
		static const enum recipe_owner owners[] = { OWNER_HOST, OWNER_HOST, OWNER_HOST,
							    OWNER_PROC, OWNER_OWN,  OWNER_AUTO };
		char *name = hostile_name(seed);
		bool known = false;

		recipe_for_each_mount (m, &r)
			known |= !strcmp(m->at, name);
		if (!known)
			add_place(&r, owners[next_random(seed) % ARRAY_SIZE(owners)], name);
		free(name);
	}
	return r;
}

static bool has_conflict(const struct recipe *r)
{
	recipe_for_each_mount (a, r)
		recipe_for_each_mount (b, r) {
			char *start = xasprintf("%s]:", b->at);
			bool conflict = is_told(a) && !is_told(b) && strcmp(b->at, "/") != 0 &&
					!strncmp(a->at, start, strlen(start));

			free(start);
			if (conflict)
				return true;
		}
	return false;
}

static void criu_finds_each_key_and_no_other(void **state)
{
	unsigned seed = 1;
	int refused = 0;
	int nested = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct recipe r = hostile_places(&seed);
		size_t order[16];
		struct strv externals = { 0 };
		struct err e = { 0 };
		int n = view_order(&r, order, &e);

		UNIT_CHECK((n < 0) == has_conflict(&r), "round %d: %s", round, e.what);
		for (int i = 0; i < n; i++)
			strv_take(&externals, xasprintf("mnt[%s]:%s", r.mounts[order[i]].at,
							r.mounts[order[i]].key));
		recipe_for_each_mount (m, &r) {
			if (n < 0 || !strcmp(m->at, "/"))
				continue;

			const char *found = look_up(&externals, m->at);
			const char *wanted = is_told(m) ? m->key : NULL;

			UNIT_CHECK((!found && !wanted) ||
					   (found && wanted && !strcmp(found, wanted)),
				   "round %d: %s finds %s", round, m->at, found ? found : "none");
			recipe_for_each_mount (other, &r)
				nested += is_told(m) && is_told(other) &&
					  !strncmp(other->at, m->at, strlen(m->at)) &&
					  !strncmp(other->at + strlen(m->at), "]:", 2);
		}
		refused += n < 0;
		strv_free(&externals);
		recipe_free(&r);
	}
	/* Not vacuous: both happen, and often. */
	assert_true(refused > 100);
	assert_true(nested > 1000);
}

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
	{ "another mount with tracefs", tracefs_and_one_less, "/b in it is not in them" },
	{ "tracefs in another place", tracefs_in_another_place, "/a in them" },
	{ "a recipe of an init", only_the_recipe_of_an_init, "its frame is of another kind" },
	{ "images of an init", only_the_images_of_an_init, "its frame is of another kind" },
	{ "images without mounts", no_mounts_in_the_images, "the mounts in it are not in them" },
	{ "a recipe without mounts", no_mounts_in_the_recipe, "mounts in them are not in it" },
	{ "images whose mounts are not understood", damaged_images, "/ in it is not in them" },
	{ "a mount less in the images", one_less_in_the_images, "/ in it is not in them" },
	{ "a mount less in the recipe", one_less_in_the_recipe, "/e in them" },
	{ "another mount less in the images", another_less_in_the_images,
	  "/e in it is not in them" },
	{ "a mount twice in the images", twice_in_the_images, "/b in them is not the mount in it" },
	{ "a mount twice in the recipe", twice_in_the_recipe, "/b in it is not in them" },
	{ "a mount twice in both", twice_in_both, NULL },
	{ "a stack in which one is twice", one_of_a_stack_twice_in_the_images, "/d in them" },
	{ "a stack in another order", a_stack_in_another_order, NULL },
	{ "the images' order does not matter", another_order, NULL },
	{ "a cgroup mount on top of one of a part of it", a_cgroup_on_a_part_of_it, NULL },
	{ "what is left out is not in the images", left_out, NULL },
	{ "and nothing stands for it", left_out_and_another, "/f in them is not the mount in it" },
	{ "what is left out is not what is in the images below it", below_what_is_left_out,
	  "/f/g in it is not in them" },
	{ "another mountpoint", another_mountpoint, "/b in them is not the mount in it" },
	{ "another folder", another_folder, "/b in them" },
	{ "another folder on the root", another_folder_on_the_root, "/ in them" },
	{ "a folder that is gone, as criu writes it", a_deleted_folder, NULL },
	{ "in criu's other words", a_deleted_folder_in_other_words, NULL },
	{ "another folder that is gone", another_deleted_folder, "/b in them" },
	{ "a folder that starts like it", a_longer_folder, "/a in them" },
	{ "another key", another_key, "/a in them" },
	{ "keys that have changed places", keys_changed_places, " in them" },
	{ "a key that criu does not ask for", a_key_that_criu_does_not_ask_for, "/b in them" },
	{ "no key where criu asks for one", no_key_where_criu_asks, "/a in them" },
	{ "a key where criu finds it itself", a_key_where_criu_finds_it_itself, "/a in them" },
	{ "another key by hand", a_key_named_by_hand_is_another, "/c in them" },
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
	result = view_fit(&r, &i, &e);
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
	  "type /tmp is of type overlay and was of type tmpfs\n"
	  "flags /tmp has the flags ro and had nodev\n"
	  "peers /tmp is private and was shared\n" },
	{ "a mount that was hidden may be what it likes", NULL, NULL,
	  "75 70 0:51 / /cache rw - tmpfs", "75 70 8:1 /q /cache ro shared:1 - ext4", NULL, NULL,
	  "" },
	{ "or not be there", NULL, NULL, "75 70 0:51 / /cache rw - tmpfs b rw\n", "", "76 75",
	  "76 70", "" },
	{ "another type", NULL, NULL, "master:95 - tmpfs", "master:95 - ramfs", NULL, NULL,
	  "type /in is of type ramfs and was of type tmpfs\n" },

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
	{ "another folder of the host's", NULL, NULL, "8:2 /x", "8:2 /xx", NULL, NULL,
	  "root /opt shows the folder /xx and showed /x\n" },
	{ "another folder on the root", NULL, NULL, "8:1 / /", "8:1 /srv /", NULL, NULL,
	  "root / shows the folder /srv and showed /\n" },
	{ "another folder of its own", NULL, NULL, "0:50 /in", "0:50 /", NULL, NULL,
	  "root /in shows the folder / and showed /in\n" },
	{ "another folder of the procfs", NULL, NULL, "0:55 /sys", "0:55 /", NULL, NULL,
	  "root /sys shows the folder / and showed /sys\n" },

	/* On another host, or a later one */
	{ "the disk has another number", "10 1 8:1", "10 1 9:1", "70 3 8:1", "70 3 9:1", NULL, NULL,
	  "owner /var/log is another file system than it was (host)\n" },
	{ "the folder is a part of another mount",
	  "13 10 8:2 / /srv/app rw,relatime shared:4 - ext4 /dev/sdb rw\n", "", "72 70 8:2 /x",
	  "72 70 8:1 /srv/app/x", NULL, NULL, "" },
	{ "and another folder there is another one",
	  "13 10 8:2 / /srv/app rw,relatime shared:4 - ext4 /dev/sdb rw\n", "", "72 70 8:2 /x",
	  "72 70 8:1 /x", NULL, NULL, "root /opt shows the folder /x and showed /x\n" },
	{ "the mount is of a folder", "8:2 / /srv/app", "8:2 /apps/1 /srv/app", "8:2 /x",
	  "8:2 /apps/1/x", NULL, NULL, "" },
	{ "a mount farther up covers the folder", "13 10 8:2 / /srv/app", "13 10 8:2 / /srv",
	  "8:2 /x", "8:2 /app/x", NULL, NULL,
	  /* and /var/log's folder is on / still, as the host's path for it is / */
	  "" },
	{ "the caller's procfs has another number", "11 10 0:5", "11 10 0:500", NULL, NULL, NULL,
	  NULL, "" },

	/* Flags */
	{ "writable, and was read-only", NULL, NULL, "/opt ro,", "/opt rw,", NULL, NULL,
	  "flags /opt has the flags nosuid,relatime and had ro,nosuid,relatime\n" },
	{ "a guard less", NULL, NULL, "/tmp rw,nodev", "/tmp rw", NULL, NULL,
	  "flags /tmp has the flags - and had nodev\n" },
	{ "a guard more", NULL, NULL, "/cache rw - tmpfs c", "/cache rw,noexec - tmpfs c", NULL,
	  NULL, "flags /cache has the flags noexec and had -\n" },
	{ "access times", NULL, NULL, "/opt ro,nosuid,relatime", "/opt ro,nosuid,noatime", NULL,
	  NULL, "flags /opt has the flags ro,nosuid,noatime and had ro,nosuid,relatime\n" },

	/* Peers */
	{ "private, and was the host's peer", NULL, NULL, "/var/log rw,relatime shared:1",
	  "/var/log rw,relatime", NULL, NULL, "peers /var/log is private and was shared\n" },
	{ "shared with nobody, and was the host's peer", NULL, NULL,
	  "/var/log rw,relatime shared:1", "/var/log rw,relatime shared:99", NULL, NULL,
	  "peers / (shared) belongs to other peers than before\n"
	  "peers /var/log (shared) belongs to other peers than before\n" },
	{ "peers of each other, and not of the host's any more", NULL, NULL,
	  "/ / rw,relatime shared:1", "/ / rw,relatime shared:99", "/var/log rw,relatime shared:1",
	  "/var/log rw,relatime shared:99",
	  "peers / (shared) belongs to other peers than before\n"
	  "peers /var/log (shared) belongs to other peers than before\n" },
	{ "a peer of the host's, and had a group of its own", NULL, NULL, "/mine rw shared:97",
	  "/mine rw shared:5", NULL, NULL,
	  "peers /mine (shared and a slave) belongs to other peers than before\n" },
	{ "the master of one of the host's, and had a group of its own",
	  "/home rw,relatime shared:5", "/home rw,relatime shared:5 master:97", NULL, NULL, NULL,
	  NULL, "peers /mine (shared and a slave) belongs to other peers than before\n" },
	{ "the host has made its own private since", "/ / rw,relatime shared:1", "/ / rw,relatime",
	  NULL, NULL, NULL, NULL,
	  "peers / (shared) belongs to other peers than before\n"
	  "peers /var/log (shared) belongs to other peers than before\n" },
	{ "of what was named by hand whose peer it is does not matter", NULL, NULL,
	  "/given ro shared:98", "/given ro shared:5", NULL, NULL, "" },
	{ "a slave, and was private", NULL, NULL, "/null rw,nosuid", "/null rw,nosuid master:99",
	  NULL, NULL, "peers /null is a slave and was private\n" },
	{ "shared, and was private", NULL, NULL, "/null rw,nosuid", "/null rw,nosuid shared:99",
	  NULL, NULL, "peers /null is shared and was private\n" },
	{ "private, and was a slave", NULL, NULL, "/proc rw,relatime master:92",
	  "/proc rw,relatime", NULL, NULL, "peers /proc is private and was a slave\n" },
	{ "shared and no slave any more", NULL, NULL, "shared:97 master:96", "shared:97", NULL,
	  NULL, "peers /mine is shared and was shared and a slave\n" },
	{ "a slave of a mount outside may have any of those", NULL, NULL, "master:94", "master:3",
	  NULL, NULL, "" },
	{ "a slave of one of its own, and was of one outside", NULL, NULL, "master:94", "master:95",
	  NULL, NULL, "peers /opt (a slave) belongs to other peers than before\n" },
	{ "a slave of one outside, and was of its own", NULL, NULL, "/in rw,nodev master:95",
	  "/in rw,nodev master:99", NULL, NULL,
	  "peers /in (a slave) belongs to other peers than before\n" },
	{ "a peer of one that was another", NULL, NULL, "/mine rw shared:97", "/mine rw shared:95",
	  NULL, NULL,
	  "peers /tmp (shared) belongs to other peers than before\n"
	  "peers /in (a slave) belongs to other peers than before\n"
	  "peers /mine (shared and a slave) belongs to other peers than before\n" },
	{ "one group that is private now is not the fault of the private ones", NULL, NULL,
	  "/tmp rw,nodev shared:95", "/tmp rw,nodev", "/in rw,nodev master:95", "/in rw,nodev",
	  "peers /tmp is private and was shared\npeers /in is private and was a slave\n" },

	/* By hand: what it is, and whose, is the user's; how it is mounted is not. */
	{ "flags of what was named by hand", NULL, NULL, "/given ro", "/given rw", NULL, NULL,
	  "flags /given has the flags - and had ro\n" },
	{ "peers of what was named by hand", NULL, NULL, "/given ro shared:98", "/given ro", NULL,
	  NULL, "peers /given is private and was shared\n" },
	{ "nothing instead of what was named by hand", NULL, NULL, "/z /given", "/z /other", NULL,
	  NULL,
	  "missing /given (ext4) has not come back\nextra /other (xfs) was not mounted before\n" },

	{ "all that is wrong is told", NULL, NULL, "0:50 /in /in rw,nodev master:95 - tmpfs",
	  "8:1 / /in rw - ext4", NULL, NULL,
	  "type /in is of type ext4 and was of type tmpfs\nowner /in is another file system than "
	  "it was (own)\n"
	  "flags /in has the flags - and had nodev\npeers /in is private and was a slave\n" },
};

static char *wrong_text(const struct view_wrong *v, size_t n)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < n; i++) {
		char *line = view_wrong_text(&v[i]);
		char *longer = xasprintf("%s%s %s\n", text, fault_names[v[i].fault], line);

		assert_int_equal(!v[i].want, v[i].fault == FAULT_EXTRA);
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
	struct view_wrong *v;
	size_t n = view_check(&r, &host, &frame, &thawed, &v);
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
	  "root /a shows the folder /x and showed /\npeers /a is shared and was private\n" },
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
	struct view_wrong *v;
	char *text;
	size_t n;

	(void)state;
	view_of_nested(&root, &images, &r);
	assert_int_equal(view_check(&r, &host, &host, &good, &v), 0);
	free(v);
	n = view_check(&r, &host, &host, &bad, &v);
	text = wrong_text(v, n);
	assert_string_equal(text, "peers / is private and was a slave\n"
				  "flags /a has the flags nosuid and had ro,nosuid\n"
				  "peers /h (shared) belongs to other peers than before\n"
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
	struct view_wrong *v;
	size_t n = view_check(&r, &host, &host, &thawed, &v);
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
	struct view_wrong *v;
	size_t n;
	char *text;

	(void)state;
	r = sorted("dump --external mnt[]", &host, &host, &target);
	assert_recipe(&r, HOST_ROOT "auto /a\n");
	assert_int_equal(view_check(&r, &host, &host, &good, &v), 0);
	free(v);
	n = view_check(&r, &host, &host, &bad, &v);
	text = wrong_text(v, n);
	assert_string_equal(text, "type /a is of type xfs and was of type ext4\n"
				  "peers /a is a slave and was private\n");
	free(text);
	free(v);
	recipe_free(&r);
	mounts_free(&host);
	mounts_free(&target);
	mounts_free(&good);
	mounts_free(&bad);
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
		struct view_wrong *v;
		size_t n = view_check(&r, &host, &host, &target, &v);
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
	UNIT_ROWS(recorded_is_sorted, recordeds);
	UNIT(a_root_of_another_host_is_refused);
	UNIT_ROWS(hand_made_is_sorted, hands);
	UNIT_ROWS(a_nested_view_counts, nested_hands);
	UNIT_ROWS(peers_can_be_made_or_not, groups);
	UNIT(each_owner_has_a_reason_of_its_own);
	UNIT_ROWS(order_is_found, orders);
	UNIT(criu_finds_each_key_and_no_other);
	UNIT_ROWS(recipe_fits_or_not, fits);
	UNIT_ROWS(thawed_is_checked, checks);
	UNIT_ROWS(it_is_back_or_not, backs);
	UNIT(a_nested_view_is_checked);
	UNIT(what_is_automatic_is_checked_less);
	UNIT(a_recorded_table_is_what_it_was);
	return unit_run("view");
}
