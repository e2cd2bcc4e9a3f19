// SPDX-License-Identifier: MIT
/*
 * Files that are still open or mapped, and whose name has gone: criu saves the content of those
 * that have no other (ghosts, up to --ghost-limit), and for those that have it needs a new name
 * (--link-remap). check_path_remap() in criu/files-reg.c
 */
#include "look/probe.h"

#include <string.h>

enum { GHOST_LIMIT = 1 << 20, BLOCK = 512 }; /* DEFAULT_GHOST_LIMIT in criu/include/cr_options.h */

static const char deleted[] = " (deleted)";

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t n = strlen(end);

	return length > n && !strncmp(text + length - n, end, n);
}

/*
 * What NFS calls a file that is deleted while it is open: ".nfs" and 24 digits. It goes when the
 * file is closed.
 */
static bool is_silly_name(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	return text_begins(name, ".nfs") && strspn(name + 4, "0123456789abcdefABCDEF") == 24;
}

/* Not those that criu does not treat as files: of procfs, terminals, memory. */
static bool is_file(const struct look *l, const struct held *h, const struct statx *st)
{
	return !S_ISCHR(st->stx_mode) && !text_begins(h->path, "/proc/") &&
	       served_is_mounted(&l->served, statx_dev(st));
}

static void look_held(struct look *l, struct held *h, void *state)
{
	bool is_gone = held_is_path(h) && ends_with(h->path, strlen(h->path), deleted);
	const struct statx *st =
		is_gone || (held_is_path(h) && is_silly_name(h->path)) ? held_status(h) : NULL;
	unsigned long long size = st ? st->stx_blocks * BLOCK : 0;
	enum finding_kind kind;

	(void)state;
	if (!st || !is_file(l, h, st) || S_ISDIR(st->stx_mode))
		return;
	kind = st->stx_nlink ? FINDING_UNLINKED : FINDING_GHOST;
	if ((kind == FINDING_UNLINKED || size > GHOST_LIMIT) &&
	    !seen_before(&l->seen, kind, statx_dev(st), st->stx_ino))
		look_found(l, kind, h)->size = size;
}

/*
 * Shared memory without a file is mapped as "/dev/zero (deleted)", "/memfd:... (deleted)",
 * "/SYSV... (deleted)".
 */
static bool wants_map(const struct look *l, const struct proc_map *m)
{
	return ends_with(m->path, m->path_length, deleted) && !served_is_memory(&l->served, m->dev);
}

const struct probe probe_gone = { .held = look_held, .wants_map = wants_map };
