// SPDX-License-Identifier: MIT
/* Which file systems may keep one waiting; how they are asked. */
#include "unit.h"

#include "look/served.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct served learnt(const char *mountinfo)
{
	struct served s = { 0 };
	struct mounts t = { .text = (char *)mountinfo };

	served_learn(&s, &t);
	return s;
}

static const struct type {
	const char *name;
	bool is_suspect;
} types[] = {
	{ "ext4", false },    { "tmpfs", false }, { "proc", false },   { "autofs", false },
	{ "fusectl", false }, { "fuse", true },   { "fuseblk", true }, { "fuse.sshfs", true },
	{ "nfs", true },      { "nfs4", true },   { "nfsd", false },   { "9p", true },
	{ "cifs", true },
};

static void a_type_is_served_or_not(void **state)
{
	const struct type *t = *state;
	char text[256];

	snprintf(text, sizeof(text),
		 "20 1 8:1 / / rw - ext4 /dev/sda rw\n"
		 "21 20 0:44 / /mnt/a\\040-\\040fuse rw shared:1 master:2 - %s source rw\n",
		 t->name);

	struct served s = learnt(text);

	assert_int_equal(served_is_suspect(&s, makedev(0, 44)), t->is_suspect);
	assert_false(served_is_suspect(&s, makedev(8, 1)));
	served_free(&s);
}

static void paths_lead_through_them_or_not(void **state)
{
	struct served s = learnt("20 1 0:9 / / rw - fuse.root root rw\n"
				 "21 20 0:44 / /mnt/a\\040b rw shared:1 - nfs4 host:/x rw\n"
				 "22 20 0:45 / /auto rw - autofs auto rw\n"
				 "23 20 0:46 / /tmp rw - tmpfs tmp rw\n");

	(void)state;
	assert_int_equal(s.n_places, 2); /* / answers: this program came from there */
	assert_true(served_is_on_way(&s, "/mnt/a b"));
	assert_true(served_is_on_way(&s, "/mnt/a b/file"));
	assert_true(served_is_on_way(&s, "/auto/home"));
	assert_false(served_is_on_way(&s, "/mnt/a bc"));
	assert_false(served_is_on_way(&s, "/tmp/file"));
	assert_false(served_is_on_way(&s, "/"));
	served_free(&s);
}

static const struct kinds {
	const char *name, *text;
	bool of_fuse, others;
} kinds[] = {
	{ "none", "nodev\tproc\n\text4\n", false, false },
	{ "FUSE", "nodev\tproc\n\tfuseblk\nnodev\tfuse\nnodev\tfusectl\n", true, false },
	{ "its control only", "nodev\tfusectl\n", false, false },
	{ "NFS", "nodev\tfuse\nnodev\tnfs4\n", true, true },
	{ "virtiofs", "\text4\nnodev\tvirtiofs", false, true },
	{ "nothing at all", "", false, false },
	{ "a broken line", "\n\t\nfuse", true, false },
};

static void kinds_that_the_kernel_has_are_served_or_not(void **state)
{
	const struct kinds *k = *state;

	assert_int_equal(served_has_kind(k->text, true), k->of_fuse);
	assert_int_equal(served_has_kind(k->text, false), k->others);
}

static void several_tables_are_known_together(void **state)
{
	struct mount parsed = { .dev = makedev(0, 7),
				.at = (char *)"/mnt",
				.fstype = (char *)"fuse.x" };
	struct mounts t = { .v = &parsed, .n = 1 };
	struct served s = learnt("20 1 8:1 / / rw - ext4 /dev/sda rw\n");

	(void)state;
	served_learn(&s, &t);
	t.v->dev = makedev(0, 3);
	t.v->fstype = (char *)"tmpfs";
	served_learn(&s, &t);
	assert_false(served_is_suspect(&s, makedev(8, 1)));
	assert_false(served_is_suspect(&s, makedev(0, 3)));
	assert_true(served_is_suspect(&s, makedev(0, 7)));
	served_free(&s);
}

/* Unmounted, or of a mount namespace that nobody has told of. */
static void what_is_not_known_is_suspect_until_it_answers(void **state)
{
	struct served s = learnt("20 1 8:1 / / rw - ext4 /dev/sda rw\n");
	struct stat st;

	(void)state;
	assert_int_equal(stat("/proc", &st), 0);
	assert_true(served_is_suspect(&s, st.st_dev));
	assert_true(served_answers(&s, st.st_dev, AT_FDCWD, "/proc"));
	assert_false(served_is_suspect(&s, st.st_dev));
	served_free(&s);
}

/* Not mounted anywhere, with paths like files. */
static void shared_memory_is_known(void **state)
{
	struct served s = learnt("");
	int fd = memfd_create("test", MFD_CLOEXEC);
	struct stat st;

	(void)state;
	assert_int_equal(fstat(fd, &st), 0);
	assert_false(served_is_suspect(&s, st.st_dev));
	close(fd);
	served_free(&s);
}

static void a_file_is_taken_hold_of(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(mkdirat(f.fd, "dir", 0755), 0);
	assert_int_equal(symlinkat("dir", f.fd, "link"), 0);
	fd = served_open(f.fd, "dir", RESOLVE_NO_SYMLINKS);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_true(fcntl(fd, F_GETFL) & O_PATH);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_int_equal(served_open(f.fd, "missing", 0), -ENOENT);
	assert_int_equal(served_open(f.fd, "link", RESOLVE_NO_SYMLINKS), -ELOOP);
	unit_folder_remove(&f);
}

/* Not in the cache of the kernel: a child looks. */
static void a_file_that_takes_a_look_is_found(void **state)
{
	char path[64];
	struct stat st;
	struct stat expected;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/attr", getpid(), getpid());
	fd = served_open(AT_FDCWD, path, RESOLVE_NO_SYMLINKS);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(stat(path, &expected), 0);
	assert_int_equal(st.st_ino, expected.st_ino);
	close(fd);
}

int main(void)
{
	UNIT_ROWS(a_type_is_served_or_not, types);
	UNIT(paths_lead_through_them_or_not);
	UNIT_ROWS(kinds_that_the_kernel_has_are_served_or_not, kinds);
	UNIT(several_tables_are_known_together);
	UNIT(what_is_not_known_is_suspect_until_it_answers);
	UNIT(shared_memory_is_known);
	UNIT(a_file_is_taken_hold_of);
	UNIT(a_file_that_takes_a_look_is_found);
	return unit_run("served");
}
