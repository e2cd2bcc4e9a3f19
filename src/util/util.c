// SPDX-License-Identifier: MIT
#include "util/util.h"

#include "util/err.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void cleanup_free(void *p)
{
	free(*(void **)p);
}

void cleanup_closedir(DIR *const *dir)
{
	if (*dir)
		closedir(*dir);
}

long long milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void *checked(void *p)
{
	if (!p) {
		static const char text[] = "criu-ns: out of memory; nothing was touched\n";

		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
		_exit(EXIT_OWN);
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size));
}

void *xshared(size_t n, size_t size)
{
	void *p = mmap(NULL, n * size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return checked(p == MAP_FAILED ? NULL : p);
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	return checked(reallocarray(p, n, size));
}

enum { FEW = 8, MORE = 4 };

/* Few steps, because each may copy what is there; the kernel gives no page before it is used. */
void *xgrow(void *v, size_t n, size_t size)
{
	size_t room = FEW;

	while (room < n)
		room *= MORE;
	if (n && n < room)
		return v;
	return xreallocarray(v, n ? MORE * room : room, size);
}

void *xroom(size_t n, size_t size)
{
	size_t room = FEW;

	while (room < n)
		room *= MORE;
	return n ? xcalloc(room, size) : NULL;
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

/* Mostly short: then it is formatted once, while vasprintf(3) has to measure it before. */
char *xasprintf(const char *fmt, ...)
{
	char small[256];
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(small))
		return xstrndup(small, (size_t)n);
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return checked(n < 0 ? NULL : text);
}

void cut_text(char *ret, size_t size, const char *text)
{
	while (size > 1 && *text) {
		*ret++ = *text++;
		size--;
	}
	if (size > 0)
		*ret = '\0';
}

void put_path(char *ret, size_t size, int number, const char *name)
{
	char digits[16];
	char *at = digits + sizeof(digits);
	unsigned left = number < 0 ? 0U - (unsigned)number : (unsigned)number;
	size_t length;

	*--at = '\0';
	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		*--at = '-';
	cut_text(ret, size, at);
	length = (size_t)(digits + sizeof(digits) - 1 - at);
	if (name && length + 1 < size) {
		ret[length] = '/';
		cut_text(ret + length + 1, size - length - 1, name);
	}
}

char *xconcat_all(const char *const *parts, size_t n)
{
	size_t size = 1;
	char *text;
	char *at;

	for (size_t i = 0; i < n; i++)
		size += strlen(parts[i]);
	at = text = xcalloc(size, 1);
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, parts[i]);
	return text;
}

void strv_take(struct strv *s, char *text)
{
	s->v = xgrow(s->v, s->n ? s->n + 1 : 0, sizeof(*s->v)); /* the NULL is one of them */
	s->v[s->n++] = text;
	s->v[s->n] = NULL;
}

void strv_add(struct strv *s, const char *text)
{
	strv_take(s, xstrdup(text));
}

void strv_copy(const struct strv *from, struct strv *to)
{
	for (size_t i = 0; i < from->n; i++)
		strv_add(to, from->v[i]);
}

void strv_insert(struct strv *s, size_t at, const char *text)
{
	strv_add(s, text);
	char *added = s->v[s->n - 1];

	memmove(&s->v[at + 1], &s->v[at], (s->n - 1 - at) * sizeof(*s->v));
	s->v[at] = added;
}

char *strv_join(const struct strv *s)
{
	return xconcat_all((const char *const *)s->v, s->n);
}

void strv_free(struct strv *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	memset(s, 0, sizeof(*s));
}

void strv_replace(struct strv *s, const char *word, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->v[i], word) != 0)
			continue;
		free(s->v[i]);
		s->v[i] = xstrdup(text);
	}
}

const char *text_next_line(const char *text)
{
	text = strchrnul(text, '\n');
	return text + (*text == '\n');
}

const char *text_line_start(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	return at;
}

const char *text_find_line(const char *text, const char *start)
{
	const size_t n = strlen(start);

	for (; *text; text = text_next_line(text))
		if (!strncmp(text, start, n))
			return text + n;
	return NULL;
}

char *path_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

/*
 * Most of what /proc says is short, and is read into the stack: an allocator may take pages from the
 * kernel and give them back for each larger buffer (musl). What is longer gets one that is so large
 * that allocators map it alone, and need not copy it to make it larger (mremap(2)).
 */
static ssize_t read_all(int fd, size_t max, bool is_record, char **ret)
{
	enum { LARGE = 256 << 10 };
	_cleanup_free_ char *large = NULL;
	char small[8192];
	char *buf = small;
	size_t size = sizeof(small);
	size_t used = 0;
	size_t room;

	do {
		if (size - used < 2) {
			size = large ? size * 2 : LARGE;
			large = xreallocarray(large, size, 1);
			if (buf == small)
				memcpy(large, small, used);
			buf = large;
		}
		room = size - used - 1;

		ssize_t n = RETRY(read(fd, buf + used, room));

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
		room -= (size_t)n;
		if (used > max)
			return -EFBIG;
	} while (!is_record || !room);
	buf[used] = '\0';
	*ret = large ? large : memcpy(xcalloc(used + 1, 1), small, used + 1);
	large = NULL;
	return (ssize_t)used;
}

ssize_t read_fd(int fd, size_t max, char **ret)
{
	return read_all(fd, max, false, ret);
}

ssize_t read_record(int fd, size_t max, char **ret)
{
	return read_all(fd, max, true, ret);
}

static ssize_t read_path(int dirfd, const char *path, size_t max, bool is_record, char **ret)
{
	_cleanup_close_ int fd = RETRY(openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY));

	return fd < 0 ? -errno : read_all(fd, max, is_record, ret);
}

ssize_t read_file_at(int dirfd, const char *path, size_t max, char **ret)
{
	return read_path(dirfd, path, max, false, ret);
}

ssize_t read_record_at(int dirfd, const char *path, size_t max, char **ret)
{
	return read_path(dirfd, path, max, true, ret);
}

ssize_t read_sized(int fd, size_t size, char **ret)
{
	_cleanup_free_ char *buf = xcalloc(size + 1, 1);
	size_t used = 0;
	ssize_t n = 1;

	while (used < size && n > 0) {
		n = RETRY(read(fd, buf + used, size - used));
		if (n < 0)
			return -errno;
		used += (size_t)n;
	}
	*ret = buf;
	buf = NULL;
	return (ssize_t)used;
}

int find_regular(int dirfd, const char *path, int how, off_t *ret_size)
{
	_cleanup_close_ int found = openat(dirfd, path, O_PATH | O_CLOEXEC | how);
	struct stat st;

	if (found < 0 || fstat(found, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*ret_size = st.st_size;
	return steal_fd(&found);
}

int open_found(int found)
{
	char again[32];

	snprintf(again, sizeof(again), "/proc/self/fd/%d", found);

	int fd = open(again, O_RDONLY | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_regular(int dirfd, const char *path, int how)
{
	off_t size;
	_cleanup_close_ int found = find_regular(dirfd, path, how, &size);

	return found < 0 ? found : open_found(found);
}

int open_regular_at(int dirfd, const char *path)
{
	return open_regular(dirfd, path, 0);
}

int open_regular_in(int dirfd, const char *name)
{
	return open_regular(dirfd, name, O_NOFOLLOW);
}

ssize_t read_regular_at(int dirfd, const char *path, size_t max, char **ret)
{
	_cleanup_close_ int fd = open_regular_at(dirfd, path);

	return fd < 0 ? fd : read_fd(fd, max, ret);
}

DIR *open_directory_in(int dirfd, const char *name)
{
	_cleanup_close_ int fd =
		openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		(void)steal_fd(&fd); /* closedir(3) closes it */
	return dir;
}

int write_all(int fd, const void *buf, size_t n)
{
	const char *p = buf;

	while (n) {
		ssize_t w = RETRY(write(fd, p, n));

		if (w < 0)
			return -errno;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

pid_t parse_pid(const char *text)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	long value = strtol(text, &end, 10);

	return errno || *end || value <= 0 || value > INT_MAX ? -1 : (pid_t)value;
}

const char *parse_number(const char *text, int base, char after, unsigned long *ret)
{
	char *end;

	if (*text <= ' ' || *text == '-' || *text == '+') /* strtoul() takes these */
		return NULL;
	*ret = strtoul(text, &end, base);
	return end > text && *end == after ? end + 1 : NULL;
}

char parse_octal(const char *text)
{
	unsigned value = 0;

	for (size_t i = 0; i < 3; i++) {
		if (text[i] < '0' || text[i] > (i ? '7' : '3'))
			return '\0';
		value = value * 8 + (unsigned)(text[i] - '0');
	}
	return (char)value;
}

char file_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFIFO:
		return 'p';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFLNK:
		return 'l';
	case S_IFSOCK:
		return 's';
	default:
		return 'f';
	}
}
