// SPDX-License-Identifier: MIT
#include "thaw/regroup.h"

#include "look/procfs.h"
#include "thaw/mount_fd.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Mounts that have been moved out of the way, in that order. */
enum { MOST_COVERS = 32 };

struct covers {
	struct cover {
		const char *at;
		int fd;
	} v[MOST_COVERS];
	size_t n;
};

/* Move it onto the root, where a path from our root does not lead to it. */
static bool move_away(const struct mount *m, struct covers *c)
{
	int fd = c->n < MOST_COVERS ? mount_fd_open(m->at) : -1;

	if (fd >= 0 && mounts_id_of(fd) == m->id &&
	    move_mount(fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) == 0) {
		c->v[c->n++] = (struct cover){ m->at, fd };
		return true;
	}
	cleanup_close(&fd);
	return false;
}

static void move_back(struct covers *c)
{
	while (c->n) {
		const struct cover *last = &c->v[--c->n];

		(void)move_mount(last->fd, "", AT_FDCWD, last->at, MOVE_MOUNT_F_EMPTY_PATH);
		close(last->fd);
	}
}

/* Open the mount itself, after moving away all that cover it. */
static int uncover(const struct mounts *table, const struct mount *m, struct covers *c)
{
	for (;;) {
		int fd = mount_fd_open(m->at);
		int id = mounts_id_of(fd);
		/* In the one that covers it, the path may lead to nothing. */
		const struct mount *cover =
			id < 0 ? mounts_covering(table, m->at) : mounts_by_id(table, id);

		if (id == m->id)
			return fd;
		cleanup_close(&fd);
		if (!cover || !move_away(cover, c))
			return -1;
	}
}

static void set_group(int fd, int from, bool shared)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };

	if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return;
	(void)mount_fd_join_group(fd, from);
	attr.propagation = MS_SHARED;
	if (shared)
		(void)mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr));
}

static void follow(const struct mounts *table, const struct mount *m, int from)
{
	struct covers covers = { .n = 0 };
	int fd = uncover(table, m, &covers);

	if (fd >= 0)
		set_group(fd, from, m->shared != 0);
	cleanup_close(&fd);
	move_back(&covers);
}

/* A slave of the host's mount, which can only be made in our own mount namespace. */
static int clone_slave(int tree)
{
	struct mount_attr attr = { .propagation = MS_SLAVE };
	int fd = mount_fd_clone(tree);

	if (fd >= 0)
		(void)mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr));
	return fd;
}

struct following {
	int ns;
	const struct mounts *before;
	const struct regroup *groups;
	size_t n;
};

/* Runs in a process of its own, which executes nothing, because the pseudo-init may not join. */
static void follow_all(void *arg)
{
	const struct following *x = arg;
	_cleanup_free_ int *slaves = xcalloc(x->n, sizeof(*slaves));

	for (size_t g = 0; g < x->n; g++)
		slaves[g] = clone_slave(x->groups[g].tree);
	if (setns(x->ns, CLONE_NEWNS) < 0)
		return;
	mounts_for_each (m, x->before)
		for (size_t g = 0; g < x->n; g++) {
			if (m->shared == x->groups[g].made)
				follow(x->before, m, x->groups[g].tree);
			else if (m->master == x->groups[g].made)
				follow(x->before, m, slaves[g]);
		}
}

void regroup(int proc, pid_t pid, const struct mounts *before, const struct regroup *groups,
	     size_t n)
{
	_cleanup_close_ int ns = procfs_open_namespace(proc, pid, "mnt");
	struct following x = { .ns = ns, .before = before, .groups = groups, .n = n };

	if (ns >= 0)
		(void)process_apart(follow_all, &x);
}
