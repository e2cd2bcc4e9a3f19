// SPDX-License-Identifier: MIT
/*
 * Ptys of which the tree had both sides, or nobody the other one any more: criu makes each of them
 * again under the number that it had, by opening up to 32 (__pty_open_ptmx_index() in criu/tty.c).
 * A number that another process has got since, or that is too far above the first one that is free,
 * cannot be had.
 */
#include "look/thaw_look.h"

#include "util/util.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

enum { CRIU_TRIES = 32, MOST = 1 << 20 /* NR_UNIX98_PTY_MAX in the kernel */ };
static const char devpts[] = "/dev/pts";

/* Every number below `n` that somebody has. */
static bool *look_taken(size_t n)
{
	DIR *dir = opendir(devpts);
	struct statfs fs;
	bool *taken = NULL;

	if (dir && fstatfs(dirfd(dir), &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC) {
		taken = xcalloc(n, sizeof(*taken));
		for (const struct dirent *d; (d = readdir(dir));) {
			unsigned long index;

			if (parse_number(d->d_name, 10, '\0', &index) && index < n)
				taken[index] = true;
		}
	}
	if (dir)
		closedir(dir);
	return taken;
}

static void add(struct facts *f, unsigned index, bool is_taken)
{
	thaw_findings_add(&f->thaw_findings,
			  &(struct thaw_finding){ .kind = THAW_PTY,
						  .path = xasprintf("%s/%u", devpts, index),
						  .is_taken = is_taken });
}

/* How the caller's is mounted, for another one. */
static void look_options(struct facts *f)
{
	const struct mount *m;
	struct err ignored;

	if (mounts_parse(&f->caller_view, "of the caller", &ignored) < 0)
		return;
	m = mounts_covering(&f->caller_view, devpts);
	if (m && !strcmp(m->at, devpts) && !strcmp(m->root, "/") && !strcmp(m->fstype, "devpts"))
		f->devpts_options = xstrdup(m->options);
}

/*
 * The images have a devpts of the tree's own, in which every number is free; without a recipe, they
 * may have one.
 */
static bool has_own(const struct facts *f)
{
	recipe_for_each_mount (m, &f->recipe)
		if (!strcmp(m->at, devpts))
			return m->owner == OWNER_OWN;
	return f->images.own_mounts && !f->recipe.n_mounts;
}

void thaw_look_ptys(struct facts *f)
{
	const struct image_ttys *ttys = &f->images.ttys;
	_cleanup_free_ bool *taken = NULL;
	size_t n = image_ttys_remade_below(ttys);
	size_t first = 0;

	if (!n || n > MOST || has_own(f) || !(taken = look_taken(n)))
		return;
	while (first < n && taken[first])
		first++;
	for (size_t i = 0; i < ttys->n; i++) {
		unsigned index = ttys->v[i].index;

		if (!image_tty_is_remade(&ttys->v[i]) ||
		    (!taken[index] && index - first < CRIU_TRIES))
			continue;
		add(f, index, taken[index]);
		if (!f->devpts_options)
			look_options(f);
	}
}
