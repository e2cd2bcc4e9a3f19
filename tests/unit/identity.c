// SPDX-License-Identifier: MIT
/* Is the file that is there now the one that a process had open? */
#include "unit.h"

#include "look/identity.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A log of a service, on ext4, with all that can be known; and what is there at the thaw. */
#define BOOT  ",boot:11111111-1111-1111-1111-111111111111"
#define LATER ",boot:22222222-2222-2222-2222-222222222222"
#define LOG   "owner:33:33,mode:0640,dev:fe00,inode:691"
#define MORE  ",fs:a1b2,born:1764288000123456789"

static const struct row {
	const char *name, *was, *now;
	char type;
	enum identity_match match;
	const char *text;
} rows[] = {
	{ "the same file, at once", LOG MORE BOOT, LOG MORE BOOT, 'f', IDENTITY_SAME, NULL },
	{ "after its owner changed its mode", LOG MORE BOOT,
	  "owner:33:4,mode:0600,dev:fe00,inode:691" MORE BOOT, 'f', IDENTITY_SAME, NULL },
	{ "after a boot, on the same file system", LOG MORE BOOT,
	  "owner:33:33,mode:0640,dev:fe10,inode:691" MORE LATER, 'f', IDENTITY_SAME, NULL },
	{ "another inode, rotated", LOG MORE BOOT,
	  "owner:33:33,mode:0640,dev:fe00,inode:692,fs:a1b2,born:5" BOOT, 'f', IDENTITY_OTHER,
	  "it is inode 692, but was 691" },
	{ "the same inode of another file system", LOG MORE BOOT,
	  "owner:33:33,mode:0640,dev:30,inode:691,fs:77,born:5" BOOT, 'f', IDENTITY_OTHER,
	  "on another file system" },
	{ "the same inode, used again", LOG MORE BOOT,
	  "owner:33:33,mode:0640,dev:fe00,inode:691,fs:a1b2,born:9" BOOT, 'f', IDENTITY_OTHER,
	  "it was made since" },
	{ "used again, on a file system that does not tell", LOG BOOT,
	  "owner:0:0,mode:0600,dev:fe00,inode:691" BOOT, 'f', IDENTITY_OTHER,
	  "it belongs to 0:0, and belonged to 33:33" },
	{ "the same on such a file system", LOG BOOT, LOG BOOT, 'f', IDENTITY_SAME, NULL },
	{ "another host", LOG MORE BOOT,
	  "owner:33:33,mode:0640,dev:801,inode:12,fs:c4,born:5" LATER, 'f', IDENTITY_LIKE, NULL },
	{ "another host with a clone of the file system", LOG MORE BOOT,
	  "owner:33:33,mode:0640,dev:fe00,inode:12,fs:a1b2,born:5" LATER, 'f', IDENTITY_LIKE,
	  NULL },
	{ "and by chance the same inode", LOG MORE BOOT,
	  "owner:33:33,mode:0640,dev:fe00,inode:691,fs:a1b2,born:5" LATER, 'f', IDENTITY_LIKE,
	  NULL },
	{ "another host, another owner", LOG MORE BOOT,
	  "owner:0:33,mode:0640,dev:801,inode:12" LATER, 'f', IDENTITY_OTHER,
	  "it belongs to 0:33, and belonged to 33:33" },
	{ "another host, another group", LOG MORE BOOT,
	  "owner:33:0,mode:0640,dev:801,inode:12" LATER, 'f', IDENTITY_OTHER, "belonged to 33:33" },
	{ "another host, another mode", LOG MORE BOOT,
	  "owner:33:33,mode:0600,dev:801,inode:12" LATER, 'f', IDENTITY_OTHER,
	  "its mode is 0600, but was 0640" },
	{ "a boot that nobody knows is another one", LOG MORE, LOG ",fs:a1b2,born:5", 'f',
	  IDENTITY_LIKE, NULL },
	{ "a FIFO is like a file", LOG MORE BOOT,
	  "owner:33:33,mode:0640,dev:fe00,inode:692,fs:a1b2" BOOT, 'p', IDENTITY_OTHER,
	  "inode 692" },
	{ "a device is that device, whatever its inode",
	  "owner:0:0,mode:0666,dev:6,inode:4,rdev:103" MORE BOOT,
	  "owner:0:0,mode:0666,dev:5,inode:9,rdev:103" BOOT, 'c', IDENTITY_SAME, NULL },
	{ "on another host, too", "owner:0:0,mode:0666,dev:6,inode:4,rdev:103" MORE BOOT,
	  "owner:0:0,mode:0666,dev:5,inode:9,rdev:103" LATER, 'c', IDENTITY_SAME, NULL },
	{ "another device", "owner:0:6,mode:0660,dev:6,inode:4,rdev:103" BOOT,
	  "owner:0:6,mode:0660,dev:6,inode:4,rdev:800" BOOT, 'b', IDENTITY_OTHER,
	  "it is device 800, but was 103" },
	{ "the same device for others", "owner:0:0,mode:0666,dev:6,inode:4,rdev:103" BOOT,
	  "owner:0:0,mode:0600,dev:6,inode:4,rdev:103" BOOT, 'c', IDENTITY_OTHER,
	  "its mode is 0600" },
};

static struct identity parsed(const char *text)
{
	struct identity i = { 0 };
	const char *wrong = identity_read(text, &i);

	UNIT_CHECK(!wrong, "%s: %s", text, wrong);
	return i;
}

static void files_are_compared(void **state)
{
	const struct row *r = *state;
	struct identity was = parsed(r->was);
	struct identity now = parsed(r->now);
	char *text = (char *)"unset";
	enum identity_match match = identity_compare(&was, &now, r->type, &text);

	assert_int_equal(match, r->match);
	assert_int_equal(text != NULL, r->text != NULL);
	if (r->text)
		unit_assert_contains(text, r->text);
	free(text);
	identity_free(&was);
	identity_free(&now);
}

static void a_text_comes_back(void **state)
{
	static const char *const texts[] = {
		LOG,
		LOG MORE BOOT ",by:33:33:4:27",
		"owner:4294967295:0,mode:7777,dev:0,inode:18446744073709551615,rdev:103,fs:"
		"ffffffffffffffff",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct identity identity = parsed(texts[i]);
		char *text = identity_write(&identity);

		assert_string_equal(text, texts[i]);
		free(text);
		identity_free(&identity);
	}
}

static int open_path(const struct unit_folder *f, const char *name)
{
	int fd = openat(f->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void a_real_file_is_itself_and_no_other(void **state)
{
	struct unit_folder f = unit_folder_make();
	struct identity was;
	struct identity now;
	struct stat st;
	char *text;
	int fd;

	(void)state;
	unit_write(&f, "log", "a", 1);
	fd = open_path(&f, "log");
	assert_int_equal(identity_look(fd, true, &was), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(was.inode, st.st_ino);
	assert_int_equal(was.uid, st.st_uid);
	assert_int_equal(was.mode, st.st_mode & 07777);
	close(fd);

	unit_write(&f, "log", "longer", 6);
	assert_int_equal(fchmodat(f.fd, "log", 0600, 0), 0);
	fd = open_path(&f, "log");
	assert_int_equal(identity_look(fd, true, &now), 0);
	assert_int_equal(identity_compare(&was, &now, 'f', &text), IDENTITY_SAME);
	close(fd);

	assert_int_equal(renameat(f.fd, "log", f.fd, "log.1"), 0);
	unit_write(&f, "log", "a", 1);
	fd = open_path(&f, "log");
	assert_int_equal(identity_look(fd, true, &now), 0);
	assert_int_equal(identity_compare(&was, &now, 'f', &text), IDENTITY_OTHER);
	free(text);
	close(fd);
	unit_folder_remove(&f);
}

/* As root: somebody else's rights; otherwise what can be seen without being root. */
static void rights_are_those_of_the_process(void **state)
{
	struct unit_folder f = unit_folder_make();
	char *path = xasprintf("%s/log", f.path);
	int fd;

	(void)state;
	unit_write(&f, "log", "a", 1);
	fd = open_path(&f, "log");
	assert_int_equal(identity_allows("0:0", path, fd, O_RDWR), 0);
	if (geteuid() == 0) {
		assert_int_equal(chmod(f.path, 0755), 0);
		assert_int_equal(fchmodat(f.fd, "log", 0640, 0), 0);
		assert_int_equal(fchownat(f.fd, "log", 1000, 2000, 0), 0);
		assert_int_equal(identity_allows("1000:1", path, fd, O_RDWR), 0);
		assert_int_equal(identity_allows("1001:2000", path, fd, O_RDONLY), 0);
		assert_int_equal(identity_allows("1001:2000", path, fd, O_WRONLY), -EACCES);
		assert_int_equal(identity_allows("1001:1", path, fd, O_RDONLY), -EACCES);
		assert_int_equal(identity_allows("1001:1:7:2000", path, fd, O_RDONLY), 0);
		assert_int_equal(identity_allows("1001:1:7:2001", path, fd, O_RDONLY), -EACCES);
		assert_int_equal(identity_allows("1001:1", path, fd, O_PATH), 0);
		assert_int_equal(chmod(f.path, 0700), 0);
		assert_int_equal(identity_allows("1000:1", path, fd, O_RDONLY), -EACCES);
		assert_int_equal(geteuid(), 0);
	}
	close(fd);
	free(path);
	unit_folder_remove(&f);
}

int main(void)
{
	UNIT_ROWS(files_are_compared, rows);
	UNIT(a_text_comes_back);
	UNIT(a_real_file_is_itself_and_no_other);
	UNIT(rights_are_those_of_the_process);
	return unit_run("identity");
}
