/* SPDX-License-Identifier: MIT */
/*
 * For what reads files: a directory in which the input has each of several names. They are links to
 * one file, which is written anew. Below $TMPDIR, which tests/fuzz/run removes.
 */
#ifndef CRIU_NS_FUZZ_FILES_H
#define CRIU_NS_FUZZ_FILES_H

#include "fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct fuzz_files {
	int dir; /* its descriptor */
	int fd;  /* the file's */
};

/* Make the directories above a name. */
static inline void fuzz_make_above(int dir, const char *name)
{
	_cleanup_free_ char *path = xstrdup(name);

	for (char *slash = path; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		(void)mkdirat(dir, path, 0755); /* often there already */
	}
}

static inline struct fuzz_files fuzz_files_make(const char *const *names, size_t n)
{
	const char *above = getenv("TMPDIR");
	_cleanup_free_ char *path = xasprintf("%s/criu-ns-fuzz.XXXXXX", above ? above : "/tmp");
	struct fuzz_files f;

	FUZZ_CHECK(mkdtemp(path), "%s: %m", path);
	f.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f.fd = openat(f.dir, "input", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	FUZZ_CHECK(f.dir >= 0 && f.fd >= 0, "%s: %m", path);
	for (size_t i = 0; i < n; i++) {
		fuzz_make_above(f.dir, names[i]);
		FUZZ_CHECK(linkat(f.dir, "input", f.dir, names[i], 0) == 0, "%s: %m", names[i]);
	}
	return f;
}

/*
 * A file takes as long as a hundred parsers: one input in 32 is written, always the same ones
 * (FNV-1a).
 */
static inline bool fuzz_files_take(const struct fuzz_files *f, const uint8_t *data, size_t size)
{
	uint32_t hash = 2166136261;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 16777619;
	if (hash >> 27)
		return false;
	FUZZ_CHECK(ftruncate(f->fd, 0) == 0 && pwrite(f->fd, data, size, 0) == (ssize_t)size, "%m");
	return true;
}

#endif
