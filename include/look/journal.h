/* SPDX-License-Identifier: MIT */
/*
 * A stream to systemd's journal: a program's stdout and stderr, as systemd and systemd-cat(1)
 * connect them. It has no state but the lines that it begins with (systemd's
 * src/journal/journald-stream.c). Pure.
 */
#ifndef CRIU_NS_JOURNAL_H
#define CRIU_NS_JOURNAL_H

#include <stdbool.h>
#include <sys/types.h>

enum {
	JOURNAL_PREFIX = 1,
	JOURNAL_SYSLOG = 2,
	JOURNAL_KMSG = 4,
	JOURNAL_CONSOLE = 8,
	JOURNAL_FLAGS = 4
};

/* "prefix", "syslog"...: bit N of the flags. */
extern const char *const journal_flag_names[JOURNAL_FLAGS];

/* What those lines say. Zero: it is no such stream. */
struct journal {
	bool is_one;
	char *identifier;  /* how the lines are marked; NULL: not at all */
	char *unit;        /* which the journal believes only if root connects; NULL: none */
	unsigned priority; /* level and facility, as in syslog(3) */
	unsigned flags;    /* JOURNAL_... */
};

/* The longest line that the journal takes there, without its end. */
enum { JOURNAL_LONGEST = 254, JOURNAL_PRIORITY = 999 };

/* Is it the path of such a socket, of the journal or of a namespace of it (LogNamespace=)? */
bool journal_listens_at(const char *path);

/* May this be the identifier, or the unit? */
bool journal_accepts(const char *text);

/*
 * Where the journal at that path keeps what it knows of a connection, by the inode of its end; the
 * caller frees it.
 */
char *journal_state_path(const char *path, dev_t dev, ino_t ino);

/*
 * Read such a file. False if it is none; *ret is unchanged then. The caller frees with
 * journal_free().
 */
bool journal_read_state(const char *text, struct journal *ret);

/*
 * The guess if there is no such file: what systemd does by default; cgroup is the text of
 * /proc/PID/cgroup.
 */
void journal_guess(const char *comm, const char *cgroup, struct journal *ret);

/* The lines; the caller frees them. */
char *journal_header(const struct journal *j);

void journal_copy(const struct journal *from, struct journal *ret);
void journal_free(struct journal *j);

#endif
