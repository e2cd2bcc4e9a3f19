/* SPDX-License-Identifier: MIT */
/*
 * Ownership by scope, growing arrays of strings, beginnings and lines of texts, and whole-file
 * reads. No policy in here.
 * "No descriptor" is -1 everywhere; 0 is a valid one.
 */
#ifndef CRIU_NS_UTIL_H
#define CRIU_NS_UTIL_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

void cleanup_close(const int *fd);
void cleanup_free(void *p);
void cleanup_closedir(DIR *const *dir);

#define _cleanup_close_    __attribute__((cleanup(cleanup_close)))
#define _cleanup_free_     __attribute__((cleanup(cleanup_free)))
#define _cleanup_closedir_ __attribute__((cleanup(cleanup_closedir)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Hand a descriptor over: returns the value, and sets the variable to -1. */
static inline int steal_fd(int *fd)
{
	int value = *fd;

	*fd = -1;
	return value;
}

/* Of CLOCK_MONOTONIC. */
long long milliseconds_now(void);

/* Retry a system call that a signal interrupted (signal(7)). */
#define RETRY(call)                                                                                \
	({                                                                                         \
		__typeof__(call) _r;                                                               \
		do                                                                                 \
			_r = (call);                                                               \
		while (_r < 0 && errno == EINTR);                                                  \
		_r;                                                                                \
	})

/* A NULL-terminated array that owns its strings. Zero-initialise. */
struct strv {
	char **v;
	size_t n;
};

/*
 * When memory runs out, the program ends with a message (exit status 125). Only a few kilobytes are
 * allocated, before anything is touched.
 */
void *xcalloc(size_t n, size_t size);

/* The same in memory that children see, too; to be given back by munmap(2). */
void *xshared(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);

/*
 * Room for one more than n elements: the array is four times as large each time that it is full. Only
 * for arrays that grow in no other way; they may shrink.
 */
void *xgrow(void *v, size_t n, size_t size);

/* A fresh array, which may be filled with n elements at once; xgrow() goes on from there. */
void *xroom(size_t n, size_t size);

char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * "NUMBER/NAME", or the number alone if name is NULL; and a text, cut to size. For what is done for
 * each of thousands of tasks and descriptors: snprintf(3) takes ten times as long.
 */
void put_path(char *ret, size_t size, int number, const char *name);
void cut_text(char *ret, size_t size, const char *text);

/*
 * xconcat(a, b, ...) is a fresh text, one behind the other, in a tenth of the time of xasprintf().
 */
char *xconcat_all(const char *const *parts, size_t n);

#define xconcat(...)                                                                               \
	xconcat_all((const char *const[]){ __VA_ARGS__ },                                          \
		    ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

void strv_add(struct strv *s, const char *text);
void strv_take(struct strv *s, char *text);               /* takes ownership of text */
void strv_copy(const struct strv *from, struct strv *to); /* adds copies */
void strv_insert(struct strv *s, size_t at, const char *text);
char *strv_join(const struct strv *s); /* all in one, which the caller frees */
void strv_free(struct strv *s);

/* Replace each string that is this word by printf text. */
void strv_replace(struct strv *s, const char *word, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What follows start in a text that begins with it; NULL if the text does not. */
static inline const char *text_after(const char *text, const char *start)
{
	size_t n = strlen(start);

	return strncmp(text, start, n) == 0 ? text + n : NULL;
}

static inline bool text_begins(const char *text, const char *start)
{
	return text_after(text, start) != NULL;
}

/*
 * Lines, where they are: the next one, which is "" behind the last; the beginning of the one that
 * at is in; and what follows start in the first one that begins with it, or NULL.
 */
const char *text_next_line(const char *text);
const char *text_line_start(const char *text, const char *at);
const char *text_find_line(const char *text, const char *start);

/* The directory that a path is in, "." for a name alone; the caller frees it. */
char *path_directory(const char *path);

/*
 * Read the rest of a descriptor, or a whole file relative to dirfd, into a fresh NUL-terminated
 * string of at most max bytes. Gives the length or a negative errno (-EFBIG if there is more). The
 * caller frees *ret.
 */
ssize_t read_fd(int fd, size_t max, char **ret);
ssize_t read_file_at(int dirfd, const char *path, size_t max, char **ret);

/*
 * The same of a file in /proc that the kernel gives as one record (single_open()): a read that is
 * not filled is the last one.
 */
ssize_t read_record_at(int dirfd, const char *path, size_t max, char **ret);
ssize_t read_record(int fd, size_t max, char **ret);

/* The same of a file of that size, without asking for more. */
ssize_t read_sized(int fd, size_t size, char **ret);

/*
 * The same for a file in a directory that others may write to (images, logs). Links are followed,
 * as by criu, but only to a regular file: anything else (a FIFO on which open() would wait, a
 * device that acts when it is opened) is not opened, and gives -EINVAL.
 */
int open_regular_at(int dirfd, const char *path);
ssize_t read_regular_at(int dirfd, const char *path, size_t max, char **ret);

/* A file that is in the directory itself: where the name is a link, that gives -EINVAL, too. */
int open_regular_in(int dirfd, const char *name);

/*
 * The two steps of that: first with O_PATH (and how: O_NOFOLLOW or 0), which opens nothing; then
 * that same file by its descriptor, whatever has the name now.
 */
int find_regular(int dirfd, const char *path, int how, off_t *ret_size);
int open_found(int found);

/*
 * A directory that is in dirfd itself, or "." for that one, to be read from its beginning: dirfd may
 * be O_PATH, and its position stays. NULL with errno. The caller closes it with closedir(3).
 */
DIR *open_directory_in(int dirfd, const char *name);

/* Write all of buf; 0 or a negative errno. */
int write_all(int fd, const void *buf, size_t n);

/* The letter that find(1) has for the type of a file: f d p c b l s. */
char file_type(mode_t mode);

/* A decimal number > 0 that fits a pid, nothing before or after it; else -1. */
pid_t parse_pid(const char *text);

/*
 * A number at the start of the text, and the character that has to follow it: gives what is behind
 * that, or NULL.
 */
const char *parse_number(const char *text, int base, char after, unsigned long *ret);

/*
 * The byte other than NUL that the three octal digits at the start of the text stand for, as behind
 * the backslash of an escape; NUL if they are not such digits.
 */
char parse_octal(const char *text);

#endif
