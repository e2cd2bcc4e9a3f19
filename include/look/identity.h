/* SPDX-License-Identifier: MIT */
/*
 * Which file it was that a process had open, written down when it is frozen, so that a thaw opens
 * no other one in its place: whoever owns the directory may have put one there that the process
 * could never have opened itself.
 */
#ifndef CRIU_NS_IDENTITY_H
#define CRIU_NS_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct identity {
	bool known; /* false: an older recipe, or somebody took it out by hand */
	uid_t uid;
	gid_t gid;
	mode_t mode; /* 07777 of it */
	uint64_t dev,
		inode; /* both mean something until the next boot only, inode on `fs` always */
	uint64_t rdev; /* of a device */
	uint64_t fs;   /* f_fsid of statfs(2), which most file systems keep; 0: not known */
	uint64_t born; /* in nanoseconds since 1970; 0: not known. An inode may be used again. */
	char boot[40]; /* /proc/sys/kernel/random/boot_id; empty: not known */
	char *rights;  /* "UID:GID:GROUP:GROUP...", what the process could open files as */
};

void identity_free(struct identity *i);
void identity_copy(const struct identity *from, struct identity *ret);

/* Pure: from and to the text in the recipe. identity_read() gives what is wrong with it, or NULL. */
const char *identity_read(const char *text, struct identity *ret);
char *identity_write(const struct identity *i);

enum identity_match {
	IDENTITY_SAME, /* it is that file, or the same device */
	IDENTITY_LIKE, /* nobody can tell (another host, another boot); owner and mode are the same */
	IDENTITY_OTHER, /* it is not */
};

/*
 * Pure: is what is there now what was there? type is that of both. For IDENTITY_OTHER *ret_text
 * says, in fresh memory, what is different; else it is NULL.
 */
enum identity_match identity_compare(const struct identity *was, const struct identity *now,
				     char type, char **ret_text);

/*
 * Of the file that fd has (O_PATH will do), without rights and asking no server. ask_fs: find out
 * `fs`, too, for which the file system itself is asked. 0 or a negative errno.
 */
int identity_look(int fd, bool ask_fs, struct identity *ret);

/* Does a file system of this type answer by itself and at once, and keep an f_fsid? */
bool identity_may_ask(const char *fstype);

/*
 * Could a process with these rights open the file at path, which fd has, with these open flags?
 * 0 or a negative errno. No symbolic link is followed.
 */
int identity_allows(const char *rights, const char *path, int fd, unsigned long flags);

#endif
