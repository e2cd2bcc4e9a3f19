/* SPDX-License-Identifier: MIT */
/*
 * Which file a process had open, recorded when it is frozen, so that a thaw opens no other file in
 * its place: the owner of the directory may have put one there that the process could never have
 * opened itself.
 */
#ifndef CRIU_NS_IDENTITY_H
#define CRIU_NS_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct identity {
	bool known; /* false: the recipe is older, or somebody has removed this by hand */
	uid_t uid;
	gid_t gid;
	mode_t mode; /* 07777 of it */
	uint64_t dev,
		/*
		 * both are valid only until the next boot; inode together with `fs` is valid always
		 */
		inode;
	uint64_t rdev; /* of a device */
	uint64_t fs;   /* f_fsid of statfs(2), which most file systems keep; 0: not known */
	uint64_t born; /* in nanoseconds since 1970; 0: not known. An inode may be used again. */
	char boot[40]; /* /proc/sys/kernel/random/boot_id; empty: not known */
	char *rights;  /* "UID:GID:GROUP:GROUP...", what the process could open files as */
};

void identity_free(struct identity *i);
void identity_copy(const struct identity *from, struct identity *ret);

/*
 * Pure: from and to the text in the recipe. identity_read() returns what is wrong with it, or NULL.
 */
const char *identity_read(const char *text, struct identity *ret);
char *identity_write(const struct identity *i);

enum identity_match {
	IDENTITY_SAME, /* it is the same file, or the same device */
	/* nobody can tell (another host, another boot), but owner and mode are the same */
	IDENTITY_LIKE,
	IDENTITY_OTHER, /* it is another file */
};

/*
 * Pure: is the file that is there now the one that was there? Both have this type. For
 * IDENTITY_OTHER *ret_text says, in fresh memory, what is different; else it is NULL.
 */
enum identity_match identity_compare(const struct identity *was, const struct identity *now,
				     char type, char **ret_text);

/*
 * Record the file of fd (O_PATH will do), except `rights`, without asking a server. ask_fs: also
 * fill in `fs`, for which the file system itself is asked. 0 or a negative errno.
 */
int identity_look(int fd, bool ask_fs, struct identity *ret);

/* Does a file system of this type answer by itself and at once, and have a stable f_fsid? */
bool identity_may_ask(const char *fstype);

/*
 * Could a process with these rights open the file at path, which is that of fd, with these open
 * flags? 0 or a negative errno. No symbolic link is followed.
 */
int identity_allows(const char *rights, const char *path, int fd, unsigned long flags);

#endif
