// SPDX-License-Identifier: MIT
#include "thaw/init_criu.h"

#include "look/join_ns.h"
#include "util/process.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Without dashes, so that criu takes it for an operand. */
const char init_stub_word[] = "criu-ns-exec-stub";

/* `-- cmd` of --exec-cmd becomes `-- stub FD cmd`: it tells us that the tree runs. */
static void insert_stub(struct strv *args, const struct plan *p, int notify)
{
	_cleanup_free_ char *number = xasprintf("%d", notify);
	size_t at = p->exec_at;

	strv_insert(args, at++, "/proc/1/exe"); /* this is the pseudo-init */
	strv_insert(args, at++, init_stub_word);
	strv_insert(args, at, number);
}

/*
 * Files and sockets, which criu-ns has found on the host: criu gets them under the numbers that they
 * have there, which are known before there is a criu.
 */
static void hand_found(const struct plan *p)
{
	recipe_for_each_file (file, &p->recipe)
		if (file->from)
			fcntl(file->from->fd, F_SETFD, 0);
	recipe_for_each_unix (socket, &p->recipe)
		if (socket->from)
			fcntl(socket->from->fd, F_SETFD, 0);
}

static void name_found(const struct plan *p, struct strv *args)
{
	for (size_t i = 0; i < p->recipe.n_files; i++) {
		const struct recipe_file *file = &p->recipe.files[i];
		_cleanup_free_ char *slot = plan_slot_file(i);

		if (file->from)
			strv_replace(args, slot, "fd[%d]:file[%s]", file->from->fd, file->id);
	}
	for (size_t i = 0; i < p->recipe.n_sockets; i++) {
		const struct recipe_unix *socket = &p->recipe.sockets[i];
		_cleanup_free_ char *slot = plan_slot_unix(i);

		if (socket->from)
			strv_replace(args, slot, "fd[%d]:socket:[%s]", socket->from->fd,
				     socket->id);
	}
}

/*
 * Opened here, by path, in the new mount namespace, so that the tree has nothing on a mount of the
 * caller's. Without O_NOCTTY it could become the terminal of criu's session.
 */
static int hand_ttys(const struct init_args *a, const struct hand_down *handed, struct strv *args,
		     struct err *e)
{
	for (size_t i = 0; i < a->plan->n_given; i++) {
		const struct given_tty *t = &a->plan->given[i];
		_cleanup_free_ char *slot = plan_slot_tty(i);
		const char *path =
			t->is_session ? hand_down_terminal(handed, t->pty) : a->ptys[t->pty].slave;
		_cleanup_close_ int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		int copy;

		if (fd < 0)
			return err_set(e, errno, "cannot open the terminal %s", path);
		copy = process_hand_over(fd, e);
		if (copy < 0)
			return copy;
		strv_replace(args, slot, "fd[%d]:%s", copy, t->id);
	}
	return 0;
}

static int hand_pipe(int fd, size_t number, uint32_t id, struct strv *args, struct err *e)
{
	_cleanup_free_ char *slot = plan_slot_pipe(number);
	int copy = process_hand_over(fd, e);

	if (copy >= 0)
		strv_replace(args, slot, "fd[%d]:pipe:[%u]", copy, id);
	return copy;
}

static int hand_pipes(const struct init_args *a, struct strv *args, struct err *e)
{
	const struct pipes *p = a->pipes;
	int r = 0;

	for (size_t i = 0; i < p->n && r >= 0; i++)
		r = hand_pipe(p->v[i].tree, i, p->v[i].plan->was->id, args, e);
	for (size_t i = 0; i < p->n_kept && r >= 0; i++)
		r = hand_pipe(p->kept[i], p->n + i, a->plan->kept[i].was->id, args, e);
	return r;
}

/* The clone lasts as long as criu has it. */
static int hand_images(const struct images_view *v, struct strv *args, struct err *e)
{
	int dir;

	if (v->dir < 0)
		return 0;
	dir = process_hand_over(v->dir, e);
	if (dir < 0 || process_hand_over(v->tree, e) < 0)
		return -EMFILE;
	strv_replace(args, plan_slot_images, "/proc/self/fd/%d", dir);
	return 0;
}

/* The number of a process, or its files in /proc, mean nothing in the new pid namespace. */
static int hand_joined(const struct cli *cli, const struct facts *f, struct strv *args,
		       struct err *e)
{
	for (size_t i = 0; i < f->n_joined; i++) {
		const char *value = cli->joined.v[i];
		_cleanup_free_ char *joined = xasprintf("--join-ns=%s", value);
		_cleanup_free_ char *short_one = xasprintf("-J%s", value);
		_cleanup_free_ char *by_fd = NULL;
		int copy;

		if (f->joined[i] < 0)
			continue;
		copy = process_hand_over(f->joined[i], e);
		if (copy < 0)
			return copy;
		by_fd = join_ns_by_descriptor(value, copy);
		strv_replace(args, value, "%s", by_fd);
		strv_replace(args, joined, "--join-ns=%s", by_fd);
		strv_replace(args, short_one, "-J%s", by_fd);
	}
	return 0;
}

static void name_ptys(const struct init_args *a, struct strv *args)
{
	for (size_t i = 0; i < a->plan->n_laid; i++) {
		const struct laid_pty *l = &a->plan->laid[i];

		strv_replace(args, l->slot, "%.*s%s", (int)(strrchr(l->slot, '<') - l->slot),
			     l->slot, strrchr(a->ptys[l->pty].slave, '/') + 1);
	}
}

/* Tell that the tree runs, and become its root task. Returns the exit status if that fails. */
static int become_root_task(int notify, char *const argv[])
{
	if (write(notify, "", 1) != 1)
		return EXIT_OWN;
	close(notify);
	execvp(argv[0], argv);
	fprintf(stderr, "criu-ns: cannot run %s: %m\n", argv[0]);
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE;
}

/* `run`: a session of its own, and no descriptors but stdio. */
static _Noreturn void start_program(const struct init_args *a, int notify)
{
	enum { FIRST = STDERR_FILENO + 1 };

	setsid();
	if (notify != FIRST)
		dup2(notify, FIRST);
	close_range(FIRST + 1, ~0U, 0);
	sigprocmask(SIG_SETMASK, &a->mask, NULL);
	_exit(become_root_task(FIRST, a->plan->start));
}

void init_name_slots(const struct plan *p, const struct criu_log *log, int own_log, int scratch,
		     struct strv *args)
{
	name_found(p, args);
	criu_log_add_options(log, args);
	if (own_log >= 0)
		strv_replace(args, criu_log_slot, "/proc/self/fd/%d", own_log);
	else
		strv_replace(args, criu_log_slot, "/proc/1/fd/%d", log->fd);
	strv_replace(args, plan_slot_pidfile, "/proc/1/fd/%d/pid", scratch);
}

static int become_late(const struct init_args *a, struct err *e)
{
	struct strv args = { 0 };

	late_make_line(a->late, a->line, &args);
	if (a->line->prepare && a->line->prepare(a->line->prepare_arg, &args, e) < 0)
		return -EINVAL;
	hand_found(a->plan);
	late_keep(a->late);
	sigprocmask(SIG_SETMASK, &a->mask, NULL);
	return criu_exec(a->criu, args.v, false, e);
}

int init_become_criu(const struct init_args *a, const struct hand_down *handed, int scratch,
		     int tty, int notify, struct err *e)
{
	struct strv args = { 0 };
	int own_log = -1;

	if (a->plan->start)
		start_program(a, notify);
	if (a->late)
		return become_late(a, e);
	strv_copy(&a->plan->args, &args);
	name_ptys(a, &args);
	if (hand_ttys(a, handed, &args, e) < 0 ||
	    hand_down_to_criu(handed, a->plan, &args, e) < 0 || hand_pipes(a, &args, e) < 0 ||
	    hand_images(&a->images, &args, e) < 0 || hand_joined(a->cli, a->facts, &args, e) < 0 ||
	    (a->takes_place && process_hand(a->log->fd, &own_log, e) < 0))
		return -EMFILE;
	hand_found(a->plan);
	if (notify >= 0)
		insert_stub(&args, a->plan, notify);
	init_name_slots(a->plan, a->log, own_log, scratch, &args);
	if (tty >= 0)
		for (int fd = 0; fd <= 2; fd++)
			/*
			 * criu takes the terminal of a shell job from its stdin (tty_prep_fds() in
			 * criu/tty.c)
			 */
			if ((fd == STDIN_FILENO || isatty(fd)) && dup2(tty, fd) < 0)
				return err_set(e, errno, "cannot hand the terminal to criu");
	sigprocmask(SIG_SETMASK, &a->mask, NULL);
	return criu_start(a->criu, &args, false, e);
}

int init_exec_stub(char *argv[])
{
	return become_root_task(atoi(argv[2]), argv + 3);
}
