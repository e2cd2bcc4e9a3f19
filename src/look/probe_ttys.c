// SPDX-License-Identifier: MIT
/*
 * Terminals of which the tree has only the side that programs run on, while the other one, the
 * master, is outside. criu tells the two sides of a pty by its index alone (tty_gen_id() in
 * criu/tty.c), and so does this.
 */
#include "look/probe.h"

#include "look/troubled.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

/* Documentation/admin-guide/devices.txt */
enum { TTYAUX = 5, DEV_TTY = 0, PTMX = 2, PTS_FIRST = 136, PTS_LAST = 143 };

struct tty_end {
	pid_t pid;
	int fd;
	char *path;
	int mnt_id;
	ino_t ino;
	dev_t rdev, dev;
	long index; /* of a pty; -1: /dev/tty */
	bool is_master, is_hung;
};

struct tty_ends {
	struct tty_end *v;
	size_t n;
};

/* The session that a process of the tree is in, and the terminal of that (0: none). */
struct seat {
	pid_t pid, group, session, foreground;
	dev_t terminal;
	bool leader_is_here;
};

/* fdinfo of a master has "tty-index:" (drivers/tty/pty.c). */
static long index_of_master(const struct look *l, const struct held *h)
{
	static const char name[] = "\ntty-index:";
	_cleanup_free_ char *text = NULL;
	char path[64];
	const char *at;

	snprintf(path, sizeof(path), "%d/fdinfo/%d", h->pid, h->fd);
	if (read_file_at(l->facts->proc, path, 4096, &text) < 0)
		return -1;
	at = strstr(text, name);
	return at ? strtol(at + sizeof(name) - 1, NULL, 10) : -1;
}

/* Nobody has the other side any more: criu makes such a one again by itself. */
static bool is_hung(struct look *l, struct held *h)
{
	struct termios ignored;
	int fd = held_copy(l, h);

	return fd >= 0 && tcgetattr(fd, &ignored) < 0 && errno == EIO;
}

static void look_held(struct look *l, struct held *h, void *state)
{
	const struct statx *st = h->as == HELD_FD && held_is_path(h) ? held_status(h) : NULL;
	struct tty_end x = { .pid = h->pid, .fd = h->fd, .index = -1 };
	struct tty_ends *ends = state;

	if (!st || !S_ISCHR(st->stx_mode))
		return;
	if (st->stx_rdev_major == TTYAUX && st->stx_rdev_minor == PTMX) {
		x.is_master = true;
		x.index = index_of_master(l, h);
	} else if (st->stx_rdev_major >= PTS_FIRST && st->stx_rdev_major <= PTS_LAST) {
		x.index = st->stx_rdev_minor;
		x.is_hung = is_hung(l, h);
	} else if (st->stx_rdev_major != TTYAUX || st->stx_rdev_minor != DEV_TTY) {
		return;
	}
	x.rdev = makedev(st->stx_rdev_major, st->stx_rdev_minor);
	x.dev = statx_dev(st);
	x.mnt_id = (int)st->stx_mnt_id;
	x.ino = st->stx_ino;
	x.path = xstrdup(h->path);
	ends->v = xreallocarray(ends->v, ends->n + 1, sizeof(*ends->v));
	ends->v[ends->n++] = x;
}

static struct seat *look_seats(const struct look *l)
{
	struct seat *seats = xcalloc(l->n_pids, sizeof(*seats));

	for (size_t i = 0; i < l->n_pids; i++) {
		struct proc_stat s;

		seats[i].pid = l->pids[i];
		if (procfs_stat(l->facts->proc, l->pids[i], &s) < 0)
			continue;
		seats[i].group = s.group;
		if (!s.terminal)
			continue;
		seats[i].terminal = s.terminal;
		seats[i].session = s.session;
		seats[i].foreground = s.foreground;
		seats[i].leader_is_here = look_has_process(l, s.session);
	}
	return seats;
}

static bool has_group(const struct look *l, const struct seat *seats, pid_t group)
{
	for (size_t i = 0; i < l->n_pids; i++)
		if (seats[i].group == group)
			return true;
	return false;
}

static const struct seat *seat_of(const struct look *l, const struct seat *seats, pid_t pid)
{
	for (size_t i = 0; i < l->n_pids; i++)
		if (seats[i].pid == pid)
			return &seats[i];
	return NULL;
}

static bool has_master(const struct tty_ends *ends, long index)
{
	for (size_t i = 0; i < ends->n; i++)
		if (ends->v[i].is_master && ends->v[i].index == index)
			return true;
	return false;
}

/* The first end of that terminal in the tree; in one process, if pid is not 0. */
static const struct tty_end *first_of(const struct tty_ends *ends, dev_t rdev, pid_t pid)
{
	for (size_t i = 0; i < ends->n; i++) {
		const struct tty_end *x = &ends->v[i];

		if (x->rdev == rdev && !x->is_hung && (!pid || x->pid == pid))
			return x;
	}
	return NULL;
}

/* The first descriptor of either side of that pty, in the order in which criu meets them. */
static const struct tty_end *first_of_sides(const struct tty_ends *ends, dev_t rdev)
{
	for (size_t i = 0; i < ends->n; i++)
		if (ends->v[i].index == (long)minor(rdev) && !ends->v[i].is_hung)
			return &ends->v[i];
	return NULL;
}

/*
 * Have these two processes got it by one open(2), and fork(2) or dup(2)? So the kernel tells, if it
 * does.
 */
static bool is_same_file(const struct tty_end *a, const struct tty_end *b)
{
	return syscall(SYS_kcmp, a->pid, b->pid, KCMP_FILE, a->fd, b->fd) <= 0;
}

static void look_for_another(const struct tty_ends *ends, const struct tty_end *x,
			     struct found_terminal *t)
{
	for (size_t i = 0; i < ends->n && !t->again_pid; i++) {
		const struct tty_end *y = &ends->v[i];

		if (y->rdev != x->rdev || y->is_hung || is_same_file(x, y))
			continue;
		t->again_pid = y->pid;
		t->again_fd = y->fd;
	}
}

static struct found_terminal of_pty(const struct look *l, const struct seat *seats,
				    const struct tty_ends *ends, const struct tty_end *x)
{
	struct found_terminal t = { .rdev = x->rdev };

	for (size_t i = 0; i < l->n_pids; i++) {
		if (seats[i].terminal != x->rdev)
			continue;
		t.leads |= seats[i].leader_is_here;
		t.is_job |= !seats[i].leader_is_here;
	}
	if (t.is_job)
		look_for_another(ends, x, &t);
	return t;
}

static bool is_dev_tty(const struct tty_end *x)
{
	return x->index < 0 && !x->is_master;
}

/* The terminal that all /dev/tty of the tree lead to; 0: they lead to several. */
static dev_t terminal_of_all(const struct look *l, const struct seat *seats,
			     const struct tty_ends *ends)
{
	dev_t all = 0;
	bool any = false;

	for (size_t i = 0; i < ends->n; i++) {
		dev_t one;

		if (!is_dev_tty(&ends->v[i]))
			continue;
		one = seat_of(l, seats, ends->v[i].pid)->terminal;
		if (any && one != all)
			return 0;
		all = one;
		any = true;
	}
	return all;
}

/*
 * /dev/tty is another name for the terminal of the session. criu wants the process that has it open
 * to be the first with that terminal, and the session's leader in the foreground (tty_verify_ctty()
 * in criu/tty.c). A master counts as the terminal there, so that a terminal emulator, which comes
 * before the programs that it has started, is the first.
 */
static struct found_terminal of_dev_tty(const struct look *l, const struct seat *seats,
					const struct tty_ends *ends, const struct tty_end *x,
					dev_t all)
{
	const struct seat *seat = seat_of(l, seats, x->pid);
	const struct tty_end *first = first_of(ends, seat->terminal, 0);
	const struct tty_end *own = first_of(ends, seat->terminal, x->pid);
	const struct tty_end *side = first_of_sides(ends, seat->terminal);
	struct found_terminal t = { .rdev = x->rdev, .is_dev_tty = true };

	t.leads = seat->leader_is_here;
	t.is_job = !t.leads;
	t.is_inside = first && has_master(ends, first->index);
	t.is_first = own && side && side->pid == x->pid && seat->foreground == seat->session;
	t.is_after = own && own->fd < x->fd;
	t.is_shared = seat->terminal == all;
	return t;
}

/*
 * A shell that has a job in the foreground takes the terminal back when that has ended. If it cannot
 * do that, or has not done it yet, criu freezes a process group that it cannot give the terminal to
 * at the thaw (tty_set_prgp() in criu/tty.c).
 */
static void look_foreground(struct look *l, const struct seat *seats, const struct tty_ends *ends)
{
	for (size_t i = 0; i < l->n_pids; i++) {
		const struct seat *s = &seats[i];

		if (!s->terminal || s->pid != s->session || s->foreground <= 0 ||
		    !first_of(ends, s->terminal, 0) || has_group(l, seats, s->foreground))
			continue;
		look_troubled(l, s->pid, s->pid, TASK_FOREGROUND)->task.number = s->foreground;
	}
}

static void add(struct look *l, const struct tty_end *x, struct found_terminal t)
{
	findings_add(&l->facts->findings, &(struct finding){ .kind = FINDING_TERMINAL,
							     .pid = x->pid,
							     .as = HELD_FD,
							     .fd = x->fd,
							     .path = xstrdup(x->path),
							     .mnt_id = x->mnt_id,
							     .dev = x->dev,
							     .ino = x->ino,
							     .terminal = t });
}

/*
 * One finding for each pty, because criu is told of it once, and one for each process with
 * /dev/tty.
 */
static void find_outside(struct look *l, void *state)
{
	struct tty_ends *ends = state;
	_cleanup_free_ struct seat *seats = ends->n ? look_seats(l) : NULL;
	const dev_t all = terminal_of_all(l, seats, ends);

	for (size_t i = 0; i < ends->n; i++) {
		const struct tty_end *x = &ends->v[i];

		if (x->is_master || x->is_hung ||
		    seen_before(&l->seen, FINDING_TERMINAL, x->rdev,
				is_dev_tty(x) ? (unsigned long)x->pid : x->dev))
			continue;
		if (is_dev_tty(x))
			add(l, x, of_dev_tty(l, seats, ends, x, all));
		else if (!has_master(ends, x->index))
			add(l, x, of_pty(l, seats, ends, x));
	}
	if (ends->n)
		look_foreground(l, seats, ends);
	for (size_t i = 0; i < ends->n; i++)
		free(ends->v[i].path);
	free(ends->v);
}

const struct probe probe_ttys = { .state_size = sizeof(struct tty_ends),
				  .held = look_held,
				  .end = find_outside };
