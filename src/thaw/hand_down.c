// SPDX-License-Identifier: MIT
#include "thaw/hand_down.h"

#include "look/procfs.h"
#include "util/inject.h"
#include "util/pause.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

struct handed {
	pid_t leader;
	/* the other side of its terminal; -1: it comes from outside */
	int master;
	/* open for as long as nobody else has it: when it is closed, it is nobody's any more */
	int held;
	char name[64]; /* of the terminal; "": there is nothing to be done */
	bool hands;    /* to the children of the leader */
	bool done;
	struct err err; /* why it was not done */
};

/* The terminals */

/*
 * As criu does (__pty_open_ptmx_index() in criu/tty.c): the kernel gives the lowest number that is
 * free.
 */
static int open_number(const char *path, int flags, unsigned number)
{
	enum { TRIES = 32 };
	int fds[TRIES];
	int found = -1;
	size_t n = 0;

	while (n < TRIES && found < 0) {
		unsigned is;
		int fd = open(path, flags | O_NOCTTY | O_CLOEXEC);

		if (fd < 0 || ioctl(fd, TIOCGPTN, &is) < 0 || is > number) {
			cleanup_close(&fd);
			break;
		}
		if (is == number)
			found = fd;
		else
			fds[n++] = fd;
	}
	while (n)
		close(fds[--n]);
	return found;
}

static int make_terminal(const struct plan_session *s, struct handed *h, struct err *e)
{
	const int flags = (int)s->master->flags & (O_ACCMODE | O_NONBLOCK);

	snprintf(h->name, sizeof(h->name), "/dev/pts/%u", s->index);
	h->master = open_number(s->path, flags, s->index);
	if (h->master < 0) {
		err_set(e, 0, "cannot make the terminal %s, because somebody has that number",
			h->name);
		e->passes = true; /* the next look finds that, and has an answer to it */
		return err_hint(e, "try again");
	}
	if (unlockpt(h->master) == 0)
		h->held = open(h->name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return h->held < 0 ? err_set(e, errno, "cannot open the terminal %s", h->name) : 0;
}

static void take_given(const struct plan *p, const struct plan_session *s, const struct pty *ptys,
		       struct handed *h)
{
	for (size_t i = 0; i < p->n_given; i++)
		if (!p->given[i].is_session && !strcmp(p->given[i].id, s->given))
			snprintf(h->name, sizeof(h->name), "%s", ptys[p->given[i].pty].slave);
}

static bool is_to_be_handed(const struct handed *h)
{
	return h->hands && *h->name && !h->done;
}

static struct handed *handed_of(struct hand_down *h, pid_t leader)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].leader == leader && is_to_be_handed(&h->v[i]))
			return &h->v[i];
	return NULL;
}

static bool is_anything_left(const struct hand_down *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (is_to_be_handed(&h->v[i]))
			return true;
	return false;
}

/* criu opens the image of each process in the one that makes it (fork_with_pid(), cr-restore.c). */
static void wait_for_children(const struct facts *f, struct hand_down *h)
{
	for (size_t i = 0; i < f->images.n_heirs; i++) {
		const struct image_heir *heir = &f->images.heirs[i];
		char name[32];

		if (!handed_of(h, heir->leader))
			continue;
		snprintf(name, sizeof(name), "core-%d.img", heir->pid);
		if (h->pause < 0)
			h->pause = pause_open_file(f->images_dir.fd, name);
		else
			(void)pause_add_file(h->pause, f->images_dir.fd, name);
	}
	for (size_t i = 0; i < h->n; i++)
		err_set(&h->v[i].err, h->pause < 0 ? errno : 0,
			h->pause < 0 ? "criu cannot be made to wait for that"
				     : "criu has not made them as expected");
}

int hand_down_make(const struct plan *p, const struct facts *f, const struct pty *ptys,
		   struct hand_down *ret, struct err *e)
{
	int r = 0;

	*ret = HAND_DOWN_NONE;
	ret->v = xcalloc(p->n_sessions + 1, sizeof(*ret->v));
	for (; ret->n < p->n_sessions && !r; ret->n++) {
		const struct plan_session *s = &p->sessions[ret->n];
		struct handed *h = &ret->v[ret->n];

		*h = (struct handed){
			.leader = s->leader, .hands = s->hands, .master = -1, .held = -1
		};
		if (s->path)
			r = make_terminal(s, h, e);
		else if (s->given)
			take_given(p, s, ptys, h);
	}
	if (!r && ret->n)
		wait_for_children(f, ret);
	return r;
}

const char *hand_down_terminal(const struct hand_down *h, size_t session)
{
	return h->v[session].name;
}

int hand_down_to_criu(const struct hand_down *h, const struct plan *p, struct strv *args,
		      struct err *e)
{
	for (size_t i = 0; i < h->n; i++) {
		_cleanup_free_ char *slot = plan_slot_master(i);
		int copy = h->v[i].master < 0 ? 0 : process_hand_over(h->v[i].master, e);

		if (copy < 0)
			return copy;
		if (h->v[i].master >= 0) /* criu knows paths without the first "/" */
			strv_replace(args, slot, "fd[%d]:%s", copy, p->sessions[i].path + 1);
	}
	return 0;
}

/* The leader */

static int take_terminal(int proc, struct injection *leader, struct handed *h)
{
	struct proc_stat stat;
	long fd = -1;
	long closed;
	int r = inject_open(leader, h->name, O_RDWR, &fd, &h->err);

	if (!r && fd < 0)
		r = err_set(&h->err, (int)-fd, "process %d cannot open %s", h->leader, h->name);
	if (r < 0)
		return r;
	r = inject_call(leader, SYS_close, (const long[4]){ fd }, &closed, &h->err);
	if (!r && (procfs_stat(proc, h->leader, &stat) < 0 || !stat.terminal))
		r = err_set(&h->err, 0, "%s does not become the terminal of its session", h->name);
	return r;
}

/* It waits for our answer, and stops when it has that. */
static void hand_to(struct hand_down *all, struct handed *h, int waiting)
{
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct injection *leader = NULL;
	int r = inject_hold(proc, h->leader, false, &leader, &h->err);

	pause_answer(all->pause, waiting, true);
	if (r < 0 || !leader || inject_take(proc, &leader, &h->err) < 0 || !leader)
		return;
	h->done = take_terminal(proc, leader, h) == 0;
	inject_end(leader);
	if (!is_anything_left(all)) /* the other children need not wait */
		pause_lift_file(all->pause);
}

void hand_down_next(struct hand_down *h)
{
	pid_t who = 0;
	int waiting = pause_next(h->pause, &who);
	struct handed *one = who ? handed_of(h, who) : NULL;

	if (one)
		hand_to(h, one, waiting);
	else
		pause_answer(h->pause, waiting, true);
}

static void tell(const struct handed *h)
{
	char why[1024];

	err_format(&h->err, why, sizeof(why));
	fprintf(stderr,
		"criu-ns: processes of session %d have lost their controlling terminal: they cannot open "
		"/dev/tty, and a shell among them has no job control: %s\n",
		h->leader, why);
}

void hand_down_end(struct hand_down *h)
{
	for (size_t i = 0; i < h->n; i++) {
		if (is_to_be_handed(&h->v[i]))
			tell(&h->v[i]);
		cleanup_close(&h->v[i].master);
		cleanup_close(&h->v[i].held);
	}
	free(h->v);
	h->v = NULL;
	h->n = 0;
}
