// SPDX-License-Identifier: MIT
#include "look/file_locks.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>

static int by_file(const void *a, const void *b)
{
	const struct locked_file *one = a;
	const struct locked_file *other = b;

	if (one->dev != other->dev)
		return one->dev > other->dev ? 1 : -1;
	return (one->ino > other->ino) - (one->ino < other->ino);
}

/*
 * "1: FLOCK  ADVISORY  WRITE 4713 fe:00:1081400 0 EOF"; one that waits has "->" in front, and no
 * lock yet.
 */
static void add_line(struct file_locks *s, const char *line)
{
	struct locked_file x = { 0 };
	unsigned major;
	unsigned minor;
	char kind[16];
	char mode[16];
	char last[24];

	if (sscanf(line, "%*d: %15s %*s %15s %d %x:%x:%lu %" SCNu64 " %23s", kind, mode, &x.pid,
		   &major, &minor, &x.ino, &x.first, last) != 8)
		return;
	x.dev = makedev(major, minor);
	x.is_lease = !strcmp(kind, "LEASE");
	x.is_flock = !strcmp(kind, "FLOCK");
	x.writes = !strcmp(mode, "WRITE");
	x.last = strcmp(last, "EOF") != 0 ? strtoull(last, NULL, 10) : UINT64_MAX;
	s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = x;
}

void file_locks_parse(const char *text, struct file_locks *ret)
{
	for (const char *line = text; *line; line = text_next_line(line))
		add_line(ret, line);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_file);
}

/*
 * A page ends in front of the lock that it has no room for. Its line has at most 100 bytes, but for
 * those who wait for it: with them the text is longer than a page.
 */
static bool is_one_page(size_t n)
{
	enum { PAGE = 4096, LINE = 128 }; /* the smallest page that a kernel has */

	return n < PAGE - LINE;
}

int file_locks_read(int proc, struct file_locks *ret)
{
	enum { MOST = 64 << 20 };
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_file_at(proc, "locks", MOST, &text);

	if (n < 0)
		return (int)n;
	file_locks_parse(text, ret);
	ret->may_lack_some = !is_one_page((size_t)n);
	return 0;
}

int file_locks_read_all(int proc, struct file_locks *ret)
{
	enum { TIMES = 4 };
	int r = file_locks_read(proc, ret);

	for (int i = 1; i < TIMES && r == 0 && ret->may_lack_some; i++)
		r = file_locks_read(proc, ret);
	return r;
}

const struct locked_file *file_locks_find(const struct file_locks *s, dev_t dev, ino_t ino)
{
	const struct locked_file like = { .dev = dev, .ino = ino };

	return s->n ? bsearch(&like, s->v, s->n, sizeof(*s->v), by_file) : NULL;
}

/* Those of flock(2) and of fcntl(2) do not see each other. */
static bool conflicts(const struct locked_file *a, const struct locked_file *b)
{
	if (a->is_lease || b->is_lease || a->is_flock != b->is_flock || !(a->writes || b->writes))
		return false;
	return a->is_flock || (a->first <= b->last && b->first <= a->last);
}

const struct locked_file *file_locks_blocking(const struct file_locks *s, dev_t dev, ino_t ino,
					      const struct locked_file *wanted)
{
	const struct locked_file *x = file_locks_find(s, dev, ino);

	while (x && x > s->v && by_file(x - 1, x) == 0)
		x--;
	for (; x && x < s->v + s->n && x->dev == dev && x->ino == ino; x++)
		if (conflicts(x, wanted))
			return x;
	return NULL;
}

bool file_locks_lists_all(ino_t ns_pid)
{
	return ns_pid == 0xEFFFFFFC; /* PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h */
}

bool file_locks_would_wait(int fd, const struct locked_file *wanted)
{
	struct flock bytes = { .l_type = wanted->writes ? F_WRLCK : F_RDLCK,
			       .l_whence = SEEK_SET,
			       .l_start = (off_t)wanted->first,
			       .l_len = wanted->last == UINT64_MAX
						? 0
						: (off_t)(wanted->last - wanted->first + 1) };

	if (wanted->is_lease)
		return false;
	if (!wanted->is_flock)
		return fcntl(fd, F_OFD_GETLK, &bytes) == 0 && bytes.l_type != F_UNLCK;
	if (flock(fd, (wanted->writes ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	(void)flock(fd, LOCK_UN);
	return false;
}

void file_locks_free(struct file_locks *s)
{
	free(s->v);
	*s = (struct file_locks){ 0 };
}
