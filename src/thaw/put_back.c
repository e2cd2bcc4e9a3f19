// SPDX-License-Identifier: MIT
#include "thaw/put_back.h"

#include "look/groups.h"
#include "look/procfs.h"
#include "look/socket_options.h"
#include "util/sched.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Which task of this pid namespace a number in the images is. */
struct number {
	pid_t inside, here;
};

struct numbers {
	struct number *v; /* sorted by inside; NULL: they are the same */
	size_t n;
};

struct job {
	int proc;
	struct numbers numbers;
};

static int compare_inside(const void *a, const void *b)
{
	const struct number *x = a;
	const struct number *y = b;

	return (x->inside > y->inside) - (x->inside < y->inside);
}

static void add_threads(struct job *j, pid_t pid)
{
	_cleanup_free_ int *tids = NULL;
	char path[32];
	size_t n;

	snprintf(path, sizeof(path), "%d/task", pid);
	n = procfs_list(j->proc, path, &tids);
	for (size_t i = 0; i < n; i++) {
		struct task t = { 0 };
		struct err ignored;

		if (procfs_task(j->proc, tids[i], &t, &ignored) < 0 || t.depth != 2)
			continue;
		j->numbers.v = xreallocarray(j->numbers.v, j->numbers.n + 1, sizeof(*j->numbers.v));
		j->numbers.v[j->numbers.n++] = (struct number){ task_inner_pid(&t), tids[i] };
	}
}

/* The images of a tree with an init number its tasks as the pid namespace below this one does. */
static void learn_numbers(struct job *j)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = procfs_list(j->proc, ".", &pids);

	for (size_t i = 0; i < n; i++)
		add_threads(j, pids[i]);
	if (j->numbers.n)
		qsort(j->numbers.v, j->numbers.n, sizeof(*j->numbers.v), compare_inside);
}

static pid_t number_here(const struct numbers *numbers, pid_t inside)
{
	const struct number key = { .inside = inside };
	const struct number *found =
		numbers->n ? bsearch(&key, numbers->v, numbers->n, sizeof(key), compare_inside)
			   : NULL;

	return found ? found->here : 0;
}

/* The recipe has the numbers of the pid namespace that the images hold, if they do. */
static pid_t task_here(const struct job *j, const struct recipe *r, pid_t pid)
{
	return r->init ? number_here(&j->numbers, pid) : pid;
}

/* One attribute of one task: 0, or a negative errno */

static int write_of(const struct job *j, pid_t tid, const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/%s", tid, name);

	_cleanup_close_ int fd = openat(j->proc, path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int write_number(const struct job *j, pid_t tid, const char *name, long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", number);
	return write_of(j, tid, name, text);
}

static int set_cpus(const struct job *j, pid_t tid, const struct task_attributes *t)
{
	unsigned char bits[ATTRIBUTES_CPUS / 8];

	(void)j;
	if (!t->cpus || !attributes_parse_list(t->cpus, bits, ATTRIBUTES_CPUS))
		return 0;
	return syscall(SYS_sched_setaffinity, tid, sizeof(bits), bits) < 0 ? -errno : 0;
}

static int set_io(const struct job *j, pid_t tid, const struct task_attributes *t)
{
	enum { WHO_PROCESS = 1 };

	(void)j;
	return t->io && syscall(SYS_ioprio_set, WHO_PROCESS, tid, t->io) < 0 ? -errno : 0;
}

/* criu has set the class and what else belongs to it. */
static int set_slice(const struct job *j, pid_t tid, const struct task_attributes *t)
{
	struct task_sched sched;

	(void)j;
	if (!t->slice)
		return 0;
	if (task_sched_get(tid, &sched) < 0)
		return -errno;
	sched.runtime = t->slice;
	return task_sched_set(tid, &sched) < 0 ? -errno : 0;
}

static int set_clamps(const struct job *j, pid_t tid, const struct task_attributes *t)
{
	struct task_sched sched = { .flags = TASK_SCHED_ONLY_CLAMPS,
				    .util_min = t->clamps.min,
				    .util_max = t->clamps.max };

	(void)j;
	return t->has_clamps && task_sched_set(tid, &sched) < 0 ? -errno : 0;
}

static int set_slack(const struct job *j, pid_t tid, const struct task_attributes *t)
{
	return t->slack ? write_number(j, tid, "timerslack_ns", (long)t->slack) : 0;
}

static int set_dump(const struct job *j, pid_t tid, const struct task_attributes *t)
{
	return t->has_dump ? write_number(j, tid, "coredump_filter", t->dump) : 0;
}

static int set_group(const struct job *j, pid_t tid, const struct task_attributes *t)
{
	return t->group ? write_number(j, tid, "autogroup", t->group) : 0;
}

static const struct {
	int (*set)(const struct job *j, pid_t tid, const struct task_attributes *t);
	const char *name;
} attributes[] = {
	{ set_cpus, "the processors that it may run on" },
	{ set_io, "the I/O priority" },
	{ set_slice, "the slice of the scheduler" },
	{ set_clamps, "the clamps of its utilization" },
	{ set_slack, "the timer slack" },
	{ set_dump, "the core dump filter" },
	{ set_group, "the nice value of its autogroup" },
};

/* All tasks */

struct failure {
	pid_t pid; /* the first task, as the images number it */
	int errnum;
	size_t n;
};

static void set_all(const struct job *j, const struct task_attributes *t, pid_t tid,
		    struct failure *failures)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		int r = tid > 0 ? attributes[i].set(j, tid, t) : -ESRCH;

		if (r < 0 && !failures[i].n++)
			failures[i] = (struct failure){ t->pid, -r, 1 };
	}
}

static void tell(const struct failure *f, const char *name)
{
	if (!f->n)
		return;
	fprintf(stderr, "criu-ns: cannot give task %d", f->pid);
	if (f->n > 1)
		fprintf(stderr, " (and %zu more)", f->n - 1);
	fprintf(stderr, " back %s: %s\n", name,
		f->errnum == EINVAL ? "this machine has nothing like it" : strerror(f->errnum));
}

/* Sockets: one is the tree's, so that a copy of it may join groups, and set options. */

static int copy_of(pid_t tid, long long fd)
{
	_cleanup_close_ int pidfd = tid > 0 ? pidfd_open(tid, 0) : -1;
	int copy = pidfd < 0 ? -1 : pidfd_getfd(pidfd, (int)fd, 0);

	if (tid <= 0)
		return -ESRCH;
	return copy < 0 ? -errno : copy;
}

/* Options */

static int set_option(pid_t tid, const struct recipe_option *o)
{
	_cleanup_close_ int fd = copy_of(tid, o->fd);
	struct socket_option option;

	if (!socket_option_parse(o->set, &option))
		return -EINVAL;
	if (fd < 0)
		return fd;
	return setsockopt(fd, option.is->level, option.is->name, &option.value,
			  sizeof(option.value)) < 0
		       ? -errno
		       : 0;
}

static void set_options(const struct job *j, const struct recipe *r)
{
	recipe_for_each_option (o, r) {
		int e = set_option(task_here(j, r, o->pid), o);

		if (e < 0)
			fprintf(stderr,
				"criu-ns: descriptor %lld of task %d cannot get the option %s back, and has the "
				"default: %s\n",
				o->fd, o->pid, o->set, strerror(-e));
	}
}

/* Multicast groups */

/* The device, by its number in the network namespace of the socket. */
static int join(int fd, const struct recipe_group *g)
{
	struct ifreq device = { 0 };
	struct group_req ask = { 0 };
	struct group group;

	if (!group_parse(g->group, &group))
		return -EINVAL;
	snprintf(device.ifr_name, sizeof(device.ifr_name), "%s", g->on);
	if (ioctl(fd, SIOCGIFINDEX, &device) < 0)
		return -errno;
	ask.gr_interface = (uint32_t)device.ifr_ifindex;
	ask.gr_group = group_address(&group);
	if (setsockopt(fd, group_level(&group), MCAST_JOIN_GROUP, &ask, sizeof(ask)) < 0)
		return errno == EADDRINUSE ? 0 : -errno; /* a later criu may have joined it */
	return 0;
}

static int join_of(pid_t tid, const struct recipe_group *g)
{
	_cleanup_close_ int fd = copy_of(tid, g->fd);

	return fd < 0 ? fd : join(fd, g);
}

static void join_again(const struct job *j, const struct recipe *r)
{
	recipe_for_each_group (g, r) {
		int e = join_of(task_here(j, r, g->pid), g);

		if (e < 0)
			fprintf(stderr,
				"criu-ns: descriptor %lld of task %d cannot join the multicast group %s on %s "
				"again, and receives nothing from it: %s\n",
				g->fd, g->pid, g->group, g->on, strerror(-e));
	}
}

void put_back(const struct recipe *r, int proc)
{
	struct failure failures[ARRAY_SIZE(attributes)] = { 0 };
	struct job j = { .proc = proc };

	if (!r->n_tasks && !r->n_groups && !r->n_options)
		return;
	if (r->init)
		learn_numbers(&j);
	recipe_for_each_task (t, r)
		set_all(&j, t, task_here(&j, r, t->pid), failures);
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		tell(&failures[i], attributes[i].name);
	set_options(&j, r);
	join_again(&j, r);
	free(j.numbers.v);
}
