// SPDX-License-Identifier: MIT
#include "cli/late.h"

#include "cli/as_config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The first line, and its end: an option with the value that it has anyway. A value that is no more
 * than a quotation mark ends criu (parse_statement() in criu/config.c, 3.11 to 4.2).
 */
static const char first[] = "ghost-limit \"";
static const char first_end[] = "1M\"\n";

/*
 * The pipe has to take all of it at once, because criu may have been killed. As it is made, it
 * takes so much, and not much more; each write may begin a page of its own.
 */
enum { USUAL = 32 << 10, PAGES = 2 * 4096 };

/* A script may look at its arguments, and has the whole command line. */
static bool is_elf(const struct criu_binary *criu)
{
	_cleanup_close_ int fd = open(criu->path, O_RDONLY | O_CLOEXEC);
	char magic[4];

	return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
	       !memcmp(magic, "\177ELF", sizeof(magic));
}

bool late_open(struct late *l, const struct criu_binary *criu)
{
	*l = LATE_NONE;
	if (is_elf(criu) && pipe2(l->options, O_CLOEXEC) == 0 &&
	    write_all(l->options[1], first, sizeof(first) - 1) == 0)
		return true;
	late_close(l);
	return false;
}

void late_close(struct late *l)
{
	cleanup_close(&l->options[0]);
	cleanup_close(&l->options[1]);
	*l = LATE_NONE;
}

/*
 * criu opens the pipe by its path, and this opens no FIFO but a pipe: it does not wait for a
 * writer.
 */
void late_make_line(const struct late *l, const struct late_line *line, struct strv *ret)
{
	for (size_t i = 0; i < line->words.n; i++) {
		if (i == line->options_at)
			strv_take(ret, xasprintf("--config=/proc/self/fd/%d", l->options[0]));
		strv_add(ret, line->words.v[i]);
	}
}

void late_keep(const struct late *l)
{
	fcntl(l->options[0], F_SETFD, 0);
}

/* 1 MiB without CAP_SYS_RESOURCE, which is enough for some 15,000 mounts. */
static bool has_room(const struct late *l, size_t size)
{
	return size < USUAL || (size <= INT_MAX - PAGES &&
				fcntl(l->options[1], F_SETPIPE_SZ, (int)size + PAGES) > (int)size);
}

char *late_text(const struct late *l, const struct strv *args)
{
	_cleanup_free_ char *options = cli_as_config(args);

	return options && has_room(l, strlen(options)) ? xconcat(first_end, options) : NULL;
}

void late_tell(const struct late *l, const char *text)
{
	(void)write_all(l->options[1], text, strlen(text));
}
