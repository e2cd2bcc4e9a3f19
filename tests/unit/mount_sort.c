// SPDX-License-Identifier: MIT
/*
 * Views of their own: whose each mount is, and what criu is told of it (mount_sort.c and its kin).
 */
#include "sorting.h"

#include "plan/mount_groups.h"
#include "plan/mount_keys.h"
#include "plan/mount_stacks.h"

#include <errno.h>

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

/* Where the host has two mounts on one mountpoint, the upper one stands in for the lower one. */
#define STACKS(n0, n1, n2, n3, peer)                                                               \
	"host /dev/shm #" n0 " / of /dev/shm" peer " hidden\nhost /dev/shm #" n1                   \
	" / of /dev/shm" peer "\nhost /dev/pts #" n2 " / of /dev/pts" peer                         \
	" hidden\nhost /dev/pts #" n3 " / of /dev/pts" peer "\n"

#define SYS_FROM_2(peer) SYS("2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", peer)

#define REST(dev, n0, n1, n2, n3, efi, user, peer)                                                 \
	"host /dev #" dev " / of /dev" peer                                                        \
	"\n" STACKS(n0, n1, n2, n3, peer) "host /boot/efi #" efi " / of /boot/efi" peer            \
					  "\nhost /run/user #" user " / of /run/user" peer "\n"
#define REST_FROM_14(peer) REST("14", "15", "16", "17", "18", "19", "20", peer)

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
	  "host / / of / peer\nproc /proc #1\n" SYS_FROM_2(" peer") REST_FROM_14(" peer") },
	{ "thawed: its procfs is its own, and the one below it the host's", "host", "thawed", NULL,
	  NULL, NULL, NULL,
	  "host / / of /\nproc /proc #1 hidden\n" SYS_FROM_2("") REST_FROM_14("") "own /proc\n" },
	{ "a service with a private /tmp", "host", "private-tmp", NULL, NULL, NULL, NULL,
	  "host / / of /\nproc /proc #1\n" SYS_FROM_2("")
		  REST_FROM_14("") "host /var/tmp #21 /srv/private-tmp of /\nown /mnt\n" },
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
	  "pty /dev/console #6\n"
	  "pty /dev/tty1 #7\npty /dev/tty2 #8\npty /dev/tty3 #9\npty /dev/tty4 #10\npty /dev/tty5 #11\n"
	  "own /proc/sys/kernel/random/boot_id\n" },
	/* None of its superblocks is the host's: a container of another host's, so to speak. */
	{ "the example of external sharing: all is its own", "host", "external-sharing", NULL, NULL,
	  NULL, NULL, "kept / (rw)\nown /external_sharing\nown /internal_sharing\nown /proc\n" },

	/* Below a thawed process, whose view is the frame */
	{ "the frame's own table: two procfs, each with its key", "thawed", "thawed", NULL, NULL,
	  NULL, NULL,
	  "host / / of /\nhost /proc #1 / of /proc hidden\n" SYS_FROM_2("")
		  REST_FROM_14("") "proc /proc #21\n" },
	{ "a service with a private /tmp below it", "thawed", "thawed",
	  "89 69 0:43 / /proc rw,relatime shared:23 - proc proc rw\n",
	  "89 69 0:43 / /proc rw,relatime master:23 - proc proc rw\n"
	  "90 67 254:0 /srv/private-tmp /var/tmp rw,relatime master:1 - ext4 /dev/vda rw\n"
	  "91 67 0:60 / /mnt rw,relatime - tmpfs priv rw\n",
	  NULL, NULL,
	  "host / / of /\nhost /proc #1 / of /proc hidden\n" SYS_FROM_2("") REST_FROM_14(
		  "") "proc /proc #21\nhost /var/tmp #22 /srv/private-tmp of /\nown /mnt\n" },
	/* As criu thaws it: one procfs only, that of the frame, which the caller does not have. */
	{ "a thawed service with a private /tmp", "thawed", "private-tmp",
	  "140 138 0:21 / /proc rw,relatime master:3", "140 138 0:43 / /proc rw,relatime master:23",
	  "67 138 0:43", "67 138 0:60",
	  "host / / of /\nproc /proc #1\n" SYS_FROM_2("")
		  REST_FROM_14("") "host /var/tmp #21 /srv/private-tmp of /\nown /mnt\n" },
	{ "with the caller's procfs it is made from that", "thawed", "private-tmp", "67 138 0:43",
	  "67 138 0:60", NULL, NULL,
	  "host / / of /\nhost /proc #1 / of /proc\n" SYS_FROM_2("")
		  REST_FROM_14("") "host /var/tmp #21 /srv/private-tmp of /\nown /mnt\n" },
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

/* Tables made by hand */

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
	{ "a root of which the host has other directories only", "",
	  M("20 2", "8:2", "/other", "/", "", "ext4"), NULL, NULL,
	  "the mount / is of the directory /other of a file system (ext4) of which the host has mounted only other directories",
	  "somewhere on the host" },
	{ "a root that has been deleted", "", M("20 2", "8:1", "/x//deleted", "/", "", "ext4"),
	  NULL, NULL, "the mount / (ext4) is of a file or directory that has been deleted", "" },
	{ "a root on what the host has mounted over",
	  M("14 10", "8:3", "/", "/m", "", "ext4") M("15 14", "0:70", "/", "/m", "", "tmpfs"),
	  M("20 2", "8:3", "/", "/", "", "ext4"), NULL, NULL,
	  "the mount / (ext4) can only be made again from the mount on /m, which another mount covers",
	  "in a second place" },
	{ "a root cannot be named by hand", "", M("20 2", "8:9", "/", "/", "", "ext4"),
	  "dump --external mnt[/]:KEY", NULL, "the mount / (ext4)", "" },
	{ "a root below another one", "",
	  M("19 2", "8:1", "/", "/", "", "ext4") M("20 19", "0:90", "/", "/", "", "tmpfs"), NULL,
	  NULL, "the mount / (ext4) is covered by another one on /", "" },
	{ "no root at all", "", M("20 2", "8:1", "/", "/x", "", "ext4"), NULL, NULL,
	  "the root of the target is not a mount", "" },
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
	{ "a directory of its own without the whole is refused", "",
	  ROOT M("21 20", "0:91", "/sub", "/a", "", "tmpfs"), NULL, NULL,
	  "the mount /a (tmpfs) is of a directory of a file system that is not mounted as a whole anywhere",
	  "--external 'mnt[/a]:KEY'" },
	{ "the /tmp of a unit with DynamicUser=yes is kept", "",
	  ROOT M("21 20", "0:91", "/tmp", "/tmp", " shared:7", "tmpfs")
		  M("22 20", "0:91", "/var-tmp", "/var/tmp", " shared:8", "tmpfs"),
	  NULL, HOST_ROOT "kept /tmp #1 (rw)\nkept /var/tmp #2 (rw)\n", NULL, NULL },
	{ "not with a mount on a file in it", "",
	  ROOT M("21 20", "0:91", "/tmp", "/tmp", "", "tmpfs")
		  M("22 21", "0:92", "/", "/tmp/x", "", "tmpfs"),
	  NULL, NULL, "the mount /tmp (tmpfs) is of a directory", "mnt[/tmp]" },
	{ "not of two file systems", "",
	  ROOT M("21 20", "0:91", "/tmp", "/tmp", "", "tmpfs")
		  M("22 20", "0:92", "/var-tmp", "/var/tmp", "", "tmpfs"),
	  NULL, NULL, "the mount /var/tmp (tmpfs) is of a directory", "mnt[/var/tmp]" },
	{ "not if another shows the same", "",
	  ROOT M("21 20", "0:91", "/tmp", "/tmp", " master:7", "tmpfs"), NULL, NULL,
	  "the mount /tmp (tmpfs) is of a directory", "mnt[/tmp]" },
	{ "not if it is covered", "",
	  ROOT M("21 20", "0:91", "/tmp", "/tmp", "", "tmpfs")
		  M("22 21", "0:92", "/", "/tmp", "", "tmpfs"),
	  NULL, NULL, "the mount /tmp (tmpfs) is of a directory", "mnt[/tmp]" },
	{ "another directory is refused", "",
	  ROOT M("21 20", "0:91", "/other", "/tmp", "", "tmpfs"), NULL, NULL,
	  "the mount /tmp (tmpfs) is of a directory", "mnt[/tmp]" },
	{ "another directory of it is not the whole", "",
	  ROOT M("21 20", "0:91", "/sub", "/a", "", "tmpfs")
		  M("22 20", "0:91", "/sub/b", "/b", "", "tmpfs"),
	  NULL, NULL, "the mount /a (tmpfs) is of a directory", "" },
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
	  NULL, NULL, "the mount /a (tmpfs) is of a directory", "" },
	{ "a slave of a mount that is nowhere is refused", "",
	  ROOT M("21 20", "0:91", "/", "/a", " master:70", "tmpfs"), NULL, NULL,
	  "the mount /a (tmpfs) is a slave of a mount that is neither the host's nor the "
	  "target's",
	  "--make-private" },
	{ "so is one that is shared, too", "",
	  ROOT M("21 20", "0:91", "/", "/a", " shared:71 master:70", "tmpfs"), NULL, NULL,
	  "the mount /a (tmpfs) is a slave", "" },
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
	{ "a directory in a directory that the host has", "",
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
	{ "the whole, of which the host has a directory", "",
	  ROOT M("21 20", "8:2", "/", "/a", "", "ext4"), NULL, NULL,
	  "the mount /a is of the directory / of a file system (ext4) of which the host has mounted only other directories",
	  "--external 'mnt[/a]:KEY'" },
	{ "whole names count: /sub and /subway", "",
	  ROOT M("21 20", "8:2", "/subway", "/a", "", "ext4"), NULL, NULL, "the directory /subway",
	  "" },
	{ "a directory that has been deleted, where the root leads to it", "",
	  ROOT M("21 20", "8:1", "/srv/x//deleted", "/a", "", "ext4"), NULL, HOST_ROOT "own /a\n",
	  NULL, NULL },
	{ "where another of its mounts leads to it", "",
	  ROOT M("21 20", "8:2", "/sub", "/b", "", "ext4")
		  M("22 20", "8:2", "/sub/x//deleted", "/a", "", "ext4"),
	  NULL, HOST_ROOT "host /b #1 / of /data\nown /a\n", NULL, NULL },
	{ "where none does", "", ROOT M("21 20", "8:2", "/sub/x//deleted", "/a", "", "ext4"), NULL,
	  NULL, "the mount /a (ext4) is of a file or directory that has been deleted",
	  "unmount it" },
	{ "where that is read-only", "",
	  "20 2 8:1 / / ro master:1 - ext4 /dev/sda rw\n" M("21 20", "8:1", "/srv/x//deleted", "/a",
							    "", "ext4"),
	  NULL, NULL, "the mount /a (ext4) is of a file or directory that has been deleted",
	  "unmount it" },
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
	  "the mount /a (ext4) can only be made again from the mount on /m, which another mount covers",
	  "in a second place" },
	{ "also when an ancestor is mounted over",
	  M("14 10", "8:3", "/", "/m/n", "", "ext4") M("15 10", "0:70", "/", "/m", "", "tmpfs"),
	  ROOT M("21 20", "8:3", "/", "/a", "", "ext4"), NULL, NULL, "from the mount on /m/n", "" },
	{ "a second place is found",
	  M("14 10", "8:3", "/", "/m", "", "ext4") M("15 14", "0:70", "/", "/m", "", "tmpfs")
		  M("16 10", "8:3", "/", "/p", "", "ext4"),
	  ROOT M("21 20", "8:3", "/", "/a", "", "ext4"), NULL, HOST_ROOT "host /a #1 / of /p\n",
	  NULL, NULL },
	{ "mounted over on both sides it is made from what the host has there",
	  M("14 10", "8:3", "/", "/m", "", "ext4") M("15 14", "0:70", "/", "/m", "", "tmpfs"),
	  ROOT M("21 20", "8:3", "/", "/a", "", "ext4") M("22 21", "0:91", "/", "/a", "", "tmpfs"),
	  NULL, HOST_ROOT "host /a #1 / of /m hidden\nown /a\n", NULL, NULL },

	{ "also with the host's on it", M("14 10", "8:3", "/", "/m", "", "ext4") OVER("/m"),
	  ROOT M("21 20", "8:3", "/", "/a", "", "ext4")
		  M("22 21", "8:1", "/x", "/a", " shared:1", "ext4"),
	  NULL, HOST_ROOT "host /a #1 / of /m hidden\nhost /a #2 /x of / peer\n", NULL, NULL },
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
	  NULL, NULL, "the mount /a/b/c (mqueue) has the same mountpoint as one that is left out",
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
	{ "in a stack what is seen there stands in for it, wherever the upper one lies",
	  HIDDEN_HOST, ROOT HIDDEN_TARGET M("23 22", "0:92", "/", "/a/b", "", "tmpfs"), NULL,
	  HOST_ROOT "host /a/b #1 / of /m hidden\nown /a\nown /a/b\n", NULL, NULL },
	{ "what the host has mounted over, and the target has not, is refused", HIDDEN_HOST,
	  ROOT M("21 20", "8:3", "/", "/a/b", "", "ext4"), NULL, NULL,
	  "the mount /a/b (ext4) can only be made again from the mount on /m", "" },
	{ "what the target only has mounted over is handed to criu",
	  M("14 10", "8:3", "/", "/m", "", "ext4"), ROOT HIDDEN_TARGET, NULL,
	  HOST_ROOT "host /a/b #1 / of /m hidden\nown /a\n", NULL, NULL },
	{ "of a directory that has been deleted it is left out, too", "",
	  ROOT M("21 20", "8:1", "/x//deleted", "/a/b", "", "ext4")
		  M("22 20", "0:91", "/", "/a", "", "tmpfs"),
	  NULL, HOST_ROOT "none /a/b hidden\nown /a\n", NULL, NULL },
	{ "a deleted file that the host shows in the same place is copied from there",
	  M("14 11", "0:70", "/x//deleted", "/proc/x", " shared:9", "tmpfs"),
	  ROOT M("21 20", "0:70", "/x//deleted", "/proc/x", "", "tmpfs"), NULL,
	  HOST_ROOT "host /proc/x #1 / of /proc/x\n", NULL, NULL },
	{ "so is what such a copy has become",
	  M("14 11", "0:70", "/x//deleted", "/proc/x", "", "tmpfs"),
	  ROOT "21 20 0:90 /3//deleted /proc/x rw - tmpfs criu-ns-staging rw\n", NULL,
	  HOST_ROOT "host /proc/x #1 / of /proc/x\n", NULL, NULL },
	{ "of two mounts of a deleted file, one below the other, the upper one is made from the lower one",
	  "",
	  ROOT M("21 20", "0:90", "/", "/run", "", "tmpfs")
		  M("22 20", "0:95", "/", "/proc", "", "proc") M("23 22", "0:95", "/sys",
								 "/proc/sys", "", "proc")
			  M("24 23", "0:90", "/x//deleted", "/proc/sys/x", "", "tmpfs")
				  M("25 22", "0:90", "/x//deleted", "/proc/sys/x", "", "tmpfs"),
	  NULL,
	  HOST_ROOT "own /run\nown /proc\nown /proc/sys\nown /proc/sys/x\nown /proc/sys/x hidden\n",
	  NULL, NULL },
	{ "side by side they are refused", "",
	  ROOT M("21 20", "0:90", "/", "/run", "", "tmpfs")
		  M("22 20", "0:90", "/x//deleted", "/a", "", "tmpfs")
			  M("23 20", "0:90", "/x//deleted", "/b", "", "tmpfs"),
	  NULL, NULL,
	  "the mounts /a and /b are of the same file or directory, /x//deleted, which has been deleted",
	  "--external 'mnt[/a]:KEY'" },
	{ "files of that name in two file systems are not", "",
	  ROOT M("21 20", "0:90", "/", "/run", "", "tmpfs")
		  M("22 20", "0:91", "/", "/tmp", "", "tmpfs")
			  M("23 20", "0:90", "/x//deleted", "/a", "", "tmpfs")
				  M("24 20", "0:91", "/x//deleted", "/b", "", "tmpfs"),
	  NULL, HOST_ROOT "own /run\nown /tmp\nown /a\nown /b\n", NULL, NULL },
	{ "the /dev/shm of a container of podman is its own",
	  M("14 10", "0:90", "/", "/var/lib/containers/storage/overlay-containers/1/userdata/shm",
	    "", "tmpfs"),
	  ROOT M("21 20", "0:90", "/", "/dev/shm", "", "tmpfs"), NULL, HOST_ROOT "own /dev/shm\n",
	  NULL, NULL },
	{ "that of one of docker, too",
	  M("14 10", "0:90", "/", "/var/lib/docker/containers/1/mounts/shm", "", "tmpfs"),
	  ROOT M("21 20", "0:90", "/", "/dev/shm", "", "tmpfs"), NULL, HOST_ROOT "own /dev/shm\n",
	  NULL, NULL },
	{ "a directory of it is the host's",
	  M("14 10", "0:90", "/", "/x/userdata/shm", "", "tmpfs"),
	  ROOT M("21 20", "0:90", "/d", "/dev/shm", "", "tmpfs"), NULL,
	  HOST_ROOT "host /dev/shm #1 /d of /x/userdata/shm\n", NULL, NULL },
	{ "another deleted file there is refused",
	  M("14 11", "0:70", "/x//deleted", "/proc/x", "", "tmpfs"),
	  ROOT M("21 20", "0:70", "/y//deleted", "/proc/x", "", "tmpfs"), NULL, NULL,
	  "the mount /proc/x (tmpfs) is of a file or directory that has been deleted", "" },
	{ "of a directory that the host lacks, too", "",
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
	  ROOT STACK_TARGET "23 21 8:4 / /m rw - ext4 s rw\n", NULL,
	  HOST_ROOT "host /m #1 / of /m hidden\nhost /m/sub #2 / of /m/sub hidden\n"
		    "host /m #3 / of /n\n",
	  NULL, NULL },
	{ "that mount is left out by hand", STACK_HOST,
	  ROOT STACK_TARGET "23 21 8:4 / /m rw - ext4 s rw\n", "dump --skip-mnt /m/sub",
	  HOST_ROOT "host /m #1 / of /m hidden\nhost /m #2 / of /n\n", NULL, NULL },
	{ "the upper one is its own", STACK_HOST,
	  ROOT STACK_TARGET "23 21 0:91 / /m rw - tmpfs s rw\n", NULL,
	  HOST_ROOT "host /m #1 / of /m hidden\nhost /m/sub #2 / of /m/sub hidden\nown /m\n", NULL,
	  NULL },
	{ "the upper one is the same again", STACK_HOST,
	  ROOT STACK_TARGET "23 21 8:3 / /m rw - ext4 s rw\n", NULL,
	  HOST_ROOT "host /m #1 / of /m hidden\nhost /m/sub #2 / of /m/sub hidden\n"
		    "host /m #3 / of /m\n",
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
	{ "a master that does not show the directory does not help",
	  M("14 10", "8:3", "/z", "/m", " shared:50", "ext4")
		  M("15 10", "8:3", "/", "/n", "", "ext4"),
	  ROOT M("21 20", "8:3", "/x", "/a", " master:50", "ext4"), NULL,
	  HOST_ROOT "host /a #1 /x of /n\n", NULL, NULL },

	/* /proc */
	{ "the procfs of the frame, and directories of it", "",
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
	{ "its own on the host's", "",
	  ROOT M("21 20", "8:2", "/sub", "/a", "", "ext4")
		  M("22 21", "0:91", "/", "/a", "", "tmpfs"),
	  NULL, HOST_ROOT "host /a #1 / of /data hidden\nown /a\n", NULL, NULL },
	{ "the host's on its own", "",
	  ROOT M("21 20", "0:91", "/", "/a", "", "tmpfs")
		  M("22 21", "8:2", "/sub", "/a", " shared:4", "ext4"),
	  NULL, HOST_ROOT "own /a hidden\nhost /a #1 / of /data peer\n", NULL, NULL },
	{ "the host's on the host's: each has its key", "",
	  ROOT M("21 20", "8:2", "/sub", "/a", "", "ext4") M("22 21", "8:1", "/x", "/a", "", "ext4")
		  M("23 20", "0:6", "/", "/dev", "", "devtmpfs"),
	  NULL,
	  HOST_ROOT "host /a #1 / of /data hidden\nhost /a #2 /x of /\nhost /dev #3 / of /dev\n",
	  NULL, NULL },
	{ "the procfs on the host's, too", "",
	  ROOT M("21 20", "8:2", "/sub", "/proc", "", "ext4")
		  M("22 21", "0:5", "/", "/proc", "", "proc"),
	  NULL, HOST_ROOT "host /proc #1 / of /data hidden\nproc /proc #2\n", NULL, NULL },
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
	{ "also in the directory", "", ROOT M("21 20", "0:6", "/x\\012y", "/a", "", "devtmpfs"),
	  NULL, NULL, "the mount /a (devtmpfs) has a newline", "in another place" },
	{ "also in the directory that is the root", "",
	  M("20 2", "8:1", "/x\\012y", "/", "", "ext4"), NULL, NULL,
	  "the mount / (ext4) has a newline", "" },
	{ "the letters of its escape are none", "",
	  ROOT M("21 20", "0:6", "/\\134012", "/a\\134012", "", "devtmpfs"), NULL,
	  HOST_ROOT "host /a\\012 #1 /\\012 of /dev\n", NULL, NULL },
};

/* What the target's view lacks may be in that of another task of the tree. */
static const struct hand nested_hands[] = {
	{ "a directory whose whole is in a nested view", M("30 2", "0:91", "/", "/b", "", "tmpfs"),
	  ROOT M("21 20", "0:91", "/sub", "/a", "", "tmpfs"), NULL, HOST_ROOT "own /a\n", NULL,
	  NULL },
	{ "a master that is in a nested view", M("30 2", "0:91", "/", "/b", " shared:70", "tmpfs"),
	  ROOT M("21 20", "0:91", "/", "/a", " master:70", "tmpfs"), NULL, HOST_ROOT "own /a\n",
	  NULL, NULL },
	{ "another one is nobody's", M("30 2", "0:92", "/", "/b", " shared:71", "tmpfs"),
	  ROOT M("21 20", "0:91", "/", "/a", " master:70", "tmpfs"), NULL, NULL,
	  "the mount /a (tmpfs) is a slave", "" },
};

static struct mount_tables tables_of(const struct mounts *host, const struct mounts *target,
				     const struct mounts *nested)
{
	return (struct mount_tables){
		.caller = host, .frame = host, .target = target, .nested = nested
	};
}

/* An engine's container in a cgroup namespace: criu mounts cgroups there by itself. */
static void cgroups_of_a_namespace_are_left_to_criu(void **state)
{
	static const struct {
		bool by_rpc, in_ns;
		const char *expected;
	} cases[] = {
		{ true, true, HOST_ROOT "own /c\n" },
		{ true, false, HOST_ROOT "host /c #1 /x of /cg\n" },
		{ false, true, HOST_ROOT "host /c #1 /x of /cg\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_unit_cli_ struct unit_cli u = unit_parse("dump", NULL, false);
		struct mounts host = table_of(HOST M("14 10", "0:26", "/", "/cg", "", "cgroup2"));
		struct mounts target = table_of(ROOT M("21 20", "0:26", "/x", "/c", "", "cgroup2"));
		struct mounts none = { 0 };
		struct mount_tables tables = tables_of(&host, &target, &none);
		struct recipe r = { 0 };
		struct err e = { 0 };

		u.cli.by_rpc = cases[i].by_rpc;
		target.in_cgroup_ns = cases[i].in_ns;
		assert_int_equal(mount_sort(&u.cli, &tables, &r, &e), 0);
		assert_recipe(&r, cases[i].expected);
		recipe_free(&r);
		mounts_free(&host);
		mounts_free(&target);
	}
}

static void a_nested_view_counts(void **state)
{
	const struct hand *x = *state;
	_cleanup_unit_cli_ struct unit_cli u = unit_parse("dump", NULL, false);
	struct mounts host = table_of(HOST);
	struct mounts nested = table_of(x->frame);
	struct mounts target = table_of(x->target);
	struct recipe r = { 0 };
	struct err e = { 0 };
	struct mount_tables tables = tables_of(&host, &target, &nested);
	int result = mount_sort(&u.cli, &tables, &r, &e);

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
	assert_int_equal(mount_groups_check(&r, &nested, &e), x->what ? -EINVAL : 0);
	if (x->what)
		unit_assert_contains(e.what, x->what);
	r.mounts[1].owner = OWNER_NONE; /* criu does not see it */
	if (x->what && target.n == 3)
		assert_int_equal(mount_groups_check(&r, &nested, &e), 0);
	recipe_free(&r);
	mounts_free(&target);
	mounts_free(&nested);
	free(target_text);
	free(nested_text);
}

/*
 * Two on /s, of the host's and the target's own table; what the lower one has to get from the upper
 * one.
 */
#define LOWER(n, fields) M(n " 20", "0:91", "/", "/s", fields, "tmpfs")
#define UPPER(n, fields) M(n " 21", "0:92", "/", "/s", fields, "tmpfs")

static const struct stack {
	const char *name, *host, *target, *nested;
	bool is_users;
	const char *what; /* NULL: it can be made */
} stacks[] = {
	{ "a stack with the same flags and peers",
	  LOWER("21", " shared:5") UPPER("22", " shared:6"),
	  LOWER("21", " master:5") UPPER("22", " master:6"), "", true, NULL },
	{ "less flags below, in the caller's user namespace",
	  LOWER("21", "") UPPER("22", ",nosuid,nodev"),
	  LOWER("21", "") UPPER("22", ",nosuid,nodev"), "", false, NULL },
	{ "less flags below, in another user namespace",
	  LOWER("21", "") UPPER("22", ",nosuid,nodev"),
	  LOWER("21", "") UPPER("22", ",nosuid,nodev"), "", true,
	  "the mount /s (tmpfs) is hidden by another one there, and does not have the flags of that one (nosuid,nodev)" },
	{ "more flags below can be added", LOWER("21", ",nosuid") UPPER("22", ""),
	  LOWER("21", ",nosuid") UPPER("22", ""), "", true, NULL },
	{ "atime is locked as it is", LOWER("21", ",relatime") UPPER("22", ",noatime"),
	  LOWER("21", ",relatime") UPPER("22", ",noatime"), "", true,
	  "the flags of that one (noatime)" },
	{ "a slave below a private one", LOWER("21", " shared:5") UPPER("22", ""),
	  LOWER("21", " master:5") UPPER("22", ""), "", false, "is a slave of a mount" },
	{ "below one that is a slave", LOWER("21", " shared:5") UPPER("22", " master:6"),
	  LOWER("21", " master:5") UPPER("22", " master:6"), "", false, NULL },
	{ "a slave of a mount of the tree's", LOWER("21", "") UPPER("22", ""),
	  LOWER("21", " master:5") UPPER("22", ""),
	  M("31 30", "0:91", "/", "/b", " shared:5", "tmpfs"), false, NULL },
};

static void hidden_can_be_made_or_not(void **state)
{
	const struct stack *x = *state;
	char *host_text = xasprintf("%s%s", ROOT, x->host);
	char *target_text = xasprintf("%s%s", ROOT, x->target);
	char *nested_text = xasprintf("%s%s", ROOT, x->nested);
	struct mounts host = table_of(host_text);
	struct mounts target = table_of(target_text);
	struct mounts nested = table_of(nested_text);
	struct recipe r = sorted("dump --external mnt[]", &host, &host, &target);
	struct err e = { 0 };

	assert_int_equal(r.mounts[1].owner, OWNER_AUTO);
	assert_int_equal(mount_stacks_check(&r, &host, &nested, x->is_users, &e),
			 x->what ? -EINVAL : 0);
	if (x->what)
		unit_assert_contains(e.what, x->what);
	r.mounts[1].hidden = false; /* then it is not for this check */
	assert_int_equal(mount_stacks_check(&r, &host, &nested, x->is_users, &e), 0);
	recipe_free(&r);
	mounts_free(&host);
	mounts_free(&target);
	mounts_free(&nested);
	free(host_text);
	free(target_text);
	free(nested_text);
}

/*
 * A view below: what is the host's has a key there, too, also on /; what is the root task's is
 * bound from that.
 */
static void a_view_below_gets_keys_and_sources(void **state)
{
	_cleanup_unit_cli_ struct unit_cli u = unit_parse("dump", NULL, false);
	struct mounts host = table_of(HOST HIDDEN_HOST);
	struct mounts target = table_of(ROOT M("21 20", "0:91", "/", "/own", " shared:50", "tmpfs")
						M("22 20", "8:2", "/sub", "/d", "", "ext4"));
	struct mounts view = table_of(
		"30 2 8:1 /srv / rw - ext4 /dev/sda rw\n" M("31 30", "0:91", "/x", "/in",
							    " master:50", "tmpfs")
			M("32 30", "0:92", "/", "/new", "", "tmpfs")
				M("33 30", "0:6", "/null", "/null", "", "devtmpfs")
					M("34 30", "8:3", "/", "/a/b", "", "ext4")
						M("35 30", "0:93", "/", "/a", "", "tmpfs"));
	struct mounts nested = table_of("30 2 8:1 /srv / rw - ext4 /dev/sda rw\n");
	struct recipe r = { 0 };
	struct err e = { 0 };

	struct mount_tables tables = tables_of(&host, &target, &nested);

	(void)state;
	assert_int_equal(mount_sort(&u.cli, &tables, &r, &e), 0);
	UNIT_CHECK(mount_sort_view(&u.cli, &tables, &view, &r, &e) == 0, "%s", e.what);
	assert_recipe(&r, HOST_ROOT "own /own\nhost /d #1 / of /data\n");
	assert_int_equal(r.n_views, 1);
	/* criu would leave /a/b out in both mount namespaces, so it has to find that one itself. */
	assert_recipe(&r.views[0], "host / #2 /srv of /\nown /in\nown /new\n"
				   "host /null #3 /null of /dev\nauto /a/b hidden\nown /a\n");
	assert_int_equal(r.views[0].mounts[3].id, 33);
	recipe_free(&r);
	mounts_free(&host);
	mounts_free(&target);
	mounts_free(&view);
	mounts_free(&nested);
}

/* Neither slave holds the other, so criu cannot copy the group; but the master holds both. */
static void slaves_below_are_set_apart(void **state)
{
	struct recipe r = { 0 };
	struct err e = { 0 };
	static const struct {
		const char *root;
		bool apart, refused;
	} rows[] = { { "/", true, false }, { "/x", false, true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct recipe_mount *m = add_mount(&r, OWNER_HOST, "/");
		struct recipe *view = recipe_add_view(&r);

		free(m->root);
		m->root = xstrdup(rows[i].root);
		m->shared = 5;
		for (int k = 0; k < 2; k++) {
			m = add_mount(view, OWNER_HOST, k ? "/etc" : "/usr");
			free(m->root);
			m->root = xstrdup(k ? "/y" : "/x");
			m->master = 5;
		}
		assert_int_equal(mount_groups_check(&r, &(struct mounts){ 0 }, &e) < 0,
				 rows[i].refused);
		assert_false(view->mounts[0].apart);
		assert_int_equal(view->mounts[1].apart, rows[i].apart);
		recipe_free(&r);
	}
}

static void hand_made_is_sorted(void **state)
{
	const struct hand *x = *state;
	char *host = xasprintf("%s%s", HOST, x->frame);
	_cleanup_unit_cli_ struct unit_cli u = unit_parse(x->line ? x->line : "dump", NULL, false);
	struct mounts frame = table_of(host);
	struct mounts target = table_of(x->target);
	struct recipe r = { .n_files = 77 };
	struct err e = { 0 };
	struct mounts nested = { 0 };
	struct mount_tables tables = tables_of(&frame, &target, &nested);
	int result = mount_sort(&u.cli, &tables, &r, &e);

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
	free(host);
}

static void a_root_of_another_host_is_refused(void **state)
{
	_cleanup_unit_cli_ struct unit_cli u = unit_parse("dump", NULL, false);
	struct mounts host = recorded_table("host");
	struct mounts target = recorded_table("lxc-2015");
	struct mounts nested = { 0 };
	struct mount_tables tables = tables_of(&host, &target, &nested);
	struct recipe r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mount_sort(&u.cli, &tables, &r, &e), -EINVAL);
	unit_assert_contains(e.what, "the mount / (ext4) is mounted nowhere on the host");
	mounts_free(&host);
	mounts_free(&target);
}

static void each_owner_has_a_reason_of_its_own(void **state)
{
	(void)state;
	for (int a = OWNER_OWN; a <= OWNER_PTY; a++)
		for (int b = OWNER_OWN; b < a; b++) {
			char root[] = "/";
			struct recipe_mount x = { .owner = (enum recipe_owner)a, .root = root };
			struct recipe_mount y = { .owner = (enum recipe_owner)b, .root = root };

			assert_string_not_equal(mount_why(&x), mount_why(&y));
			assert_string_not_equal(mount_why(&x), "?");
		}
}

/* The order of --external */

/* Where two are on one mountpoint they share a key, as mount_sort() has it. */
static void add_place(struct recipe *r, enum recipe_owner owner, const char *at)
{
	struct recipe_mount *m = recipe_add_mount(r);
	size_t first = 0;

	m->owner = owner;
	m->at = xstrdup(at);
	while (strcmp(r->mounts[first].at, at) != 0)
		first++;
	if (owner == OWNER_HOST || owner == OWNER_PROC)
		m->key = xasprintf("%s%zu", mount_key_prefix, first);
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
	int n = mount_keys_order(&r, order, &e);
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
		int n = mount_keys_order(&r, order, &e);

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

int main(void)
{
	UNIT_ROWS(recorded_is_sorted, recordeds);
	UNIT(a_root_of_another_host_is_refused);
	UNIT_ROWS(hand_made_is_sorted, hands);
	UNIT(cgroups_of_a_namespace_are_left_to_criu);
	UNIT_ROWS(a_nested_view_counts, nested_hands);
	UNIT_ROWS(peers_can_be_made_or_not, groups);
	UNIT(a_view_below_gets_keys_and_sources);
	UNIT(slaves_below_are_set_apart);
	UNIT_ROWS(hidden_can_be_made_or_not, stacks);
	UNIT(each_owner_has_a_reason_of_its_own);
	UNIT_ROWS(order_is_found, orders);
	UNIT(criu_finds_each_key_and_no_other);
	return unit_run("mount_sort");
}
