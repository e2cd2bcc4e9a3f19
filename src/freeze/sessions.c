// SPDX-License-Identifier: MIT
#include "freeze/sessions.h"

#include "look/image_format.h"
#include "util/draft.h"
#include "util/inject.h"
#include "util/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const long no_arguments[4];

/* What had been */

static int by_pid(const void *a, const void *b)
{
	const struct session_member *x = a;
	const struct session_member *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static const struct session_member *find(const struct sessions *s, pid_t pid)
{
	const struct session_member key = { .pid = pid };

	return s->n ? bsearch(&key, s->v, s->n, sizeof(*s->v), by_pid) : NULL;
}

/* A process is seen again when it could not leave at once; what it was in at first counts. */
static void remember(struct sessions *s, const struct task *t)
{
	if (find(s, task_inner_pid(t)))
		return;
	s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = (struct session_member){ .pid = task_inner_pid(t), .group = t->group };
	qsort(s->v, s->n, sizeof(*s->v), by_pid);
}

/* One process */

static int failed(const struct task *t, const char *call, long result, struct err *e)
{
	err_set(e, (int)-result, "%s() of process %d (%s) failed", call, t->pid, t->comm);
	return err_hint(e, "it stays in a session outside of its pid namespace");
}

/*
 * For a child that became the leader of a group of its own: its parent moves there, and leaves that
 * for a session.
 */
static int move_by(struct injection *i, struct injection *child, pid_t inner, const struct task *t,
		   struct err *e)
{
	const long to_child[4] = { 0, inner };
	long result;
	int r = inject_call(child, SYS_setpgid, no_arguments, &result, e);

	if (!r && result < 0)
		r = failed(t, "setpgid", result, e);
	if (!r)
		r = inject_call(i, SYS_setpgid, to_child, &result, e);
	return !r && result < 0 ? failed(t, "setpgid", result, e) : r;
}

/*
 * The leader of a process group cannot call setsid(2); it has to move to another group of the
 * session first, and from in here none can be seen but those of the tree, whose leaders have the
 * same problem. So it gets a child that makes one, and is gone then.
 */
static int leave_group(int proc, struct injection *i, const struct task *t, struct err *e)
{
	struct injection *child;
	struct err kept;
	pid_t inner;
	int r = inject_fork(proc, i, &child, &inner, e);

	if (!r)
		r = move_by(i, child, inner, t, e);
	if (child && inject_end_child(i, child, inner, &kept) < 0 && !r) {
		*e = kept;
		r = err_result(e);
	}
	return r;
}

/* 0 also if it has ended, or could not leave yet. */
static int leave(int proc, const struct task *t, struct err *e)
{
	struct injection *i;
	long result = 0;
	int r = inject_begin(proc, t->pid, t->seccomp, &i, e);

	if (r < 0 || !i)
		return r;
	if (t->group == task_inner_pid(t))
		r = leave_group(proc, i, t, e);
	if (!r)
		r = inject_call(i, SYS_setsid, no_arguments, &result, e);
	inject_end(i);
	if (r == -ESRCH)
		return 0;
	/*
	 * EPERM: others are in the group that has its number, and will have left it in the next
	 * round.
	 */
	return !r && result < 0 && result != -EPERM ? failed(t, "setsid", result, e) : r;
}

/* All of them */

struct round {
	const struct facts *f;
	struct sessions *s;
	bool leaders;
	size_t seen;
};

/*
 * The number may belong to another process by now; but as long as that is in the target's pid
 * namespace, and in a session outside, it is one of those.
 */
static bool is_one(const struct facts *f, struct task *t)
{
	struct err ignored;

	return t->session == 0 && t->state != 'Z' && procfs_namespaces(f->proc, t, &ignored) == 0 &&
	       t->ns_pid == f->target.ns_pid;
}

static int visit(struct round *w, pid_t pid, int depth, struct err *e)
{
	enum { TOO_DEEP = 1024 };
	_cleanup_free_ pid_t *children = NULL;
	struct task t = { 0 };
	int r = 0;

	if (procfs_thread(w->f->proc, pid, pid, &t) < 0)
		return 0;
	if (is_one(w->f, &t)) {
		w->seen++;
		remember(w->s, &t);
		if (w->leaders || t.group != task_inner_pid(&t))
			r = leave(w->f->proc, &t, e);
	}

	size_t n = procfs_children(w->f->proc, pid, &children);

	for (size_t i = 0; i < n && !r && depth < TOO_DEEP; i++)
		r = visit(w, children[i], depth + 1, e);
	return r;
}

/* Those that lead no group go first, so that the others find theirs empty. */
int sessions_leave(const struct facts *f, struct sessions *ret, struct err *e)
{
	enum { ROUNDS = 20 };

	*ret = (struct sessions){ .root = task_inner_pid(&f->target) };
	for (int i = 0; i < ROUNDS; i++) {
		struct round w = { .f = f, .s = ret, .leaders = i > 0 };
		int r = visit(&w, f->target.pid, 0, e);

		if (r < 0 || (!w.seen && i > 0))
			return r;
	}
	err_set(e, EBUSY, "not all processes of the tree of process %d could leave their session",
		f->target.pid);
	return err_hint(e,
			"they start others faster than these leave it, "
			"or a process outside of the tree is in the process group of one of them");
}

void sessions_free(struct sessions *s)
{
	free(s->v);
	*s = (struct sessions){ 0 };
}

/* The image: pstree_entry (criu/images/pstree.proto) has pid, ppid, pgid, sid = 1..4 */

struct edit {
	const struct sessions *s;
	struct pb_out out;
};

/* What a member's entry says in a field; other tasks are left as they are. */
static uint64_t edited(const struct edit *x, const struct session_member *m, uint64_t field,
		       uint64_t value)
{
	if (!m || (field != 3 && field != 4))
		return value;
	if (field == 4 || !m->group || m->pid == x->s->root)
		return (uint64_t)x->s->root;
	return (uint64_t)m->group;
}

static bool edit_fields(struct edit *x, struct pb entry, const struct session_member *m,
			struct pb_out *ret)
{
	while (entry.at < entry.end) {
		const uint8_t *from = entry.at;
		struct pb_field f;

		if (!pb_take_field(&entry, &f))
			return false;
		if (f.text || f.number > 4)
			pb_put(ret, from, (size_t)(entry.at - from));
		else
			pb_put_number(ret, f.number, edited(x, m, f.number, f.value));
	}
	return true;
}

static pid_t entry_number(struct pb entry, uint64_t field)
{
	struct pb_field f;

	while (entry.at < entry.end && pb_take_field(&entry, &f))
		if (f.number == field && !f.text)
			return (pid_t)f.value;
	return 0;
}

/*
 * What a task belonged to. One that a member has made since then has inherited the member's new
 * session, and its group if the member leads that: it belongs to what the member belonged to
 * ("Requested sid 3 doesn't match inherited 1").
 */
static const struct session_member *belonged(const struct sessions *s, struct pb entry,
					     struct session_member *child)
{
	const struct session_member *m = find(s, entry_number(entry, 1));
	pid_t group = entry_number(entry, 3);
	const struct session_member *leader = find(s, group);

	if (m || !find(s, entry_number(entry, 4)))
		return m;
	*child = (struct session_member){ .pid = entry_number(entry, 1), .group = group };
	if (leader)
		child->group = leader->pid == s->root ? s->root : leader->group;
	return child;
}

static bool edit_entry(struct pb entry, void *arg)
{
	struct edit *x = arg;
	struct pb_out message = { 0 };
	struct session_member child;
	bool good = edit_fields(x, entry, belonged(x->s, entry, &child), &message);

	if (good)
		image_put_entry(&x->out, &message);
	free(message.v);
	return good;
}

ssize_t sessions_edit(const struct sessions *s, const void *text, size_t size, char **ret)
{
	struct edit x = { .s = s };

	*ret = NULL;
	if (size < IMAGE_MAGICS)
		return -EINVAL;
	pb_put(&x.out, text, IMAGE_MAGICS);
	if (image_parse(text, size, PSTREE_MAGIC, edit_entry, &x) < 0) {
		free(x.out.v);
		return -EINVAL;
	}
	*ret = x.out.v;
	return (ssize_t)x.out.n;
}

static bool leads_tree(const struct sessions *s)
{
	return find(s, s->root) != NULL;
}

int sessions_record(const struct sessions *s, int images, struct err *e)
{
	static const char name[] = "pstree.img";
	_cleanup_free_ char *old = NULL;
	_cleanup_free_ char *text = NULL;
	ssize_t n;
	int r;

	/* The root task has made a session of its own before: then they cannot be in that. */
	if (!leads_tree(s))
		return 0;
	n = read_regular_at(images, name, MAX_IMAGE, &old);
	if (n >= 0)
		n = sessions_edit(s, old, (size_t)n, &text);
	if (n < 0)
		return err_set(e, (int)-n, "cannot read %s", name);
	r = draft_write_again(images, name, text, (size_t)n);
	return r < 0 ? err_set(e, -r, "cannot write %s", name) : 0;
}
